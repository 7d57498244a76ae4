"""Grids: exact counts of ticks and lots for what settles, roundings to the grid for market data."""

from decimal import Decimal
from math import ceil, floor

from engine.money import ONE

# Market data nearer to a step than this is on it; binary floats cannot say it better.
_SLACK = 1e-5


class Grid:
    """The multiples of one step."""

    __slots__ = ("_per_unit", "size", "step")

    def __init__(self, step: Decimal) -> None:
        per_unit = ONE / step
        self.step = step
        self.size = float(step)
        self._per_unit = per_unit if per_unit * step == ONE else None  # a product is cheaper than a quotient

    def count(self, value: Decimal) -> int | None:
        """How many steps the value is; None when it lies between two of them."""
        steps = value * self._per_unit if self._per_unit is not None else value / self.step
        try:
            whole = int(steps)
        except (ValueError, OverflowError):  # no number, or an infinite one
            return None
        return whole if whole == steps else None

    def nearest(self, value: float) -> int:
        """The nearest step to a figure of market data."""
        return round(value / self.size)

    def floor(self, value: float) -> int:
        """The last step that is not above the value."""
        return floor(value / self.size + _SLACK)

    def ceil(self, value: float) -> int:
        """The first step that is not below the value."""
        return ceil(value / self.size - _SLACK)

    def against(self, value: float, side: int, fraction: float) -> int:
        """The step at which a buyer (+1) or seller (-1) gets the value made worse by a fraction, never better."""
        if side > 0:
            return ceil(value * (1.0 + fraction) / self.size - _SLACK)
        steps = floor(value * (1.0 - fraction) / self.size + _SLACK)
        if steps < 1:
            return 1
        return steps
