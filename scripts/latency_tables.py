"""The tables of results/latency.md, from the records that latency_runs.py kept. Prints them.

    latency_tables.py [many-streams]    those of results/cores.md instead

A figure is the median over an allocator's starts of what a start says (its own median, its p99, ...). The best of a row
is bold. What is asked is asked against the best baseline of the same row; a row in which an allocator is missing is not
judged, and nothing is said of starts being alike before there are FEWEST_STARTS of them.
"""

import collections
import json
import math
import os
import statistics
import sys

from latency_programs import ALLOCATORS, CLIENTS, CNN, LARGE, LONG, LONG_ROUNDS, MANY_STREAMS, OURS, PROGRAMS, VARIED, WARM_UP
from latency_runs import FOLDER, STARTS, current, library_digest, load
from planner_figures import digits, judged, table

BASELINES = [name for name in ALLOCATORS if name != OURS]
MIB = 1024
FEWEST_STARTS = 5
FEW_FAULTS = 5  # a round; who has more gives memory back in every round, to ask for it again in the next


class Row:
    """All that is known of one program: the starts of each allocator that are of this program as it is now."""

    def __init__(self, program, library):
        self.program = program
        self.all = [r for r in load(program) if r["start"] <= STARTS and current(r, program, library)]
        self.starts = collections.defaultdict(list)
        for record in self.all:
            if "failed" not in record:
                self.starts[record["allocator"]].append(record)

    def values(self, allocator, key):
        return [record[key] for record in self.starts[allocator]]

    def figures(self, key, scale=1):
        """Allocator: median over its starts."""
        return {name: statistics.median(self.values(name, key)) * scale for name in ALLOCATORS if self.starts[name]}


def cells(figures, text=digits):
    """A cell an allocator, the least bold."""
    least = min(figures.values(), default=None)
    show = lambda value: f"**{text(value)}**" if value == least else text(value)
    return [show(figures[name]) if name in figures else "–" for name in ALLOCATORS]


def ratio(figures, whose=OURS):
    """Whose figure to the best of the others; None if any of them is missing: what is missing might be the best."""
    if len(figures) < len(ALLOCATORS):
        return None
    best = min(figures[name] for name in ALLOCATORS if name != whose)
    return figures[whose] / best if best > 0 else None


def steady_ratio(row, whose=OURS):
    """Whose steady RSS to the least of the others that keep what the next round needs; None as of ratio()."""
    steady, faults = row.figures("steady_rss_kb"), row.figures("faults")
    if len(steady) < len(ALLOCATORS):
        return None
    keeping = [steady[name] for name in ALLOCATORS if name != whose and faults[name] < FEW_FAULTS]
    return steady[whose] / min(keeping) if keeping else None


def verdict(value, most):
    return "–" if value is None else judged(f"{value:.3f}", value <= most)


def geometric_mean(values):
    values = list(values)
    return math.exp(statistics.fmean(map(math.log, values))) if values else None


def compared(rows, key, heading, most, text=digits, scale=1, more=()):
    """A table of one figure; ours to the best baseline with the verdict in the last column, before those of more: (heading,
    text of a row)."""
    lines = [[heading, *ALLOCATORS, f"ours / best baseline, asked ≤ {most:.2f}", *(title for title, _ in more)]]
    for row in rows:
        figures = row.figures(key, scale)
        if figures:
            lines.append([row.program.title, *cells(figures, text), verdict(ratio(figures), most),
                          *(say(row) for _, say in more)])
    table(*lines)


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
    if long_rows:
        count(f"p99 of {LONG_ROUNDS} rounds ≤ 1.02 × the best of the rest", 1.02,
              lambda row, name: ratio(row.figures("wall_ms_p99"), name), long_rows)
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
        print(f"The same of starts with {LONG_ROUNDS} rounds: their fourth worst one:")
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


def varied_table(rows):
    print("## Shapes that never repeat\n")
    print("Eager MobileNetV2, 1 to 4 images (mostly 1) with sides of 128 to 512. CPU seconds of the whole process, and of the")
    print("requests alone (all threads). Asked: CPU ≤ 0.97 × tcmalloc's and peak RSS ≤ the least, both.")
    lines = [["", *ALLOCATORS, "asked of ours"]]
    for row in rows:
        program = row.program
        whole = row.figures("process_cpu_ms", 1 / 1000)
        requests = row.figures("cpu_ms_mean", program.fixed_rounds * program.streams / 1000)
        peak = row.figures("peak_rss_kb", 1 / MIB)
        if not peak:
            continue
        def asked(figures):
            if not {"tcmalloc", OURS} <= figures.keys():
                return "–"
            value = figures[OURS] / figures["tcmalloc"]
            return judged(f"{value:.3f} × tcmalloc", value <= 0.97)
        threads = f"{program.streams} thread{'s' if program.streams > 1 else ''} × {program.fixed_rounds}"
        lines.append([f"{threads}: peak RSS MiB", *cells(peak, lambda value: f"{value:.0f}"), verdict(ratio(peak), 1.0)])
        lines.append([f"{threads}: CPU s, process", *cells(whole), asked(whole)])
        lines.append([f"{threads}: CPU s, requests", *cells(requests), asked(requests)])
        lines.append([f"{threads}: page faults a request", *cells(row.figures("faults"), lambda value: f"{value:.0f}"), ""])
        lines.append([f"{threads}: ms a request, median", *cells(row.figures("wall_ms_median")), ""])
        lines.append([f"{threads}: ms a request, p99", *cells(row.figures("wall_ms_p99")), ""])
    table(*lines)


def plan_height():
    try:
        with open(f"{FOLDER}/plan-{library_digest()}.json", encoding="utf-8") as file:
            return json.load(file).get("height", 0) / MIB**2
    except FileNotFoundError:
        return 0


