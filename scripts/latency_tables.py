"""The pages results/latency.md and results/cores.md, from the records that latency_runs.py kept. Prints one but for its head.

    latency_tables.py [many-streams]    the latter

Nothing is said of starts being alike before there are FEWEST_STARTS of them.
"""

import collections
import math
import statistics
import sys

from latency_programs import ALLOCATORS, CNN, LARGE, LONG, LONG_ROUNDS, MANY_STREAMS, OURS, PROGRAMS, WARM_UP
from latency_rows import BASELINES, MIB, cells, compared, conditions, notes, ratio, rows_of
from planner_figures import digits, judged, table

FEWEST_STARTS = 5
FEW_FAULTS = 5  # a round; who has more gives memory back in every round, to ask for it again in the next


def steady_ratio(row, whose=OURS):
    """Whose steady RSS to the least of the others that keep what the next round needs; None as of ratio()."""
    steady, faults = row.figures("steady_rss_kb"), row.figures("faults")
    if len(steady) < len(ALLOCATORS):
        return None
    keeping = [steady[name] for name in ALLOCATORS if name != whose and faults[name] < FEW_FAULTS]
    return steady[whose] / min(keeping) if keeping else None


def geometric_mean(values):
    values = list(values)
    return math.exp(statistics.fmean(map(math.log, values))) if values else None


def count_table(rows, long_rows):
    """On how many rows each allocator meets what is asked of ours on every row."""
    print("On how many rows ours meets what is asked of it, and, for comparison, on how many each of the others would if the same were")
    print("asked of it against the best of the rest, ours among them. The best of seven figures is low by chance as well: what nobody")
    print("meets on most rows is as much a matter of noise as of allocators.")
    lines = [["asked of every row", *ALLOCATORS]]

    def count(asked, most, ratio_of, rows=rows):
        ratios = {name: [value for row in rows if (value := ratio_of(row, name)) is not None] for name in ALLOCATORS}
        met = {name: sum(value <= most for value in ratios[name]) for name in ALLOCATORS}
        most_met = max(met.values())
        text = lambda name: f"{met[name]} of {len(ratios[name])}" if name == OURS else f"{met[name]}"
        lines.append([asked, *(f"**{text(name)}**" if met[name] == most_met else text(name) for name in ALLOCATORS)])

    for asked, key, most in (("median ≤ 1.02 × the best of the rest", "wall_ms_median", 1.02),
                             ("p99 ≤ 1.02 × the best of the rest", "wall_ms_p99", 1.02),
                             ("peak RSS ≤ the best of the rest", "peak_rss_kb", 1.0),
                             ("steady RSS ≤ the best of the rest", "steady_rss_kb", 1.0)):
        count(asked, most, lambda row, name, key=key: ratio(row.figures(key), name))
    for what, key in (("median", "wall_ms_median"), ("p99", "wall_ms_p99")):
        if long_rows:
            count(f"{what} of {LONG_ROUNDS} rounds ≤ 1.02 × the best of the rest", 1.02,
                  lambda row, name, key=key: ratio(row.figures(key), name), long_rows)
    count("(steady RSS ≤ the best of the rest that have fewer than 5 faults a round)", 1.0, steady_ratio)
    count("fewer than 5 page faults a round", math.nextafter(FEW_FAULTS, 0), lambda row, name: row.figures("faults").get(name))
    table(*lines)


def means_table(rows):
    """Geometric means of each allocator's figure to the best baseline of the row."""
    lines = [["geometric mean of figure / the row's best baseline", *ALLOCATORS, "asked of ours"]]
    for title, key, wanted, most in (("median, large tensors", "wall_ms_median", lambda p: LARGE in p.groups, 0.95),
                                     ("median, all", "wall_ms_median", lambda p: True, 1.02),
                                     ("p99, all", "wall_ms_p99", lambda p: True, 1.02)):
        ratios = collections.defaultdict(list)
        count = 0
        for row in rows:
            figures = row.figures(key)
            if wanted(row.program) and len(figures) == len(ALLOCATORS):
                count += 1
                best = min(figures[name] for name in BASELINES)
                for name in ALLOCATORS:
                    ratios[name].append(figures[name] / best)
        if count:
            means = {name: geometric_mean(ratios[name]) for name in ALLOCATORS}
            lines.append([f"{title} (rows: {count})", *cells(means, lambda value: f"{value:.3f}"),
                          judged(f"≤ {most:.2f}", means[OURS] <= most)])
    table(*lines)


