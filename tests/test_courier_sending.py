"""What the courier lets out, what it keeps, and how what was kept ends."""

from decimal import Decimal

import pytest

from engine import events
from engine.commands import AmendOrder, CancelOrder, OrderType, SubmitOrder
from engine.orders import Order, Status
from tests.correspondence_stage import Slip, Stage
from tests.rehearsal import PERP, SPOT

SENT_NEVER = ["OrderApproved", "OrderSubmitted", "OrderUnknown", "OrderNotAccepted"]


@pytest.fixture
def stage() -> Stage:
    """An exchange that says nothing by itself."""
    return Stage()


def limit(stage: Stage) -> Order:
    return stage.place(type=OrderType.LIMIT, price=Decimal(99))


def test_an_order_leaves_only_when_its_row_is_on_the_disk(stage: Stage) -> None:
    """While the row is on its way nothing is sent; the moment it is durable, the order is."""
    slip = stage.ticket = Slip(None)
    order = stage.place()
    stage.pass_time(0.5)
    assert stage.exchange.sent == []
    slip.settle()
    assert [command.order_id for command in stage.exchange.sent] == [order.id]
    stage.accept(order)
    stage.pass_time(5)
    assert len(stage.exchange.sent) == 1


def test_a_row_that_comes_too_late_sends_nothing(stage: Stage) -> None:
    """A slow disk makes decisions expire, it never makes them late: after a second the order has ended by name."""
    slip = stage.ticket = Slip(None)
    order = stage.place()
    stage.pass_time(1.001)
    assert order.status == "not_accepted"
    assert stage.names(order) == SENT_NEVER
    assert "within 1 s" in stage.heard(events.OrderNotAccepted)[0].reason
    slip.settle()
    stage.pass_time(30)
    assert stage.exchange.sent == []
    assert stage.exchange.asked == []


@pytest.mark.parametrize("reduce_only", [False, True])
def test_without_a_row_nothing_leaves(stage: Stage, reduce_only: bool) -> None:
    """A row that could not be written sends neither what adds risk nor what reduces it."""
    stage.place()
    held = stage.place()
    stage.exchange.sent.clear()
    for ticket in (Slip(False), None):
        stage.ticket = ticket
        order = stage.place(-1, reduce_only=reduce_only)
        assert order.status == "not_accepted"
    stage.desk.cancel(held)
    assert held.status != "cancelling"
    assert stage.exchange.sent == []
    assert stage.heard(events.RequestRefused)[0].code == "NotSent"


def test_a_kill_does_not_wait_for_the_disk(stage: Stage) -> None:
    """After a kill cancellations and reductions leave without their row; what adds risk does not leave at all."""
    resting = limit(stage)
    stage.accept(resting)
    stage.parts.door.set("the kill switch was used", is_killed=True)
    stage.exchange.sent.clear()
    for ticket in (None, Slip(False), Slip(None)):
        stage.ticket = ticket
        stage.place(-1, reduce_only=True)
    assert [type(command) for command in stage.exchange.sent] == [SubmitOrder] * 3
    stage.desk.cancel(resting)
    assert isinstance(stage.exchange.sent[-1], CancelOrder)
    stage.ticket = Slip()
    assert stage.place().status == "not_accepted"
    assert len(stage.exchange.sent) == 4


def test_a_gate_that_was_closed_meanwhile_keeps_entries_in(stage: Stage) -> None:
    """The order was allowed when it was decided; closed since then, or closed and open again, it does not leave."""
    for reopened in (False, True):
        slip = stage.ticket = Slip(None)
        order = stage.place()
        stage.parts.door.set("losses reached their limit")
        if reopened:
            stage.parts.door.set(None)
        slip.settle()
        assert order.status == "not_accepted"
    assert stage.exchange.sent == []


def test_exits_pass_a_closed_gate(stage: Stage) -> None:
    """Reduce-only orders pass, and so do plain ones that only make a position smaller; one lot more does not."""
    opened = stage.place()
    stage.accept(opened)
    stage.say(stage.exchange.fills(opened, "2", "100", "e1", stage.now))
    stage.parts.door.set("losses reached their limit")
    stage.exchange.sent.clear()
    stage.place(-1, "1", reduce_only=True)
    smaller = stage.place(-1, "2")
    beyond = stage.place(-1, "0.001")
    assert [command.order_id for command in stage.exchange.sent][1:] == [smaller.id]
    assert beyond.status == "not_accepted"


def test_coins_may_always_be_sold(stage: Stage) -> None:
    """On spot there is nothing to turn around: a sale passes a closed gate, a purchase does not."""
    opened = stage.place(symbol=SPOT)
    stage.accept(opened)
    stage.say(stage.exchange.fills(opened, "2", "100", "e1", stage.now))
    stage.parts.door.set("closed")
    assert stage.place(-1, "1", symbol=SPOT, reduce_only=True).status == "submitted"
    assert stage.place(1, "1", symbol=SPOT).status == "not_accepted"


