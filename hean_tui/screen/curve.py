"""A curve of money over time in a rectangle of cells: filled blocks, braille dots, or ASCII."""

from collections.abc import Sequence
from itertools import groupby, zip_longest
from math import isfinite

from hean_tui.screen.glyphs import Glyphs
from hean_tui.screen.ink import Line, Span

Points = Sequence[tuple[int, float]]

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_ASCII_LEVELS = " .:|"
_DOTS = ((0x40, 0x80), (0x04, 0x20), (0x02, 0x10), (0x01, 0x08))  # from the bottom, left and right column
_MOST_POINTS = 4000
# A span smaller than this share of the money is drawn as if it were this large: calm water should look calm.
_LEAST_SPAN = 0.001


def sampled(points: Points, columns: int) -> list[float]:
    """One value for each column: the last one known at the end of that column's share of the time."""
    if not points or columns <= 0:
        return []
    points = points[:: max(len(points) // _MOST_POINTS, 1)] if len(points) > _MOST_POINTS else points
    first, last = points[0][0], points[-1][0]
    if last <= first:
        return [points[-1][1]] * columns
    values: list[float] = []
    at = 0
    for column in range(columns):
        until = first + (last - first) * (column + 1) // columns
        while at + 1 < len(points) and points[at + 1][0] <= until:
            at += 1
        values.append(points[at][1])
    values[-1] = points[-1][1]
    return values


def drawn(points: Points, width: int, height: int, glyphs: Glyphs) -> list[str]:
    """The curve as `height` lines of `width` cells, empty without points."""
    points = [point for point in points if isfinite(point[1])]
    if not points or width <= 0 or height <= 0:
        return [""] * max(height, 0)
    fine = glyphs.name == "braille"
    values = sampled(points, width * 2 if fine else width)
    low, high = min(values), max(values)
    span = max(high - low, abs(high) * _LEAST_SPAN, 1e-12)
    floor = (low + high - span) / 2
    shares = [(value - floor) / span for value in values]
    if fine:
        return _braille(shares, width, height)
    levels = _ASCII_LEVELS if glyphs.name == "ascii" else _EIGHTHS
    return _filled(shares, height, levels)


def surfaced(row: str, above: str, deep: str) -> Line:
    """One line of a filled curve: its surface in the colour of water, what lies below another cell in a quiet one."""
    spans: list[Span] = []
    for is_deep, cells in groupby(
        zip_longest(row, above, fillvalue=" "), lambda pair: pair[0] == deep and pair[1] != " "
    ):
        spans.append(("".join(cell for cell, _ in cells), "deep" if is_deep else "gain"))
    return tuple(spans)


def _filled(shares: Sequence[float], height: int, levels: str) -> list[str]:
    steps = len(levels) - 1
    tops = [1 + round(share * (height * steps - 1)) for share in shares]
    rows = range(height - 1, -1, -1)
    return ["".join(levels[min(max(top - row * steps, 0), steps)] for top in tops) for row in rows]


def _braille(shares: Sequence[float], width: int, height: int) -> list[str]:
    cells = [[0] * width for _ in range(height)]
    before = None
    for at, share in enumerate(shares):
        top = round(share * (height * 4 - 1))
        # Steep parts are joined, so that the line has no holes.
        low, high = (top, top) if before is None else (min(before, top), max(before, top))
        for dot in range(low, high + 1):
            cells[height - 1 - dot // 4][at // 2] |= _DOTS[dot % 4][at % 2]
        before = top
    return ["".join(chr(0x2800 + bits) if bits else " " for bits in row) for row in cells]
