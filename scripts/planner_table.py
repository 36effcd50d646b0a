"""The tables of results/planner.md (scripts/bench_planner.sh says what for, and which variables it takes).

    planner_table.py MEMO WORK_FOLDER CURVE.svg [TRACE.memo...]      prints the tables

Every plan is verified (planner_runs.py). CPU seconds are those of the whole process; the solving's wall time is what the
planner reports of itself, without parsing. What is asked is asked of the median where the table says so and of the worst run
everywhere else.
"""

import math
import os
import statistics
import sys
from types import SimpleNamespace as Record

from planner_figures import curve, digits, judged, percent, seconds, spread, table
from planner_runs import CORES, MEMO, MOST_SECONDS, WORK, abreast, generate, maker, ours, plan, run, say, verified, verify

CURVE, *TRACES = sys.argv[3:]
QUICK = os.environ.get("MEMO_BENCH_QUICK", "") not in ("", "0")
SEEDS = range(1, 1 + int(os.environ.get("MEMO_BENCH_SEEDS", 2 if QUICK else 20)))
DATA = os.path.join(os.environ.get("MEMO_DATA_DIR", ""), "problems") if os.environ.get("MEMO_DATA_DIR") else ""
MINIMALLOC = os.environ.get("MINIMALLOC", "")
LIMIT = 1 if QUICK else 9.5  # seconds for whatever does not end by itself; where 10 are asked for, the end counts too
PROBLEM_SEEDS = range(1, 4)
MILLION = 10_000 if QUICK else 1_000_000
CAPACITY = 1_048_576
OTHERS = ("greedy-by-size", "greedy-by-size-best", "linear-scan", "gergov", "hill-climb")


def data(*names):
    """The files of these problems that are there."""
    found = [os.path.join(DATA, name) for name in names]
    return [path for path in found if DATA and os.path.isfile(path)]


def skipped(what):
    print(f"\nSkipped: {what}: `MEMO_DATA_DIR` names no folder with them.\n")


def challenging():
    return data(*(f"{letter}.{CAPACITY}.csv" for letter in "ABCDEFGHIJK"))


def letter_of(path):
    return os.path.basename(path).split(".")[0]


def minimalloc(path):
    """CPU seconds of the public planner, or why there are none."""
    solved = os.path.join(WORK, "minimalloc.csv")
    done = run(MINIMALLOC, "--capacity", str(CAPACITY), "--input", path, "--output", solved)
    if done.code != 0:
        return f"> {MOST_SECONDS} s" if done.code is None else f"failed ({done.code})"
    fits = verify(solved, path).height <= CAPACITY
    return seconds(done.cpu) if fits else "does not fit"


def decide_table():
    print(f"## A–K at a capacity of {CAPACITY:,} bytes")
    if not challenging():
        return skipped("A–K")
    print(f"\n`memo plan X.csv --capacity {CAPACITY}`, {len(SEEDS)} seeds: median (worst).")
    print("MiniMalloc runs once at the same capacity: it has no seeds, and one thread." if MINIMALLOC else
          "No public planner beside it: none was given (`MINIMALLOC`).")
    rows = []
    for path in challenging():
        say(f"{letter_of(path)} at capacity")
        decide = lambda *options, threads: [ours(path, "--capacity", CAPACITY, "--time-limit", LIMIT, "--seed", seed,
                                                 *options, threads=threads) for seed in SEEDS]
        one, all_cores, bare = decide(threads=1), decide(threads=CORES), decide("--locality", "off", threads=1)
        cpu = [result.cpu for result in one]
        fits = sum(result.height <= CAPACITY for result in one)
        met = fits == len(one) and statistics.median(cpu) < 0.1 and max(cpu) < 1
        rows.append((letter_of(path), one[0].slots, f"{fits} of {len(one)}", spread(cpu),
                     spread(result.cpu for result in bare), spread(result.wall for result in all_cores),
                     *([minimalloc(path)] if MINIMALLOC else []), judged("median < 0.1 s, worst < 1 s", met)))
    table(("problem", "blocks", "fits", "CPU, 1 thread", "without locality", f"wall, {CORES} threads",
           *(["MiniMalloc, CPU"] if MINIMALLOC else []), "asked of the CPU time"), *rows)


