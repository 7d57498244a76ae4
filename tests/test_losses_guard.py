"""Between levels nothing is judged: the guard saves work where there is nothing to tell, and only there."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from engine import events
from engine.account import Account
from risk.limits import Limits
from tests.losses_stage import ETH, LOOSE, PRICE, Losing, Watchman
from tests.rehearsal import PERP, SECOND, Stage


class Counting(Watchman):
    """Knows how often it judged."""

    judged_times = 0

    def judge(self, equity: Decimal, account: Account) -> Sequence[events.Event]:
        self.judged_times += 1
        return super().judge(equity, account)


def times(stage: Losing) -> int:
    assert isinstance(stage.gate, Counting)
    return stage.gate.judged_times


@pytest.mark.parametrize("feed", ["trades", "bars"])
@pytest.mark.parametrize("side", [1, -1])
def test_prices_between_two_levels_are_only_looked_at(feed: str, side: int) -> None:
    """Each stretch of a fall and of the way back, with one judgement at each level and none between."""
    stage = Losing("5000", gate=Counting, symbols=(PERP,), native_ns=SECOND if feed == "bars" else 0)
    stage.trade(side, 1)
    stretches = (  # of losses, in the order in which they are reached
        ("0.5", "24.9"),  # before sizes shrink at a quarter of the Warning
        ("25", "30", "49.9"),  # before Info at 50, where sizes shrink again
        ("50", "50.1", "80", "99.9"),  # before the Warning at 100
        ("100", "200", "60", "299.9"),  # before Critical at 300; the Warning comes again below 50
        ("300", "390", "399.9", "160"),  # before HALT at 400; Critical comes again below 150
        ("400", "500", "151", "900"),  # after it nothing comes but the way back
        ("150", "120", "51"),  # Critical can be told again
        ("50", "49", "26"),  # the Warning can
        ("25", "20", "0.1"),  # Info can
    )
    for stretch in stretches:
        for at, loss in enumerate(stretch):
            before = times(stage)
            stage.price(PRICE - side * Decimal(loss))
            assert times(stage) - before == (0 if at or stretch is stretches[0] else 1), loss
    before = times(stage)
    stage.price(PRICE + side * Decimal("0.01"))
    assert times(stage) == before + 1, "a new peak"


@pytest.mark.parametrize("feed", ["trades", "bars"])
def test_a_loss_that_was_won_back_is_remembered_by_the_sizes_of_the_day(feed: str) -> None:
    """Nobody trades or looks at the bottom, half of the Warning of 100: sizes are halved there, and stay so."""
    stage = Losing("5000", symbols=(PERP,), native_ns=SECOND if feed == "bars" else 0)
    stage.trade(1, 1)
    for loss in ("10", "50", "3"):
        stage.price(PRICE - Decimal(loss))
    assert stage.gate.sizer.dynamic.scaling.step == Decimal("0.5")


def test_two_positions_that_move_against_each_other_are_only_looked_at() -> None:
    """A hedge that stays within its trades' Info is worth what it was."""
    stage = Losing("5000", gate=Counting)
    stage.trade(1, "0.1", fee=1)
    stage.trade(-1, "0.1", symbol=ETH, fee=1)
    before = times(stage)
    for price in (PRICE + 400, PRICE - 400, PRICE + 5, PRICE):
        stage.price(price, looks=False)
        stage.price(price, ETH)
    assert times(stage) == before
    stage.price(PRICE + 495, looks=False)
    stage.price(PRICE + 495, ETH)
    assert stage.heard() == ["info 50.5"]


def test_the_band_moves_with_money_that_came_and_was_not_judged_yet() -> None:
    """Both its ends, by as much; the guard is asked only afterwards."""
    stage = Losing("5000")
    stage.trade(1, 1, fee=10)
    stage.price(PRICE - 120)
    assert stage.gate.band(stage.account) == (Decimal(4_700), Decimal(4_950))
    stage.account.transfer(Decimal(500))
    assert stage.gate.band(stage.account) == (Decimal(5_200), Decimal(5_450))
    stage.account.transfer(Decimal(-1_100))
    assert stage.gate.band(stage.account) == (Decimal(4_100), Decimal(4_350))
    assert stage.gate.trip_levels() == (Decimal(50), Decimal(25))


def test_the_band_of_an_account_that_is_well() -> None:
    """Up to the peak, and down to a quarter of the Warning, where sizes shrink, or to a day's limit that is nearer."""
    stage = Losing("5000", LOOSE)
    assert stage.gate.losses.band(stage.account) == (Decimal(4_900), Decimal(5_000))
    assert stage.gate.band(stage.account) == (Decimal(4_975), Decimal(5_000))
    nearest = Losing("5000", Limits(daily_drawdown_limit=Decimal("0.004")))
    assert nearest.gate.band(nearest.account) == (Decimal(4_980), Decimal(5_000))
    near = Losing("5000", Limits(daily_drawdown_limit=Decimal("0.01")))
    near.trade(1, 1)
    near.price(PRICE - 50)
    assert near.heard() == ["info 50", "halt 50", "halt day"]
    assert near.gate.band(near.account) == (Decimal(4_900), Decimal(5_000))


def test_a_halted_account_is_judged_on_its_way_back_only() -> None:
    """Everything was told: there is no lower end."""
    stage = Losing("1000")
    stage.trade(1, 1)
    stage.price(PRICE - 80)
    assert stage.gate.losses.band(stage.account) == (None, Decimal(975))


def test_a_withdrawal_that_waits_for_its_tier_is_looked_for() -> None:
    """The Hunter with 20 lost and 1,000 left becomes a Sniper once less than the Sniper's Info is lost."""
    stage = Losing("5000")
    stage.trade(1, 1)
    stage.price(PRICE - 20)
    stage.transfer(-4_000)
    assert stage.gate.losses.band(stage.account) == (Decimal(900), Decimal(990))


def test_the_first_trade_of_all_is_told_when_it_ends() -> None:
    """Nothing was judged before it; its fee kept the equity below the peak all the while."""
    stage = Stage((PERP,), gate=Watchman(LOOSE), capital="1000")
    stage.tick(100.0)
    order = stage.place(1, "1")
    stage.accept(order.id)
    stage.execute(order, "1", "100", fee="1")
    assert stage.heard(events.DrawdownAlert) == []
    order = stage.place(-1, "1")
    stage.accept(order.id)
    stage.execute(order, "1", "91")
    (alert,) = stage.heard(events.DrawdownAlert)
    assert alert == events.DrawdownAlert(
        stage.now,
        "info",
        Decimal(10),
        Decimal(10),
        "Info: the closed trade of operator in BTC/USDT:USDT lost 10.00; the level is 10.00",
    )
