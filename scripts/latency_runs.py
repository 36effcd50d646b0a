"""Measures the programs of latency_programs.py, one process start at a time, and keeps what it measured.

    latency_runs.py [--programs LIST] [--allocators LIST] [--minutes N] [--again] [--side-by-side]

Start 1 of every program under every allocator, then start 2, ...; the allocators of a start follow each other at once,
each time beginning with another one. A start is kept in build/bench/latency/PROGRAM.json as soon as it is measured, and
is not measured again unless its command or (for ours) the library has changed: so a run that was ended is taken up by
calling it again. --minutes ends it at the next start after that time; --again forgets what was chosen. --side-by-side has
programs of one stream run at once, each kept to a core: as many as there are cores, so that none is idle and all are as
loaded for every allocator. Those of more streams follow, one at a time on all cores.

A record is what `memo bench` says of a start, and: output (the program's line), command, warm_up, commit, library (the
digest of ours), turn (the same for what was measured together), load (the load average before it), core (the one it was
kept to, or null), or failed, with memo's line, instead of figures.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time

from latency_programs import ALLOCATORS, BUILD, BY_NAME, OURS, PROGRAMS

FOLDER = f"{BUILD}/latency"
MEMO, LIBRARY = "build/bin/memo", "build/lib/libmemomalloc.so"
STARTS = int(os.environ.get("MEMO_BENCH_STARTS", 10))
RECORDS = threading.Lock()  # around loading and storing what a program's file has


def path_of(program):
    return f"{FOLDER}/{program.name}.json"


def load(program):
    try:
        with open(path_of(program), encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return []


def store(program, records):
    path = path_of(program)
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        json.dump(sorted(records, key=lambda r: (r["start"], ALLOCATORS.index(r["allocator"]))), file, indent=1)
    os.replace(f"{path}.new", path)


def library_digest():
    with open(LIBRARY, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()[:12]


def current(record, program, library):
    """Whether a record is of this command, and of this library where it is ours."""
    return (record["command"] == program.words and record["warm_up"] == program.warm_up
            and (record["allocator"] != OURS or record["library"] == library))


def starts_of(program):
    return min(STARTS, program.most_starts or STARTS)


def measure(program, allocator, core):
    """The figures of one process start, and the program's line."""
    kept = [] if core is None else ["taskset", "-c", str(core)]
    with tempfile.TemporaryDirectory() as folder:
        figures = os.path.join(folder, "figures.json")
        bench = subprocess.run(
            [*kept, MEMO, "bench", "-q", "--show-output", "--starts", "1", "--warm-up", str(program.warm_up),
             "--rows", allocator, "-o", figures, "--", *program.words],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False)
        if bench.returncode == 0:
            output = [line for line in bench.stdout.splitlines() if line.startswith("output: ")]
            with open(figures, encoding="utf-8") as file:
                return {**json.load(file)[0], "output": output[0] if output else ""}
    said = (bench.stderr.strip().splitlines() or ["it said nothing"])[-1]
    if bench.returncode != 1:  # not the program's failure, so nothing that a table should say
        raise RuntimeError(f"{program.name}, {allocator}: {said}")
    return {"allocator": allocator, "failed": said}


def chosen(known, list_of_names, what):
    names = list_of_names.split(",") if list_of_names else list(known)
    for name in names:
        if name not in known:
            sys.exit(f"latency: no {what} '{name}'; there are {', '.join(known)}")
    return names


def runnable(program):
    if program.needs and not os.path.exists(program.needs):
        print(f"latency: {program.name} is left out: there is no {program.needs}", file=sys.stderr)
        return False
    return True


def run_start(program, start, allocators, library, deadline, core=None):
    """Measures what is missing of one start of a program. False if time is up."""
    with RECORDS:
        done = {r["allocator"] for r in load(program) if r["start"] == start and current(r, program, library)}
    missing = [name for name in allocators if name not in done]
    shift = (start - 1) % len(missing) if missing else 0
    turn = time.strftime("%Y-%m-%d %H:%M:%S")
    for allocator in missing[shift:] + missing[:shift]:
        if time.monotonic() > deadline:
            return False
        since, load_before = time.monotonic(), os.getloadavg()[0]
        record = {**measure(program, allocator, core), "start": start, "command": program.words, "warm_up": program.warm_up,
                  "commit": COMMIT, "library": library if allocator == OURS else "", "turn": turn, "load": load_before,
                  "core": core}
        with RECORDS:
            store(program, [r for r in load(program) if (r["start"], r["allocator"]) != (start, allocator)] + [record])
        figure = record.get("failed") or f"{record['wall_ms_median']:.2f} ms, {record['peak_rss_kb'] / 1024:.0f} MiB"
        print(f"{program.name}, start {start}, {allocator}: {figure} ({time.monotonic() - since:.1f} s)", file=sys.stderr)
    return True


def side_by_side(starts, run):
    """Calls run(start, program, core) for each of starts, on each core one after the other. False if one returned that."""
    cores = queue.SimpleQueue()
    for core in sorted(os.sched_getaffinity(0)):
        cores.put(core)

    def on_a_core(start, program):
        core = cores.get()
        try:
            return run(start, program, core)
        finally:
            cores.put(core)

    with concurrent.futures.ThreadPoolExecutor(cores.qsize()) as pool:
        try:
            return all(list(pool.map(on_a_core, *zip(*starts))))
        finally:
            pool.shutdown(cancel_futures=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--programs", help="names, separated by commas (all of bench_latency.sh)")
    parser.add_argument("--allocators", help="names, separated by commas (all)")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="end at the next start after that time")
    parser.add_argument("--again", action="store_true", help="forget what was measured of what is chosen")
    parser.add_argument("--side-by-side", action="store_true", help="programs of one stream at once, each on a core of its own")
    options = parser.parse_args()
    programs = [BY_NAME[name] for name in chosen(BY_NAME, options.programs, "program")] if options.programs else PROGRAMS
    programs = [program for program in programs if runnable(program)]
    allocators = chosen(ALLOCATORS, options.allocators, "allocator")
    os.makedirs(FOLDER, exist_ok=True)
    if options.again:
        for program in programs:
            store(program, [r for r in load(program) if r["allocator"] not in allocators])
    library = library_digest()
    deadline = time.monotonic() + options.minutes * 60
    run = lambda start, program, core=None: run_start(program, start, allocators, library, deadline, core)
    starts = [(start, program) for start in range(1, STARTS + 1) for program in programs if start <= starts_of(program)]
    alone = [pair for pair in starts if not options.side_by_side or pair[1].streams > 1 or pair[1].fixed_rounds]
    beside = [pair for pair in starts if pair not in alone]
    try:
        if (beside and not side_by_side(beside, run)) or not all(run(*pair) for pair in alone):
            print("latency: time is up; call again to go on", file=sys.stderr)
    except RuntimeError as error:
        sys.exit(f"latency: {error}")


COMMIT = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True,
                        check=False).stdout.strip()
if __name__ == "__main__":
    main()
