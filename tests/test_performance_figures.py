"""Risk-adjusted figures against numpy and against numbers worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.daily import DailyEquity
from analytics.drawdown import Drawdown
from analytics.performance import calmar, sharpe, sortino
from analytics.samples import Samples

DAY_NS = 86_400_000_000_000
MONDAY = 20_000 * DAY_NS

returns = st.lists(st.floats(-0.5, 0.5), min_size=2, max_size=60)
equities = st.lists(st.floats(1.0, 1e6), min_size=1, max_size=200)


def test_sharpe_by_hand() -> None:
    """Returns of 1 %, 3 %, -2 %: mean 0.02/3, sample variance (1 + 28 + 64) / 9 ... = 0.00063333."""
    # mean = 0.0066667; deviations 0.0033333, 0.0233333, -0.0266667; squares sum to 0.00126667; half of it: 0.00063333.
    expected = 0.02 / 3 / math.sqrt(0.00126666666666666667 / 2) * math.sqrt(365)
    assert sharpe([0.01, 0.03, -0.02]) == pytest.approx(expected)


def test_sortino_by_hand() -> None:
    """Only the losing day spreads: the square of 2 % over n - 1 = 2."""
    expected = 0.02 / 3 / math.sqrt(0.0004 / 2) * math.sqrt(365)
    assert sortino([0.01, 0.03, -0.02]) == pytest.approx(expected)


@given(returns)
def test_sharpe_is_what_numpy_says(daily: list[float]) -> None:
    """The sample standard deviation, a year of 365 days, no risk-free rate."""
    spread = np.std(daily, ddof=1)
    found = sharpe(daily)
    if found is not None:
        assert found == pytest.approx(np.mean(daily) / spread * np.sqrt(365), rel=1e-9, abs=1e-9)
    else:
        assert spread < 1e-14


@given(returns)
def test_sortino_is_what_numpy_says(daily: list[float]) -> None:
    """Days above zero are no risk."""
    downside = np.sqrt(np.sum(np.minimum(daily, 0.0) ** 2) / (len(daily) - 1))
    found = sortino(daily)
    if found is not None:
        assert found == pytest.approx(np.mean(daily) / downside * np.sqrt(365), rel=1e-9, abs=1e-9)
    else:
        assert downside < 1e-14


def test_too_few_days_have_no_figures() -> None:
    """One day has no spread, and days that are all alike have none either."""
    for figure in (sharpe, sortino):
        assert figure([]) is None
        assert figure([0.01]) is None
        assert figure([0.01, 0.01, 0.01]) is None


def test_calmar_by_hand() -> None:
    """A gain of 10 % in half a year is 21 % a year; over a fall of 7 % that is 3."""
    assert calmar(1000.0, 1100.0, 182.5, 0.07) == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("start", "end", "days", "fall"),
    [(1.0, 2.0, 0.0, 0.1), (1.0, 2.0, 9.0, 0.0), (1.0, 0.0, 9.0, 1.0), (1, 9, 1e-9, 1)],
)
def test_calmar_is_unknown_without_time_or_fall(start: float, end: float, days: float, fall: float) -> None:
    """Nothing to divide by, nothing left, or a power beyond all numbers."""
    assert calmar(start, end, days, fall) is None


def daily_of(capital: float, samples: list[tuple[int, float]]) -> DailyEquity:
    """The days of these samples."""
    daily = DailyEquity(capital)
    for ts_ns, equity in samples:
        daily.add(np.array([ts_ns]), np.array([equity]))
    return daily


def test_daily_returns_by_hand() -> None:
    """1000 to 1100 on Monday, nothing seen on Tuesday, 990 at the end of Wednesday."""
    hour = DAY_NS // 24
    samples = [(MONDAY + hour, 1050.0), (MONDAY + 23 * hour, 1100.0), (MONDAY + 2 * DAY_NS + hour, 990.0)]
    assert daily_of(1000.0, samples).returns() == pytest.approx([0.1, 0.0, -0.1])


def test_midnight_is_the_end_of_the_day_that_is_over() -> None:
    """The bar that closes at 24:00 is the last of its day, and begins no other."""
    daily = daily_of(1000.0, [(MONDAY + DAY_NS - 1, 1050.0), (MONDAY + DAY_NS, 1100.0), (MONDAY + DAY_NS + 1, 1210.0)])
    assert daily.returns() == pytest.approx([0.1, 0.1])
    assert daily.ends == [(MONDAY + DAY_NS, 1100.0), (MONDAY + DAY_NS + 1, 1210.0)]


def test_whole_days_of_bars_have_a_return_each() -> None:
    """Three days of hourly closes, the last at 24:00 of the third: three returns, and no fourth of zero."""
    hour = DAY_NS // 24
    samples = [(MONDAY + number * hour, 1000.0 * 1.1 ** (number / 24)) for number in range(1, 73)]
    assert daily_of(1000.0, samples).returns() == pytest.approx([0.1, 0.1, 0.1])


def test_an_account_that_lost_everything_returns_nothing_more() -> None:
    """After zero there is nothing to divide by."""
    daily = daily_of(1000.0, [(MONDAY, 0.0), (MONDAY + DAY_NS, 0.0)])
    assert daily.returns() == [-1.0, 0.0]


@given(equities, st.integers(1, 50), st.integers(1, 3 * DAY_NS))
def test_batches_do_not_matter(values: list[float], size: int, step_ns: int) -> None:
    """Days and drawdown come out the same, sample by sample and in batches; and as the definitions say."""
    samples = [(MONDAY + index * step_ns, value) for index, value in enumerate(values)]
    whole, fall = DailyEquity(500.0), Drawdown(500.0)
    for start in range(0, len(samples), size):
        part = samples[start : start + size]
        times, levels = np.array([ts for ts, _ in part]), np.array([value for _, value in part])
        whole.add(times, levels)
        fall.add(times, levels)
    last_of_day = {(ts - 1) // DAY_NS: (ts, value) for ts, value in samples}
    assert whole.ends == list(last_of_day.values())
    assert whole.returns() == daily_of(500.0, samples).returns()
    path = [500.0, *values]
    depths = [(high - low, (high - low) / high) for i, high in enumerate(path) for low in path[i:]]
    assert fall.deepest == pytest.approx(max(depth for depth, _ in depths))
    assert fall.deepest_fraction == pytest.approx(max(fraction for _, fraction in depths))


def test_samples_reach_their_listeners_in_order() -> None:
    """Gathering loses nothing, whatever the number."""
    seen: list[int] = []
    samples = Samples(lambda times, _: seen.extend(times.tolist()))
    for ts in range(10_000):
        samples.add(ts, 1.0)
    samples.flush()
    samples.flush()
    assert seen == list(range(10_000))
