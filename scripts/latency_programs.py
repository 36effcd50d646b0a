"""The programs of scripts/bench_latency.sh and scripts/bench_cores.sh: how each is started, and which of the asked limits it counts for.

Every start runs WARM_UP rounds a stream that do not count, then as many as fill the seconds asked for, guessed from what
one takes on a machine of 2022. All allocators do the same rounds.
"""

import dataclasses
import os

PYTHON = os.environ.get("MEMO_BENCH_PYTHON", "/usr/bin/python3")
WARM_UP = int(os.environ.get("MEMO_BENCH_WARM_UP", 40))
SECONDS = float(os.environ.get("MEMO_BENCH_SECONDS", 1))
FEWEST_ROUNDS, MOST_ROUNDS = 20, 3000
BUILD = "build/bench"
MODULES = f"{BUILD}/node"  # its node_modules has onnxruntime-node and the models

LARGE = "large tensors"  # counts for the geometric mean asked of those
CNN = "PyTorch CNN"  # counts for the gain over glibc asked of those
VARIED = "varied"  # its figures are the whole process's
CLIENTS = "clients"  # its figure is memory
LONG = "long"  # measured for its tail alone
LONG_ROUNDS = 400  # of which the p99 is the fourth worst: what hits a round now and then hits some of every run


@dataclasses.dataclass(frozen=True)
class Program:
    name: str
    title: str
    command: tuple  # words; ROUNDS stands for the number of rounds
    round_ms: float = 0  # about
    groups: tuple = ()
    streams: int = 1
    fixed_rounds: int = 0  # rounds that do not depend on seconds, none of them warm-up
    counted_rounds: int = 0  # rounds after the warm-up; 0: by the seconds
    most_starts: int = 0  # 0: as many as asked for
    needs: str = ""  # a file without which the program is left out
    longer_warm_up: int = 1  # times WARM_UP

    @property
    def warm_up(self):  # rounds of all streams
        return 0 if self.fixed_rounds else WARM_UP * self.longer_warm_up * self.streams

    @property
    def rounds(self):
        if self.fixed_rounds:
            return self.fixed_rounds
        by_time = round(min(max(SECONDS * 1000 / self.round_ms, FEWEST_ROUNDS), MOST_ROUNDS))
        return WARM_UP * self.longer_warm_up + (self.counted_rounds or by_time)

    @property
    def words(self):
        return [word.replace("ROUNDS", str(self.rounds)) for word in self.command]


def eager(net, title, round_ms, groups=(), batch=1, streams=1):
    name = f"{net.split('_mobilenet')[0]}-b{batch}".replace("_", "-") + (f"-s{streams}" if streams > 1 else "")
    words = (PYTHON, "benchmarks/eager.py", net, "ROUNDS", "--batch", str(batch), "--streams", str(streams))
    about = f"{title}, batch {batch}" + (f", {streams} streams" if streams > 1 else "")
    return Program(name, about, words, round_ms, groups, streams)


def torchscript(net, title, round_ms):
    words = ("build/bin/torchscript", f"{BUILD}/models/{net}.pt", "ROUNDS")
    return Program(f"torchscript-{net.split('_')[0]}", f"LibTorch TorchScript {title}", words, round_ms, (LARGE,),
                   needs="build/bin/torchscript")


def onnx(model, title, arena, round_ms, groups=()):
    words = ("node", "benchmarks/onnx.mjs", MODULES, model, "ROUNDS", arena)
    # Node's collector frees no result before some 70 rounds: until then each allocator's memory grows.
    return Program(f"onnx-{model}-{arena}", f"ONNX Runtime {title}, arena {arena}", words, round_ms, groups,
                   needs=f"{MODULES}/node_modules/onnxruntime-node", longer_warm_up=2)


def varied(requests, threads):
    return Program(f"varied-{threads}", f"shapes that never repeat, threads × requests: {threads} × {requests}",
                   (PYTHON, "benchmarks/varied.py", "ROUNDS", str(threads)), groups=(VARIED,), streams=threads,
                   fixed_rounds=requests)


def clients(threads):
    words = (PYTHON, "benchmarks/eager.py", "resnet50", "ROUNDS", "--streams", str(threads))
    # With 20 rounds not all of 32 threads are in the plan yet, and ours would look better than it stays.
    return Program(f"clients-{threads}", f"ResNet-50, client threads: {threads}", words, groups=(CLIENTS,),
                   streams=threads, fixed_rounds=40, most_starts=3)


def long_run(program):
    return dataclasses.replace(program, name=f"{program.name}-long", title=f"{program.title}, {LONG_ROUNDS} rounds",
                               groups=(LONG,), counted_rounds=LONG_ROUNDS)


ALL = (LARGE, CNN)
STEADY = (
    eager("mobilenet_v2", "PyTorch MobileNetV2", 18, ALL),
    eager("mobilenet_v2", "PyTorch MobileNetV2", 130, ALL, batch=8),
    eager("mobilenet_v2", "PyTorch MobileNetV2", 22, ALL, streams=2),
    eager("mobilenet_v2", "PyTorch MobileNetV2", 160, ALL, batch=8, streams=2),
    eager("densenet121", "PyTorch DenseNet-121", 70, ALL),
    eager("ssdlite320_mobilenet_v3_large", "PyTorch SSDlite", 60, ALL),
    eager("lraspp_mobilenet_v3_large", "PyTorch LR-ASPP", 22, ALL),
    eager("resnet50", "PyTorch ResNet-50", 100, ALL),
    *(eager(net, f"PyTorch transformer, {lengths} lengths", round_ms, groups, batch, streams)
      for net, lengths, scale in (("transformer", "fixed", 1), ("transformer_random", "random", 0.6))
      for batch, round_ms, groups in ((1, 18 * scale, ()), (8, 120 * scale, (LARGE,)))
      for streams in (1, 2)),
    torchscript("mobilenet_v2", "MobileNetV2", 15),
    torchscript("densenet121", "DenseNet-121", 65),
    onnx("detector", "text detector", "on", 60),
    onnx("detector", "text detector", "off", 60, (LARGE,)),
    onnx("vad", "voice activity", "on", 0.4),
    onnx("vad", "voice activity", "off", 0.4),
    Program("tesseract", "Tesseract, a page", (PYTHON, "benchmarks/pages.py", "ROUNDS"), 160),
    Program("opencv-mobilenet", "OpenCV dnn MobileNetV2",
            (PYTHON, "benchmarks/dnn.py", f"{BUILD}/models/mobilenet_v2.onnx", "ROUNDS"), 20, (LARGE,)),
)
PROGRAMS = (
    *STEADY,
    # Of those of which a second is many rounds, but not hundreds.
    *(long_run(program) for program in STEADY if program.streams == 1 and 10 <= program.round_ms <= 22),
    varied(60, 1),
    varied(30, 4),
    clients(1),
    clients(8),
    clients(32),
)
# For scripts/bench_cores.sh, on machines that have the cores.
MANY_STREAMS = tuple(eager("mobilenet_v2", "PyTorch MobileNetV2", round_ms, (CNN,), batch, streams)
                     for batch, round_ms in ((1, 36), (8, 300)) for streams in (8, 16))
BY_NAME = {program.name: program for program in PROGRAMS + MANY_STREAMS}

OURS = "memomalloc-online"
ALLOCATORS = ("glibc", "glibc-tuned", "glibc-tuned-huge", "jemalloc", "jemalloc-tuned", "mimalloc", "tcmalloc", OURS)
