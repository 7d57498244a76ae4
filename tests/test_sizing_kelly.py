"""Kelly's fraction against published examples and an optimiser, and what a record may and may not move."""

import json
from decimal import Decimal
from itertools import pairwise
from math import exp, log, log2
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from risk.kelly import (
    FLOOR_PART,
    TRADES_NEEDED,
    WINDOW,
    Basis,
    Record,
    bet_fraction,
    edge_fraction,
    growth_fraction,
    kelly_of,
)

DEFAULT = Decimal("0.005")
outcomes = st.lists(st.floats(-1.5, 6.0, allow_nan=False).map(lambda r: round(r, 3)), min_size=1, max_size=120)


def growth(stake: float, record: list[float]) -> float:
    """The mean logarithm of what one unit becomes."""
    return sum(log(1.0 + stake * r) for r in record) / len(record)


# --- published examples


def test_a_biased_coin_of_kelly() -> None:
    """Kelly 1956: with a chance of 0.6 stake 1 + l = 2 × 0.6; growth is then 1 + p log2 p + q log2 q bits a bet."""
    stake = bet_fraction(0.6, 1.0)
    assert stake == pytest.approx(0.2)
    rate = 0.6 * log2(1 + stake) + 0.4 * log2(1 - stake)
    assert rate == pytest.approx(1 + 0.6 * log2(0.6) + 0.4 * log2(0.4))


@pytest.mark.parametrize(
    ("probability", "win", "loss", "fraction"),
    [
        (0.51, 1.0, 1.0, 0.02),  # Thorp 2006, section 2: coin tossing
        (0.60, 1.0, 1.0, 0.20),  # Haghani and Dewey 2016: the coin of their experiment
        (0.55, 1.0, 1.0, 0.10),  # Hagstrom, The Warren Buffett Way: 2p - 1
        (0.70, 1.0, 1.0, 0.40),  # the same
        (0.50, 2.0, 1.0, 0.25),  # Vince 1989, Pabrai 2007: two for one on a fair coin
        (0.50, 5.0, 1.0, 0.40),  # Poundstone 2005: six times the stake back on a fair coin
        (0.50, 1.0, 0.5, 0.50),  # two for one again, where only half of the stake can be lost: twice the stake
        (0.40, 1.0, 1.0, -0.20),  # nothing to bet on
    ],
)
def test_bets_with_two_outcomes(probability: float, win: float, loss: float, fraction: float) -> None:
    """The published fraction, by p/a - q/b; and the same from a record with exactly these frequencies."""
    assert bet_fraction(probability, win, loss) == pytest.approx(fraction)
    wins = round(probability * 100)
    record = [win] * wins + [-loss] * (100 - wins)
    assert growth_fraction(record) == pytest.approx(max(0.0, fraction), abs=1e-9)


def test_four_tosses_of_poundstone() -> None:
    """100 dollars, 40 % of it on each of four tosses at five to one: the geometric mean of what is left is 324."""
    assert 100 * exp(4 * growth(growth_fraction([5.0, -1.0]), [5.0, -1.0])) == pytest.approx(324.0)


def test_an_index_fund_of_chan() -> None:
    """Chan 2009, example 6.2: SPY made 11.23 % a year at 16.91 %, idle money 4 %: leverage 2.528, growth 13.14 %."""
    excess, deviation = 0.1123 - 0.04, 0.1691
    leverage = edge_fraction(excess, deviation)
    assert leverage == pytest.approx(2.528, abs=5e-4)
    assert 0.04 + leverage * excess - (leverage * deviation) ** 2 / 2 == pytest.approx(0.1314, abs=5e-5)


def test_nine_trades_of_vince() -> None:
    """Vince 1990: of the stakes 0.01, 0.02 ... the best for these trades, in units of the largest loss, is 0.24."""
    record = [trade / 17 for trade in (9, 18, 7, 1, 10, -5, -3, -17, -7)]
    stake = growth_fraction(record)
    assert max((n / 100 for n in range(100)), key=lambda f: growth(f, record)) == 0.24
    assert stake == pytest.approx(0.24, abs=0.005)


def test_small_steps_of_a_random_walk_meet_the_formula_for_them() -> None:
    """A coin of m + s and m - s is the discrete form of Thorp 2006, section 7: as steps shrink, m over s squared."""
    mean, deviation = 0.00002, 0.004
    record = [mean + deviation, mean - deviation]
    assert growth_fraction(record, most=10.0) == pytest.approx(edge_fraction(mean, deviation), rel=1e-4)


@given(outcomes)
def test_an_optimiser_finds_nothing_better(record: list[float]) -> None:
    """Within its bounds no stake grows faster, by an optimiser that knows no derivative."""
    stake = growth_fraction(record)
    most = min(1.0, 0.999999 / max(1e-9, -min(record)))
    assert 0.0 <= stake <= 1.0
    assert all(1.0 + stake * r > 0 for r in record)
    found = minimize_scalar(lambda f: -growth(f, record), bounds=(0.0, most), method="bounded", options={"xatol": 1e-9})
    assert growth(stake, record) >= -found.fun - 1e-9


# --- records


def test_ten_lucky_trades_leave_the_size_at_the_default() -> None:
    """All won, and by pure luck: one fair coin in 1,024 does that."""
    kelly = kelly_of([1.0] * 10, DEFAULT)
    assert (kelly.fraction, kelly.trades, kelly.basis) == (DEFAULT, 10, Basis.FEW)
    assert kelly.sentence == "the conservative default of 0.5 %: 10 trades, and a record counts from 30"