def minimise_table():
    print("## A–K minimised")
    if not challenging():
        return skipped("A–K")
    print(f"\n`memo plan X.csv --time-limit {LIMIT}`, {CORES} threads, {len(SEEDS)} seeds: "
          "median (worst).")
    rows = []
    for path in challenging():
        say(f"{letter_of(path)} minimised")
        runs = [ours(path, "--time-limit", LIMIT, "--seed", seed) for seed in SEEDS]
        bound = max(result.lower_bound for result in runs)
        asked, most = {"D": ("≤ 1 %", 0.01), "J": ("≤ 2 %", 0.02)}.get(letter_of(path), ("0 %", 0))
        met = all(result.gap <= most or result.proven_optimal for result in runs)
        rows.append((letter_of(path), runs[0].max_load, percent((bound - runs[0].max_load) / runs[0].max_load),
                     spread((result.gap for result in runs), percent),
                     f"{sum(result.proven_optimal for result in runs)} of {len(runs)}",
                     spread(result.cpu for result in runs), judged(asked, met)))
    table(("problem", "max load, bytes", "no plan below, proven", "height over max load", "proven optimal", "CPU",
           "asked of the height"), *rows)


def named_table():
    print("## Other public problems")
    cases = [  # file, time limit, what is asked: words, gap, seconds of solving
        ("G_1.csv", LIMIT, "0 % in < 50 ms", 0, 0.05),
        ("somas_resnet50.csv", 0.045, "≤ 0.004 % in < 50 ms", 0.00004, 0.05),
        ("S_1.csv", 0.9, "< 0.5 % in 1 s", 0.005, 1),
        ("lstm_golden.csv", LIMIT, "0 %", 0, math.inf)]
    print(f"\n`memo plan X.csv --time-limit T`, {CORES} threads, {len(SEEDS)} seeds: median (worst). Where a time is "
          "asked\nof what ends by its limit, the limit is a tenth less: what a run takes beyond it counts.")
    rows = []
    for name, limit, asked, gap, most in cases:
        if not data(name):
            skipped(name)
            continue
        say(name)
        runs = [ours(*data(name), "--time-limit", limit, "--seed", seed) for seed in SEEDS]
        met = all(result.gap <= gap and result.seconds < most for result in runs)
        rows.append((name.removesuffix(".csv"), runs[0].slots, seconds(limit),
                     spread((result.gap for result in runs), percent), spread(result.seconds for result in runs),
                     spread(result.cpu for result in runs), judged(asked, met)))
    if rows:
        table(("problem", "blocks", "limit", "gap", "solving, wall", "CPU of the process", "asked"), *rows)


def parse_seconds(path):
    """Reading alone: the verifier of a problem without a plan reads all of it, then says so."""
    idle = statistics.median(run(MEMO, "--version").wall for _ in range(3))
    return statistics.median(run(MEMO, "verify", "-q", path).wall for _ in range(3)) - idle


def minimised(problem, *options):
    result = ours(problem.path, "--time-limit", LIMIT, "--seed", problem.seed, *options)
    if result.max_load != problem.max_load:
        sys.exit(f"planner: {problem.path}: max load {result.max_load}, its maker says {problem.max_load}")
    return result


def million_table(problems):
    print(f"## {MILLION:,} lifetimes")
    print(f"\n`memo plan X.csv --time-limit {LIMIT}`, {CORES} threads, {len(PROBLEM_SEEDS)} problems of a kind: "
          "median (worst). Parsing is\ntimed apart; peak memory is the whole process's, its verifier and writer too.")
    rows = []
    for kind, words, gap, most in (("dnn", "0 % in < 2 s", 0, 2), ("loguniform", "< 2 % in 10 s", 0.02, 10)):
        say(f"{MILLION} {kind}")
        runs = [minimised(problem) for problem in problems[kind]]
        bare = minimised(problems[kind][0], "--locality", "off")
        met = all(result.gap <= gap and result.seconds < most and result.rss < 2**31 for result in runs)
        rows.append((kind, spread(parse_seconds(problem.path) for problem in problems[kind]),
                     spread(result.seconds for result in runs), seconds(bare.seconds),
                     spread((result.gap for result in runs), percent),
                     f"{max(result.rss for result in runs) / 2**20:.0f} MiB", judged(f"{words}, < 2 GiB", met)))
    table(("kind", "parsing", "solving, wall", "the first without locality", "gap", "peak memory", "asked"), *rows)


