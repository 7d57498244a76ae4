"""Borders and memories of the gate that ordinary orders never meet."""

from decimal import Decimal
from typing import Any

import pytest

from engine import events
from engine.commands import LIMIT, MARKET, SubmitOrder
from engine.gate import OrderRequest
from engine.orders import Order
from risk.gate import Gate
from risk.hands import REMEMBERED, Hand, shape_of
from risk.limits import Limits
from tests.denial_cases import ETH, SOL, Stage
from tests.rehearsal import SECOND, START

D = Decimal


def codes(stage: Stage) -> list[str]:
    return [denial.code for denial in stage.denied]


# --- prices


def test_a_mark_that_is_told_keeps_the_market_alive() -> None:
    """Nobody traded for 45 s; with a mark 5 s ago the price is fresh, and 31 s later it is 36 s old."""
    stage = Stage(max_data_age_s=D(30))
    stage.pass_time(40)
    stage.kernel.bus.publish(events.MarkPrice(stage.timeline.now_ns, SOL, 100.0, 100.0))
    stage.pass_time(5)
    stage.order(1, "1")
    assert codes(stage) == []
    stage.pass_time(31)
    stage.order(1, "1")
    assert codes(stage) == ["StaleData"]
    assert dict(stage.denied[0].numbers)["age_s"] == 36


def test_bid_and_ask_that_meet_are_no_market() -> None:
    """Whoever quotes both alike gives something away, or is wrong."""
    stage = Stage()
    stage.quote(100.0, 100.0)
    stage.order(1, "1")
    assert codes(stage) == ["CrossedBook"]
    stage.quote(99.9, 100.0)
    stage.order(1, "1")
    assert codes(stage) == ["CrossedBook"]


def test_a_mark_is_price_enough_without_a_trade() -> None:
    """As right after a start; for an entry at the market and for one that waits."""
    stage = Stage()
    stage.forget_price(SOL)
    stage.kernel.bus.publish(events.MarkPrice(stage.timeline.now_ns, SOL, 100.0, 100.0))
    stage.order(1, "1")
    stage.order(1, "1", type=LIMIT, price="99")
    assert codes(stage) == []


# --- how much


def test_a_lease_counts_what_is_held_elsewhere() -> None:
    """A fee of 5 was paid: half of three times 9,995 are 14,992.50, and 5,000 of it are in another coin."""
    stage = Stage(strategies=2, max_leverage=D(3))
    stage.hold(1, "50", ETH)
    stage.order(1, "99.926")
    assert codes(stage) == ["LeaseUsedUp"]
    assert dict(stage.denied[0].numbers)["fits"] == D("99.925")
    stage.order(1, "99.925")
    assert codes(stage) == ["LeaseUsedUp"]


@pytest.mark.parametrize("words", [{}, {"type": LIMIT, "price": "100"}], ids=["market", "limit"])
def test_margin_that_reaches_exactly_is_enough(words: dict[str, Any]) -> None:
    """10,000 with ten times leverage ask for 1,000 and for a fee of 0.1 %, which are 10."""
    for quantity, code in (("100", []), ("100.001", ["NotEnoughMargin"])):
        stage = Stage(capital="1010", max_leverage=D(10))
        stage.order(1, quantity, **words)
        assert codes(stage) == code


def test_figures_of_one_symbol_are_not_taken_for_another() -> None:
    """A wish for ETH was sized, and an order for SOL comes: 5,000 in ETH and 6,000 in SOL are more than 10,000."""
    stage = Stage(max_leverage=D(1))
    stage.hold(1, "50", ETH)
    gate, account, now = stage.gate, stage.account, stage.timeline.now_ns
    wish = events.Signal(now, "impulse", ETH, -1, 1.0, None, None, "the test says so", D(10))
    assert isinstance(gate.size(wish, account), OrderRequest)
    denial = gate.check(OrderRequest(symbol=SOL, side=1, quantity=D(60), strategy="impulse"), account, now)
    assert denial is not None
    assert denial.code == "LeverageTooHigh"


def test_a_position_without_a_price_makes_the_equity_unknown() -> None:
    """Nobody looks shortly at what nobody knows."""
    stage = Stage()
    stage.hold(1, "1", ETH)
    stage.forget_price(ETH)
    stage.order(1, "1")
    assert codes(stage) == ["UnknownEquity"]


# --- what it is made of, and what it remembers


def test_chosen_weights_and_the_part_of_kelly_reach_the_sizes() -> None:
    """A gate is made of its settings."""
    gate = Gate(Limits(kelly_fraction=D("0.125")), {"impulse": D("0.3")})
    gate.sizer.allocation.seat("impulse")
    assert gate.sizer.allocation.weights() == {"impulse": D("0.3")}
    assert gate.sizer.part == D("0.125")


def test_outcomes_are_those_of_the_strategy() -> None:
    """Bought at 100 with a stop at 90, sold at 105: half of what was at risk was won, less both fees."""
    stage = Stage()
    stage.order(1, "10", stop="90")
    stage.settle()
    stage.trade(105.0, SOL)
    stage.order(-1, "10", reduce_only=True)
    stage.trade(105.0, SOL)
    stage.settle()
    stage.kernel.losses.judge_now()
    assert list(stage.gate.sizer.records) == ["impulse"]


def test_a_hand_remembers_only_so_many_entries() -> None:
    """What lies further back than the newest 64 is no repetition any more."""
    hand = Hand()
    orders = [
        Order(SubmitOrder(f"id-{number}", SOL, 1, MARKET, D(number)), "impulse", START)
        for number in range(1, REMEMBERED + 2)
    ]
    for order in orders:
        hand.entered(order)
    assert not hand.has_entered(shape_of(orders[0].command), START - SECOND)
    assert hand.has_entered(shape_of(orders[1].command), START - SECOND)
