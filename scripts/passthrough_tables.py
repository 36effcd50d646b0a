"""The tables of results/passthrough.md, from what passthrough_runs.py kept. Prints them.

A ratio is of one start: its two runs came one right after the other, under the same neighbours. Asked of the median of a
row's ratios: at most CPU; for shells that fork, at most FORKING over glibc.
"""

import json
import os
import statistics

from passthrough_programs import FOLDER, PROGRAMS
from passthrough_runs import START
from planner_figures import digits, judged, table

CPU, FORKING = 1.02, 1.25
SHELLS = ("shell", "subshell")


def load(name):
    path = f"{FOLDER}/{name}.json"
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def shown(values):
    return f"{digits(statistics.median(values))} ({digits(min(values))}–{digits(max(values))})"


def program_table(name, record):
    print(f"### {PROGRAMS[name][0]}\n")
    lines = [["next allocator", "CPU s, alone", "CPU s, ours over it", "ratio", "asked"]]
    for next_name, seconds in record["seconds"].items():
        ratios = [ours / alone for ours, alone in zip(seconds["ours"], seconds["alone"])]
        lower, ratio, upper = statistics.quantiles(ratios, n=4, method="inclusive")
        asked = judged(f"≤ {CPU}", ratio <= CPU) if name not in SHELLS else ""
        if name in SHELLS and next_name == "glibc":
            asked = judged(f"≤ {FORKING}", ratio <= FORKING)
        lines.append([next_name, shown(seconds["alone"]), shown(seconds["ours"]), f"{ratio:.3f} ({lower:.3f}–{upper:.3f})", asked])
    table(*lines)


def start_table(record):
    print("### One start of a program that does nothing\n")
    print("Instructions in user mode of `/bin/true`, by callgrind; the loader's share included.")
    lines = [["next allocator", "alone", "ours over it", "ours"]]
    for next_name, counts in record["instructions"].items():
        if None not in counts.values():
            lines.append([next_name, f"{counts['alone']:,}", f"{counts['ours']:,}", f"+{counts['ours'] - counts['alone']:,}"])
    table(*lines)


def main():
    records = {name: record for name in PROGRAMS if (record := load(name))}
    starts = sorted({len(kinds["alone"]) for record in records.values() for kinds in record["seconds"].values()})
    commits = sorted({record["commit"] for record in records.values()})
    print(f"Measured at {', '.join(commits)}. Starts: {' to '.join(map(str, sorted({starts[0], starts[-1]})))}, interleaved: each next allocator",
          "alone and with ours over it one right after the other, the order alternating. Seconds: median (least–most). Ratios, each of",
          "one start's two runs: median (quartiles).\n")
    for name, record in records.items():
        program_table(name, record)
    if start := load(START):
        start_table(start)
    if missing := [name for name in PROGRAMS if name not in records]:
        print(f"Not measured: {', '.join(missing)}.")


main()
