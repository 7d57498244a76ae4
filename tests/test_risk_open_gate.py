"""The open gate: all that the leverage carries, no limit, no halt, and a way out that is a way out."""

from decimal import Decimal
from typing import Any

import pytest

from engine.commands import BUY, SELL
from engine.events import Halt, Signal
from engine.gate import Denial, OrderRequest
from engine.snapshot import RiskView
from risk.open_gate import OpenGate
from tests.rehearsal import PERP, SPOT, Stage


def wish(direction: int, symbol: str = PERP, **more: Any) -> Signal:
    plain = {"strategy": "one", "symbol": symbol, "direction": direction, "conviction": 1.0, "reason": "the test"}
    words = {**plain, "stop": None, "target": None, **more}
    return Signal(0, **words)


def stage_at(price: float | None = 100.0) -> tuple[Stage, OpenGate]:
    """Ten thousand, ten times the leverage."""
    stage = Stage()
    for symbol in (PERP, SPOT):
        if price is not None:
            stage.tick(price, symbol)
    return stage, OpenGate()


@pytest.mark.parametrize(("conviction", "quantity"), [(1.0, "980"), (0.5, "490"), (0.33333, "326.663")])
def test_a_wish_is_98_per_cent_of_what_the_leverage_carries(conviction: float, quantity: str) -> None:
    """Rounded down to the lot."""
    stage, gate = stage_at()
    order = gate.size(wish(1, conviction=conviction, stop=90.3, target=130.6), stage.account)
    assert order == OrderRequest(
        symbol=PERP,
        side=BUY,
        quantity=Decimal(quantity),
        stop=Decimal("90.5"),
        target=Decimal("130.5"),
        strategy="one",
        reason="the test",
    )


def test_a_wished_quantity_is_taken_as_it_is() -> None:
    """Down to the lot."""
    stage, gate = stage_at()
    order = gate.size(wish(-1, quantity=Decimal("7.0009")), stage.account)
    assert isinstance(order, OrderRequest)
    assert (order.side, order.quantity, order.stop, order.target) == (SELL, Decimal(7), None, None)
    denial = gate.size(wish(1, quantity=Decimal("0.0009")), stage.account)
    assert denial == Denial("TooSmall", f"the equity of 10,000.00 buys less than one lot of {PERP}")
    order = gate.size(wish(1, quantity=Decimal("0.001")), stage.account)
    assert isinstance(order, OrderRequest)
    assert order.quantity == Decimal("0.001")


def test_nothing_is_wished_twice_and_a_turn_closes_first() -> None:
    """Held, or on its way: the same direction is nothing new, the other one adds what has to be closed."""
    stage, gate = stage_at()
    stage.hold(1, "4", "100", strategy="one")
    assert gate.size(wish(1), stage.account) is None
    order = gate.size(wish(-1, quantity=Decimal(3)), stage.account)
    assert isinstance(order, OrderRequest)
    assert (order.side, order.quantity, order.reduce_only) == (SELL, Decimal(7), False)
    waiting = stage.place(-1, "6", strategy="one")
    stage.accept(waiting.id)
    assert gate.size(wish(-1), stage.account) is None
    order = gate.size(wish(1, quantity=Decimal(3)), stage.account)
    assert isinstance(order, OrderRequest)
    assert (order.side, order.quantity) == (BUY, Decimal(5))


def test_the_way_out_is_what_is_held() -> None:
    """Of the strategy and of the account; without anything there is nothing to do; coins are never sold short."""
    stage, gate = stage_at()
    assert gate.size(wish(0), stage.account) is None
    assert gate.size(wish(-1, SPOT), stage.account) is None
    stage.hold(1, "4", "100", strategy="one")
    order = gate.size(wish(0), stage.account)
    assert order == OrderRequest(
        symbol=PERP, side=SELL, quantity=Decimal(4), reduce_only=True, strategy="one", reason="the test"
    )
    stage.execute(None, "3", "100", side=-1)
    order = gate.size(wish(0), stage.account)
    assert isinstance(order, OrderRequest)
    assert order.quantity == 1
    stage.execute(None, "3", "100", side=-1)
    assert gate.size(wish(0), stage.account) is None
    stage.hold(1, "2", "100", SPOT, strategy="one")
    order = gate.size(wish(-1, SPOT), stage.account)
    assert isinstance(order, OrderRequest)
    assert (order.side, order.quantity, order.reduce_only) == (SELL, Decimal(2), True)
    assert gate.size(wish(1, SPOT), stage.account) is None


def test_a_short_is_bought_back() -> None:
    """The other way out."""
    stage, gate = stage_at()
    stage.hold(-1, "0.5", "100", strategy="one")
    order = gate.size(wish(0), stage.account)
    assert isinstance(order, OrderRequest)
    assert (order.side, order.quantity) == (BUY, Decimal("0.5"))


def test_without_a_price_there_is_no_size() -> None:
    """And it says so."""
    stage, gate = stage_at(None)
    assert gate.size(wish(1), stage.account) == Denial("NoPrice", f"{PERP} has no price yet")


def test_there_is_nothing_else() -> None:
    """No check, no level, no halt, no limit and nothing to keep."""
    stage, gate = stage_at()
    account = stage.account
    request = OrderRequest(symbol=PERP, side=BUY, quantity=Decimal(900_000))
    assert gate.check(request, account, 0) is None
    assert gate.judge(Decimal(-5), account) == ()
    assert gate.band(account) == (None, Decimal(10_000))
    assert gate.trip_levels() is None
    assert gate.seat(("one",), account, 0) == ()
    denial = gate.refuse_unlock("account", "", account, 0)
    assert denial == Denial("NotHalted", "this run has no risk limits, so nothing is halted")
    assert gate.lift("account", Decimal(1), account, 0, "") == ()
    assert gate.halted() is None
    assert gate.change("max_leverage", "3") == "max_leverage is not looked at: this run has no risk limits"
    gate.configure({"max_leverage": Decimal(3)})
    gate.load({})
    assert (gate.judged(), gate.saved(), gate.in_force()) == ({}, {}, {})
    order = stage.hold(-1, "2", "100")
    gate.passed(order)
    assert gate.figures(order, account) == {"held": Decimal(-2)}
    assert gate.view(account) == RiskView(exposure=Decimal(200))
    assert stage.heard(Halt) == []


@pytest.mark.parametrize("side", [BUY, SELL])
@pytest.mark.parametrize("quantity", ["0.001", "1", "7"])
def test_who_holds_a_little_on_this_side_wishes_nothing_more(side: int, quantity: str) -> None:
    """A lot is a position like any other."""
    stage, gate = stage_at()
    stage.hold(side, quantity, "100", strategy="one")
    assert gate.size(wish(side), stage.account) is None
    order = gate.size(wish(-side, quantity=Decimal(2)), stage.account)
    assert isinstance(order, OrderRequest)
    assert (order.side, order.quantity) == (-side, 2 + Decimal(quantity))