def gain_table(rows):
    lines = [["median, glibc / ours", "×", "asked"]]
    for row in rows:
        figures = row.figures("wall_ms_median")
        if CNN in row.program.groups and {"glibc", OURS} <= figures.keys():
            gain = figures["glibc"] / figures[OURS]
            lines.append([row.program.title, f"{gain:.2f}", judged("≥ 1.4", gain >= 1.4)])
    table(*lines)


def latency_tables(rows, long_rows):
    print("## Latency\n")
    print("Milliseconds a round, median:")
    compared(rows, "wall_ms_median", "median ms", 1.02)
    means_table(rows)
    gain_table(rows)
    print("The 99th percentile (of a start with fewer than 100 rounds: its worst one):")
    compared(rows, "wall_ms_p99", "p99 ms", 1.02)
    if long_rows:
        print(f"Of starts with {LONG_ROUNDS} rounds, of which what ours spends on learning is a smaller part: the median, and the fourth worst one:")
        compared(long_rows, "wall_ms_median", "median ms", 1.02)
        compared(long_rows, "wall_ms_p99", "p99 ms", 1.02)


def faults_table(rows):
    print("## Page faults and CPU time in steady state\n")
    lines = [["faults a round (mean)", *ALLOCATORS, "asked of ours"]]
    for row in rows:
        figures = row.figures("faults")
        if figures:
            asked = judged("< 5", figures[OURS] < FEW_FAULTS) if OURS in figures else "–"
            lines.append([row.program.title, *cells(figures, lambda value: f"{value:,.1f}"), asked])
    table(*lines)
    print("CPU milliseconds a round, median; of streams side by side each thread's own:")
    compared(rows, "cpu_ms_median", "CPU ms", 1.02)


def memory_tables(rows):
    print("## Memory\n")
    print("MiB. Peak: of the whole process. Steady: resident after a round, median of the rounds that count. Who gives memory back in")
    print("every round has little of it after the round, and pays for it with page faults in the next; so the last column, which nobody")
    print(f"asked for, leaves out the baselines that have {FEW_FAULTS} faults a round or more.")
    whole = lambda value: f"{value:.0f}"
    compared(rows, "peak_rss_kb", "peak RSS", 1.0, whole, 1 / MIB)
    of_both = lambda row: "–" if (value := steady_ratio(row)) is None else f"{value:.3f}"
    compared(rows, "steady_rss_kb", "steady RSS", 1.0, whole, 1 / MIB, [("ours / best that keeps it", of_both)])


def spread_table(rows):
    print("## Starts\n")
    print("From the quickest to the slowest start's median, ms. Two modes: two neighbours among the sorted medians are more than")
    print("10 % apart. Asked of ours: one mode.")
    lines = [["ms", *ALLOCATORS, "asked of ours"]]
    for row in rows:
        shown, modes = [], {}
        for name in ALLOCATORS:
            values = sorted(row.values(name, "wall_ms_median"))
            modes[name] = any(b > 1.1 * a for a, b in zip(values, values[1:]))
            text = f"{digits(values[0])}–{digits(values[-1])}" if values else "–"
            shown.append(f"{text} (two modes)" if modes[name] else text)
        if any(row.starts.values()):
            enough = len(row.starts[OURS]) >= FEWEST_STARTS
            lines.append([row.program.title, *shown, judged("one mode", not modes[OURS]) if enough else "–"])
    table(*lines)


def sharing(rows):
    """How the rows' programs were put on the machine, and what they did before what counts."""
    beside = sum(any(record.get("core") is not None for record in row.all) for row in rows)
    if beside:
        print(f"Programs of one stream ({beside} of the rows) were kept to a core each, with all their threads, ours of the learner too, while")
        print("another such program was measured on the other core. The others had the machine to themselves.")
    else:
        print("One program at a time had the machine to itself.")
    print(f"{WARM_UP} rounds of a stream ({2 * WARM_UP} of ONNX Runtime's) come before those that count, for every allocator. The programs are")
    print("those of `benchmarks/`; none of them knows which allocator it has.\n")


def main():
    programs = MANY_STREAMS if sys.argv[1:] == ["many-streams"] else [p for p in PROGRAMS if not p.fixed_rounds]
    rows = rows_of(programs)
    steady = [row for row in rows if LONG not in row.program.groups]
    long_rows = [row for row in rows if LONG in row.program.groups and row.all]
    conditions(rows)
    sharing(rows)
    count_table(steady, long_rows)
    latency_tables(steady, long_rows)
    faults_table(steady)
    memory_tables(steady)
    spread_table(steady)
    notes(rows)


main()
