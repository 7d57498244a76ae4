"""Nights with stops against a simulation step by step, and the answers where there is nothing to draw."""

from math import inf, sqrt

import numpy as np
import pytest

from risk.portfolio.book import Book
from risk.portfolio.halt_chance import HaltChance, drawn, halt_chance, legs_of, unstopped
from risk.portfolio.tails import Floats

HOURLY = 0.0085  # 80 % a year
APART, TOGETHER = np.eye(2) * HOURLY**2, np.array([[1.0, 0.99], [0.99, 1.0]]) * HOURLY**2
STEPS, PATHS = 20, 20_000  # of an hour
# A path that is looked at in steps misses touches in between, as if the edge lay this many of a step's deviations
# farther (Broadie, Glasserman and Kou 1997); so it is moved nearer by as much.
MISSED = 0.5826


def book_of(notionals: tuple[float, ...], room: float, stops: tuple[float | None, ...] = ()) -> Book:
    """Coins that are named by number."""
    return Book(tuple(f"C{place}/USDT" for place in range(len(notionals))), notionals, 0.0, room, stops)


def simulated(book: Book, covariance: Floats, hours: int, dof: int, seed: int = 4) -> float:
    """Step by step: a leg is closed at its stop, or where the hour ends if that is worse, and then stands still."""
    rng = np.random.default_rng(seed)
    notionals = np.array(book.notionals)
    root = np.linalg.cholesky(covariance / STEPS)
    wild = np.sqrt((dof - 2) / rng.chisquare(dof, PATHS))
    floors = np.array(
        [-inf if stop is None else -abs(n) * stop for n, stop in zip(notionals, book.distances, strict=True)]
    )
    legs = np.sqrt(np.diag(covariance) / STEPS) * np.abs(notionals)
    profit = np.zeros((PATHS, len(notionals)))
    alive, halted = np.ones(profit.shape, dtype=bool), np.zeros(PATHS, dtype=bool)
    for _ in range(hours):
        steps = (rng.standard_normal((PATHS, STEPS, len(notionals))) @ root.T) * notionals * wild[:, None, None]
        ways = profit[:, None, :] + np.cumsum(steps, axis=1) * alive[:, None, :]
        edges = floors + MISSED * legs * wild[:, None]
        gone = np.logical_or.accumulate(ways <= edges[:, None, :], axis=1) & alive[:, None, :]
        held = np.where(gone, floors, ways).sum(axis=2)
        left = np.where(gone, 0.0, alive[:, None, :] * notionals)
        deviations = np.sqrt(((left @ root) ** 2).sum(axis=2)) * wild[:, None]
        halted |= (held <= -book.room + MISSED * deviations).any(axis=1)
        profit = np.where(gone[:, -1], np.minimum(ways[:, -1], floors), ways[:, -1])
        halted |= profit.sum(axis=1) <= -book.room
        alive &= ~gone[:, -1]
    return float(halted.mean())


@pytest.mark.parametrize(
    ("notionals", "room", "stops", "covariance", "hours", "dof"),
    [
        ((1.0,), 0.025, (0.02,), APART[:1, :1], 12, 3),
        ((1.0,), 0.025, (0.02,), APART[:1, :1], 12, 200),
        ((1.0, 1.0), 0.045, (0.02, 0.02), APART, 12, 4),  # both have to go
        ((1.0, 0.5), 0.03, (0.015, 0.03), APART, 12, 4),
        ((1.0, -1.0), 0.02, (0.01, None), TOGETHER, 6, 4),  # a hedge whose one leg is stopped
        ((1.0, -1.0), 0.02, (0.01, None), TOGETHER, 6, 50),
        ((1.0, -1.0), 0.015, (0.008, 0.02), TOGETHER, 3, 10),
    ],
)
def test_a_night_with_stops_is_that_of_a_simulation(
    notionals: tuple[float, ...], room: float, stops: tuple[float | None, ...], covariance: Floats, hours: int, dof: int
) -> None:
    """Which legs are closed when, at what price, and what is left. A stop just before the edge is judged cautiously."""
    book = book_of(notionals, room, stops)
    found = halt_chance(book, covariance, np.random.default_rng(3), hours, dof)
    most = 1.25 if len(notionals) == 1 else 1.08
    assert 0.93 < found.probability / simulated(book, covariance, hours, dof) < most


