"""Where the time of the programs of latency_programs.py goes, by the samples of `perf record`: prints a table.

    profile_latency.py LIBRARY PROGRAM...

Each program runs once under ours, learning online, and once under the best baseline of results/latency.md, with the rounds of a
start of bench_latency.sh. What its loading takes is left out as far as it can be: the samples of the same program
with the warm-up's rounds alone are taken away. Programs whose figures are the whole process's (shapes that never repeat)
are shown so, beside tcmalloc, which they are asked against.
"""

import collections
import os
import re
import statistics
import subprocess
import sys

from latency_programs import ALLOCATORS, BUILD, BY_NAME, OURS, VARIED
from latency_runs import load
from planner_figures import table
from worst_case_runs import allocators

PERF_DATA = f"{BUILD}/latency/perf.data"
HZ = 1999
LIBRARIES = re.compile(r"lib(memomalloc|jemalloc|mimalloc|tcmalloc)")
IN_LIBC = re.compile(r"malloc|free|calloc|realloc|memalign|unlink_chunk|sysmalloc|systrim|tcache|arena_get")
KINDS = ("allocator", "kernel", "rest")


def best_baseline(name):
    """By the medians that were measured; tcmalloc where nothing was, or is asked of it."""
    if VARIED in BY_NAME[name].groups:
        return "tcmalloc"
    medians = collections.defaultdict(list)
    for record in load(BY_NAME[name]):
        if "failed" not in record and record["allocator"] != OURS:
            medians[record["allocator"]].append(record["wall_ms_median"])
    return min(medians, key=lambda key: statistics.median(medians[key]), default="tcmalloc")


def samples(words, added):
    """How many samples of each kind."""
    command = ["perf", "record", "-q", "-e", "cpu-clock", "-F", str(HZ), "-o", PERF_DATA, "--", "env"]
    command += [f"{key}={value}" for key, value in added.items()] + words
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    text = subprocess.run(["perf", "script", "-i", PERF_DATA, "-F", "ip,sym,dso"], capture_output=True, text=True, errors="replace",
                          check=True).stdout
    counts = collections.Counter()
    for line in text.splitlines():
        if LIBRARIES.search(line) or ("libc.so" in line and IN_LIBC.search(line)):
            counts["allocator"] += 1
        elif "[kernel" in line:
            counts["kernel"] += 1
        else:
            counts["rest"] += 1
    return counts


def milliseconds_a_round(program, added):
    """Of each kind."""
    if program.fixed_rounds:
        return {kind: count * 1000 / HZ / program.fixed_rounds for kind, count in samples(program.words, added).items()}
    few = [word.replace("ROUNDS", str(program.warm_up)) for word in program.command]
    whole, loading = samples(program.words, added), samples(few, added)
    rounds = program.rounds - program.warm_up
    return {kind: (whole[kind] - loading[kind]) * 1000 / HZ / rounds for kind in KINDS}


def main():
    library = os.path.abspath(sys.argv[1])
    settings = allocators(library)
    lines = [["ms a round", "ours: allocator", "kernel", "rest", "best baseline", "allocator", "kernel", "rest",
              "ours with an allocator and a kernel that take no time, / best baseline"]]
    for name in sys.argv[2:]:
        program = BY_NAME[name]
        baseline = best_baseline(name)
        ours, best = milliseconds_a_round(program, settings["memomalloc"]), milliseconds_a_round(program, settings[baseline])
        show = lambda figures: [f"{figures[kind]:.3f}" for kind in KINDS]
        title = f"{program.title}, whole process" if program.fixed_rounds else program.title
        lines.append([title, *show(ours), baseline, *show(best), f"{ours['rest'] / sum(best.values()):.3f}"])
        print(f"profile_latency: {name}", file=sys.stderr)
    table(*lines)


assert set(ALLOCATORS) - {OURS} <= set(allocators(""))
main()
