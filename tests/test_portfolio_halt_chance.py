"""Can this book hit HALT tonight: against the reflection principle, with stops, and as a sentence."""

from math import inf, sqrt

import numpy as np
import pytest
from scipy import stats

from risk.portfolio.book import Book
from risk.portfolio.halt_chance import HaltChance, drawn, halt_chance, legs_of, told, unstopped
from risk.portfolio.tails import Floats

HOURLY = 0.0085  # 80 % a year
ONE = np.array([[HOURLY**2]])


def chance(
    *notionals: float,
    room: float,
    stops: tuple[float | None, ...] = (),
    covariance: Floats = ONE,
    hours: int = 12,
    seed: int = 1,
) -> HaltChance:
    """Of a book whose symbols are named by number."""
    book = Book(tuple(f"C{number}/USDT" for number in range(len(notionals))), notionals, 0.0, room, stops)
    return halt_chance(book, covariance, np.random.default_rng(seed), hours)


@pytest.mark.parametrize("room", [0.01, 0.03, 0.1])
@pytest.mark.parametrize("dof", [3, 4, 10])
def test_without_stops_it_is_the_reflection_principle(room: float, dof: int) -> None:
    """Averaged by scipy over all radii: a Brownian path touches an edge twice as often as it ends beyond it."""
    deviation = HOURLY * sqrt(12)

    def touching(square: float) -> float:
        return float(2 * stats.norm.sf(room / (deviation * sqrt((dof - 2) / square))))

    assert unstopped(deviation, room, dof) == pytest.approx(stats.chi2.expect(touching, args=(dof,)), rel=1e-6)


@pytest.mark.parametrize("room", [0.02, 0.05, 0.1])
def test_paths_find_what_the_formula_says(room: float) -> None:
    """The drawn chance, with stops so far away that none is hit, agrees with the formula."""
    legs = legs_of(Book(("A/USDT", "B/USDT"), (0.5, 0.5), 0.0, room, (99.0, 99.0)), np.full((2, 2), HOURLY**2))
    found = drawn(legs, room, np.random.default_rng(3), 12)
    assert found.probability == pytest.approx(unstopped(HOURLY * sqrt(12), room), abs=1e-9)


def test_many_hours_of_paths_agree_without_the_formulas_help() -> None:
    """A stop on a leg that is worth nothing changes nothing, and the paths' own average is near the formula."""
    covariance = np.diag([HOURLY**2, HOURLY**2])
    found = chance(1.0, 0.001, room=0.04, stops=(None, 0.5), covariance=covariance)
    assert found.probability == pytest.approx(unstopped(HOURLY * sqrt(12), 0.04), rel=0.01)


def test_a_stop_within_the_room_takes_most_of_the_chance_away() -> None:
    """With a room of 5 %: a stop at 2 % leaves less than a tenth of the chance, one at 4.9 % leaves some of it."""
    free, near, far = (chance(1.0, room=0.05, stops=(stop,)) for stop in (None, 0.02, 0.049))
    assert free.standard_error == 0
    assert near.probability < 0.1 * free.probability
    assert near.probability < far.probability < free.probability


def test_a_stop_beyond_the_room_saves_nothing() -> None:
    """A stop at 8 % does not keep a loss from touching 5 %."""
    free, stopped = (chance(1.0, room=0.05, stops=(stop,)) for stop in (None, 0.08))
    assert stopped.probability == pytest.approx(free.probability, abs=4 * stopped.standard_error + 1e-9)


def test_stops_in_a_gap_are_filled_beyond_their_price() -> None:
    """The chance with a stop just inside the room is not zero: the hour that breaks it may end beyond the room."""
    found = chance(1.0, room=0.03, stops=(0.025,))
    assert 0.02 < found.probability < chance(1.0, room=0.03).probability


def test_a_stop_at_the_price_leaves_nothing_to_lose() -> None:
    """A position that is closed at once cannot halt anything."""
    assert chance(1.0, room=0.05, stops=(0.0,)).probability == 0


def test_the_error_covers_what_another_seed_finds() -> None:
    """Forty seeds lie around their mean as their standard errors say."""
    found = [chance(1.0, 1.0, room=0.08, stops=(0.03, 0.06), covariance=ONE * np.eye(2), seed=s) for s in range(40)]
    spread = float(np.std([each.probability for each in found]))
    stated = float(np.mean([each.standard_error for each in found]))
    assert 0.6 * stated < spread < 1.4 * stated


def test_a_hedge_lowers_the_chance_and_a_double_raises_it() -> None:
    """Two positions with a correlation of 0.9: long and short against long and long."""
    together = HOURLY**2 * np.array([[1.0, 0.9], [0.9, 1.0]])
    hedged, single = chance(1.0, -1.0, room=0.05, covariance=together), chance(1.0, room=0.05)
    double = chance(1.0, 1.0, room=0.05, covariance=together)
    assert hedged.probability < single.probability < double.probability


def test_no_room_is_certain_and_endless_room_impossible() -> None:
    """At HALT the chance is 1; where nothing halts, 0; with nothing held, 0."""
    assert chance(1.0, room=0.0).probability == 1
    assert chance(1.0, room=inf).probability == 0
    assert chance(0.0, room=0.05).probability == 0
    assert chance(room=0.05, covariance=np.zeros((0, 0))).probability == 0


def test_a_longer_night_is_more_dangerous() -> None:
    """Eight hours, twelve, twenty-four."""
    eight, twelve, day = (chance(1.0, room=0.05, hours=hours).probability for hours in (8, 12, 24))
    assert eight < twelve < day


@pytest.mark.parametrize(
    ("probability", "sentence"),
    [
        (0.0, "no night like this ends in HALT"),
        (1e-5, "fewer than 1 in 1,000 nights like this end in HALT"),
        (0.001, "1 in 1,000 nights like this ends in HALT"),
        (0.0042, "4 in 1,000 nights like this end in HALT"),
        (0.0101, "1 in 100 nights like this ends in HALT"),
        (0.031, "3 in 100 nights like this end in HALT"),
        (0.62, "62 in 100 nights like this end in HALT"),
        (0.999, "every night like this ends in HALT"),
    ],
)
def test_a_chance_is_told_in_nights(probability: float, sentence: str) -> None:
    """Counts of nights, and never a decimal."""
    assert told(probability) == HaltChance(probability, 0.0, 12).sentence == sentence