@pytest.mark.parametrize("size", [1e-12, 1e-3, 1e3, 1e9])
@pytest.mark.parametrize("stops", [(0.02, 0.02), (0.01, None)])
def test_a_night_is_the_same_in_cents_and_in_billions(size: float, stops: tuple[float | None, ...]) -> None:
    """On equal draws, the chance does not depend on the unit of money."""
    one, other = (
        halt_chance(book_of((unit, unit), 0.045 * unit, stops), APART, np.random.default_rng(1)) for unit in (1.0, size)
    )
    assert other.probability == pytest.approx(one.probability, rel=1e-9)
    assert other.standard_error == pytest.approx(one.standard_error, rel=1e-6)


@pytest.mark.parametrize("dof", [3, 10])
def test_paths_know_how_fat_the_tails_are(dof: int) -> None:
    """With stops that nobody reaches the drawn chance is the formula's, and the way there is the same in both calls."""
    book = book_of((0.5, 0.5), 0.05, (99.0, 99.0))
    covariance = np.full((2, 2), HOURLY**2)
    found = halt_chance(book, covariance, np.random.default_rng(3), 12, dof)
    assert found.probability == pytest.approx(unstopped(HOURLY * sqrt(12), 0.05, dof), abs=1e-9)
    near = book_of((0.5, 0.5), 0.02, (0.01, 0.03))
    directly = drawn(legs_of(near, covariance), 0.02, np.random.default_rng(3), 12, dof)
    assert halt_chance(near, covariance, np.random.default_rng(3), 12, dof) == directly
    free = halt_chance(book_of((1.0,), 0.05), APART[:1, :1], np.random.default_rng(3), 12, dof)
    assert free == HaltChance(unstopped(HOURLY * sqrt(12), 0.05, dof), 0.0, 12)


def test_where_nothing_has_to_be_drawn_the_answer_is_exact() -> None:
    """At HALT already, also with nothing held; and never, without an edge or without anything that moves."""
    rng = np.random.default_rng(1)
    one = APART[:1, :1]
    for room in (0.0, -5.0):
        for notional in (1.0, 0.0):
            assert halt_chance(book_of((notional,), room), one, rng, 7) == HaltChance(1.0, 0.0, 7)
    for book in (book_of((1.0,), inf), book_of((0.0,), 0.05), book_of((0.0,), 0.05, (0.1,)), book_of((), 0.05)):
        covariance = one[: len(book.symbols), : len(book.symbols)]
        assert halt_chance(book, covariance, rng, 7) == HaltChance(0.0, 0.0, 7)


def test_a_flat_leg_with_a_stop_is_no_danger() -> None:
    """Nothing is divided by it, and the other leg is alone."""
    found = halt_chance(book_of((0.0, 1.0), 0.04, (0.1, None)), APART, np.random.default_rng(1))
    assert found.probability == pytest.approx(unstopped(HOURLY * sqrt(12), 0.04), rel=0.01)


def test_a_book_is_split_by_its_stops() -> None:
    """A leg for each stop, in money, and one for all the rest; a short's stop is a loss as well."""
    book = book_of((1000.0, -500.0, 200.0, -100.0), 50.0, (0.05, 0.1, None, None))
    legs = legs_of(book, np.eye(4) * 0.0001)
    assert legs.floors.tolist() == [-50.0, -50.0, -inf]
    assert legs.root @ legs.root.T == pytest.approx(np.diag([100.0, 25.0, 5.0]))
    assert legs.deviation == pytest.approx(sqrt(130.0))
