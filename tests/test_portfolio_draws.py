"""What is drawn, number by number: the parts of a fat-tailed draw, every path walked, and the answers at the edges."""

from math import sqrt
from typing import Any

import numpy as np
import pytest
from scipy import stats

from risk.portfolio.assess import assess
from risk.portfolio.book import Book
from risk.portfolio.closed_form import student_quantile, student_tail
from risk.portfolio.draws import DOF, radii, stratified
from risk.portfolio.halt_chance import drawn, legs_of, told, unstopped

HOURLY = 0.0085  # 80 % a year
BTC = "BTC/USDT:USDT"


class Counting(np.random.Generator):
    """Draws as any other, and counts the rows of normal numbers."""

    rows = 0

    def standard_normal(self, size: Any = None, *more: Any, **words: Any) -> Any:
        self.rows += size[0]
        return super().standard_normal(size, *more, **words)


@pytest.mark.parametrize("dof", [3, 4, 12])
def test_the_parts_of_a_draw_are_what_they_should_be(dof: int) -> None:
    """The normal part is normal, the squares behind the radius are chi-square, and neither knows the other."""
    ours, radius = stratified(20_000, np.random.default_rng(1), dof)
    squares = (dof - 2) / radius**2
    assert ours.shape == radius.shape == (20_000,)
    assert stats.kstest(ours, stats.norm.cdf).pvalue > 0.01
    assert stats.kstest(squares, stats.chi2(dof).cdf).pvalue > 0.01
    assert abs(stats.spearmanr(np.abs(ours), radius).statistic) < 0.03
    assert stats.kstest(ours * radius / sqrt((dof - 2) / dof), stats.t(dof).cdf).pvalue > 0.99  # in even slices


def test_radii_alone_are_chi_square_too() -> None:
    """With the degrees of freedom that were asked for."""
    for dof in (3, DOF, 12):
        found = (dof - 2) / radii(20_000, np.random.default_rng(2), dof) ** 2
        assert stats.kstest(found, stats.chi2(dof).cdf).pvalue > 0.01


def test_every_path_is_walked_every_hour() -> None:
    """Two legs, 20,000 paths, twelve hours; with many legs there are fewer, and never fewer than 3,000."""
    for stops, paths in ((1, 20_000), (19, 3_000), (9, 4_000)):
        count = stops + 1
        book = Book(
            tuple(f"C{place}/USDT" for place in range(count)), (1.0,) * count, 0.0, 0.5, (0.05,) * stops + (None,)
        )
        rng = Counting(np.random.PCG64(1))
        found = drawn(legs_of(book, np.eye(count) * HOURLY**2), 0.5, rng, 3)
        assert rng.rows == 3 * paths
        assert found.hours == 3


@pytest.mark.parametrize("dof", [3, 200])
def test_the_nights_behind_stops_are_as_wild_as_they_were_said_to_be(dof: int) -> None:
    """One leg with a stop at 2 % of a room of 3 %, against a simulation of its own: by minutes, filled at the hour."""
    legs = legs_of(Book(("A/USDT",), (1.0,), 0.0, 0.03, (0.02,)), np.array([[HOURLY**2]]))
    found = drawn(legs, 0.03, np.random.default_rng(3), 12, dof)
    rng = np.random.default_rng(4)
    wild = np.sqrt((dof - 2) / rng.chisquare(dof, 20_000)) * HOURLY / sqrt(60)
    profit, alive, halted = np.zeros(20_000), np.ones(20_000, dtype=bool), np.zeros(20_000, dtype=bool)
    for _ in range(12):
        ways = profit[:, None] + np.cumsum(rng.standard_normal((20_000, 60)), axis=1) * wild[:, None]
        stopped = alive & (ways.min(axis=1) <= -0.02)
        halted |= stopped & (np.minimum(ways[:, -1], -0.02) <= -0.03)
        alive &= ~stopped
        profit = ways[:, -1]
    assert found.probability == pytest.approx(float(halted.mean()), rel=0.15)


