"""What is made of the past and what is assumed in its place, where histories are very short, still or opposed."""

from math import sqrt

import numpy as np
import pytest

from risk.portfolio.book import Book, base_of
from risk.portfolio.history import (
    correlations_of,
    horizon_returns,
    hourly_returns,
    moves_of,
    possible,
    price_grid,
    remembered_variance,
)

BTC, ETH, SOL, BTC_SPOT = "BTC/USDT:USDT", "ETH/USDT:USDT", "SOL/USDT:USDT", "BTC/USDT"


def book_of(holdings: dict[str, float]) -> Book:
    """Symbols and notionals."""
    return Book(tuple(holdings), tuple(holdings.values()), 10_000.0, 500.0)


def walked(moves: list[float]) -> list[float | None]:
    """Closes with these returns."""
    return [100.0, *(100.0 * np.cumprod(1.0 + np.array(moves))).tolist()]


def test_a_single_hour_is_a_memory() -> None:
    """Its square, whatever the half-life; without any hour there is nothing to remember."""
    assert remembered_variance(np.array([[2.0]]), 24.0).tolist() == [4.0]
    assert remembered_variance(np.array([[float("nan")]]), 24.0).tolist() == [0.0]
    assert remembered_variance(np.empty((0, 2)), 24.0).tolist() == [0.0, 0.0]


def test_one_coins_two_symbols_are_believed_as_measured() -> None:
    """A month in which they moved together three hours of four: the weighted figure, and nothing mixed in."""
    moves = [0.01 if hour % 2 else -0.01 for hour in range(720)]
    other = [-move if hour % 4 == 0 else move for hour, move in enumerate(moves)]
    book = book_of({BTC_SPOT: 1.0, BTC: -1.0})
    closes = {BTC_SPOT: walked(moves), BTC: walked(other)}
    weights = [0.5 ** ((719 - hour) / 240) for hour in range(720)]
    agreed = sum(weight * (-1 if hour % 4 == 0 else 1) for hour, weight in enumerate(weights)) / sum(weights)
    matrix = correlations_of(book, hourly_returns(price_grid(book.symbols, closes)))
    assert matrix[0, 1] == matrix[1, 0] == pytest.approx(agreed, rel=1e-6)
    assert 0.45 < agreed < 0.55


def test_two_coins_are_believed_for_four_fifths() -> None:
    """The same moves in two coins of one side: 0.8 of the figure, and 0.2 of the 0.8 that is assumed."""
    moves = [0.01 if hour % 2 else -0.01 for hour in range(720)]
    book = book_of({BTC: 1.0, ETH: 1.0})
    matrix = correlations_of(book, hourly_returns(price_grid(book.symbols, {BTC: walked(moves), ETH: walked(moves)})))
    assert matrix[0, 1] == pytest.approx(0.8 * 1.0 + 0.2 * 0.8)


def test_a_price_that_stands_still_is_related_as_assumed() -> None:
    """A month of one price says nothing about how it moves with another: 0.8, not a fifth of it."""
    moves = [0.01 if hour % 2 else -0.01 for hour in range(720)]
    book = book_of({BTC: 1.0, ETH: 1.0})
    matrix = correlations_of(book, hourly_returns(price_grid(book.symbols, {BTC: walked(moves), ETH: [50.0] * 721})))
    assert matrix[0, 1] == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("holdings", "expected"),
    [
        ({BTC: -3.0, BTC_SPOT: 1.0, ETH: 1.0}, 0.5),  # a coin's side is that of its sum: short here,
        ({BTC: -3.0, BTC_SPOT: 1.0, ETH: -1.0}, 0.8),
        ({BTC: -1.0, BTC_SPOT: 3.0, ETH: 1.0}, 0.8),  # and long here
        ({BTC: -1.0, BTC_SPOT: 1.0, ETH: 1.0}, 0.8),  # a hedged coin stands on no side, and hedges nothing else
        ({BTC: -1.0, BTC_SPOT: 1.0, ETH: -1.0}, 0.8),
    ],
)
def test_the_side_of_a_coin_is_that_of_all_that_is_held_of_it(holdings: dict[str, float], expected: float) -> None:
    """Spot and perpetual together, and both relate to other coins alike."""
    book = book_of(holdings)
    matrix = correlations_of(book, hourly_returns(price_grid(book.symbols, {})))
    assert matrix[0, 2] == matrix[1, 2] == pytest.approx(expected)
    assert matrix[0, 1] == pytest.approx(0.99)


