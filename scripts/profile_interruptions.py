"""Measures for scripts/profile_interruptions.sh, and prints its table.

    profile_interruptions.py LIBRARY STARTS NET...
"""

import collections
import os
import statistics
import subprocess
import sys
import tempfile

from latency_programs import PYTHON, WARM_UP
from planner_figures import table
from worst_case_runs import allocators

ROUNDS = 400
WAITS = (0.3, 1, 3)  # milliseconds: counted are rounds that waited longer


def settings(library):
    """Name: what to set."""
    chosen = {name: added for name, added in allocators(library).items() if "MEMO_REALTIME" not in added}
    ours = chosen["memomalloc"]
    off = {"MEMO_LEARN": "0"}, {"MEMO_HUGE": "never"}
    chosen.update({f"memomalloc, {' '.join(f'{key}={value}' for key, value in added.items())}": {**ours, **added} for added in off})
    return chosen


def one_start(net, added):
    """Of each round that counts: its milliseconds, and those of CPU time that its thread had."""
    words = [PYTHON, "benchmarks/eager.py", net, str(WARM_UP + ROUNDS), "--own"]
    with tempfile.NamedTemporaryFile("r", encoding="ascii") as figures:
        settings_of = {**added, "MEMO_BENCH_ROUNDS": figures.name}
        command = ["taskset", "-c", str(min(os.sched_getaffinity(0))), "env", *(f"{key}={value}" for key, value in settings_of.items())]
        subprocess.run(command + words, stdout=subprocess.DEVNULL, check=True)
        return [tuple(map(float, line.split()[:2])) for line in figures][WARM_UP:]


def percentile(values, part):
    return sorted(values)[min(int(part * len(values)), len(values) - 1)]


def row(name, starts):
    waits = [[wall - cpu for wall, cpu in rounds] for rounds in starts]
    count = lambda least: statistics.mean(sum(wait > least for wait in of) for of in waits)
    p99 = lambda which: statistics.median(percentile([figures[which] for figures in rounds], 0.99) for rounds in starts)
    lost = statistics.mean(sum(max(wait, 0) for wait in of) for of in waits)
    return [name, *(f"{count(least):.1f}" for least in WAITS), f"{max(map(max, waits)):.1f}", f"{lost:.0f}", f"{p99(0):.2f}",
            f"{p99(1):.2f}"]


def main():
    library, starts, nets = os.path.abspath(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    for net in nets:
        measured = collections.defaultdict(list)
        names = list(settings(library).items())
        for start in range(starts):
            for name, added in names[start % len(names):] + names[:start % len(names)]:
                measured[name].append(one_start(net, added))
            print(f"profile_interruptions: {net}, start {start + 1} of {starts}", file=sys.stderr)
        waited = [f"rounds that waited > {least} ms" for least in WAITS]
        print(f"## {net}\n")
        table([f"of {ROUNDS} rounds", *waited, "longest wait, ms", "all waits, ms", "p99 of a round, ms", "p99 of its CPU time, ms"],
              *(row(name, measured[name]) for name, _ in names))
        print()


main()
