"""The page results/clients.md, from the records that latency_runs.py kept. Prints it but for its head."""

import json

from latency_programs import ALLOCATORS, CLIENTS, OURS, PROGRAMS
from latency_rows import MIB, cells, conditions, notes, ratio, rows_of, verdict
from latency_runs import FOLDER, library_digest
from planner_figures import judged, table

FEWEST_STARTS = 2  # of memory, which differs little between them


def plan_height():
    try:
        with open(f"{FOLDER}/plan-{library_digest()}.json", encoding="utf-8") as file:
            return json.load(file).get("height", 0) / MIB**2
    except FileNotFoundError:
        return 0


def clients_table(rows):
    height = plan_height()
    print(f"ResNet-50, batch 1, {rows[0].program.fixed_rounds} inferences a thread. The height of ours' plan for one inference:",
          f"{height:.1f} MiB." if height else "not known.")
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


def main():
    rows = rows_of([program for program in PROGRAMS if CLIENTS in program.groups])
    conditions(rows, FEWEST_STARTS)
    print("Nothing here is a time: other work may have run beside it.\n")
    clients_table(rows)
    notes(rows)


main()
