"""Readings of a record, figure by figure: the stake that grows fastest where it is hard to find, and what follows."""

from decimal import Decimal

import pytest

from risk.kelly import TRADES_NEEDED, Basis, Kelly, Reading, bet_fraction, growth_fraction, kelly_from, kelly_of, read
from risk.sizing import Stakes, size_of

D = Decimal
DEFAULT = D("0.005")
QUARTER, HALF = D("0.25"), D("0.5")


@pytest.mark.parametrize(
    ("wins", "win", "losses", "loss", "most"),
    [
        (30, 0.1, 1, 1.0, 1.0),  # many small wins and a rare loss: the first guess lies beyond everything
        (99, 0.05, 1, 1.0, 1.0),
        (500, 0.01, 1, 1.0, 1.0),
        (1, 0.01, 1, 0.005, 100.0),  # small results, and a stake of fifty times
        (1, 0.002, 1, 0.001, 1_000.0),
        (1, 50.0, 9, 1.0, 1.0),  # a rare win
        (11, 1.0, 10, 1.0, 1.0),
    ],
)
def test_the_stake_of_two_outcomes_is_that_of_the_formula(
    wins: int, win: float, losses: int, loss: float, most: float
) -> None:
    """By p/a - q/b, wherever the search for it has to begin."""
    expected = bet_fraction(wins / (wins + losses), win, loss)
    assert growth_fraction([win] * wins + [-loss] * losses, most) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("record", [[1.0, -0.2], [1.0, 1.0, -0.5], [3.0, 0.5], [1.0, 0.0]], ids=str)
def test_where_more_than_all_would_be_best_it_is_all(record: list[float]) -> None:
    """Exactly: a record that could stand more, or just all of it, does not lose a trillionth on the way."""
    assert growth_fraction(record) == 1.0


def test_no_stake_loses_everything() -> None:
    """Where one loss takes all that was staked and more, a little of the account is left even then."""
    record = [1.0] * 10**4 + [-1.5]
    stake = growth_fraction(record)
    assert 0.66 < stake < 1 / 1.5


def test_thirty_trades_are_a_record() -> None:
    """And twenty-nine are none."""
    assert kelly_of([-1.0] * TRADES_NEEDED, DEFAULT).basis is Basis.POOR
    assert kelly_of([-1.0] * (TRADES_NEEDED - 1), DEFAULT).basis is Basis.FEW
    assert TRADES_NEEDED == 30


@pytest.mark.parametrize(
    ("cautious", "plain", "part", "fraction", "basis"),
    [
        # Times the part, cut to the millionth, and beside a default of 0.005.
        (0.0400039, 0.06, QUARTER, "0.010000", Basis.PROVEN),
        (0.0400039, 0.06, HALF, "0.020001", Basis.PROVEN),
        (0.01, 0.06, QUARTER, "0.005", Basis.UNDECIDED),
        (0.0, 0.0100079, QUARTER, "0.002501", Basis.POOR),
        (0.0, 0.0100079, HALF, "0.005", Basis.UNDECIDED),
        (0.0, 0.0080079, HALF, "0.004003", Basis.POOR),
        (0.0, 0.002, QUARTER, "0.00125", Basis.POOR),  # the floor: a quarter of the default
        (0.0, 0.0, HALF, "0.00125", Basis.POOR),
    ],
)
def test_a_reading_moves_the_default_as_far_as_it_insists(
    cautious: float, plain: float, part: Decimal, fraction: str, basis: Basis
) -> None:
    """The middle one of cautious, default and plain, with everything that is said about it."""
    kelly = kelly_from(Reading(41, 0.25, plain, cautious), 44, DEFAULT, part)
    assert kelly == Kelly(D(fraction), 41, basis, part, 0.25)


@pytest.mark.parametrize(
    ("cautious", "plain", "basis"),
    [
        (0.0, 0.01171875, Basis.UNDECIDED),  # half of it, cut to the millionth, is the default
        (0.0, 0.01171674, Basis.POOR),
        (0.01171875, 0.0625, Basis.UNDECIDED),
        (0.01172076, 0.0625, Basis.PROVEN),
    ],
)
def test_exactly_the_default_moves_nothing(cautious: float, plain: float, basis: Basis) -> None:
    """Neither proven nor poor: it takes a millionth more, or less."""
    assert kelly_from(Reading(41, 0.25, plain, cautious), 41, D("0.005859"), HALF).basis is basis


def test_too_few_trades_are_told_with_their_part() -> None:
    """No reading, no mean; the number of trades is the one that is given."""
    assert kelly_from(None, 7, DEFAULT, HALF) == Kelly(DEFAULT, 7, Basis.FEW, HALF, 0.0)


@pytest.mark.parametrize(
    ("kelly", "sentence"),
    [
        (Kelly(DEFAULT, 7, Basis.FEW), "the conservative default of 0.5 %: 7 trades, and a record counts from 30"),
        (Kelly(DEFAULT, 45, Basis.UNDECIDED), "the default of 0.5 %: 45 trades do not tell luck from skill yet"),
        (Kelly(D("0.0123456"), 45, Basis.PROVEN, HALF), "half Kelly of 45 trades: 1.23 %"),
        (Kelly(D("0.00125"), 60, Basis.POOR, QUARTER, -0.254), "lowered to 0.125 %: 60 trades made -0.25 R each"),
        (Kelly(D("0.002"), 60, Basis.POOR, QUARTER, 0.046), "lowered to 0.2 %: 60 trades made +0.05 R each"),
    ],
)
def test_each_basis_has_its_sentence(kelly: Kelly, sentence: str) -> None:
    """With the figures in it."""
    assert kelly.sentence == sentence


def test_the_doubt_is_nine_in_ten() -> None:
    """Thirty wins of one R behind thirty tosses: mean a half, and 1.2816 standard errors less of each result."""
    record = [1.0] * 30
    together = record + [1.0, -1.0] * 15
    deviation = (sum((r - 0.5) ** 2 for r in together) / 59) ** 0.5
    doubt = 1.2816 * deviation / 60**0.5
    reading = read(record)
    assert (reading.trades, reading.mean) == (30, 1.0)
    assert reading.plain == pytest.approx(0.5, rel=1e-9)  # 45 wins and 15 losses at even odds
    assert reading.cautious == pytest.approx(bet_fraction(0.75, 1 - doubt, 1 + doubt), rel=1e-9)


@pytest.mark.parametrize("equity", ["0", "-5"])
def test_a_size_of_nothing_knows_what_it_was_made_of(equity: str) -> None:
    """So that it can be said why."""
    stakes = Stakes(
        equity=D(equity), price=D(100), distance=D(5), risk_per_trade=DEFAULT, risk_max=D("0.015"), value_share=D(1)
    )
    size = size_of(stakes)
    assert size.quantity == size.risk == 0
    assert size.stakes is stakes
    assert size.is_capped_by_value is False
    assert size.reasons() == ("0.5 % a trade",)
