"""The figures of a report, as SVG that stands in the page: colors by class, so that they follow the theme and print."""

from collections.abc import Iterable, Sequence

import numpy as np
from markupsafe import Markup, escape

WIDTH, ROW = 640, 26
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 12, 40


def figure(height: int, parts: Iterable[str], alt: str) -> Markup:
    """alt: what the figure says, for those who do not see it."""
    return Markup(f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(alt)}">{"".join(parts)}</svg>')


def text(x: float, y: float, words: str, *, anchor: str = "middle", kind: str = "") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def distribution(shares: Sequence[float]) -> Markup:
    """How many students have which share of the points, in steps of a tenth."""
    counts, _ = np.histogram(shares, bins=10, range=(0, 1))
    height, most = 220, max(1, int(counts.max(initial=0)))
    step = (WIDTH - LEFT - RIGHT) / 10
    scale = (height - TOP - BOTTOM) / most
    base = height - BOTTOM
    parts = [f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{base}" y2="{base}"/>']
    for number, count in enumerate(map(int, counts)):
        x = LEFT + number * step
        parts.append(
            f'<rect class="bar" x="{x + 2:.1f}" y="{base - count * scale:.1f}" width="{step - 4:.1f}" '
            f'height="{count * scale:.1f}"/>'
        )
        parts.append(text(x, base + 16, f"{number * 10} %"))
        if count:
            parts.append(text(x + step / 2, max(TOP, base - count * scale - 4), str(count)))
    parts.append(text(WIDTH - RIGHT - 8, base + 16, "100 %"))
    parts.append(text(WIDTH / 2, height - 6, "share of the points that are graded"))
    told = ", ".join(f"{n * 10} to {n * 10 + 10} %: {count}" for n, count in enumerate(map(int, counts)) if count)
    return figure(height, parts, f"Histogram of the share of points. Students by share: {told or 'nobody'}.")


def outcomes(rows: Sequence[tuple[str, Sequence[tuple[str, str, int]]]]) -> Markup:
    """How exercises came out: a bar for each, of parts (class of the color, word, count)."""
    left = 190
    height = TOP + ROW * len(rows)
    parts, told = [], []
    for number, (name, counts) in enumerate(rows):
        y, x = TOP + number * ROW, float(left)
        total = max(1, sum(count for *_, count in counts))
        parts.append(text(left - 8, y + 15, name if len(name) <= 26 else f"{name[:25]}…", anchor="end"))
        for kind, _, count in counts:
            width = (WIDTH - left - RIGHT) * count / total
            parts.append(
                f'<rect class="{kind}" x="{x:.1f}" y="{y}" width="{max(0.0, width - 1):.1f}" height="{ROW - 6}"/>'
            )
            if width > 20:
                parts.append(
                    f'<text class="on" x="{x + width / 2:.1f}" y="{y + 15}" text-anchor="middle">{count}</text>'
                )
            x += width
        told.append(f"{name}: " + (", ".join(f"{count} {word}" for _, word, count in counts if count) or "nobody"))
    return figure(height, parts, f"Bars of how each exercise came out. {'; '.join(told)}.")


def progress(assignments: Sequence[str], quartiles: Sequence[tuple[float, float, float]]) -> Markup:
    """The share of points over the term: the median as a line, the middle half of the class as a band."""
    height = 240
    step = (WIDTH - LEFT - RIGHT - 60) / max(1, len(assignments) - 1)
    xs = [LEFT + 30 + number * step for number in range(len(assignments))]

    def y(share: float) -> float:
        return height - BOTTOM - share * (height - TOP - BOTTOM)

    def points(column: int) -> list[str]:
        return [f"{x:.1f},{y(row[column]):.1f}" for x, row in zip(xs, quartiles, strict=True)]

    parts = [f'<polygon class="band" points="{" ".join([*points(0), *reversed(points(2))])}"/>']
    parts.append(f'<polyline class="line" points="{" ".join(points(1))}"/>')
    for share in (0.0, 0.5, 1.0):
        parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(share):.1f}" y2="{y(share):.1f}"/>')
        parts.append(text(LEFT - 6, y(share) + 4, f"{share:.0%}", anchor="end"))
    for x, name, row in zip(xs, assignments, quartiles, strict=True):
        parts.append(f'<circle class="dot" cx="{x:.1f}" cy="{y(row[1]):.1f}" r="4"/>')
        parts.append(text(x, height - BOTTOM + 16, name[: max(4, int(step / 7))]))
    parts.append(text(WIDTH / 2, height - 6, "median of the class, and its middle half"))
    told = "; ".join(
        f"{name}: median {row[1]:.0%}, middle half {row[0]:.0%} to {row[2]:.0%}"
        for name, row in zip(assignments, quartiles, strict=True)
    )
    return figure(height, parts, f"Share of points over the term. {told}.")
