"""Figures as text, for the tables of planner_table.py, and its curve as SVG. Prints tables, knows nothing of planning."""

import math
import statistics


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


def curve(points):
    """SVG, both axes logarithmic: a line through the medians, a whisker from the quickest to the slowest."""
    width, height, left, right, top, bottom = 640, 400, 70, 110, 20, 50
    times = [value for line in points.values() for point in line for value in point.times]
    low, high = math.floor(math.log10(max(1e-6, min(times)))), math.ceil(math.log10(max(times)))
    first, last = 3, max(4, round(math.log10(max(point.count for line in points.values() for point in line))))
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
