"""Value at Risk against answers that are known: published quantiles, scipy's distributions, and formulas by hand."""

from math import sqrt
from time import perf_counter

import numpy as np
import pytest
from scipy import stats

from risk.portfolio.closed_form import normal_tail, student_quantile, student_tail, student_within
from risk.portfolio.draws import student_at
from risk.portfolio.tails import Floats, tail_of
from risk.portfolio.value_at_risk import PATHS, drawn_losses, remembered_losses

CONFIDENCES = (0.95, 0.99)
TWENTY = 20


def correlated(count: int, seed: int) -> tuple[Floats, Floats]:
    """Notionals and a covariance of returns with real correlations; deviations of a few per cent."""
    rng = np.random.default_rng(seed)
    loads = rng.normal(0.0, 0.01, (count, 3))
    return rng.normal(0.0, 1000.0, count), loads @ loads.T + np.diag(rng.uniform(1e-5, 4e-4, count))


def reference_tail(losses: Floats, confidence: float) -> tuple[float, float]:
    """Historical VaR and ES as empyrical-reloaded 0.5 defines them, written out for losses."""
    returns = -losses
    cutoff = 1 - confidence
    place = int((len(returns) - 1) * cutoff)
    return -float(np.percentile(returns, 100 * cutoff)), -float(np.mean(np.partition(returns, place)[: place + 1]))


@pytest.mark.parametrize(
    ("confidence", "dof", "printed"),
    [
        (0.95, 3, 2.353363435),
        (0.95, 4, 2.131846786),
        (0.99, 4, 3.746947388),
        (0.99, 5, 3.364929999),
        (0.975, 30, 2.042272456),
    ],
)
def test_a_students_quantile_is_the_printed_one(confidence: float, dof: int, printed: float) -> None:
    """The quantiles of t are those of the printed tables, to their last digit."""
    assert student_quantile(confidence, dof) == pytest.approx(printed, abs=5e-10)


@pytest.mark.parametrize("dof", [1, 2, 3, 4, 5, 6, 7, 30])
def test_the_finite_series_is_the_distribution(dof: int) -> None:
    """Between minus and plus an edge lies what scipy's t distribution says."""
    for edge in (0.1, 1.0, 2.5, 40.0):
        assert student_within(edge, dof) == pytest.approx(2 * stats.t.cdf(edge, dof) - 1, rel=1e-12)


def test_thin_tails_have_the_textbook_figures() -> None:
    """z(99 %) is 2.326347874, and the normal shortfall beyond it is 2.665214220."""
    tail = normal_tail(100.0, 0.99)
    assert tail.value_at_risk == pytest.approx(232.6347874, rel=1e-9)
    assert tail.expected_shortfall == pytest.approx(266.5214220, rel=1e-9)


@pytest.mark.parametrize("confidence", CONFIDENCES)
@pytest.mark.parametrize("dof", [3, 4, 8])
def test_fat_tails_agree_with_an_integral(dof: int, confidence: float) -> None:
    """The shortfall of a scaled t is the mean beyond its edge, integrated by scipy from the density."""
    scale = 100 * sqrt((dof - 2) / dof)
    edge = float(stats.t.ppf(confidence, dof))
    tail = student_tail(100.0, confidence, dof)
    beyond = stats.t.expect(args=(dof,), lb=edge) / (1 - confidence)
    assert tail.value_at_risk == pytest.approx(scale * edge, rel=1e-9)
    assert tail.expected_shortfall == pytest.approx(scale * beyond, rel=1e-6)


def test_the_table_of_draws_is_the_distribution() -> None:
    """What is read from the table lies within a ten-thousandth of scipy's quantile, far into both tails."""
    shares = np.array([1e-9, 1e-4, 0.01, 0.3, 0.7, 0.99, 1 - 1e-6])
    assert student_at(shares) == pytest.approx(stats.t.ppf(shares, 4), rel=1e-4)


