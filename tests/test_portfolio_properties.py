"""What holds for every book: risk is never negative, grows with confidence and with size, and nothing risks nothing."""

from collections.abc import Callable
from math import inf

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from risk.portfolio.assess import assess
from risk.portfolio.book import Book
from risk.portfolio.halt_chance import halt_chance
from risk.portfolio.history import correlations_of, hourly_returns, moves_of, price_grid
from risk.portfolio.stress import AllAgainst, Gap, stress
from risk.portfolio.tails import tail_of
from risk.portfolio.value_at_risk import drawn_losses

COINS = ("BTC/USDT", "BTC/USDT:USDT", "ETH/USDT:USDT", "SOL/USDT:USDT", "PEPE/USDT:USDT")
CLOSE_TO, ROUNDING = 1e-9, 1e-12
PATHS = 500

amounts = st.floats(-1e6, 1e6).filter(lambda value: value == 0 or abs(value) > 1e-3)
prices = st.one_of(st.none(), st.floats(1e-6, 1e6), st.just(float("nan")), st.just(0.0))
samples = st.lists(st.floats(-1e9, 1e9), max_size=200).map(np.array)


@st.composite
def books(draw: Callable[..., object]) -> Book:
    """One to five positions, with and without stops."""
    symbols = draw(st.lists(st.sampled_from(COINS), min_size=1, max_size=5, unique=True))
    assert isinstance(symbols, list)
    notionals = draw(st.lists(amounts, min_size=len(symbols), max_size=len(symbols)))
    stops = draw(
        st.one_of(
            st.just([]),
            st.lists(st.one_of(st.none(), st.floats(0, 0.5)), min_size=len(symbols), max_size=len(symbols)),
        )
    )
    room = draw(st.one_of(st.floats(-10, 1e6), st.just(inf)))
    assert isinstance(notionals, list)
    assert isinstance(stops, list)
    assert isinstance(room, float)
    return Book(tuple(symbols), tuple(notionals), 10_000.0, room, tuple(stops))


histories = st.dictionaries(st.sampled_from(COINS), st.lists(prices, max_size=60), max_size=5)


@given(samples, st.floats(0.5, 0.999), st.floats(0.5, 0.999))
def test_a_tail_is_ordered(losses: np.ndarray[tuple[int], np.dtype[np.float64]], one: float, other: float) -> None:
    """0 ≤ VaR ≤ ES, and both grow with the confidence."""
    lower, higher = tail_of(losses, min(one, other)), tail_of(losses, max(one, other))
    assert 0 <= lower.value_at_risk <= lower.expected_shortfall
    slack = CLOSE_TO * higher.expected_shortfall
    assert lower.value_at_risk <= higher.value_at_risk + slack
    assert lower.expected_shortfall <= higher.expected_shortfall + slack


@given(samples.filter(lambda losses: losses.size > 0), st.floats(0.1, 1000))
def test_a_tail_grows_with_the_size(losses: np.ndarray[tuple[int], np.dtype[np.float64]], factor: float) -> None:
    """A book so many times as large loses so many times as much."""
    small, large = tail_of(losses, 0.95), tail_of(losses * factor, 0.95)
    assert np.allclose(large, np.array(small) * factor, rtol=1e-6, atol=1e-6)


@given(books(), histories, st.integers(0, 2**32), st.floats(0.01, 100))
def test_twice_the_book_is_twice_the_value_at_risk(
    book: Book, closes: dict[str, list[float | None]], seed: int, factor: float
) -> None:
    """On equal draws, drawn losses scale with the book."""
    covariance = moves_of(book, price_grid(book.symbols, closes)).covariance(24)
    notionals = np.array(book.notionals)
    one = drawn_losses(notionals, covariance, np.random.default_rng(seed), PATHS)
    scaled = drawn_losses(notionals * factor, covariance, np.random.default_rng(seed), PATHS)
    assert np.allclose(scaled, one * factor, rtol=1e-6, atol=1e-6 * max(1.0, float(np.abs(scaled).max())))


@given(books(), histories)
def test_correlations_can_exist(book: Book, closes: dict[str, list[float | None]]) -> None:
    """Whatever the history: ones on the diagonal, symmetric, between -1 and 1, positive semidefinite."""
    matrix = correlations_of(book, hourly_returns(price_grid(book.symbols, closes)))
    assert np.all(np.diag(matrix) == 1)
    assert np.all(matrix == matrix.T)
    assert np.all(np.abs(matrix) <= 1)
    assert np.linalg.eigvalsh(matrix)[0] > -1e-9


@given(books(), histories)
def test_volatilities_are_numbers(book: Book, closes: dict[str, list[float | None]]) -> None:
    """Whatever the history: finite, and never nothing."""
    volatilities = moves_of(book, price_grid(book.symbols, closes)).volatilities
    assert np.all(np.isfinite(volatilities))
    assert np.all(volatilities > 0)


@given(books(), st.integers(0, 2**32))
def test_a_halt_chance_is_a_chance(book: Book, seed: int) -> None:
    """Between 0 and 1, with a standard error that is not negative."""
    covariance = moves_of(book, price_grid(book.symbols, {})).covariance(1)
    chance = halt_chance(book, covariance, np.random.default_rng(seed), hours=2)
    assert 0 <= chance.probability <= 1
    assert chance.standard_error >= 0


@given(books(), st.floats(1, 1e6), st.floats(1, 1e6))
def test_more_room_is_less_chance(book: Book, one: float, other: float) -> None:
    """Without stops, the chance of HALT never grows with the room."""
    assume(any(book.notionals))
    covariance = moves_of(book, price_grid(book.symbols, {})).covariance(1)
    near, far = (
        halt_chance(Book(book.symbols, book.notionals, book.equity, room), covariance, np.random.default_rng(0))
        for room in sorted((one, other))
    )
    assert far.probability <= near.probability + ROUNDING


@given(books())
def test_no_shock_hides_behind_a_hedge(book: Book) -> None:
    """Everything against the book is worse than any gap of the same size, and a stop never makes a loss larger."""
    gap, all_against = stress(book, (Gap(0.1), AllAgainst(0.1)))
    assert all_against.loss * (1 + CLOSE_TO) >= gap.loss >= 0
    for struck in stress(book):
        assert struck.at_stops <= struck.loss + CLOSE_TO * abs(struck.loss) + 1e-6


@given(books(), histories, st.integers(0, 2**32))
def test_an_assessment_is_ordered_and_repeats(book: Book, closes: dict[str, list[float | None]], seed: int) -> None:
    """VaR ≤ ES, 95 ≤ 99 %, and the same seed gives the same assessment."""
    first, second = (assess(book, closes, np.random.default_rng(seed), paths=PATHS, night_h=2) for _ in range(2))
    assert first == second
    assert 0 <= first.var_95 <= first.var_99 <= first.es_99
    assert first.var_95 <= first.es_95 <= first.es_99


@given(st.floats(0.01, 1e6), histories)
def test_an_empty_book_risks_nothing(room: float, closes: dict[str, list[float | None]]) -> None:
    """Nothing held, and what is held in nothing, is no risk at all."""
    for book in (Book((), (), 1000.0, room), Book(("BTC/USDT",), (0.0,), 1000.0, room)):
        seen = assess(book, closes, np.random.default_rng(1), paths=PATHS)
        assert (seen.var_95, seen.var_99, seen.es_95, seen.es_99, seen.halt_chance) == (0, 0, 0, 0, 0)
        assert seen.worst_stress is None
        assert seen.basis == "nothing is held"
