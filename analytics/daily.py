"""Equity at the end of each UTC day, and the daily returns that risk-adjusted figures are made of."""

import numpy as np

from analytics.samples import Floats, Point, Times

DAY_NS = 86_400_000_000_000


class DailyEquity:
    """Keeps the last equity of each UTC day; what is seen at 24:00 is the end of the day that is over.

    The last bar of a day closes at that instant: counted to the new day, it would add a day without a return to each
    run of whole days, and move every day's last bar to the next.
    """

    __slots__ = ("_capital", "_ends", "_last")

    def __init__(self, capital: float) -> None:
        self._capital = capital
        self._ends: list[Point] = []
        self._last: Point | None = None

    def add(self, times: Times, values: Floats) -> None:
        """Take samples in the order of time."""
        days = (times - 1) // DAY_NS
        if self._last is not None and (self._last[0] - 1) // DAY_NS != days[0]:
            self._ends.append(self._last)
        for index in np.flatnonzero(np.diff(days)):
            self._ends.append((int(times[index]), float(values[index])))
        self._last = (int(times[-1]), float(values[-1]))

    @property
    def ends(self) -> list[Point]:
        """The last sample of every day that had one, the present day included."""
        return self._ends if self._last is None else [*self._ends, self._last]

    def returns(self) -> list[float]:
        """One return for each day from the first sample to the last, against the end of the day before.

        The first is measured from the capital. A day without a sample returned nothing, as far as anybody could see;
        an account that lost everything returns nothing any more.
        """
        returns: list[float] = []
        before, day_before = self._capital, None
        for ts_ns, equity in self.ends:
            day = (ts_ns - 1) // DAY_NS
            if day_before is not None:
                returns.extend(0.0 for _ in range(day - day_before - 1))
            returns.append(equity / before - 1 if before > 0 else 0.0)
            before, day_before = equity, day
        return returns
