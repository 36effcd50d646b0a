"""The page results/varied.md, from the records that latency_runs.py kept. Prints it but for its head."""

from latency_programs import ALLOCATORS, OURS, PROGRAMS, VARIED
from latency_rows import MIB, cells, conditions, notes, ratio, rows_of, verdict
from planner_figures import judged, table


def varied_table(rows):
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


def main():
    rows = rows_of([program for program in PROGRAMS if VARIED in program.groups])
    conditions(rows)
    print("Every program had the machine to itself. There is no warm-up.\n")
    varied_table(rows)
    notes(rows)


main()