def scaling(problems):
    """The curve: how long until what is asked of a million is reached, from a thousand on."""
    points = {"dnn": [], "loguniform": []}
    for count in [10**power for power in range(3, round(math.log10(MILLION)) + 1)]:
        for kind, line in points.items():
            say(f"scaling: {count} {kind}")
            some = problems[kind] if count == MILLION else [generate(kind, count, seed) for seed in PROBLEM_SEEDS]
            goals = [problem.max_load * (100 if kind == "dnn" else 102) // 100 for problem in some]
            runs = [ours(problem.path, "--capacity", goal, "--time-limit", LIMIT, "--seed", problem.seed)
                    for problem, goal in zip(some, goals)]
            line.append(Record(count=count, times=[result.seconds for result in runs], gaps=[result.gap for result in runs],
                               reached=sum(result.height <= goal for result, goal in zip(runs, goals))))
    print(f"## From a thousand to {MILLION:,}")
    print("\nSolving time (wall, locality included) until the goal is reached: the max load for `dnn`, 2 % over it for "
          f"`loguniform`\n(`--capacity` of that; at most {LIMIT} s); {CORES} threads, {len(PROBLEM_SEEDS)} problems each: "
          "median (worst). The last column is\nthe exponent of growth since the row before, where all reached the goal: "
          "1 is linear.")
    rows = []
    for kind, line in points.items():
        for before, point in zip([None, *line], line):
            typical = statistics.median(point.times)
            told = before and before.reached == point.reached == len(PROBLEM_SEEDS)
            growth = f"{math.log10(typical / statistics.median(before.times)):.2f}" if told else "–"
            rows.append((kind, f"{point.count:,}", f"{point.reached} of {len(point.times)}", spread(point.times),
                         f"{digits(1e6 * typical / point.count)} µs", spread(point.gaps, percent), growth))
    table(("kind", "lifetimes", "goal reached", "solving", "a lifetime", "gap", "growth"), *rows)
    print(f"![time against lifetimes]({os.path.basename(CURVE)})\n")
    with open(CURVE, "w") as file:
        file.write(curve(points))


def unseen_table():
    counts = (1_000,) if QUICK else (10_000, 100_000)
    kinds = ("loguniform", "long", "uniform", "few", "aligned", "training", "bursts", "attention")
    print("## Problems nobody has seen")
    print(f"\nMade by `scripts/planner_problems.py`, seed 1; gap after at most {LIMIT} s and the solving's wall time. "
          f"One thread a run,\n{CORES} runs at a time, locality off for all; * marks the lowest height of the row.")
    rows = []
    for count in counts:
        for kind in kinds:
            say(f"unseen: {count} {kind}")
            problem = generate(kind, count, 1)
            solve = lambda name: plan(problem.path, "--strategy", name, "--time-limit", LIMIT, "--locality", "off",
                                      threads=1)
            runs = abreast(solve, ("portfolio", *OTHERS))
            least = min(result.height for result in runs if not result.error)
            cell = lambda result: result.error or (
                f"{percent(result.gap)}{'*' if result.height == least else ''}, {seconds(result.seconds)}")
            rows.append((kind, f"{count:,}", *map(cell, runs)))
            os.unlink(problem.path)
    table(("kind", "lifetimes", "memo plan", *OTHERS), *rows)
    print("The kinds, `dnn` of the tables before among them:\n\n```\n" + maker() + "```\n")


def trace_table():
    print("## Real traces")
    if not TRACES:
        print("\nSkipped: none given (`scripts/bench_planner.sh TRACE.memo...`).\n")
        return
    count = min(5, len(SEEDS))
    print(f"\n`memo plan TRACE`, {CORES} threads, {count} seeds: median (worst).")
    rows = []
    for path in TRACES:
        say(path)
        runs = [plan(path, "--time-limit", LIMIT, "--seed", seed) for seed in SEEDS[:count]]
        name = os.path.basename(path)
        if any(result.error for result in runs):
            rows.append((name, "–", "–", "–", "–", next(result.error for result in runs if result.error)))
            continue
        met = all(result.gap == 0 and result.proven_optimal and result.seconds < 0.1 for result in runs)
        rows.append((name, runs[0].slots, spread((result.gap for result in runs), percent),
                     f"{sum(result.proven_optimal for result in runs)} of {count}",
                     spread(result.seconds for result in runs), judged("0 %, proven, < 100 ms", met)))
    table(("trace", "slots", "gap", "proven", "solving, wall", "asked"), *rows)


def main():
    decide_table()
    minimise_table()
    named_table()
    problems = {kind: [generate(kind, MILLION, seed) for seed in PROBLEM_SEEDS] for kind in ("dnn", "loguniform")}
    million_table(problems)
    scaling(problems)
    unseen_table()
    trace_table()
    print(f"{len(verified):,} plans were made for this page; the verifier accepted every one.")


main()