@pytest.mark.parametrize("confidence", CONFIDENCES)
@pytest.mark.parametrize("distribution", [stats.norm(), stats.t(4), stats.laplace(), stats.t(3, loc=-0.2)])
def test_historical_figures_are_those_of_the_distribution(
    distribution: stats.distributions.rv_frozen, confidence: float
) -> None:
    """A sample spread evenly over a known distribution has its Value at Risk and, within 1 %, its shortfall."""
    losses = distribution.ppf((np.arange(200_000) + 0.5) / 200_000)
    edge = float(distribution.ppf(confidence))
    tail = tail_of(losses, confidence)
    assert tail.value_at_risk == pytest.approx(edge, rel=0.01)
    beyond = float(distribution.expect(lb=edge)) / (1 - confidence)
    assert tail.expected_shortfall == pytest.approx(beyond, rel=0.01)


@pytest.mark.parametrize("confidence", CONFIDENCES)
def test_historical_figures_are_those_of_the_reference_library(confidence: float) -> None:
    """On skewed and fat-tailed samples both figures agree with empyrical's definitions within 1 %."""
    rng = np.random.default_rng(7)
    for losses in (rng.normal(0, 1, 5000), rng.standard_t(4, 5000), rng.gumbel(0, 1, 5000)):
        assert tail_of(losses, confidence) == pytest.approx(reference_tail(losses, confidence), rel=0.01)


def test_history_is_counted_by_hand() -> None:
    """Of the losses 1 to 100, 95 % lie below 95.05; those beyond are 96 to 100, 98 on average."""
    tail = tail_of(np.arange(1.0, 101.0), 0.95)
    assert tail == pytest.approx((95.05, 98.0))


def test_a_book_remembers_its_own_losses() -> None:
    """Long 1,000 and short 500: a day of -3 % and +2 % costs 30 + 10."""
    losses = remembered_losses(np.array([1000.0, -500.0]), np.array([[-0.03, 0.02], [0.01, 0.01]]))
    assert losses == pytest.approx([40.0, -5.0])


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("count", [1, 2, TWENTY])
def test_drawn_losses_have_the_tails_of_the_formula(count: int, seed: int) -> None:
    """Monte Carlo with 20,000 paths is within 1 % of the closed form, with one position and with twenty."""
    notionals, covariance = correlated(count, 100 + count)
    deviation = sqrt(notionals @ covariance @ notionals)
    losses = drawn_losses(notionals, covariance, np.random.default_rng(seed))
    for confidence in CONFIDENCES:
        assert tail_of(losses, confidence) == pytest.approx(student_tail(deviation, confidence, 4), rel=0.01)


def test_without_fat_tails_drawn_losses_are_normal() -> None:
    """With two hundred degrees of freedom the draws have the tails of the normal distribution."""
    notionals, covariance = correlated(5, 11)
    deviation = sqrt(notionals @ covariance @ notionals)
    losses = drawn_losses(notionals, covariance, np.random.default_rng(4), dof=200)
    for confidence in CONFIDENCES:
        assert tail_of(losses, confidence) == pytest.approx(normal_tail(deviation, confidence), rel=0.02)


def test_no_position_loses_more_than_it_is_worth() -> None:
    """A long of 100 in something that may move by its whole price loses 100 at most; a short may lose more."""
    wild = np.array([[1.0]])
    assert drawn_losses(np.array([100.0]), wild, np.random.default_rng(1)).max() == pytest.approx(100.0)
    assert drawn_losses(np.array([-100.0]), wild, np.random.default_rng(1)).max() > 200.0


def test_twenty_positions_take_less_than_a_fifth_of_a_second() -> None:
    """20,000 paths over 20 positions, the best of five runs."""
    notionals, covariance = correlated(TWENTY, 5)
    rng = np.random.default_rng(1)
    taken_s = []
    for _ in range(5):
        began = perf_counter()
        losses = drawn_losses(notionals, covariance, rng)
        tail_of(losses, 0.99)
        taken_s.append(perf_counter() - began)
    assert losses.size == PATHS == 20_000
    assert min(taken_s) < 0.2
