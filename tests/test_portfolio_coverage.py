"""Kupiec's test against its published table, and the Value at Risk against years of real crashes."""

from math import sqrt

import numpy as np
import pytest
from scipy import stats

from risk.portfolio.book import Book
from risk.portfolio.closed_form import student_within
from risk.portfolio.coverage import Coverage, Walk, kupiec, walk
from risk.portfolio.history import moves_of, price_grid
from tests.portfolio_crash_data import BYBIT, HOUR_MS, MARKET, OLD_SPOT, Bars, bars_of, hours_of

needs_data = pytest.mark.skipif(not MARKET.is_dir(), reason="the folder of real market data is not here")
SIDES = {"long": 1, "short": -1}


@pytest.mark.parametrize(
    ("trials", "confidence", "fewest", "most"),
    [
        (255, 0.99, 0, 6),
        (510, 0.99, 2, 10),
        (1000, 0.99, 5, 16),
        (255, 0.95, 7, 20),
        (510, 0.95, 17, 35),
        (1000, 0.95, 38, 64),
    ],
)
def test_the_regions_are_those_that_kupiec_published(trials: int, confidence: float, fewest: int, most: int) -> None:
    """At a test level of 5 %, the counts of failures that do not reject the model (Kupiec 1995)."""
    accepted = [count for count in range(trials) if kupiec(count, trials, confidence).p_value > 0.05]
    # With 255 days at 99 % no failure at all is just rejected by the exact figure, and accepted in the printed table.
    assert (max(fewest, 1), most) == (max(accepted[0], 1), accepted[-1])


def test_the_p_value_is_that_of_chi_square() -> None:
    """9 failures in 250 days at 99 %: the ratio by hand, its p-value from scipy."""
    ratio = -2 * np.log(0.99**241 * 0.01**9 / ((1 - 9 / 250) ** 241 * (9 / 250) ** 9))
    assert kupiec(9, 250, 0.99).p_value == pytest.approx(float(stats.chi2.sf(ratio, 1)), rel=1e-9)


def test_the_edges_of_the_count() -> None:
    """As many as expected is certain, all or none are possible inputs, and no trials say nothing."""
    assert kupiec(5, 100, 0.95).p_value == pytest.approx(1.0)
    assert kupiec(0, 1000, 0.95).p_value < 1e-12
    assert kupiec(100, 100, 0.95).p_value < 1e-12
    assert kupiec(0, 0, 0.95) == Coverage(0, 0, 1.0)
    assert kupiec(9, 250, 0.99).rate == 0.036


def test_a_true_model_is_not_rejected_and_a_wrong_one_is() -> None:
    """On returns drawn from Student's t with the deviation stated, and with half of it."""
    drawn = np.random.default_rng(2).standard_t(4, 4000) * sqrt(0.5) * 0.03
    honest, brave = Walk(drawn, np.full(4000, 0.03)), Walk(drawn, np.full(4000, 0.015))
    for side in SIDES.values():
        assert honest.coverage(0.95, side).p_value > 0.05
        assert honest.coverage(0.99, side).p_value > 0.05
        assert brave.coverage(0.99, side).p_value < 1e-6


def test_a_walk_knows_nothing_that_came_later() -> None:
    """Other prices after a moment leave what was expected before it as it was."""
    rng = np.random.default_rng(4)
    prices = (100 * np.cumprod(1 + rng.normal(0, 0.01, 1500))).tolist()
    changed = [*prices[:1200], *(price * 2 for price in prices[1200:])]
    before, after = walk("BTC/USDT", prices), walk("BTC/USDT", changed)
    assert (before.deviations[:20] == after.deviations[:20]).all()
    assert before.returns[:19] == pytest.approx(after.returns[:19])


def test_a_walk_passes_over_hours_without_a_price() -> None:
    """A horizon that begins or ends in a gap is not a trial."""
    prices: list[float | None] = [100.0] * 1000
    whole = walk("BTC/USDT", prices)
    prices[744] = None
    assert whole.returns.size == 11
    assert walk("BTC/USDT", prices).returns.size == 9


@needs_data
@pytest.mark.parametrize("coin", ["BTC", "ETH"])
def test_four_years_with_two_crashes_are_covered(coin: str) -> None:
    """August 2017 to December 2021, a day at a time: 95 and 99 %, long and short, none rejected by Kupiec at 5 %."""
    walked = walk(f"{coin}/USDT", hours_of(bars_of(OLD_SPOT.format(coin))))
    assert walked.returns.size > 1500
    for side in SIDES.values():
        for confidence in (0.95, 0.99):
            assert walked.coverage(confidence, side).p_value > 0.05, (side, confidence)


@needs_data
@pytest.mark.parametrize("coin", ["BTC", "ETH", "SOL", "ADA"])
def test_the_months_around_october_2025_are_covered(coin: str) -> None:
    """September 2025 to February 2026 on Bybit, the crash of 10 October among them."""
    walked = walk(f"{coin}/USDT:USDT", hours_of(bars_of(BYBIT.format(coin))))
    assert walked.returns.size > 120
    for side in SIDES.values():
        for confidence in (0.95, 0.99):
            assert walked.coverage(confidence, side).p_value > 0.05, (side, confidence)


def nights(bars: Bars, coin: str) -> list[tuple[float, float]]:
    """For one night of each day: the volatility known before it, and how far the price fell in its 12 hours."""
    hour = (bars.ts // HOUR_MS).astype(int)
    first = int(hour[0])
    lows = np.full(int(hour[-1]) - first + 1, np.nan)
    for at, low in zip((hour - first).tolist(), bars.low.tolist(), strict=True):
        lows[at] = np.fmin(lows[at], low)
    closes = hours_of(bars)
    book = Book((coin,), (1.0,), 0.0, 0.0)
    told = []
    for now in range(1440, len(closes) - 13, 24):
        price = closes[now]
        if price is not None and np.isfinite(lows[now + 1 : now + 13]).any():
            known = moves_of(book, price_grid((coin,), {coin: closes[now - 1440 : now + 1]}))
            told.append((float(known.volatilities[0]), 1.0 - float(np.nanmin(lows[now + 1 : now + 13])) / price))
    return told


@needs_data
def test_nights_touch_as_often_as_they_were_said_to() -> None:
    """BTC, 1,500 nights of 2017 to 2021: edges at 2, 5 and 8 %, told beforehand and counted, within a third."""
    walked = nights(bars_of(OLD_SPOT.format("BTC")), "BTC/USDT")
    for edge in (0.02, 0.05, 0.08):
        said = sum(1 - student_within(edge / (volatility * sqrt(12)) * sqrt(2), 4) for volatility, _ in walked)
        happened = sum(fall >= edge for _, fall in walked)
        assert said == pytest.approx(happened, rel=1 / 3)
