"""Features are what their definitions say, over any bars, and the same however their bars reach them."""

from itertools import pairwise
from statistics import stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.features import RunningFeatures
from engine.events import Candle
from engine.features import Feature

SYMBOL = "BTC/USDT"
MINUTE = 60_000_000_000
LENGTH = 5
NAMES = ("ema", "momentum", "volatility", "atr")
rows = st.lists(st.tuples(st.floats(10, 1_000), st.floats(0, 5), st.floats(0, 5)), max_size=30)


def candles(rows: list[tuple[float, float, float]]) -> list[Candle]:
    """A bar of each close, and of how far above and below it the price went."""
    return [
        Candle((number + 1) * MINUTE, SYMBOL, number * MINUTE, close, close + above, close - below, close, 1.0)
        for number, (close, above, below) in enumerate(rows)
    ]


def declared() -> tuple[RunningFeatures, dict[str, int]]:
    """One of each."""
    features = RunningFeatures()
    return features, {name: features.declare(Feature(name, SYMBOL, MINUTE, LENGTH)) for name in NAMES}


def expected(name: str, bars: list[Candle]) -> float | None:
    """By its definition, from all bars at once."""
    closes = [bar.close for bar in bars]
    if name == "ema":
        weight, count = 2 / (LENGTH + 1), len(closes)
        if count < LENGTH:
            return None
        first = closes[0] * (1 - weight) ** (count - 1)
        return first + sum(weight * (1 - weight) ** (count - 1 - at) * closes[at] for at in range(1, count))
    if name == "momentum":
        return closes[-1] / closes[-1 - LENGTH] - 1 if len(closes) > LENGTH else None
    if name == "volatility":
        changes = [after / before - 1 for before, after in pairwise(closes)][-LENGTH:]
        return stdev(changes) if len(changes) == LENGTH else None
    before = [bars[0].close, *closes]
    ranges = [max(bar.high, last) - min(bar.low, last) for bar, last in zip(bars, before, strict=False)]
    if len(ranges) < LENGTH:
        return None
    value = sum(ranges[:LENGTH]) / LENGTH
    for each in ranges[LENGTH:]:
        value = (value * (LENGTH - 1) + each) / LENGTH
    return value


@given(rows)
def test_every_feature_is_what_its_definition_says(rows: list[tuple[float, float, float]]) -> None:
    """After each bar."""
    features, handles = declared()
    bars = candles(rows)
    for seen in range(1, len(bars) + 1):
        features.on_candle(bars[seen - 1])
        for name, handle in handles.items():
            value = expected(name, bars[:seen])
            assert features.values[handle] == (None if value is None else pytest.approx(value, rel=1e-9, abs=1e-7))


@given(rows)
def test_bars_that_have_no_others_beside_them_need_not_be_told_apart(rows: list[tuple[float, float, float]]) -> None:
    """To the last bit."""
    (one, _), (other, _) = declared(), declared()
    take = other.only_on(SYMBOL, MINUTE)
    for bar in candles(rows):
        assert one.on_candle(bar)
        take(bar)
        assert one.values == other.values


def test_bars_of_another_length_or_symbol_move_nothing() -> None:
    """Whoever asked for minutes does not get hours."""
    features, _ = declared()
    assert not features.on_candle(Candle(60 * MINUTE, SYMBOL, 0, 1.0, 1.0, 1.0, 1.0, 1.0))
    assert not features.on_candle(Candle(MINUTE, "ETH/USDT", 0, 1.0, 1.0, 1.0, 1.0, 1.0))
    assert set(features.values) == {None}


def test_what_is_declared_later_is_fed_by_the_same_handler() -> None:
    """A strategy may ask for more while it starts."""
    features = RunningFeatures()
    take = features.only_on(SYMBOL, MINUTE)
    handle = features.declare(Feature("momentum", SYMBOL, MINUTE, 2))
    for bar in candles([(100.0, 0.0, 0.0), (110.0, 0.0, 0.0), (150.0, 0.0, 0.0)]):
        take(bar)
    assert features.values[handle] == pytest.approx(0.5)
