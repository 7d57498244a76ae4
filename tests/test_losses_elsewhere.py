"""Trades that were made elsewhere: they count like our own, and what they leave between the shares is settled."""

from decimal import Decimal

import pytest

from engine import events
from tests.losses_stage import PRICE, Losing
from tests.rehearsal import PERP

CENT = Decimal("0.01")


def test_a_trade_of_ours_that_was_closed_elsewhere_is_one_trade() -> None:
    """Its loss is told once, at the price at which it was closed, whatever the price does then."""
    stage = Losing("1000")
    stage.trade(1, 2)
    stage.trade(-1, 2, PRICE - 5 + CENT / 2, elsewhere=True)
    stage.price(PRICE - 900)
    stage.transfer(1)  # judged, with nothing held
    stage.price(PRICE + 900)
    stage.transfer(1)
    assert stage.heard() == []
    stage.trade(1, "0.001", PRICE + 900, fee=CENT, elsewhere=True)
    assert stage.heard() == ["info 10"]


def test_an_open_trade_that_was_told_is_not_told_again_when_it_is_closed_elsewhere() -> None:
    """Told at the mark; the shares that stand against each other afterwards have lost the same."""
    stage = Losing("1000")
    stage.trade(1, 2)
    stage.price(PRICE - 6)
    stage.trade(-1, 2, PRICE - 6, elsewhere=True)
    stage.price(PRICE - 800)
    stage.transfer(1)
    assert stage.heard() == ["info 12"]


@pytest.mark.parametrize("how", ["fold", "snapshot"])
@pytest.mark.parametrize("after", ["-900", "-20", "0", "+900"])
def test_a_journal_of_shares_against_each_other_leads_to_the_same(how: str, after: str) -> None:
    """No mark of theirs is written down any more, and nothing depends on it."""
    stage = Losing("1000")
    stage.trade(1, 2)
    stage.trade(-1, 2, PRICE - 3, elsewhere=True)
    stage.price(PRICE + Decimal(after))
    stage.transfer(1)
    stage.fund(-5)
    stage.midnight()
    stage.end_and_go_on(how)
    stage.transfer(1)
    assert stage.heard() == ["info 11"]


def test_what_is_netted_out_is_not_told_again() -> None:
    """The account was closed at once: the shares go, at the mark of then, and their sum was told before."""
    stage = Losing("1000")
    stage.trade(1, 2)
    stage.trade(-1, 2, PRICE - 6, elsewhere=True)
    assert stage.heard() == ["info 12"]
    stage.kernel.net_out(PERP)
    stage.kernel.judge()
    assert stage.account.trips == {}
    assert stage.heard() == ["info 12"]


def test_a_sum_that_shrinks_to_half_can_be_told_again() -> None:
    """Funding that is paid back late makes it less; then another trade elsewhere makes it more."""
    stage = Losing("1000")
    stage.trade(1, 2)
    stage.trade(-1, 2, PRICE - 5, elsewhere=True)
    stage.fund(5 - CENT)
    stage.fund(-5)
    assert stage.heard() == ["info 10"]
    stage.fund("5.01")
    stage.fund("-5")
    assert stage.heard() == ["info 10", "info 10"]


def test_a_liquidation_is_a_trade_of_its_holder() -> None:
    """It closes what the holder held; the loss with its fee is that of the holder's trade."""
    stage = Losing("1000")
    stage.trade(1, 1)
    stage.say(
        events.Execution(
            stage.now,
            "x",
            "venue",
            PERP,
            -1,
            Decimal(1),
            PRICE - 9,
            Decimal(1),
            "USDT",
            maker=False,
            kind="liquidation",
        )
    )
    assert stage.heard() == ["info 10"]
    alert = stage.told[-1]
    assert isinstance(alert, events.DrawdownAlert)
    assert alert.sentence == ("Info: the closed trade of operator in BTC/USDT:USDT lost 10.00; the level is 10.00")
