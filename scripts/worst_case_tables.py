"""The tables of results/worst_case.md, from what worst_case_runs.py kept. Prints them.

A percentile is the median over the starts of what each start says; of the maximum, that and the worst. Asked: that the
shortest of each column is ours, in one mode or the other.
"""

import json
import os
import statistics

from planner_figures import digits, judged, table
from worst_case_runs import FOLDER, KINDS, OURS

WHAT = {"tail": (("allocation", "One allocation and the write to its first line"), ("free", "One free"),
                 ("round", "A round of 300 of each")),
        "deadline": (("inference", "A whole inference of a small TorchScript net"),)}
TITLES = {"alone": "alone", "beside": "beside a process that thrashes memory"}


def text(ns):
    return f"{digits(ns)} ns" if ns < 1000 else f"{digits(ns / 1e3)} µs" if ns < 1e6 else f"{digits(ns / 1e6)} ms"


def figures(run, key):
    """Column: figure, of one allocator's starts."""
    said = lambda part: [start[key][part] for start in run]
    return {"median": statistics.median(said("p50")), "p99.9": statistics.median(said("p99.9")),
            "p99.99": statistics.median(said("p99.99")), "maximum": statistics.median(said("max")), "worst": max(said("max"))}


def tail_table(runs, key):
    rows = {name: figures(run, key) for name, run in runs.items()}
    columns = list(next(iter(rows.values())))
    least = {column: min(row[column] for row in rows.values()) for column in columns}
    lines = [["", *columns]]
    for name, row in rows.items():
        lines.append([name, *(f"**{text(row[c])}**" if row[c] == least[c] else text(row[c]) for c in columns)])
    verdicts = []
    for column in columns:
        ours = min(rows[name][column] for name in OURS)
        others = min(row[column] for name, row in rows.items() if name not in OURS)
        verdicts.append(judged(f"{ours / others:.2f} × the best other", ours <= others) if column != "median" else "")
    lines.append(["asked of ours: the shortest", *verdicts])
    table(*lines)
    return [ours_is_least.endswith(": met") for ours_is_least in verdicts[1:]]


def main():
    met = []
    for program, keys in WHAT.items():
        path = f"{FOLDER}/{program}.json"
        if not os.path.exists(path):
            print(f"Not measured: {program}.\n")
            continue
        with open(path, encoding="utf-8") as file:
            record = json.load(file)
        starts = len(record["runs"]["alone"]["glibc"])
        print(f"`{program}`: measured at {record['commit']}; {starts} starts of {record['rounds']:,} rounds each, after a second of",
              "warm-up, allocators interleaved.\n")
        for key, title in keys:
            for kind in KINDS:
                print(f"## {title}, {TITLES[kind]}\n")
                met += tail_table(record["runs"][kind], key)
    print(f"The shortest tail is ours in {sum(met)} of {len(met)} columns.")


main()
