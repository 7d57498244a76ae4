"""A walk through history hour by hour: which returns it takes, what it knows before each, and what counts as broken."""

from math import sqrt

import numpy as np
import pytest

from risk.portfolio.closed_form import student_tail
from risk.portfolio.coverage import Walk, walk
from risk.portfolio.history import hourly_returns, price_grid, volatilities_of

BTC = "BTC/USDT"


def wandering(hours: int, seed: int = 4) -> list[float | None]:
    """Hourly closes that grow wilder with time, so that no two stretches are alike."""
    moves = np.random.default_rng(seed).normal(0, 0.01, hours) * np.linspace(0.2, 3.0, hours)
    return [float(price) for price in 100 * np.cumprod(1 + moves)]


@pytest.mark.parametrize("horizon_h", [24, 7])
def test_a_walk_takes_each_horizon_once_and_knows_the_two_months_before_it(horizon_h: int) -> None:
    """From the thirtieth day on; returns by hand from the closes, deviations from the hours before, and no others."""
    prices = wandering(1_700)
    walked = walk(BTC, prices, horizon_h)
    begins = range(720, 1_700 - horizon_h, horizon_h)
    closes = [float(price or 0) for price in prices]
    assert walked.returns == pytest.approx([closes[now + horizon_h] / closes[now] - 1 for now in begins])
    hourly = hourly_returns(price_grid((BTC,), {BTC: prices}))
    known = [volatilities_of((BTC,), hourly[max(0, now - 1_440) : now])[0] for now in begins]
    assert walked.deviations == pytest.approx(np.array(known) * sqrt(horizon_h), rel=1e-12)


def test_a_long_is_what_is_counted_unless_somebody_says_short() -> None:
    """Of a hundred days three fell by a tenth and one rose by it: three broke a long, one a short."""
    returns = np.zeros(100)
    returns[[10, 20, 30]], returns[40] = -0.1, 0.1
    walked = Walk(returns, np.full(100, 0.02))
    assert walked.coverage(0.99).exceptions == 3
    assert walked.coverage(0.99, 1).exceptions == 3
    assert walked.coverage(0.99, -1).exceptions == 1
    assert walked.coverage(0.99).trials == 100


def test_a_loss_of_just_its_value_at_risk_is_no_exception() -> None:
    """It was said that no more would be lost, and no more was."""
    deviations = np.array([0.01, 0.03])
    edges = deviations * student_tail(1.0, 0.95, 4).value_at_risk
    assert Walk(-edges, deviations).coverage(0.95).exceptions == 0
    assert Walk(-edges * 1.000001, deviations).coverage(0.95).exceptions == 2
    assert Walk(edges, deviations).coverage(0.95, -1).exceptions == 0


def test_the_degrees_of_freedom_decide_how_far_the_edge_lies() -> None:
    """3.3 deviations at 99.9 %: beyond what thin tails allow, within what fat ones do."""
    walked = Walk(np.array([-3.3]), np.array([1.0]))
    assert walked.coverage(0.999, dof=200).exceptions == 1
    assert walked.coverage(0.999, dof=4).exceptions == 0
