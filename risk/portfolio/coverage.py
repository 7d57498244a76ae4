"""Does a Value at Risk keep its word? Kupiec's test, and a walk through history that counts the broken days."""

from collections.abc import Sequence
from math import erfc, isnan, log, sqrt

import msgspec
import numpy as np

from risk.portfolio.closed_form import student_tail
from risk.portfolio.draws import DOF
from risk.portfolio.history import hourly_returns, price_grid, volatilities_of
from risk.portfolio.tails import Floats

HISTORY_H = 1_440  # two months; what is older weighs next to nothing
WARM_UP_H = 720


class Coverage(msgspec.Struct, frozen=True):
    """How often a loss went beyond its Value at Risk, and how likely such a count is if the model is right."""

    trials: int
    exceptions: int
    p_value: float

    @property
    def rate(self) -> float:
        """The share of exceptions."""
        return self.exceptions / self.trials if self.trials else 0.0


def kupiec(exceptions: int, trials: int, confidence: float) -> Coverage:
    """Kupiec's proportion of failures: a likelihood ratio against chi-square with one degree of freedom."""
    assert 0 <= exceptions <= trials, f"{exceptions} exceptions in {trials} trials"
    if not trials:
        return Coverage(0, 0, 1.0)
    expected = _log_likelihood(exceptions, trials, 1 - confidence)
    observed = _log_likelihood(exceptions, trials, exceptions / trials)
    ratio = max(0.0, 2 * (observed - expected))
    return Coverage(trials, exceptions, erfc(sqrt(ratio / 2)))


class Walk(msgspec.Struct, frozen=True):
    """One symbol led through its history: the return over each horizon, and the deviation expected before it."""

    returns: Floats
    deviations: Floats

    def coverage(self, confidence: float, side: int = 1, dof: int = DOF) -> Coverage:
        """How often a long (or with -1, a short) lost more than its Value at Risk."""
        limits = self.deviations * student_tail(1.0, confidence, dof).value_at_risk
        return kupiec(int((-side * self.returns > limits).sum()), self.returns.size, confidence)


def walk(symbol: str, closes: Sequence[float | None], horizon_h: int = 24) -> Walk:
    """Horizon after horizon without overlap; nothing is known before it has happened."""
    grid = price_grid((symbol,), {symbol: closes})
    hourly = hourly_returns(grid)  # row n is the hour that ends with close n + 1
    steps = [
        (float(grid[now + horizon_h, 0] / grid[now, 0] - 1.0), hourly[max(0, now - HISTORY_H) : now])
        for now in range(WARM_UP_H, len(grid) - horizon_h, horizon_h)
    ]
    told = [(each, float(volatilities_of((symbol,), known)[0])) for each, known in steps if not isnan(each)]
    return Walk(
        returns=np.array([each for each, _ in told]),
        deviations=np.array([volatility for _, volatility in told]) * sqrt(horizon_h),
    )


def _log_likelihood(exceptions: int, trials: int, chance: float) -> float:
    kept = trials - exceptions
    return (exceptions * log(chance) if exceptions else 0.0) + (kept * log(1 - chance) if kept else 0.0)
