"""An equity curve of bounded size that keeps what people look for: turning points, extremes and the ends of days."""

import numpy as np

from analytics.samples import Floats, Point, Times

POINTS_MAX = 2_000
_GROUPS_MAX = 500
_DAY_ENDS_MAX = POINTS_MAX - 2 * _GROUPS_MAX - 4


class EquityCurve:
    """Takes any number of samples. Up to `POINTS_MAX` all are kept; beyond, groups of equal length keep their lowest
    and highest, and groups grow as the samples do. Hence the highest and the lowest sample of all are always there.
    """

    __slots__ = ("_all", "_first", "_groups", "_last", "_length", "_times", "_values")

    def __init__(self) -> None:
        self._all: list[Point] | None = []
        self._groups: list[tuple[Point, Point]] = []  # lowest and highest
        self._length = 1  # samples a group
        self._first: Point | None = None
        self._last: Point | None = None
        self._times = np.zeros(0, dtype=np.int64)  # samples that do not fill a group yet
        self._values = np.zeros(0)

    def add(self, times: Times, values: Floats) -> None:
        """Take the next samples, in the order of time."""
        if self._all is not None:
            self._all.extend(zip(times.tolist(), values.tolist(), strict=True))
            if len(self._all) > POINTS_MAX:
                self._all = None
        self._first = self._first or (int(times[0]), float(values[0]))
        self._last = (int(times[-1]), float(values[-1]))
        times, values = np.concatenate([self._times, times]), np.concatenate([self._values, values])
        taken = 0
        while count := min((len(times) - taken) // self._length, _GROUPS_MAX - len(self._groups)):
            after = taken + count * self._length
            self._groups += _extremes(times[taken:after], values[taken:after], count)
            taken = after
            if len(self._groups) == _GROUPS_MAX:
                self._grow()
        self._times, self._values = times[taken:], values[taken:]

    def points(self, day_ends: list[Point]) -> list[Point]:
        """The curve in the order of time, with the ends of days (of every second, third.. day in a very long run)."""
        if self._all is not None:
            return list(self._all)
        step = -(-len(day_ends) // _DAY_ENDS_MAX) or 1
        kept = {point for pair in self._groups for point in pair}
        kept.update(day_ends[::-step])
        if len(self._times):
            kept.update(_extremes(self._times, self._values, 1)[0])
        if self._first is not None and self._last is not None:
            kept.update((self._first, self._last))
        return sorted(kept)

    def _grow(self) -> None:
        self._groups = [
            (min(left[0], right[0], key=_value), max(left[1], right[1], key=_value))
            for left, right in zip(self._groups[::2], self._groups[1::2], strict=True)
        ]
        self._length *= 2


def _extremes(times: Times, values: Floats, count: int) -> list[tuple[Point, Point]]:
    """The lowest and the highest sample of each of `count` groups of equal length."""
    rows = values.reshape(count, -1)
    starts = np.arange(count) * rows.shape[1]
    lows, highs = starts + rows.argmin(axis=1), starts + rows.argmax(axis=1)
    lowest = zip(times[lows].tolist(), values[lows].tolist(), strict=True)
    highest = zip(times[highs].tolist(), values[highs].tolist(), strict=True)
    return list(zip(lowest, highest, strict=True))


def _value(point: Point) -> float:
    return point[1]
