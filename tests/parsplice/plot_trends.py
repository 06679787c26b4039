#!/usr/bin/env python3
"""Draws the output of splicing_trends as an SVG, and prints it as the table of docs/parsplice.md.

  splicing_trends 3000000 > trends.csv
  plot_trends.py trends.csv docs/parsplice_trends.svg
"""

import csv
import html
import math
import sys

WIDTH, HEIGHT, LEFT, TOP, SIZE = 860, 400, 70, 40, 300
COLOURS = ("#0b6e99", "#c4560b", "#5b8c2a")


def log_ticks(low, high):
    return [10.0**k for k in range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)]


class Panel:
    """One pair of axes; x logarithmic, y logarithmic or linear."""

    def __init__(self, left, x_range, y_range, title, log_y):
        self.left, self.x_range, self.y_range, self.log_y = left, x_range, y_range, log_y
        self.parts = [f'<text x="{left + SIZE / 2}" y="{TOP - 14}" text-anchor="middle">{title}</text>',
                      f'<rect x="{left}" y="{TOP}" width="{SIZE}" height="{SIZE}" fill="none" stroke="#444"/>']
        for tick in log_ticks(*x_range):
            x = self.x(tick)
            self.parts.append(f'<path d="M{x:.1f} {TOP}v{SIZE}" stroke="#ddd"/><text x="{x:.1f}" '
                              f'y="{TOP + SIZE + 16}" text-anchor="middle">{tick:g}</text>')
        for tick in log_ticks(*y_range) if log_y else [0.2 * k for k in range(6)]:
            y = self.y(tick)
            self.parts.append(f'<path d="M{left} {y:.1f}h{SIZE}" stroke="#ddd"/><text x="{left - 6}" '
                              f'y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>')
        self.parts.append(f'<text x="{left + SIZE / 2}" y="{TOP + SIZE + 36}" text-anchor="middle">'
                          '⟨t_trans⟩/(N t_c)</text>')

    @staticmethod
    def share(value, bounds, logarithmic):
        a, b = bounds
        if logarithmic:
            value, a, b = math.log(value), math.log(a), math.log(b)
        return (value - a) / (b - a)

    def x(self, value):
        return self.left + SIZE * self.share(value, self.x_range, True)

    def y(self, value):
        return TOP + SIZE * (1.0 - self.share(value, self.y_range, self.log_y))

    def line(self, points, colour, dashed=False):
        path = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}"{dash}/>')

    def marks(self, points, colour):
        for x, y, label in points:
            self.parts.append(f'<circle cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="4" fill="{colour}">'
                              f"<title>{html.escape(label)}</title></circle>")


def draw(rows):
    ratios = [row["t_trans_over_n_tc"] for row in rows]
    x_range = (min(ratios) / 1.5, max(ratios) * 1.5)
    boosts = [row[key] for row in rows for key in ("boost", "parallel_replicas_boost")]
    spliced = Panel(LEFT, x_range, (0.0, 1.0), "spliced fraction", False)
    rate = Panel(LEFT + SIZE + 90, x_range, (min(boosts) / 1.3, max(boosts) * 1.3),
                 "rate, in one worker's (dashed: parallel replicas)", True)
    legend = []
    for k, name in enumerate(dict.fromkeys(row["landscape"] for row in rows)):
        chosen = sorted((row for row in rows if row["landscape"] == name), key=lambda r: r["t_trans_over_n_tc"])
        for panel, key in ((spliced, "spliced_fraction"), (rate, "boost")):
            panel.line([(r["t_trans_over_n_tc"], r[key]) for r in chosen], COLOURS[k])
            panel.marks([(r["t_trans_over_n_tc"], r[key], f"{r['temperature_K']:g} K, r = {r['mean_revisits']:g}")
                         for r in chosen], COLOURS[k])
        rate.line([(r["t_trans_over_n_tc"], r["parallel_replicas_boost"]) for r in chosen], COLOURS[k], True)
        revisits = [r["mean_revisits"] for r in chosen]
        legend.append(f'<text x="{LEFT + 240 * k}" y="{HEIGHT - 6}" fill="{COLOURS[k]}">● {html.escape(name)}: '
                      f"⟨r⟩ {format_revisits(min(revisits))} to {format_revisits(max(revisits))}</text>")
    body = "\n".join(spliced.parts + rate.parts + legend)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
            f'height="{HEIGHT}" font-family="sans-serif" font-size="12">\n'
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>\n{body}\n</svg>\n')


def format_revisits(value):
    return f"{value:.0f}" if value >= 10.0 else f"{value:.2g}"


def table(rows):
    lines = ["| landscape | T (K) | ⟨t_trans⟩/(N t_c) | ⟨r⟩ | spliced fraction | boost | parallel replicas |",
             "|---|---|---|---|---|---|---|"]
    for row in rows:
        lines.append(f"| {row['landscape']} | {row['temperature_K']:g} | {row['t_trans_over_n_tc']:.2g} | "
                     f"{format_revisits(row['mean_revisits'])} | {row['spliced_fraction']:.2f} | {row['boost']:.3g} | "
                     f"{row['parallel_replicas_boost']:.3g} |")
    return "\n".join(lines)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8", newline="") as file:
        rows = [{key: value if key == "landscape" else float(value) for key, value in row.items()}
                for row in csv.DictReader(file)]
    if not rows:
        sys.exit(f"{sys.argv[1]}: no rows")
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write(draw(rows))
    print(table(rows))


if __name__ == "__main__":
    main()
