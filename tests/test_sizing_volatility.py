"""Volatility from hourly prices: against textbook arithmetic, and the bound that follows from it."""

from decimal import Decimal
from itertools import pairwise
from math import exp, log, sqrt
from random import Random
from statistics import stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.volatility import Volatility, value_cap

TARGET = Decimal("0.4")
prices = st.lists(st.floats(1.0, 100_000.0), min_size=14, max_size=60)


def walk(hours: int, deviation: float, seed: int = 1) -> list[float]:
    """Prices of a random walk with so much deviation an hour."""
    draw, price, path = Random(seed), 100.0, [100.0]
    for _ in range(hours):
        price *= exp(draw.gauss(0.0, deviation))
        path.append(price)
    return path


@given(prices)
def test_it_is_the_sample_deviation_of_log_returns_by_the_year(path: list[float]) -> None:
    """As the statistics module computes it, times the root of the hours of a year."""
    expected = stdev(log(b / a) for a, b in pairwise(path)) * sqrt(24 * 365)
    assert Volatility.of(path).yearly == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_a_known_walk_has_its_volatility() -> None:
    """0.64 % an hour is 60 % a year, within what 719 hours can tell."""
    assert Volatility.of(walk(719, 0.6 / sqrt(8760))).yearly == pytest.approx(0.6, rel=0.06)


def test_eleven_returns_are_too_few() -> None:
    """Twelve prices lie eleven hours apart: nothing is known, and nothing is bounded; the thirteenth changes that."""
    volatility = Volatility.of(walk(11, 0.01))
    assert (volatility.yearly, volatility.room(TARGET)) == (None, None)
    assert volatility.says("BTC") == "BTC: 11 hourly returns are known, 12 are needed for a volatility"
    volatility.sample(101.0)
    assert volatility.yearly is not None
    assert volatility.room(TARGET) is not None


def test_only_thirty_days_count() -> None:
    """After 720 calm hours a storm before them is forgotten, to the last digit."""
    stormy, calm = walk(300, 0.05, seed=2), walk(719, 0.001, seed=3)
    assert Volatility.of([*stormy, *calm]).yearly == Volatility.of(calm).yearly


def test_a_price_that_does_not_move_sets_no_bound() -> None:
    """A volatility of zero would allow everything; it is no evidence."""
    volatility = Volatility.of([100.0] * 50)
    assert volatility.yearly == 0.0
    assert volatility.room(TARGET) is None
    assert volatility.says("BTC") == "BTC has not moved in 49 hours; its volatility sets no bound"


@pytest.mark.parametrize("price", [0.0, -1.0, float("nan"), float("inf")])
def test_what_is_no_price_is_left_out(price: float) -> None:
    """The hour before it stays the last one that is known."""
    path = walk(20, 0.01)
    assert Volatility.of([*path[:10], price, *path[10:]]).yearly == Volatility.of(path).yearly


@given(prices, st.integers(1, 10**9).map(lambda cents: Decimal(cents) / 100))
def test_value_times_volatility_stays_within_the_target(path: list[float], equity: Decimal) -> None:
    """Rounded against us."""
    volatility = Volatility.of(path)
    cap = value_cap(equity, volatility.room(TARGET))
    if cap is not None:
        assert volatility.yearly is not None
        assert cap * Decimal(volatility.yearly) <= TARGET * equity


def test_an_account_that_is_gone_may_hold_nothing() -> None:
    """No negative bound, and none where none is set."""
    assert value_cap(Decimal(-5), Decimal("0.5")) == 0
    assert value_cap(Decimal(100), None) is None


def test_it_says_what_it_does() -> None:
    """Hours that go up and down by one per cent in turn move about 94 % a year."""
    volatility = Volatility.of([100.0, 101.0] * 30)
    yearly = log(1.01) * sqrt(8760 * 59 / 58) * sqrt(1 - 1 / 59**2)
    assert volatility.yearly == pytest.approx(yearly, rel=1e-6)
    assert (
        volatility.says("BTC") == "BTC moves 93.9 % a year; a target of 40 % allows a value of 0.426 times the equity"
    )