def test_a_cancellation_catches_an_order_that_has_not_left(stage: Stage) -> None:
    """Cancelled while it waits for the disk, neither the order nor the cancellation ever leaves."""
    slip = stage.ticket = Slip(None)
    order = stage.place()
    stage.desk.cancel(order)
    assert order.status == "not_accepted"
    slip.settle()
    stage.pass_time(30)
    assert stage.exchange.sent == []


def test_an_order_is_never_sent_twice(stage: Stage) -> None:
    """Whatever is lost, a create leaves once; silence is asked about, not repeated."""
    stage.exchange.is_silent = True
    order = stage.place()
    stage.pass_time(600)
    assert [command.order_id for command in stage.exchange.sent] == [order.id]
    assert order.status == "unknown"


def test_silence_makes_an_order_unknown_after_two_seconds(stage: Stage) -> None:
    """Not earlier, and not when there was any news of it."""
    silent, answered = stage.place(), stage.place()
    stage.pass_time(1.9)
    stage.say(stage.exchange.fills(answered, "2", "100", "e1", stage.now))
    assert silent.status == "submitted"
    stage.pass_time(0.1)
    assert silent.status == "unknown"
    assert silent.reason == "no answer came within 2 s"
    assert answered.status == "filled"


def test_an_adapter_that_fails_half_way_leaves_an_unknown_order(stage: Stage) -> None:
    """Bytes may have left before the failure: nobody says that it was not sent."""
    stage.exchange.breaks = OSError("the connection was reset")
    order = stage.place()
    assert order.status == "unknown"
    assert "connection was reset" in order.reason


def test_a_lost_cancellation_is_made_again_after_a_look(stage: Stage) -> None:
    """No answer to a cancel: the order is looked for, seen to rest, and cancelled a second time."""
    order = stage.place(type=OrderType.LIMIT, price=Decimal(99))
    stage.accept(order)
    stage.desk.cancel(order)
    stage.exchange.has(order)
    stage.pass_time(2)
    assert order.status == "unknown"
    stage.pass_time(1)
    assert order.status == "cancelling"
    assert [type(command) for command in stage.exchange.sent] == [SubmitOrder, CancelOrder, CancelOrder]
    stage.say(events.OrderCancelled(stage.now, order.id, PERP, "CancelledByRequest"))
    stage.pass_time(30)
    assert order.status == "cancelled"
    assert len(stage.exchange.sent) == 3


def test_a_cancellation_that_overtook_its_order_is_made_again(stage: Stage) -> None:
    """The exchange did not know the order yet when the cancel came; it does now, and the wish still holds."""
    order = stage.place(type=OrderType.LIMIT, price=Decimal(99))
    stage.desk.cancel(order)
    stage.say(events.RequestRefused(stage.now, order.id, PERP, "UnknownOrder", "it may never have arrived"))
    stage.accept(order)
    stage.exchange.has(order)
    stage.pass_time(1)
    assert order.status == "cancelling"
    assert isinstance(stage.exchange.sent[-1], CancelOrder)
    assert len(stage.exchange.sent) == 3


def test_an_amendment_without_an_answer_takes_what_the_exchange_shows(stage: Stage) -> None:
    """It was amended and the answer was lost: the order here looks as it does there, and nothing is sent again."""
    order = stage.place(type=OrderType.LIMIT, price=Decimal(99))
    stage.accept(order)
    stage.desk.amend(order, AmendOrder(order.id, PERP, price=Decimal(98)))
    stage.exchange.has(order, price=Decimal(98))
    stage.pass_time(3)
    assert (order.status, order.price) == (Status.ACCEPTED, Decimal(98))
    assert len(stage.exchange.sent) == 2


def test_a_market_order_that_was_taken_and_never_filled_is_looked_for(stage: Stage) -> None:
    """Accepted, then silence: its fills were lost on the way and are found two seconds later."""
    order = stage.place()
    stage.accept(order)
    stage.exchange.fills(order, "2", "100", "e1", stage.now)
    stage.exchange.has(order, Status.FILLED, "2")
    stage.pass_time(3)
    assert (order.status, stage.account.held(PERP)) == (Status.FILLED, Decimal(2))
    assert "OrderUnknown" not in stage.names(order)


def test_the_second_of_a_doubled_order_is_not_a_rejection(stage: Stage) -> None:
    """The network delivered one create twice: the exchange refuses the second id, and the first one lives."""
    order = stage.place(type=OrderType.LIMIT, price=Decimal(99))
    stage.accept(order)
    stage.exchange.has(order)
    stage.say(events.OrderRejected(stage.now, order.id, PERP, "DuplicateClientId", "it had been used before"))
    stage.pass_time(1)
    assert order.status == "accepted"
    assert stage.parts.catch_up.repeated == 1
