"""The deepest fall of equity below its highest point so far, as it happens."""

import numpy as np

from analytics.samples import Floats, Times


class Drawdown:
    """Follows equity from its first value on; both depths are kept, for they need not come from the same fall."""

    __slots__ = ("deepest", "deepest_fraction", "peak")

    def __init__(self, capital: float) -> None:
        self.peak = capital
        self.deepest = 0.0  # in money
        self.deepest_fraction = 0.0  # of the peak it fell from

    def add(self, _: Times, values: Floats) -> None:
        """Take the next values."""
        peaks = np.maximum(np.maximum.accumulate(values), self.peak)
        depths = peaks - values
        self.peak = float(peaks[-1])
        self.deepest = max(self.deepest, float(depths.max()))
        self.deepest_fraction = max(self.deepest_fraction, float((depths / peaks).max()))
