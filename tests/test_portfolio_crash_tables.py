"""The crash tables against the markets themselves: measured again from data, or from the prices of public record."""

import pytest

from risk.portfolio.book import Book
from risk.portfolio.crashes import AUGUST_2024, CRASHES, MARCH_2020, MAY_2021, NOVEMBER_2022, OCTOBER_2025, Crash
from risk.portfolio.stress import CrashShock, replay, stress
from tests.portfolio_crash_data import (
    BYBIT,
    MARKET,
    MEASURED_FUNDING,
    MEASURED_GAPS,
    OLD_SPOT,
    bars_of,
    funding_in,
    gap_in,
    hourly_closes,
    moves_in,
)

needs_data = pytest.mark.skipif(not MARKET.is_dir(), reason="the folder of real market data is not here")
# The tables have four digits, and half a digit more is left to a file that is corrected one day.
TOLERANCE = 0.0001

# Hourly bars of Binance: the highest price and the lowest within 24 hours after it; the same of hourly closes; and the
# lowest hourly close with the highest within 24 hours after it.
PUBLISHED = {
    (NOVEMBER_2022.name, "BTC"): ((20885.6, 16830.0), (20363.2, 17068.9), (15701.8, 18101.2)),
    (NOVEMBER_2022.name, "ETH"): ((1580.54, 1132.73), (1545.29, 1161.50), (1101.49, 1334.00)),
    (NOVEMBER_2022.name, "SOL"): ((25.98, 9.670), (23.82, 9.992), (9.992, 18.072)),
    (AUGUST_2024.name, "BTC"): ((61064.6, 48888.0), (61032.0, 49790.0), (49790.0, 56010.1)),
    (AUGUST_2024.name, "ETH"): ((2934.66, 2112.00), (2922.10, 2227.55), (2227.55, 2539.71)),
    (AUGUST_2024.name, "SOL"): ((145.12, 110.00), (144.91, 111.83), (111.83, 143.10)),
}


def test_the_tables_without_data_are_those_of_the_published_prices() -> None:
    """November 2022 and August 2024: each figure is the fall or rise between two prices."""
    for crash in (NOVEMBER_2022, AUGUST_2024):
        for coin, move in crash.moves.items():
            wick, close, rebound = PUBLISHED[crash.name, coin]
            assert move.low == pytest.approx(1 - wick[1] / wick[0], abs=TOLERANCE)
            assert move.close == pytest.approx(1 - close[1] / close[0], abs=TOLERANCE)
            assert move.rebound == pytest.approx(rebound[1] / rebound[0] - 1, abs=TOLERANCE)


@pytest.mark.parametrize("crash", CRASHES, ids=lambda crash: crash.name)
def test_a_table_makes_sense(crash: Crash) -> None:
    """A wick goes deeper than a close, nothing falls below zero, and every table says where it is from."""
    assert {"BTC", "ETH"} <= crash.moves.keys()
    for move in crash.moves.values():
        assert 0 < move.close <= move.low < 1
        assert move.rebound > 0
    assert crash.begins < crash.ends
    assert crash.source


@needs_data
@pytest.mark.parametrize("crash", [MARCH_2020, MAY_2021, OCTOBER_2025], ids=lambda crash: crash.name)
def test_the_tables_are_what_the_files_say(crash: Crash) -> None:
    """Every coin and every figure, measured again."""
    measured = moves_in(crash)
    assert measured.keys() == crash.moves.keys()
    for coin, move in crash.moves.items():
        again = measured[coin]
        assert (move.low, move.close, move.rebound) == pytest.approx(
            (again.low, again.close, again.rebound), abs=TOLERANCE
        ), coin


@needs_data
@pytest.mark.parametrize("crash", MEASURED_FUNDING, ids=lambda crash: crash.name)
def test_funding_is_what_the_files_say(crash: Crash) -> None:
    """The dearest 24 hours for a long and for a short."""
    assert (crash.long_funding, crash.short_funding) == pytest.approx(funding_in(crash), abs=TOLERANCE / 10)


@needs_data
@pytest.mark.parametrize("crash", MEASURED_GAPS, ids=lambda crash: crash.name)
def test_the_basis_is_what_the_files_say(crash: Crash) -> None:
    """The widest gap between perpetual and coin."""
    assert crash.basis == pytest.approx(gap_in(crash), abs=TOLERANCE)


@needs_data
@pytest.mark.parametrize(
    ("crash", "file", "coins"),
    [
        (MARCH_2020, OLD_SPOT, ("BTC", "ETH")),
        (MAY_2021, OLD_SPOT, ("BTC", "ETH")),
        (OCTOBER_2025, BYBIT, ("BTC", "ETH", "SOL", "ADA")),
    ],
    ids=lambda value: value.name if isinstance(value, Crash) else "",
)
def test_a_full_replay_never_loses_more_than_its_table(crash: Crash, file: str, coins: tuple[str, ...]) -> None:
    """Books entered at any hour of those days and held for 24 hours: long, short in the rebound, and hedged."""
    bars = {coin: bars_of(file.format(coin)).within(crash) for coin in coins}
    closes = {coin: hourly_closes(each) for coin, each in bars.items()}
    hours = sorted(set.intersection(*(set(each) for each in closes.values())))
    symbols = tuple(f"{coin}/USDT" for coin in coins)
    for sides in ([1.0] * len(coins), [1.0] + [0.0] * (len(coins) - 1), [-1.0] * len(coins)):
        book = Book(symbols, tuple(1000.0 * side for side in sides), 0.0, 0.0)
        worst = max(
            replay(
                crash.name,
                book,
                {
                    symbol: [closes[coin][hour] for hour in hours if start <= hour <= start + 24]
                    for symbol, coin in zip(symbols, coins, strict=True)
                },
            ).loss
            for start in hours
        )
        struck = max(each.loss for each in stress(book, [CrashShock(crash, "fall"), CrashShock(crash, "rebound")]))
        assert 0 < worst <= struck * (1 + TOLERANCE)
