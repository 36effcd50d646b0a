"""Where the time of the programs of latency_programs.py goes, by the samples of `perf record`: prints a table.

    profile_latency.py LIBRARY PROGRAM...

Each program runs once under ours, learning online, and once under the best baseline of results/latency.md, for some seconds of
rounds, of which the last count: what is shown of them is shares of their time. How long a round takes, which varies more from
start to start than those do, is taken from what latency_runs.py measured. Programs whose figures are the whole process's
(shapes that never repeat) are shown so, beside tcmalloc, which they are asked against.
"""

import collections
import os
import re
import statistics
import subprocess
import sys

from latency_programs import ALLOCATORS, BUILD, BY_NAME, OURS
from latency_runs import current, library_digest, load
from planner_figures import table
from worst_case_runs import allocators

PERF_DATA = f"{BUILD}/latency/perf.data"
HZ = 1999
SECONDS, COUNTED, ENDING = 4.5, 3.5, 0.5  # of rounds; of them those that count, before the last that a program may take to end
LIBRARIES = re.compile(r"lib(memomalloc|jemalloc|mimalloc|tcmalloc)")
IN_LIBC = re.compile(r"malloc|free|calloc|realloc|memalign|unlink_chunk|sysmalloc|systrim|tcache|arena_get")


def measured(program):
    """Allocator: milliseconds, of a round or (where that is what counts) of the process; medians over the starts."""
    key = "process_cpu_ms" if program.fixed_rounds else "wall_ms_median"
    starts, library = collections.defaultdict(list), library_digest()
    for record in load(program):
        if "failed" not in record and current(record, program, library):
            starts[record["allocator"]].append(record[key])
    return {name: statistics.median(values) for name, values in starts.items()}


def kind_of(line):
    if LIBRARIES.search(line) or ("libc.so" in line and IN_LIBC.search(line)):
        return "allocator"
    return "kernel" if "[kernel" in line else "rest"


def shares(program, round_ms, added):
    """Kind: part of the samples that count."""
    rounds = program.fixed_rounds or program.warm_up + round(SECONDS * 1000 / round_ms)
    words = [word.replace("ROUNDS", str(rounds)) for word in program.command]
    command = ["perf", "record", "-q", "-e", "cpu-clock", "-F", str(HZ), "-o", PERF_DATA, "--", "env"]
    command += [f"{key}={value}" for key, value in added.items()] + words
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    text = subprocess.run(["perf", "script", "-i", PERF_DATA, "-F", "time,ip,sym,dso"], capture_output=True, text=True,
                          errors="replace", check=True).stdout
    seen = [(float(line.split(":", 1)[0]), kind_of(line)) for line in text.splitlines()]
    last = max(time for time, _ in seen) - ENDING
    counts = collections.Counter(kind for time, kind in seen if program.fixed_rounds or last - COUNTED < time < last)
    return {kind: count / counts.total() for kind, count in counts.items()}


def main():
    library = os.path.abspath(sys.argv[1])
    settings = allocators(library)
    lines = [["part of the time", "ours: allocator", "kernel", "best baseline", "allocator", "kernel", "ours / best, measured",
              "ours, were allocator and kernel for nothing, / best"]]
    for name in sys.argv[2:]:
        program = BY_NAME[name]
        times = measured(program)
        if OURS not in times or "tcmalloc" not in times:
            print(f"profile_latency: {name} is left out: bench_latency.sh has not measured it", file=sys.stderr)
            continue
        baseline = "tcmalloc" if program.fixed_rounds else min(times.keys() - {OURS}, key=times.get)
        ours, best = (shares(program, times[whose], settings[setting])
                      for whose, setting in ((OURS, "memomalloc"), (baseline, baseline)))
        show = lambda of: [f"{of.get(kind, 0):.1%}" for kind in ("allocator", "kernel")]
        title = f"{program.title}, whole process" if program.fixed_rounds else program.title
        ratio = times[OURS] / times[baseline]
        lines.append([title, *show(ours), baseline, *show(best), f"{ratio:.3f}", f"{ratio * ours['rest']:.3f}"])
        print(f"profile_latency: {name}", file=sys.stderr)
    table(*lines)


assert set(ALLOCATORS) - {OURS} <= set(allocators(""))
main()
