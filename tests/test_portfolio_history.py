"""From closes to volatilities and correlations: gaps, short histories, hedges, and what the basis sentence admits."""

from math import sqrt

import numpy as np
import pytest

from risk.portfolio.book import Book
from risk.portfolio.history import (
    ENOUGH_H,
    HOURS_A_YEAR,
    correlations_of,
    horizon_returns,
    hourly_returns,
    moves_of,
    possible,
    price_grid,
    remembered_variance,
)

BTC, ETH, SOL = "BTC/USDT:USDT", "ETH/USDT:USDT", "SOL/USDT:USDT"
BTC_SPOT = "BTC/USDT"
NAN = float("nan")


def book_of(**notionals: float) -> Book:
    """A book of perpetuals, by coin."""
    symbols = tuple(f"{coin}/USDT:USDT" for coin in notionals)
    return Book(symbols, tuple(notionals.values()), 10_000.0, 500.0)


def wandering(count: int, hourly: float, seed: int) -> list[float | None]:
    """Closes whose hourly returns have this deviation."""
    moves = np.random.default_rng(seed).normal(0.0, hourly, count - 1)
    return [100.0, *(100.0 * np.cumprod(1.0 + moves)).tolist()]


def test_symbols_of_different_age_end_together() -> None:
    """The newest closes stand in one row; a younger symbol has nothing before."""
    grid = price_grid((BTC, ETH), {BTC: [1.0, 2.0, 4.0], ETH: [10.0, 5.0]})
    returns = hourly_returns(grid)
    assert returns[:, 0] == pytest.approx([1.0, 1.0])
    assert returns[:, 1] == pytest.approx([NAN, -0.5], nan_ok=True)


def test_a_gap_falls_into_the_hour_that_ends_it() -> None:
    """100, two silent hours, 90: the silent hours have no return, the last has all of it."""
    grid = price_grid((BTC,), {BTC: [100.0, None, 0.0, 90.0]})
    assert hourly_returns(grid)[:, 0] == pytest.approx([NAN, NAN, -0.1], nan_ok=True)


def test_over_a_day_of_silence_nothing_is_joined() -> None:
    """After 23 silent hours the move still counts, after 24 it is a new beginning."""
    for silent, expected in ((23, -0.5), (24, NAN)):
        grid = price_grid((BTC,), {BTC: [100.0, *[None] * silent, 50.0]})
        assert hourly_returns(grid)[-1, 0] == pytest.approx(expected, nan_ok=True)


def test_a_symbol_without_history_is_a_column_of_nothing() -> None:
    """No closes at all, or closes that are no prices, are not an error."""
    grid = price_grid((BTC, ETH), {BTC: [1.0, 2.0], SOL: [1.0]})
    assert np.isnan(grid[:, 1]).all()
    assert price_grid((BTC,), {}).shape == (0, 1)
    assert hourly_returns(price_grid((BTC,), {})).shape == (0, 1)


def test_horizons_overlap_and_need_every_symbol() -> None:
    """Over two hours: only stretches in which both symbols had a price at both ends."""
    grid = price_grid((BTC, ETH), {BTC: [1.0, 2.0, 3.0, 4.0], ETH: [10.0, 20.0, 40.0]})
    assert horizon_returns(grid, 2) == pytest.approx(np.array([[1.0, 3.0]]))
    assert horizon_returns(grid, 9).shape == (0, 2)


def test_memory_halves_by_hand() -> None:
    """With a half-life of one hour: squares 4, 1, 9 weigh 1/4, 1/2, 1, together (1 + 1/2 + 9) / 1.75."""
    variance = remembered_variance(np.array([[2.0], [-1.0], [3.0]]), 1.0)
    assert variance == pytest.approx([10.5 / 1.75])
    with_gap = remembered_variance(np.array([[2.0], [NAN], [3.0]]), 1.0)
    assert with_gap == pytest.approx([10.0 / 1.25])


def test_without_history_the_assumed_volatility_stands() -> None:
    """80 % a year for bitcoin, 120 % for a coin that nothing is known of, and the basis says how little is known."""
    moves = moves_of(book_of(BTC=1.0, PEPE=1.0), price_grid(("BTC/USDT:USDT", "PEPE/USDT:USDT"), {}))
    assert moves.volatilities * sqrt(HOURS_A_YEAR) == pytest.approx([0.8, 1.2])
    assert moves.basis == (
        "2 of 2 symbols have fewer than 720 hourly returns in the last 30 days, BTC/USDT:USDT has 0: "
        "what is missing is assumed, on the cautious side"
    )


def test_half_a_history_is_half_trusted() -> None:
    """After 360 hours of standing still, half of the assumed variance is left; after 720, the floor."""
    for hours, expected in ((360, sqrt(0.5) * 0.8), (ENOUGH_H, 0.05)):
        closes: list[float | None] = [100.0] * (hours + 1)
        moves = moves_of(book_of(BTC=1.0), price_grid((BTC,), {BTC: closes}))
        assert moves.volatilities[0] * sqrt(HOURS_A_YEAR) == pytest.approx(expected)


