"""What the Python programs of the benchmarks share: how a round is measured, and where the figures go.

If MEMO_BENCH_ROUNDS names a file (memo bench sets it for every allocator alike), a line `wall_ms cpu_ms faults rss_kb`
a round is appended to it, after the last round. The resident size is the process's, and so are CPU time and page faults
where one thread has the process to itself; threads side by side count their own.
"""

import os
import resource
import threading
import time
from collections.abc import Callable

PAGE_KB = os.sysconf("SC_PAGESIZE") // 1024


class Rounds:
    """The rounds of one thread: `with rounds:` around each, by one thread at a time."""

    def __init__(self, alone: bool = True) -> None:
        self._usage = resource.RUSAGE_SELF if alone else resource.RUSAGE_THREAD
        self._cpu_time = time.process_time if alone else time.thread_time
        self._statm = os.open("/proc/self/statm", os.O_RDONLY)
        self._figures: list[tuple[float, float, int, int]] = []
        self._wall = self._cpu = 0.0
        self._faults = 0

    def __enter__(self) -> None:
        self._faults = resource.getrusage(self._usage).ru_minflt
        self._cpu = self._cpu_time()
        self._wall = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        wall = time.perf_counter() - self._wall
        cpu = self._cpu_time() - self._cpu
        faults = resource.getrusage(self._usage).ru_minflt - self._faults
        resident = int(os.pread(self._statm, 128, 0).split()[1]) * PAGE_KB
        self._figures.append((wall * 1e3, cpu * 1e3, faults, resident))

    def lines(self) -> list[str]:
        return [f"{wall:.4f} {cpu:.4f} {faults} {resident}\n" for wall, cpu, faults, resident in self._figures]


def run_streams(streams: int, stream: Callable[[int, Rounds], float], alone: bool = True) -> float:
    """Calls `stream(number, rounds)` on a thread each, all at once, and writes their rounds. The sum of what they return.

    Round 1 of every stream is written, then round 2 of every stream: N rounds of warm-up are the first N x streams lines.
    One stream runs on the main thread, and counts what other threads of the process do too, unless not `alone`.
    """
    rounds = [Rounds(alone=alone and streams == 1) for _ in range(streams)]
    sums = [0.0] * streams
    if streams == 1:
        sums[0] = stream(0, rounds[0])
    else:
        start = threading.Barrier(streams)

        def run(number: int) -> None:
            start.wait()
            sums[number] = stream(number, rounds[number])

        threads = [threading.Thread(target=run, args=(number,)) for number in range(streams)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if path := os.environ.get("MEMO_BENCH_ROUNDS"):
        with open(path, "a", encoding="ascii") as file:
            for lines in zip(*(figures.lines() for figures in rounds)):
                file.writelines(lines)
    return sum(sums)
