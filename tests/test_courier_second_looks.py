"""What the courier looks at again: a stop that is needed by now, and an order of which its adapter knows nothing."""

from decimal import Decimal

import pytest

from engine import events
from engine.commands import CancelOrder, OrderType
from engine.orders import Order, Status
from tests.correspondence_stage import Slip, Stage
from tests.rehearsal import PERP


@pytest.fixture
def stage() -> Stage:
    """An exchange that says nothing by itself."""
    return Stage()


def bought(stage: Stage, name: str, side: int = 1) -> None:
    """Two bought or sold at 100."""
    order = stage.place(side)
    stage.accept(order)
    stage.say(stage.exchange.fills(order, "2", "100", name, stage.now))


def stop(stage: Stage) -> Order:
    """A stop for the two."""
    order = stage.place(-1, type=OrderType.STOP_MARKET, trigger_price=Decimal(90), reduce_only=True)
    stage.accept(order)
    stage.exchange.has(order)
    return order


def cancels(stage: Stage) -> list[str]:
    """Whose cancellation left."""
    return [command.order_id for command in stage.exchange.sent if isinstance(command, CancelOrder)]


def freed(stage: Stage) -> Order:
    """A stop whose position was closed, so that its cancellation is decided, and waits for its row."""
    bought(stage, "e1")
    order = stop(stage)
    bought(stage, "e2", -1)
    return order


def test_a_stop_that_is_needed_again_is_not_cancelled(stage: Stage) -> None:
    """Flat when it was decided, and long again by the time that the row is on the disk: the stop stays."""
    order = freed(stage)
    slip = stage.ticket = Slip(None)
    stage.desk.cancel(order)
    stage.ticket = Slip()
    bought(stage, "e3")
    slip.settle()
    assert cancels(stage) == []
    assert order.status is Status.ACCEPTED
    (told,) = stage.heard(events.RequestRefused)
    assert (told.code, "a position again" in told.sentence) == ("NotSent", True)


def test_a_stop_that_protects_nothing_is_cancelled(stage: Stage) -> None:
    """Still flat, or short by now: it would only open something."""
    order = freed(stage)
    slip = stage.ticket = Slip(None)
    stage.desk.cancel(order)
    stage.ticket = Slip()
    bought(stage, "e3", -1)
    slip.settle()
    assert cancels(stage) == [order.id]


def test_who_cancels_a_stop_of_a_position_means_it(stage: Stage) -> None:
    """A person, or the last step of a flatten, decides that with the position in sight."""
    bought(stage, "e1")
    order = stop(stage)
    slip = stage.ticket = Slip(None)
    stage.desk.cancel(order)
    slip.settle()
    assert cancels(stage) == [order.id]


def test_a_lost_cancellation_of_a_stop_that_is_needed_again_is_not_repeated(stage: Stage) -> None:
    """It left while the account was flat and was never heard of; by the time of the second try there is a position."""
    order = freed(stage)
    stage.desk.cancel(order)
    assert cancels(stage) == [order.id]
    bought(stage, "e3")
    stage.pass_time(10)
    assert (cancels(stage), order.status) == ([order.id], Status.ACCEPTED)


def test_a_lost_cancellation_of_a_stop_without_a_position_is_repeated(stage: Stage) -> None:
    """What it was decided on still holds."""
    order = freed(stage)
    stage.desk.cancel(order)
    stage.pass_time(3)
    assert cancels(stage) == [order.id, order.id]


def test_an_order_that_its_adapter_calls_unknown_is_looked_for_at_once(stage: Stage) -> None:
    """A broken connection says nothing of the order: the exchange is asked, and knows it."""
    order = stage.place(type=OrderType.LIMIT, price=Decimal(99))
    stage.say(events.OrderUnknown(stage.now, order.id, PERP, "the connection broke"))
    assert (order.status, stage.parts.inquiry.unknown) == (Status.UNKNOWN, 1)
    stage.exchange.has(order)
    stage.pass_time(1)
    assert (order.status, stage.parts.inquiry.unknown) == (Status.ACCEPTED, 0)


def test_an_order_that_its_adapter_calls_unknown_and_nobody_has_is_given_up_after_its_fence(stage: Stage) -> None:
    """Not found means nothing before 7.5 s, and is a proof in two looks, two seconds apart, after that."""
    order = stage.place(type=OrderType.LIMIT, price=Decimal(99))
    stage.say(events.OrderUnknown(stage.now, order.id, PERP, "the connection broke"))
    stage.pass_time(9.4)
    assert order.status is Status.UNKNOWN
    stage.pass_time(10)
    assert stage.names(order)[-1] == "OrderNotAccepted"


def test_what_an_adapter_does_not_know_of_an_order_that_was_taken_is_no_news(stage: Stage) -> None:
    """The answer was lost and the stream was faster: the order rests, and is looked at once more."""
    order = stage.place(type=OrderType.LIMIT, price=Decimal(99))
    stage.accept(order)
    stage.exchange.has(order)
    stage.say(events.OrderUnknown(stage.now, order.id, PERP, "the connection broke"))
    assert (order.status, stage.parts.inquiry.unknown) == (Status.ACCEPTED, 1)
    stage.pass_time(1)
    assert (order.status, stage.parts.inquiry.unknown) == (Status.ACCEPTED, 0)


def test_a_cancellation_survives_that_its_order_was_called_unknown(stage: Stage) -> None:
    """Cancelled before its fate was clear: once it is seen to rest, it is cancelled again."""
    order = stage.place(type=OrderType.LIMIT, price=Decimal(99))
    stage.desk.cancel(order)
    stage.say(events.OrderUnknown(stage.now, order.id, PERP, "the connection broke"))
    stage.exchange.has(order)
    stage.pass_time(1)
    assert (order.status, cancels(stage)) == (Status.CANCELLING, [order.id, order.id])
