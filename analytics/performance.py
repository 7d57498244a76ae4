"""Risk-adjusted figures from daily returns, under one stated set of conventions.

Returns are those of UTC days, a year has 365 of them, the risk-free rate is zero and spread is the sample standard
deviation. A figure that the data cannot give (too few days, no spread, no fall) is None, never zero or infinity.
"""

from collections.abc import Sequence
from math import fsum, sqrt

DAYS_A_YEAR = 365


def sharpe(returns: Sequence[float]) -> float | None:
    """Mean over standard deviation of daily returns, for a year."""
    if len(returns) < 2:
        return None
    mean = fsum(returns) / len(returns)
    variance = fsum((each - mean) ** 2 for each in returns) / (len(returns) - 1)
    return _for_a_year(mean, variance)


def sortino(returns: Sequence[float]) -> float | None:
    """Like `sharpe`, but only days below zero count as spread: the root of their squares, summed over n - 1."""
    if len(returns) < 2:
        return None
    mean = fsum(returns) / len(returns)
    downside = fsum(each * each for each in returns if each < 0) / (len(returns) - 1)
    return _for_a_year(mean, downside)


def calmar(start_equity: float, end_equity: float, days: float, deepest_fraction: float) -> float | None:
    """The compound return of a year over the deepest drawdown."""
    if days <= 0 or deepest_fraction <= 0 or start_equity <= 0 or end_equity <= 0:
        return None
    try:
        return float(((end_equity / start_equity) ** (DAYS_A_YEAR / days) - 1) / deepest_fraction)
    except OverflowError:  # a few lucky minutes, raised to the power of a year
        return None


def _for_a_year(mean: float, variance: float) -> float | None:
    spread = sqrt(variance)
    # Days that differ only by rounding have no spread that means anything.
    return mean / spread * sqrt(DAYS_A_YEAR) if spread > 1e-15 else None
