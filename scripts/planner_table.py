"""The runs and the tables of results/planner.md (scripts/bench_planner.sh says what for, and which variables it takes).

    planner_table.py MEMO WORK_FOLDER CURVE.svg [TRACE.memo...]      prints the tables

Three rules hold for every figure. A plan counts only if `memo verify` accepts it and finds the height and the max load that
were claimed, and if the blocks written are those of the problem; anything else ends the run. CPU seconds are those of the
whole process (start, parsing, solving, verifying, writing); the solving's wall time is what the planner reports of itself,
without parsing. What is asked is asked of the median where the table says so and of the worst run everywhere else.
"""

import concurrent.futures
import itertools
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from types import SimpleNamespace as Record

MEMO, WORK, CURVE, *TRACES = sys.argv[1:]
QUICK = os.environ.get("MEMO_BENCH_QUICK", "") not in ("", "0")
SEEDS = range(1, 1 + int(os.environ.get("MEMO_BENCH_SEEDS", 2 if QUICK else 20)))
DATA = os.path.join(os.environ.get("MEMO_DATA_DIR", ""), "problems") if os.environ.get("MEMO_DATA_DIR") else ""
MINIMALLOC = os.environ.get("MINIMALLOC", "")
CORES = len(os.sched_getaffinity(0))
LIMIT = 1 if QUICK else 9.5  # seconds for whatever does not end by itself; where 10 are asked for, the end counts too
PROBLEM_SEEDS = range(1, 4)
MILLION = 10_000 if QUICK else 1_000_000
MOST_SECONDS = 60  # no program is waited for any longer
CAPACITY = 1_048_576
OTHERS = ("greedy-by-size", "greedy-by-size-best", "linear-scan", "gergov", "hill-climb")
verified = []  # one entry a plan


# ---- Running -----------------------------------------------------------------------------------------------------------

def run(*command):
    """Its exit code (None: it took too long), output, CPU and wall seconds, and peak memory in bytes."""
    with tempfile.TemporaryFile(dir=WORK) as out, tempfile.TemporaryFile(dir=WORK) as err:
        since = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        late = threading.Event()
        timer = threading.Timer(MOST_SECONDS, lambda: (late.set(), process.kill()))
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - since
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        return Record(code=None if late.is_set() else process.returncode,
                      out=out.read().decode(), err=err.read().decode().strip(),
                      cpu=usage.ru_utime + usage.ru_stime, wall=wall, rss=usage.ru_maxrss * 1024)


def same_blocks(problem, solved):
    """Whether a solved problem has the rows of the problem, an offset behind each; told for files of these columns."""
    with open(problem, "rb") as asked, open(solved, "rb") as given:
        if next(asked).strip() not in (b"id,lower,upper,size", b"id,lower,upper,size,alignment"):
            return True
        next(given)
        pairs = itertools.zip_longest((row for row in asked if row.strip()), given, fillvalue=b"")
        return all(row.strip() == done.strip().rpartition(b",")[0] for row, done in pairs)


def verify(solved, problem, *trace):
    """What the verifier found. A plan that it refuses is no figure but a bug: the end of the run."""
    found = run(MEMO, "verify", "-q", "--json", solved, *trace)
    if found.code is None:
        sys.exit(f"planner: the verifier took more than {MOST_SECONDS} s for a plan of {problem}")
    if found.code != 0:
        sys.exit(f"planner: the verifier refuses a plan of {problem}: {' '.join((found.err or found.out).split())}")
    if not trace and not same_blocks(problem, solved):
        sys.exit(f"planner: the blocks of a plan of {problem} are not those of the problem")
    verified.append(problem)
    return Record(**json.loads(found.out))


def plan(problem, *options, threads=None):
    """A verified plan; `error` instead where the planner cannot do the problem or took too long."""
    is_trace = problem.endswith(".memo")
    handle, solved = tempfile.mkstemp(suffix=".plan" if is_trace else ".csv", dir=WORK)
    os.close(handle)
    done = run(MEMO, "plan", "-q", "--json", problem, "-o", solved, "--threads", str(threads or CORES),
               *map(str, options))
    if done.code is None or done.code not in (0, 3, 4) or not done.out:
        os.unlink(solved)
        return Record(error=f"> {MOST_SECONDS} s" if done.code is None else done.err.splitlines()[0])
    result = Record(**json.loads(done.out), cpu=done.cpu, wall=done.wall, rss=done.rss, error=None)
    found = verify(solved, problem, *([problem] if is_trace else []))
    os.unlink(solved)
    if (found.height, found.max_load) != (result.height, result.max_load):
        sys.exit(f"planner: {problem}: claimed {result.height} over {result.max_load}, "
                 f"is {found.height} over {found.max_load}")
    result.gap = (result.height - result.max_load) / max(1, result.max_load)
    return result


