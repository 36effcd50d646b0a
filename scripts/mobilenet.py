"""MobileNetV2 from torchvision, eager, one stream: an ordinary inference program that knows nothing of us.

    python3 scripts/mobilenet.py [ROUNDS]

Prints one line that depends on every output, so that runs can be compared. If MEMO_BENCH_ROUNDS names a file (memo
bench sets it for every allocator alike), appends a line `wall_ms cpu_ms faults` a round, after the last round.
"""

import os
import resource
import sys
import time

import torch
import torchvision


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = torchvision.models.mobilenet_v2().eval()
    image = torch.rand(1, 3, 224, 224)
    total = 0.0
    figures = []
    with torch.no_grad():
        for _ in range(rounds):
            faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
            cpu = time.process_time()
            wall = time.perf_counter()
            output = model(image)
            wall = time.perf_counter() - wall
            cpu = time.process_time() - cpu
            faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - faults
            figures.append((wall * 1e3, cpu * 1e3, faults))
            total += float(output.abs().sum())
            del output
    print(f"{rounds} inferences, sum {total:.12e}")
    if path := os.environ.get("MEMO_BENCH_ROUNDS"):
        with open(path, "a", encoding="ascii") as file:
            for wall_ms, cpu_ms, faults in figures:
                file.write(f"{wall_ms:.4f} {cpu_ms:.4f} {faults}\n")


main()