@pytest.mark.parametrize("stops", [(0.5, 0.0), (0.0, 0.5)])
def test_a_leg_whose_stop_is_at_the_price_is_closed_before_the_first_hour(stops: tuple[float, float]) -> None:
    """Whichever it is: the other one alone is left, with a stop that nobody reaches."""
    book = Book(("A/USDT", "B/USDT"), (1.0, 1.0), 0.0, 0.04, stops)
    found = drawn(legs_of(book, np.eye(2) * HOURLY**2), 0.04, np.random.default_rng(5), 12)
    assert found.probability == pytest.approx(unstopped(HOURLY * sqrt(12), 0.04), rel=0.05)


@pytest.mark.parametrize(
    ("probability", "sentence"),
    [
        (0.0005, "fewer than 1 in 1,000 nights like this end in HALT"),
        (0.000501, "1 in 1,000 nights like this ends in HALT"),
        (0.008496, "8 in 1,000 nights like this end in HALT"),
        (0.00999, "10 in 1,000 nights like this end in HALT"),
        (0.01, "1 in 100 nights like this ends in HALT"),
        (0.9949, "99 in 100 nights like this end in HALT"),
        (0.995, "every night like this ends in HALT"),
        (1.0, "every night like this ends in HALT"),
    ],
)
def test_the_borders_between_two_ways_of_telling(probability: float, sentence: str) -> None:
    """Never none of a thousand, never a hundred of a hundred."""
    assert told(probability) == sentence


@pytest.mark.parametrize("confidence", [0.5, 0.51, 0.6, 0.75, 0.9, 0.9999, 1 - 1e-9])
@pytest.mark.parametrize("dof", [1, 2, 3, 4, 9])
def test_quantiles_below_and_far_beyond_one(confidence: float, dof: int) -> None:
    """From the middle outwards, as scipy has them."""
    assert student_quantile(confidence, dof) == pytest.approx(stats.t.ppf(confidence, dof), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("confidence", [0.4999, 1.0, 1.5])
def test_a_confidence_that_is_none_is_refused(confidence: float) -> None:
    """Below one half there is no loss, and at one there is no end."""
    with pytest.raises(AssertionError, match=f"the confidence was {confidence}"):
        student_quantile(confidence, 4)


def test_without_a_deviation_there_is_no_tail() -> None:
    """Two degrees of freedom have none; a little more would."""
    with pytest.raises(AssertionError, match="with 2 degrees of freedom there is no standard deviation"):
        student_tail(1.0, 0.95, 2)
    assert student_tail(1.0, 0.95, 3).value_at_risk > 0


def test_an_assessment_is_made_of_what_was_asked_for() -> None:
    """One path has one loss at both confidences; a night of two hours is told as such, and is safer than twelve."""
    book = Book((BTC,), (10_000.0,), 10_000.0, 400.0)
    one = assess(book, {}, np.random.default_rng(3), paths=1)
    assert one.var_95 == one.var_99 == one.es_95 == one.es_99
    short = assess(book, {}, np.random.default_rng(3), night_h=2)
    assert short.halt_hours == 2
    assert 0 < short.halt_chance < one.halt_chance / 2


@pytest.mark.parametrize(("missing_h", "is_there"), [(0, True), (1, False), (2, False)])
def test_an_hour_less_than_enough_is_not_enough(missing_h: int, is_there: bool) -> None:
    """Twenty days with the close before them are twenty whole horizons; an hour less is nineteen."""
    moves = np.random.default_rng(5).normal(0, 0.01, 20 * 24 + 1 - missing_h)
    closes: list[float | None] = [float(price) for price in 100 * np.cumprod(1 + moves)]
    seen = assess(Book((BTC,), (1000.0,), 1000.0, 100.0), {BTC: closes}, np.random.default_rng(1))
    assert (seen.historical_var_95 is not None) is is_there
