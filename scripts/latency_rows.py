"""What latency_runs.py kept, a program a row, and what every page made of it has: its cells, its verdicts, its conditions.

A figure is the median over an allocator's starts of what a start says (its own median, its p99, ...). The best of a row
is bold. What is asked is asked against the best baseline of the same row; a row in which an allocator is missing is not
judged.
"""

import collections
import os
import statistics
import sys

from latency_programs import ALLOCATORS, OURS
from latency_runs import STARTS, current, library_digest, load
from planner_figures import digits, judged, table

BASELINES = [name for name in ALLOCATORS if name != OURS]
MIB = 1024  # of what the records have, KiB


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


def rows_of(programs):
    """A row a program. Ends the process with 3 where none of them was measured under ours, as the library is now."""
    library = library_digest()
    rows = [Row(program, library) for program in programs]
    if not any(row.starts[OURS] for row in rows):
        print("latency: none of " + ", ".join(program.name for program in programs) + " has been measured yet", file=sys.stderr)
        sys.exit(3)
    return rows


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


def verdict(value, most):
    return "–" if value is None else judged(f"{value:.3f}", value <= most)


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


def from_to(values):
    return f"{values[0]}" if values[0] == values[-1] else f"{values[0]} to {values[-1]}"


def conditions(rows, fewest=10):
    """When, where and how often the rows were measured; of fewer starts than asked for, in bold, that it is a look."""
    measured = [row for row in rows if row.all]
    records = [record for row in measured for record in row.all]
    counts = {row.program.title: [len(row.starts[name]) for name in ALLOCATORS if row.starts[name]] for row in measured}
    few = [f"{title} ({min(count, default=0)})" for title, count in counts.items() if min(count, default=0) < fewest]
    if few:
        print(f"**Fewer than {fewest} starts an allocator, so a look and not a result: {'; '.join(few)}.**\n")
    commits = sorted({record["commit"] for record in records})
    days = sorted(record["turn"][:10] for record in records)
    starts = sorted(count for counted in counts.values() for count in counted)
    loads = [record["load"] for record in records]
    print(f"Measured {from_to(days)}, at {', '.join(commits)}; load average before a start: median {statistics.median(loads):.1f},")
    print(f"most {max(loads):.1f}. Process starts an allocator and program: {from_to(starts)}, the allocators of a start one after")
    print("the other in an order that rotates. Figures are the median over the starts; **bold** is the best of the row.")


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
