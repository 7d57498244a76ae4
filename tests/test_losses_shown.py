"""What surfaces read of losses: the tier, the level, its amounts, what was lost, and how a halt ends."""

from decimal import Decimal
from typing import Any

import pytest

from engine.snapshot import Loss, RiskView, Thresholds
from risk.limits import Limits
from tests.losses_stage import ETH, LOOSE, PRICE, Losing
from tests.rehearsal import DAY, MINUTE, PERP, SECOND, SPOT

CENT = Decimal("0.01")
HOUR = 60 * MINUTE


def view_of(stage: Losing) -> RiskView:
    return stage.gate.view(stage.account)


LADDERS = {  # an account, and where each level begins
    "Sniper": ("1000", [("none", "9.99"), ("info", "10"), ("info", "24.99"), ("warning", "25"), ("warning", "49.99")]),
    "Hunter": (
        "5000",
        [("none", "49.99"), ("info", "50"), ("warning", "100"), ("warning", "299.99"), ("critical", "300")],
    ),
    "Strategist": ("25000", [("info", "499.99"), ("warning", "500"), ("critical", "1500"), ("critical", "1999.99")]),
}


@pytest.mark.parametrize("tier", LADDERS)
@pytest.mark.parametrize("how", ["not at all", "fold", "snapshot"])
def test_the_level_is_the_strictest_that_is_reached(tier: str, how: str) -> None:
    """As the loss grows, and after a restart."""
    capital, steps = LADDERS[tier]
    stage = Losing(capital)
    assert view_of(stage).level == "none"
    stage.trade(1, 1)
    for level, loss in steps:
        stage.price(PRICE - Decimal(loss))
        if how != "not at all":
            stage.end_and_go_on(how)
        assert (loss, view_of(stage).level) == (loss, level)
        assert not view_of(stage).halted


def test_the_level_goes_down_with_the_loss() -> None:
    """Critical and Warning at once; Info once half of what one trade lost is made good."""
    stage = Losing("1000")
    stage.trade(1, 1)
    seen = []
    for loss in ("50", "49.99", "25", "24.99", "10", "5.01", "5", "9.99"):
        stage.price(PRICE - Decimal(loss))
        seen.append(view_of(stage).level)
    assert seen == ["critical", "warning", "warning", "info", "info", "info", "none", "none"]


@pytest.mark.parametrize(("loss", "level"), [("9.99", "none"), ("10", "info"), ("10.01", "info")])
def test_a_trade_that_ended_counts_until_its_day_is_over(loss: str, level: str) -> None:
    """The worst of the day."""
    stage = Losing("1000")
    stage.trade(1, 1)
    stage.trade(-1, 1, PRICE - Decimal(loss))
    stage.trade(1, 1)
    stage.trade(-1, 1, PRICE + 3)
    assert view_of(stage).level == level
    assert view_of(stage).loss.worst_trade == -Decimal(loss)
    stage.midnight()
    assert view_of(stage).level == "none"
    assert view_of(stage).loss.worst_trade is None


def test_one_told_trade_of_several_is_enough_for_info() -> None:
    """Whichever it is."""
    stage = Losing("1000")
    stage.trade(1, 1)
    stage.trade(1, 1, symbol=ETH)
    stage.trade(1, 1, symbol=SPOT)
    stage.price(PRICE - 10, ETH)
    assert view_of(stage).level == "info"
    assert view_of(stage).loss.worst_trade == -10
    stage.price(PRICE + 40, ETH)
    assert view_of(stage).loss.worst_trade == 0


def test_everything_before_a_halt() -> None:
    """A Hunter after a deposit, a bad day, and a worse trade."""
    stage = Losing("5000", Limits(daily_drawdown_limit=Decimal("0.3"), warning_loss=Decimal("99.5")))
    stage.trade(1, "0.5")
    stage.price(PRICE + 200)
    stage.midnight()
    stage.transfer(900)
    stage.price(PRICE - 100)
    assert view_of(stage) == RiskView(
        tier="Hunter",
        level="warning",
        halted=False,
        thresholds=Thresholds(info=Decimal(-50), warning=Decimal("-99.5"), critical=Decimal(-300), halt=Decimal(-400)),
        loss=Loss(worst_trade=Decimal(-50), day=Decimal(-150), total=Decimal(-150)),
        leverage=Decimal("0.8462"),  # 4,950 of 5,850
        exposure=Decimal(4_950),
        limits=view_of(stage).limits,
        day_limit=Decimal(
            -1_800
        ),  # of the 5,100 that the day began with, and of 900 that came before anything was lost
    )
    assert view_of(stage).limits["warning_loss"] == Decimal("99.5")
    assert view_of(stage).limits["max_leverage"] == 3
    assert "halt_loss" not in view_of(stage).limits