def ours(*arguments, **named):
    """The same, where a failure is the end."""
    result = plan(*arguments, **named)
    if result.error:
        sys.exit(f"planner: {' '.join(map(str, arguments))}: {result.error}")
    return result


def abreast(function, items):
    """One run a core at a time, for what has one thread."""
    with concurrent.futures.ThreadPoolExecutor(CORES) as pool:
        return list(pool.map(function, items))


def maker(*arguments):
    """What planner_problems.py prints. In a process of its own: the peak memory of our children begins with ours."""
    script = os.path.join(os.path.dirname(__file__), "planner_problems.py")
    command = [sys.executable, script, *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def generate(kind, count, seed):
    """A problem, and its max load by its maker's account."""
    path = os.path.join(WORK, f"{kind}.{count}.{seed}.csv")
    load = maker(kind, count, seed, path)
    return Record(path=path, kind=kind, count=count, seed=seed, max_load=int(load))


def say(text):
    print(f"planner: {text}", file=sys.stderr, flush=True)


# ---- Figures as text ---------------------------------------------------------------------------------------------------

def digits(value):
    """Three significant ones, never an exponent, never zero for what is not."""
    if value == 0:
        return "0"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def seconds(value):
    return f"{digits(value)} s" if value >= 1 else f"{digits(1000 * value)} ms"


def percent(gap):
    return f"{digits(100 * gap)} %"


def spread(values, text=seconds):
    """Median (worst)."""
    values = list(values)
    return f"{text(statistics.median(values))} ({text(max(values))})"


def table(*rows):
    rows = (rows[0], ["---"] * len(rows[0]), *rows[1:])
    print("\n" + "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows) + "\n")


def judged(asked, met):
    return f"{asked}: {'met' if met else '**missed**'}"


def data(*names):
    """The files of these problems that are there."""
    found = [os.path.join(DATA, name) for name in names]
    return [path for path in found if DATA and os.path.isfile(path)]


def skipped(what):
    print(f"\nSkipped: {what}: `MEMO_DATA_DIR` names no folder with them.\n")


# ---- The tables --------------------------------------------------------------------------------------------------------

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


# ---- The curve ---------------------------------------------------------------------------------------------------------

def curve(points):
    """SVG, both axes logarithmic: a line through the medians, a whisker from the quickest to the slowest."""
    width, height, left, right, top, bottom = 640, 400, 70, 110, 20, 50
    times = [value for line in points.values() for point in line for value in point.times]
    low, high = math.floor(math.log10(max(1e-6, min(times)))), math.ceil(math.log10(max(times)))
    first, last = 3, max(4, round(math.log10(MILLION)))
    x = lambda count: left + (math.log10(count) - first) / (last - first) * (width - left - right)
    y = lambda value: height - bottom - (math.log10(max(1e-6, value)) - low) / max(1, high - low) * (height - top - bottom)
    svg = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
           'font-size="12">',
           f'<rect width="{width}" height="{height}" fill="white"/>']
    for power in range(low, high + 1):
        at = y(10**power)
        svg.append(f'<path d="M{left} {at:.1f}H{width - right}" stroke="#ddd"/>'
                   f'<text x="{left - 8}" y="{at + 4:.1f}" text-anchor="end">{10**power:g} s</text>')
    for power in range(first, last + 1):
        at = x(10**power)
        svg.append(f'<path d="M{at:.1f} {top}V{height - bottom}" stroke="#ddd"/>'
                   f'<text x="{at:.1f}" y="{height - bottom + 18}" text-anchor="middle">{10**power:,}</text>')
    svg.append(f'<text x="{(left + width - right) / 2}" y="{height - 10}" text-anchor="middle">lifetimes</text>')
    for (kind, line), color in zip(points.items(), ("#1b6ca8", "#c8553d")):
        typical = [(x(point.count), y(statistics.median(point.times))) for point in line]
        path = " L".join(f"{a:.1f} {b:.1f}" for a, b in typical)
        svg.append(f'<path d="M{path}" fill="none" stroke="{color}" stroke-width="2"/>')
        svg += [f'<path d="M{a:.1f} {y(min(point.times)):.1f}V{y(max(point.times)):.1f}" stroke="{color}"/>'
                f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4" fill="{color}"/>' for (a, b), point in zip(typical, line)]
        svg.append(f'<text x="{typical[-1][0] + 10:.1f}" y="{typical[-1][1] + 4:.1f}" fill="{color}">{kind}</text>')
    return "\n".join(svg) + "\n</svg>\n"


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