def test_a_covariance_grows_with_the_hours() -> None:
    """Of two coins without history: 0.8 and 1.2 a year, 0.8 between them, and a day has 24 hours."""
    book = book_of({BTC: 1.0, SOL: 1.0})
    covariance = moves_of(book, price_grid(book.symbols, {})).covariance(24)
    hourly = 24 / 8760
    expected = [[0.64 * hourly, 0.8 * 0.96 * hourly], [0.8 * 0.96 * hourly, 1.44 * hourly]]
    assert covariance == pytest.approx(np.array(expected))


def test_as_many_prices_as_hours_are_no_horizon() -> None:
    """Three prices lie two hours apart."""
    grid = price_grid((BTC,), {BTC: [1.0, 2.0, 4.0]})
    assert horizon_returns(grid, 2).tolist() == [[3.0]]
    assert horizon_returns(grid, 3).shape == (0, 1)
    assert horizon_returns(grid, 4).shape == (0, 1)
    assert horizon_returns(price_grid((BTC,), {}), 1).shape == (0, 1)


def test_half_a_month_is_mixed_half_and_half() -> None:
    """360 even hours of 1 %: half of that square, and half of the assumed one; the other way round for a young one."""
    moves = [0.01 if hour % 2 else -0.01 for hour in range(360)]
    book = book_of({BTC: 1.0})
    found = moves_of(book, price_grid(book.symbols, {BTC: walked(moves)})).volatilities[0]
    assert found == pytest.approx(sqrt(0.5 * 0.01**2 + 0.5 * 0.8**2 / 8760))


def test_two_prices_are_one_return() -> None:
    """And one price is none."""
    assert hourly_returns(price_grid((BTC,), {BTC: [100.0, 110.0]}))[:, 0] == pytest.approx([0.1])
    assert hourly_returns(price_grid((BTC,), {BTC: [100.0]})).shape == (0, 1)


def test_without_any_close_there_is_no_row() -> None:
    """Not an hour of nothing."""
    assert price_grid((BTC, ETH), {}).shape == (0, 2)
    assert price_grid((), {BTC: [1.0]}).shape == (0, 0)


def test_what_is_a_little_impossible_is_made_possible() -> None:
    """Three that oppose each other by 0.51 are just beyond what can be; 0.49 is left as it is, to the digit."""
    for correlation in (-0.51, -0.49):
        matrix = np.full((3, 3), correlation)
        np.fill_diagonal(matrix, 1.0)
        made = possible(matrix)
        assert np.linalg.eigvalsh(made)[0] > -1e-12
        if correlation == -0.49:
            assert made.tolist() == matrix.tolist()
        else:
            assert made[0, 1] == pytest.approx(-0.5)


def test_a_rounding_beyond_one_is_cut_and_both_halves_agree() -> None:
    """Measured figures may come out a hair above one, or different on both sides of the diagonal."""
    above = possible(np.array([[1.0, 1.0 + 1e-12], [1.0 + 1e-12, 1.0]]))
    below = possible(np.array([[1.0, -1.0 - 1e-12], [-1.0 - 1e-12, 1.0]]))
    assert np.abs(above).max() <= 1.0
    assert np.abs(below).max() <= 1.0
    assert possible(np.array([[1.0, 0.2], [0.4, 1.0]])) == pytest.approx(np.array([[1.0, 0.3], [0.3, 1.0]]))
    assert possible(np.zeros((0, 0))).shape == (0, 0)


@pytest.mark.parametrize(
    ("symbol", "base"), [("BTC/USDT:USDT", "BTC"), ("BTC/USDT", "BTC"), ("A/B/C", "A"), ("BTC", "BTC")]
)
def test_a_coin_is_what_stands_before_the_first_stroke(symbol: str, base: str) -> None:
    """Also where there is no stroke, or more than one."""
    assert base_of(symbol) == base


def test_pairs_that_never_met_three_at_once_make_a_matrix_that_can_exist() -> None:
    """Each two have ten days of their own: two pairs agree, the third opposes, which three together cannot do."""
    move = [0.01 if hour % 2 else -0.01 for hour in range(240)]
    still: list[float | None] = [None] * 240
    up, down = walked(move)[1:], walked([-each for each in move])[1:]
    closes = {BTC: [100.0, *up, *still, *down], ETH: [100.0, *up, *up, *still], SOL: [100.0, *still, *up, *up]}
    book = book_of({BTC: 1.0, ETH: 1.0, SOL: 1.0})
    matrix = correlations_of(book, hourly_returns(price_grid(book.symbols, closes)))
    assert np.linalg.eigvalsh(matrix)[0] > -1e-12
    assert matrix[0, 1] > 0.5
    assert matrix[0, 2] < 0
