"""The page of results/soak.md and its picture, from what scripts/soak_runs.py kept. Prints the page.

    soak_tables.py FOLDER FILE.svg

Flat: the median resident size of a run's last third is at most FLAT above that of its second third. The first third is
left out: nets are loaded, plans learnt and pools filled then.
"""

import json
import math
import os
import statistics
import sys

from planner_figures import digits, judged, table

FLAT = 0.02
MIB = 1024
OURS = "memomalloc"
NAMES = (OURS, "glibc")
COLORS = {OURS: "ours", "glibc": "theirs"}


def thirds(values):
    part = len(values) // 3
    return [statistics.median(values[begin:end]) for begin, end in ((0, part), (part, 2 * part), (2 * part, None))]


def slope(run, key):
    """MiB an hour over the last two thirds, by least squares."""
    values = [sample[key] / MIB for sample in run["samples"]]
    values = values[len(values) // 3:]
    hours = [k * run["seconds"] / 3600 for k in range(len(values))]
    return statistics.linear_regression(hours, values).slope


def memory_table(runs):
    lines = [["allocator", "minutes", "figure", "first third", "second", "last", "last / second", "MiB an hour", "most"]]
    for run in runs:
        for key, name in (("rss_kb", "RSS MiB"), ("pss_kb", "Pss MiB")):
            values = [sample[key] / MIB for sample in run["samples"]]
            parts = thirds(values)
            lines.append([run["allocator"], f"{len(values) * run['seconds'] / 60:.0f}", name,
                          *(f"{part:.1f}" for part in parts), f"{parts[2] / parts[1]:.4f}",
                          f"{slope(run, key):+.1f}", f"{max(values):.1f}"])
    table(*lines)


def verdicts(runs):
    lines = [["allocator", "asked", "verdict"]]
    for run in runs:
        parts = thirds([sample["rss_kb"] for sample in run["samples"]])
        growth = parts[2] / parts[1] - 1
        lines.append([run["allocator"], f"RSS flat: last third ≤ {100 * FLAT:.0f} % above the second",
                      judged(f"{100 * growth:+.2f} %", growth <= FLAT)])
        output = run["output"] or "it did not end by itself"
        lines.append([run["allocator"], "every output as it was first, no child fails, exit status 0",
                      judged(f"{output}; exit status {run['code']}",
                             run["code"] == 0 and " 0 other outputs" in output and output.endswith(" 0 children that failed"))])
    table(*lines)


def served_table(run):
    """What was served, of each third of ours alone."""
    samples = run["samples"]
    part = len(samples) // 3
    lines = [["", "first third", "second", "last"]]
    known = lambda begin, end: [s for s in samples[begin:end] if s.get("live")]
    spans = [known(0, part), known(part, 2 * part), known(2 * part, None)]
    if not all(len(span) > 1 for span in spans):
        return
    total = lambda live, key: sum(live["misses"].values()) if key == "misses" else live[key]
    gained = lambda span, key: total(span[-1]["live"], key) - total(span[0]["live"], key)
    lines.append(["rounds served", *(f"{gained(span, 'rounds'):,}" for span in spans)])
    lines.append(["hits", *(f"{gained(span, 'hits'):,}" for span in spans)])
    lines.append(["misses", *(f"{gained(span, 'misses'):,}" for span in spans)])
    lines.append(["hits, of hits and misses of threads in a plan",
                  *(f"{100 * gained(span, 'hits') / max(1, gained(span, 'hits') + gained(span, 'misses')):.1f} %" for span in spans)])
    lines.append(["plans, at the end", *(span[-1]["live"]["plans"] for span in spans)])
    lines.append(["arenas, at the end", *(span[-1]["live"]["arenas"] for span in spans)])
    lines.append(["pool: MiB resident, median", *(digits(statistics.median(
        s["live"]["pool"]["resident_bytes"] / MIB**2 for s in span)) for span in spans)])
    lines.append(["threads, least to most", *(f"{min(s['threads'] for s in span)} to {max(s['threads'] for s in span)}"
                                              for span in spans)])
    table(*lines)


def picture(runs):
    """RSS over time as SVG, readable on white and on black."""
    width, height, left, right, top, bottom = 760, 340, 60, 110, 16, 46
    minutes = max(len(run["samples"]) * run["seconds"] / 60 for run in runs)
    most = max(sample["rss_kb"] / MIB for run in runs for sample in run["samples"])
    step = 10 ** math.floor(math.log10(most))
    step = step / 5 if most / step < 2 else step / 2 if most / step < 5 else step
    above = math.ceil(most / step) * step
    x = lambda minute: left + minute / minutes * (width - left - right)
    y = lambda value: height - bottom - value / above * (height - top - bottom)
    svg = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
           "<style>text{fill:#24292f}.grid{stroke:#8884}.line{fill:none;stroke-width:1.6}.ours{stroke:#1b6ca8}.theirs{stroke:#c8553d}"
           "@media(prefers-color-scheme:dark){text{fill:#d0d7de}.ours{stroke:#58a6ff}.theirs{stroke:#ff9b80}}</style>"]
    for k in range(round(above / step) + 1):
        svg.append(f'<path class="grid" d="M{left} {y(k * step):.1f}H{width - right}"/>'
                   f'<text x="{left - 8}" y="{y(k * step) + 4:.1f}" text-anchor="end">{k * step:g}</text>')
    for k in range(7):
        at = minutes * k / 6
        svg.append(f'<text x="{x(at):.1f}" y="{height - bottom + 18}" text-anchor="middle">{at:g}</text>')
    svg.append(f'<text x="{(left + width - right) / 2:.0f}" y="{height - 8}" text-anchor="middle">minutes; RSS in MiB</text>')
    for run in runs:
        points = [(x((k + 1) * run["seconds"] / 60), y(sample["rss_kb"] / MIB)) for k, sample in enumerate(run["samples"])]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        svg.append(f'<polyline class="line {COLORS[run["allocator"]]}" points="{path}"/>'
                   f'<text x="{points[-1][0] + 8:.1f}" y="{points[-1][1] + 4:.1f}">{run["allocator"]}</text>')
    return "\n".join(svg) + "\n</svg>\n"


def load(folder):
    runs = []
    for name in NAMES:
        path = os.path.join(folder, f"{name}.json")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                runs.append(json.load(file))
    return [run for run in runs if len(run["samples"]) >= 6]


def main():
    folder, picture_path = sys.argv[1:3]
    runs = load(folder)
    if not runs:
        sys.exit("soak: no run of a minute or more")
    for run in runs:
        pauses = sum(sample["paused"] for sample in run["samples"])
        print(f"{run['allocator']}: begun {run['began']} UTC at commit {run['commit']}, {len(run['samples'])} samples, one every",
              f"{run['seconds']} s of running{f'; the whole group was stopped {pauses} times for other measurements' if pauses else ''}.")
    verdicts(runs)
    print("## Memory\n")
    print(f"![RSS over time]({os.path.basename(picture_path)})\n")
    print("Medians of each third. The slope is that of a line through the last two thirds.")
    memory_table(runs)
    for run in runs:
        if run["allocator"] == OURS:
            print("## What was served\n")
            served_table(run)
    with open(picture_path, "w", encoding="utf-8") as file:
        file.write(picture(runs))


main()