@given(st.lists(st.floats(-50, 50), max_size=TRADES_NEEDED - 1))
def test_no_record_of_fewer_than_thirty_trades_moves_the_size(record: list[float]) -> None:
    """Whatever happened in it."""
    assert kelly_of(record, DEFAULT).fraction == DEFAULT


@pytest.mark.parametrize("trades", [30, 60, 100, 300])
def test_a_fair_coin_rarely_looks_like_skill(trades: int) -> None:
    """Of a thousand strategies that toss a coin, fewer than one in twenty is given more than the default."""
    draw = Random(trades)
    lucky = sum(
        kelly_of([draw.choice((1.0, -1.0)) for _ in range(trades)], DEFAULT).fraction > DEFAULT for _ in range(1000)
    )
    assert lucky < 1000 / 20


def test_a_long_record_of_skill_is_given_more() -> None:
    """Two hundred trades, half of them won at 2 R: full Kelly is a quarter; the caution takes some of it."""
    kelly = kelly_of([2.0, -1.0] * 100, DEFAULT)
    assert kelly.basis is Basis.PROVEN
    assert DEFAULT < kelly.fraction < Decimal("0.25") / 4
    assert kelly.sentence.startswith("quarter Kelly of 200 trades: ")


def test_a_short_record_of_skill_changes_nothing_yet() -> None:
    """Of 45 trades 17 were won at 2 R: good, and well within what luck does."""
    kelly = kelly_of([2.0] * 17 + [-1.0] * 28, DEFAULT)
    assert (kelly.fraction, kelly.basis) == (DEFAULT, Basis.UNDECIDED)
    assert kelly.sentence == "the default of 0.5 %: 45 trades do not tell luck from skill yet"


def test_a_strategy_that_loses_goes_down_to_the_floor() -> None:
    """Sixty trades at a quarter of an R lost each: a quarter of the default, so that it can still show a change."""
    kelly = kelly_of([0.5] * 30 + [-1.0] * 30, DEFAULT)
    assert (kelly.fraction, kelly.basis) == (DEFAULT * FLOOR_PART, Basis.POOR)
    assert kelly.sentence == "lowered to 0.125 %: 60 trades made -0.25 R each"


@given(outcomes)
def test_a_negative_edge_is_never_above_the_default(record: list[float]) -> None:
    """Who lost on average risks less than the default once the record counts, and never less than the floor."""
    kelly = kelly_of(record, DEFAULT)
    assert kelly.fraction >= DEFAULT * FLOOR_PART
    if sum(record) <= 0:
        assert kelly.fraction <= DEFAULT
        if len(record) >= TRADES_NEEDED:
            assert kelly.fraction < DEFAULT


@given(outcomes, st.floats(0.0, 2.0))
def test_better_trades_never_make_a_size_smaller(record: list[float], better: float) -> None:
    """Each trade made the same much more: the fraction stays or grows."""
    improved = [r + better for r in record]
    assert kelly_of(improved, DEFAULT).fraction >= kelly_of(record, DEFAULT).fraction


def test_more_of_the_same_is_believed_more() -> None:
    """The same frequencies over more trades: the cautious reading rises towards the plain one."""
    fractions = [kelly_of([1.6, -1.0] * half, DEFAULT).fraction for half in (40, 80, 160, 320)]
    assert fractions == sorted(fractions)
    assert len(set(fractions)) == len(fractions)


# --- a record that grows


@given(st.lists(st.sampled_from([-1.0, -0.4, 0.7, 1.6, 2.5]), max_size=150), st.integers(0, 150))
def test_a_record_that_was_saved_goes_on_as_if_nothing_had_happened(record: list[float], at: int) -> None:
    """Saved to JSON and loaded in the middle: after each further trade the fraction is the same."""
    whole, first = Record(), Record()
    for r in record[:at]:
        whole.add(r)
        first.add(r)
    second = Record()
    second.load(json.loads(json.dumps(first.saved())))
    for r in record[at:]:
        whole.add(r)
        second.add(r)
        assert second.kelly(DEFAULT) == whole.kelly(DEFAULT)
    assert second.saved() == whole.saved()


def test_a_record_is_read_at_thirty_trades_and_then_by_twentieths() -> None:
    """How many trades the reading knows, trade by trade: from 40 on in steps of two, from 60 on in steps of three."""
    record = Record()
    known = []
    for _ in range(64):
        record.add(1.0)
        known.append(0 if record.reading is None else record.reading.trades)
    assert known[28:32] == [0, 30, 31, 32]
    steps = [after - before for before, after in pairwise(known[29:]) if after > before]
    assert sorted(set(steps)) == [1, 2, 3]


def test_what_is_long_ago_is_forgotten() -> None:
    """Five hundred trades of loss after as many of gain: the gain is not known any more."""
    record = Record()
    for _ in range(WINDOW):
        record.add(1.0)
    assert record.kelly(DEFAULT).basis is Basis.PROVEN
    for _ in range(WINDOW):
        record.add(-0.5)
    assert record.kelly(DEFAULT).basis is Basis.POOR


def test_another_default_is_followed_at_once() -> None:
    """The limit is set anew between two trades."""
    record = Record()
    record.add(1.0)
    assert record.kelly(DEFAULT).fraction == DEFAULT
    assert record.kelly(Decimal("0.002")).fraction == Decimal("0.002")


@pytest.mark.parametrize("outcome", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_no_trade(outcome: float) -> None:
    """A trade that risked nothing has no R."""
    record = Record()
    record.add(outcome)
    assert record.kelly(DEFAULT).trades == 0