@pytest.mark.parametrize(
    ("capital", "halt", "lift", "wait_h"),
    [("1000", 75, "acknowledge", 4), ("5000", 400, "manual_reset", 1), ("25000", 2_000, "lockout", 8)],
)
def test_everything_of_a_halt(capital: str, halt: int, lift: str, wait_h: int) -> None:
    """Since when, until when, how it ends; the price that comes back changes none of it."""
    stage = Losing(capital, LOOSE)
    stage.trade(1, 1)
    stage.price(PRICE - halt)
    began_ns = stage.now
    stage.price(PRICE)
    view = view_of(stage)
    assert (view.level, view.halted, view.lift) == ("halt", True, lift)
    assert view.halt_until == began_ns + wait_h * HOUR
    assert view.halt_reason == (f"the drawdown of {halt:,}.00 reached the {view.tier}'s HALT of {halt:,}.00")
    assert view.loss == Loss(worst_trade=Decimal(0), day=Decimal(0), total=Decimal(0))
    stage.kernel.lift_halt("account", "looked")
    view = view_of(stage)
    assert (view.level, view.halted, view.lift, view.halt_until, view.halt_reason) == (
        "none",
        False,
        "none",
        None,
        None,
    )


def test_the_days_own_halt() -> None:
    """It ends with the day, by itself; the account's own halt is told first where there are both."""
    stage = Losing("1000", Limits(daily_drawdown_limit=Decimal("0.06")))
    stage.trade(1, 1)
    stage.price(PRICE - Decimal("59.99"))
    assert view_of(stage).halted is False
    stage.price(PRICE - 60)
    view = view_of(stage)
    reason = "the day's loss of 60.00 reached the limit of 60.00"
    assert (view.level, view.halted, view.lift, view.halt_reason) == ("halt", True, "none", reason)
    assert view.halt_until == (stage.now // DAY + 1) * DAY
    assert view.day_limit == -60
    stage.price(PRICE - 75)
    view = view_of(stage)
    assert (view.level, view.lift) == ("halt", "acknowledge")
    assert str(view.halt_reason).startswith("the drawdown of 75.00")
    assert view.halt_until == stage.now + 4 * HOUR
    stage.midnight()
    assert view_of(stage).lift == "acknowledge"


@pytest.mark.parametrize("loss", ["1000", "1000.01"])
def test_an_account_without_anything_has_no_leverage(loss: str) -> None:
    """Nothing is divided by what is not there."""
    stage = Losing("1000")
    stage.trade(1, 1)
    stage.price(PRICE - Decimal(loss))
    assert view_of(stage).leverage is None
    stage.price(PRICE - 999)
    assert view_of(stage).leverage == 9_001


def test_the_figures_behind_an_order() -> None:
    """What is held, what it would be, what the stop costs, and what is allowed, from the books of then."""
    stage = Losing("1000", Limits(daily_drawdown_limit=Decimal(9), max_leverage=Decimal(4)))
    stage.trade(1, "0.1", symbol=ETH)
    stage.trade(-1, "0.2")
    stage.price(PRICE + 50)

    def figures(side: int, **wishes: Any) -> dict[str, Any]:
        from engine.gate import OrderRequest

        order = stage.kernel.orders.place(
            OrderRequest(symbol=PERP, side=side, quantity=Decimal("0.3"), strategy="operator", **wishes)
        )
        return stage.gate.figures(order, stage.account)

    plain = {
        "equity": Decimal(990),
        "held": Decimal("-0.2"),
        "exposure_elsewhere": Decimal(1_000),
        "exposure_after": 1_000 + Decimal("0.1") * 10_050,
        "exposure_limit": Decimal(3_960),
        "day_pnl": Decimal(-10),
    }
    assert figures(1) == plain
    assert figures(-1, stop=Decimal(10_100)) == {
        **plain,
        "exposure_after": 1_000 + Decimal("0.5") * 10_050,
        "risk_at_stop": Decimal(15),
        "risk_allowed": Decimal("19.80"),  # the Sniper's two per cent
    }
    stage.gate.change("max_risk_per_trade", "1.5%")
    assert figures(-1, stop=Decimal(10_050) + CENT)["risk_allowed"] == Decimal("14.85")
    stage.pass_time(SECOND)
