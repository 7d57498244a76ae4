"""The equity curve stays small and keeps what matters."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.equity_curve import POINTS_MAX, EquityCurve

MINUTE_NS = 60_000_000_000
DAY_NS = 1440 * MINUTE_NS


def wandering(count: int, seed: int = 3) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """A curve that goes up and down."""
    return 1000.0 + np.cumsum(np.random.default_rng(seed).standard_normal(count))


def curve_of(values: np.ndarray[tuple[int], np.dtype[np.float64]], batch: int = 4096) -> EquityCurve:
    """The curve of one value a minute."""
    curve = EquityCurve()
    times = np.arange(len(values)) * MINUTE_NS
    for start in range(0, len(values), batch):
        curve.add(times[start : start + batch], values[start : start + batch])
    return curve


def day_ends_of(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[tuple[int, float]]:
    """The last minute of every day."""
    lasts = {index * MINUTE_NS // DAY_NS: index for index in range(len(values))}
    return [(index * MINUTE_NS, float(values[index])) for index in lasts.values()]


def test_a_short_curve_is_kept_whole() -> None:
    """Up to the limit no point is left out."""
    values = wandering(POINTS_MAX)
    points = curve_of(values).points([])
    assert points == [(index * MINUTE_NS, value) for index, value in enumerate(values.tolist())]


@pytest.mark.parametrize("count", [POINTS_MAX + 1, 5_000, 123_457, 900 * 1440])
def test_a_long_curve_is_small_and_keeps_extremes_and_day_ends(count: int) -> None:
    """Two thousand points at most, in order, with first, last, highest, lowest and every end of a day."""
    values = wandering(count)
    days = day_ends_of(values)
    points = curve_of(values).points(days)
    assert len(points) <= POINTS_MAX
    assert points == sorted(points)
    by_time = dict(points)
    assert set(days) <= set(points)
    assert points[0] == (0, values[0])
    assert points[-1] == ((count - 1) * MINUTE_NS, values[-1])
    assert max(by_time.values()) == values.max()
    assert min(by_time.values()) == values.min()
    assert all(values[ts // MINUTE_NS] == value for ts, value in points)


def test_ten_years_of_days_stay_within_the_limit() -> None:
    """Where there are more days than room, every second, third.. end is kept, the last one always."""
    values = wandering(3650 * 24)
    days = [(day * 24 * MINUTE_NS, float(values[day * 24])) for day in range(3650)]
    points = curve_of(values).points(days)
    assert len(points) <= POINTS_MAX
    assert days[-1] in points


@given(st.integers(2_001, 9_000), st.integers(1, 5_000))
def test_batches_do_not_change_the_curve(count: int, batch: int) -> None:
    """The curve depends on the samples alone, not on how they came."""
    values = wandering(count, seed=count)
    assert curve_of(values, batch).points([]) == curve_of(values, count).points([])