def clients_table(rows):
    print("## Client threads\n")
    height = plan_height()
    print(f"ResNet-50, batch 1, {rows[0].program.fixed_rounds} inferences a thread. The height of ours' plan for one inference:",
          f"{height:.1f} MiB." if height else "not known.")
    loads = [record["load"] for row in rows for record in row.all]
    if loads:
        print(f"Nothing here is a time: other work may run beside it (load average before a start: {min(loads):.1f} to {max(loads):.1f}).")
    by_threads = {row.program.streams: row.figures("peak_rss_kb", 1 / MIB) for row in rows}
    lines = [["MiB", *ALLOCATORS, "asked of ours"]]
    for threads, figures in by_threads.items():
        if figures:
            shown = cells(figures, lambda value: f"{value:.0f}")
            lines.append([f"peak RSS, threads: {threads}", *shown, verdict(ratio(figures), 1.0)])
    base = by_threads.get(1, {})
    for threads, figures in by_threads.items():
        growth = {name: (figures[name] - base[name]) / (threads - 1) for name in figures if threads > 1 and name in base}
        if growth:
            asked = judged(f"≤ {height + 1:.1f}", growth[OURS] <= height + 1) if height and OURS in growth else "–"
            lines.append([f"growth a thread, 1 to {threads}", *cells(growth, lambda value: f"{value:.1f}"), asked])
    table(*lines)


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


def notes(rows):
    """What a reader must know: what failed, what differs, what was not measured, or not together."""
    print("## What else was seen\n")
    said = 0
    for row in rows:
        name, records = row.program.title, row.all
        if not records:
            said += 1
            needs = row.program.needs
            absent = f"; there is no `{needs}`" if needs and not os.path.exists(needs) else ""
            print(f"- {name}: not measured{absent}.")
            continue
        for record in records:
            if "failed" in record:
                said += 1
                print(f"- {name}, {record['allocator']}, start {record['start']}: **failed**: {record['failed']}")
        outputs = collections.Counter(record["output"] for record in records if "failed" not in record)
        if len(outputs) > 1:
            said += 1
            common = outputs.most_common(1)[0][0]
            others = sorted({r["allocator"] for r in records if r.get("output", common) != common})
            print(f"- {name}: **the output is not the same in every start**: {', '.join(others)} differ.")
        counts = {allocator: len(row.starts[allocator]) for allocator in ALLOCATORS}
        if len(set(counts.values())) > 1:
            said += 1
            print(f"- {name}: starts measured: {', '.join(f'{key} {value}' for key, value in counts.items())}.")
        turns = collections.defaultdict(set)
        for record in records:
            turns[record["start"]].add(record["turn"])
        apart = sum(len(seen) > 1 for seen in turns.values())
        if apart:
            said += 1
            print(f"- {name}: starts in which not all allocators were measured together: {apart}.")
    if not said:
        print("Nothing: every program ended well under every allocator, with the same output in every start.")


def summary(rows):
    measured = [row for row in rows if row.all and CLIENTS not in row.program.groups]
    fewest = {row.program.title: min(len(row.starts[name]) for name in ALLOCATORS if row.starts[name]) for row in measured}
    starts = sorted({len(row.starts[name]) for row in measured for name in ALLOCATORS if row.starts[name]})
    few = [f"{title} ({count})" for title, count in fewest.items() if count < 10]
    beside = sum(any(record.get("core") is not None for record in row.all) for row in rows)
    commits = sorted({record["commit"] for row in rows for record in row.all})
    days = sorted(record["turn"][:10] for row in rows for record in row.all)
    loads = [record["load"] for row in rows for record in row.all]
    to = lambda values: f"{values[0]}" if values[0] == values[-1] else f"{values[0]} to {values[-1]}"
    if few:
        print(f"**Fewer than ten starts an allocator, so a look and not a result: {'; '.join(few)}.**\n")
    print(f"Measured {to(days)}, at {', '.join(commits)}; load average before a start: median {statistics.median(loads):.1f},")
    print(f"most {max(loads):.1f}. Process starts an allocator and program: {to(starts)} (with client threads: at most 3),")
    print("the allocators of a start one after the other in an order that rotates. Figures are the median over the starts; **bold**")
    print("is the best of the row.")
    if beside:
        print(f"Programs of one stream ({beside} of the rows) were kept to a core each, with all their threads, ours of the learner too, while")
        print("another such program was measured on the other core. The others, but for client threads, had the machine to themselves.")
    else:
        print("One program at a time had the machine to itself, but for client threads.")
    print(f"{WARM_UP} rounds of a stream ({2 * WARM_UP} of ONNX Runtime's) come before those that count, for every allocator; shapes that never repeat and client")
    print("threads have no warm-up. The programs are those of `benchmarks/`; none of them knows which allocator it has.\n")


def main():
    library = library_digest()
    many_streams = sys.argv[1:] == ["many-streams"]
    rows = [Row(program, library) for program in (MANY_STREAMS if many_streams else PROGRAMS)]
    if not any(row.all for row in rows):
        sys.exit("latency: nothing has been measured yet")
    of = lambda group: [row for row in rows if group in row.program.groups]
    steady = [row for row in rows if not row.program.fixed_rounds and LONG not in row.program.groups]
    long_rows = [row for row in of(LONG) if row.all]
    summary(rows)
    count_table(steady, long_rows)
    latency_tables(steady, long_rows)
    faults_table(steady)
    memory_tables(steady)
    if not many_streams:
        varied_table(of(VARIED))
        clients_table(of(CLIENTS))
    spread_table(steady)
    notes(rows)


main()
