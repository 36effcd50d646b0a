"""Where a model's time goes: the operations of the TorchScript module by PyTorch's profiler, a minute of strain in blocks of 8 s."""
import glob
import sys

import torch

torch.set_num_threads(1)
for path in sorted(glob.glob(sys.argv[1] + "/*.pt"))[:2]:
    module = torch.jit.freeze(torch.jit.load(path).eval())
    strain = torch.randn(1, 2, 8 * 1024)
    with torch.no_grad():
        for _ in range(5):
            module(strain)
        with torch.autograd.profiler.profile() as profile:
            for _ in range(8):
                module(strain)
    rows = [(row.key, row.self_cpu_time_total) for row in profile.key_averages()]
    total = sum(time for _, time in rows)
    shares = ", ".join(f"{key.removeprefix('aten::')} {100 * time / total:.0f} %" for key, time in sorted(rows, key=lambda row: -row[1])[:6])
    print(f"{path.rsplit('/', 1)[1]}: {shares}")