def test_a_long_history_is_measured() -> None:
    """Ninety days with an hourly deviation of 1 % give 1 %, within what chance and the more nervous memory allow."""
    moves = moves_of(book_of(BTC=1.0), price_grid((BTC,), {BTC: wandering(2160, 0.01, 1)}))
    assert moves.volatilities[0] == pytest.approx(0.01, rel=0.15)
    assert moves.basis == "measured on hourly closes of at least 30 days"


def test_fear_comes_within_a_day_and_leaves_over_weeks() -> None:
    """A day of fivefold moves more than doubles the volatility; ten calm days later it is still above the calm one."""
    calm, wild = wandering(1440, 0.005, 2), wandering(25, 0.025, 3)
    after = wandering(241, 0.005, 4)
    closes = [float(price or 0) for price in calm]
    for stretch in (wild, after):
        closes += [closes[-1] * float(price or 0) / 100.0 for price in stretch[1:]]

    def volatility(until: int) -> float:
        seen: list[float | None] = list(closes[:until])
        return float(moves_of(book_of(BTC=1.0), price_grid((BTC,), {BTC: seen})).volatilities[0])

    before, at_once, later = volatility(1440), volatility(1464), volatility(len(closes))
    assert at_once > 2.5 * before
    assert before * 1.2 < later < at_once


def test_an_old_history_is_no_history_of_the_last_month() -> None:
    """A symbol that has not been seen for a month is assumed again."""
    closes: list[float | None] = [*wandering(1000, 0.001, 1), *[None] * ENOUGH_H]
    moves = moves_of(book_of(BTC=1.0), price_grid((BTC,), {BTC: closes}))
    assert moves.volatilities[0] * sqrt(HOURS_A_YEAR) == pytest.approx(0.8)


def test_what_adds_up_is_assumed_to_move_together_and_what_hedges_less() -> None:
    """Without history: two longs 0.8, a long and a short 0.5, one coin's spot and perpetual 0.99."""
    book = Book((BTC, BTC_SPOT, ETH, SOL), (-1.0, 3.0, 1.0, -1.0), 0.0, 0.0)
    matrix = correlations_of(book, hourly_returns(price_grid(book.symbols, {})))
    expected = [[1, 0.99, 0.8, 0.5], [0.99, 1, 0.8, 0.5], [0.8, 0.8, 1, 0.5], [0.5, 0.5, 0.5, 1]]
    assert matrix == pytest.approx(np.array(expected))


def test_two_strangers_stay_a_little_related() -> None:
    """Independent walks of three months: measured near 0, of which a fifth of the assumed 0.8 remains."""
    closes = {BTC: wandering(2160, 0.01, 5), ETH: wandering(2160, 0.01, 6)}
    book = book_of(BTC=1.0, ETH=1.0)
    matrix = correlations_of(book, hourly_returns(price_grid(book.symbols, closes)))
    assert matrix[0, 1] == pytest.approx(0.16, abs=0.1)


def test_a_measured_carry_is_almost_without_risk() -> None:
    """Spot and perpetual that moved as one for a month are believed: their correlation is above 0.999."""
    spot = wandering(1000, 0.01, 7)
    noise = np.random.default_rng(8).normal(0.0, 1e-5, 1000)
    perpetual: list[float | None] = [
        float(price or 0) * (1.0 + each) for price, each in zip(spot, noise.tolist(), strict=True)
    ]
    book = Book((BTC_SPOT, BTC), (1.0, -1.0), 0.0, 0.0)
    matrix = correlations_of(book, hourly_returns(price_grid(book.symbols, {BTC_SPOT: spot, BTC: perpetual})))
    assert matrix[0, 1] > 0.999


def test_an_impossible_matrix_becomes_possible() -> None:
    """Three that each oppose the other two by 0.9 cannot exist; the nearest that can is near -0.5."""
    impossible = np.array([[1.0, -0.9, -0.9], [-0.9, 1.0, -0.9], [-0.9, -0.9, 1.0]])
    matrix = possible(impossible)
    assert np.linalg.eigvalsh(matrix)[0] > -1e-12
    assert matrix[0, 1] == pytest.approx(-0.5)


def test_a_book_that_cannot_be_is_refused() -> None:
    """Lengths that differ, a symbol twice, a number that is none, a stop on the winning side."""
    for wrong in (
        {"symbols": (BTC,), "notionals": ()},
        {"symbols": (BTC, BTC), "notionals": (1.0, 1.0)},
        {"symbols": (BTC,), "notionals": (NAN,)},
        {"symbols": (BTC,), "notionals": (1.0,), "stops": (0.1, 0.1)},
        {"symbols": (BTC,), "notionals": (1.0,), "stops": (-0.1,)},
    ):
        with pytest.raises(AssertionError):
            Book(equity=0.0, room=0.0, **wrong)
