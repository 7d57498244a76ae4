"""What becomes of an order whose answer was lost, and what is no proof of anything."""

from decimal import Decimal

import pytest

from engine import events
from engine.commands import OrderType
from engine.exchange.questions import FindOrder
from engine.orders import Order, Status
from tests.correspondence_stage import Stage
from tests.rehearsal import PERP, SECOND, START

FENCE = START + 7_500_000_000  # 1 s to sign, 2.5 s to be taken, 1 s of clocks, 3 s to be found


@pytest.fixture
def stage() -> Stage:
    """An exchange that knows what the test tells it."""
    return Stage()


def lost(stage: Stage, **wishes: object) -> Order:
    """An order of which nothing was heard for two seconds."""
    order = stage.place(**wishes)  # type: ignore[arg-type]
    stage.pass_time(2)
    assert order.status == "unknown"
    return order


def looks(stage: Stage) -> list[int]:
    return [at for at, question in stage.exchange.asked if isinstance(question, FindOrder)]


def test_an_order_that_lives_is_adopted(stage: Stage) -> None:
    """Found resting under our id: it is accepted, under the exchange's name, and nothing is unknown any more."""
    order = lost(stage, type=OrderType.LIMIT, price=Decimal(99))
    stage.exchange.has(order)
    stage.pass_time(1)
    assert (order.status, order.exchange_id) == (Status.ACCEPTED, f"x-{order.id}")
    assert stage.parts.inquiry.unknown == 0


@pytest.mark.parametrize(
    ("status", "filled", "became"),
    [
        (Status.FILLED, "2", "filled"),
        (Status.CANCELLED, "0", "cancelled"),
        (Status.CANCELLED, "0.5", "cancelled"),
        (Status.EXPIRED, "0.5", "expired"),
        (Status.REJECTED, "0", "rejected"),
    ],
)
def test_an_order_that_ended_unheard_is_adopted_with_its_fills(
    stage: Stage, status: Status, filled: str, became: str
) -> None:
    """Its executions are read first, then its end: the position and the order are as at the exchange."""
    order = lost(stage)
    if filled != "0":
        stage.exchange.fills(order, filled, "101", "e1", stage.now)
    stage.exchange.has(order, status, filled, reason="NoLiquidity")
    stage.pass_time(1)
    assert order.status.value == became
    assert order.filled == stage.account.held(PERP) == Decimal(filled)
    assert order.reason == ("NoLiquidity" if became != "filled" else "no answer came within 2 s")
    assert stage.account.open_orders == {}


def test_an_order_whose_fills_are_not_listed_yet_stays_unfinished(stage: Stage) -> None:
    """The exchange says filled before it lists the execution: the order ends only with the money in the books."""
    order = lost(stage)
    stage.exchange.has(order, Status.CANCELLED, "2", quantity=Decimal(2))
    stage.pass_time(5)
    assert order.is_open
    assert stage.parts.inquiry.unknown == 1
    stage.exchange.fills(order, "2", "100", "e1", stage.now)
    stage.pass_time(9)
    assert (order.status, stage.account.held(PERP)) == (Status.FILLED, Decimal(2))


def test_not_found_before_the_fence_means_not_yet(stage: Stage) -> None:
    """The request may still be on its way: it is found long after the first not found, and adopted."""
    order = lost(stage, type=OrderType.LIMIT, price=Decimal(99))
    stage.timeline.advance(FENCE - 1)
    assert order.status == "unknown"
    assert len(looks(stage)) >= 3
    stage.exchange.has(order)
    stage.pass_time(1)
    assert order.status == "accepted"


def test_two_rounds_after_the_fence_are_a_proof(stage: Stage) -> None:
    """At the fence and two seconds later: not found both times, and only then was it never taken."""
    order = lost(stage)
    stage.timeline.advance(FENCE + 2 * SECOND - 1)
    assert order.status == "unknown"
    stage.timeline.advance(FENCE + 2 * SECOND)
    assert order.status == "not_accepted"
    assert [at - FENCE for at in looks(stage) if at >= FENCE] == [0, 2 * SECOND]
    assert stage.account.open_orders == {}


def test_an_order_that_turns_up_between_the_rounds_lives(stage: Stage) -> None:
    """One not found after the fence is not enough."""
    order = lost(stage, type=OrderType.LIMIT, price=Decimal(99))
    stage.timeline.advance(FENCE + SECOND)
    stage.exchange.has(order)
    stage.pass_time(2)
    assert order.status == "accepted"


def test_silence_proves_nothing_for_ever(stage: Stage) -> None:
    """An exchange that does not answer leaves the order unknown, is asked on at a bounded rate, and is told of."""
    stage.exchange.is_silent = True
    order = lost(stage)
    stage.pass_time(3_600)
    assert order.status == "unknown"
    assert 300 < len(looks(stage)) < 500
    alarm = stage.heard(events.HealthChanged)[-1]
    assert (alarm.component, alarm.state, alarm.ts) == ("orders", "degraded", START + 62 * SECOND)
    stage.exchange.is_silent = False
    stage.exchange.has(order, Status.REJECTED)
    stage.pass_time(20)
    assert order.status == "rejected"
    assert stage.heard(events.HealthChanged)[-1].state == "healthy"


def test_an_unreachable_exchange_between_two_rounds_breaks_the_proof(stage: Stage) -> None:
    """Not found, no answer, not found: the two have to follow each other."""
    order = lost(stage)
    stage.timeline.advance(FENCE + SECOND)
    stage.exchange.is_silent = True
    stage.pass_time(2)
    stage.exchange.is_silent = False
    stage.timeline.advance(FENCE + 6 * SECOND)
    assert order.status == "unknown"
    stage.pass_time(20)
    assert order.status == "not_accepted"


def test_while_the_stream_is_down_absence_proves_nothing(stage: Stage) -> None:
    """News of the order may be in the gap; only when the gap was read do two rounds count."""
    order = stage.place()
    stage.parts.courier.stream_lost("the socket was closed")
    stage.pass_time(60)
    assert order.status == "unknown"
    stage.parts.courier.stream_back()
    assert stage.parts.inquiry.stream.is_whole
    stage.pass_time(20)
    assert order.status == "not_accepted"


def test_news_that_come_by_themselves_end_the_asking(stage: Stage) -> None:
    """A late acknowledgement is as good as an answer."""
    order = lost(stage, type=OrderType.LIMIT, price=Decimal(99))
    stage.accept(order)
    stage.pass_time(60)
    assert (order.status, looks(stage)) == (Status.ACCEPTED, [])
    assert stage.parts.inquiry.unknown == 0


def test_an_order_that_was_taken_once_is_not_declared_dead(stage: Stage) -> None:
    """Its cancel was lost and the exchange finds it no more: it stays unknown for as long as exchanges remember."""
    order = stage.place(type=OrderType.LIMIT, price=Decimal(99))
    stage.accept(order)
    stage.desk.cancel(order)
    stage.pass_time(3_600)
    assert order.status == "unknown"
    stage.pass_time(86_400)
    assert (order.status, order.reason) == (Status.CANCELLED, "ClosedUnseen")


def test_many_unknown_orders_are_asked_after_at_a_bounded_rate(stage: Stage) -> None:
    """A hundred at once: never more than ten questions at one moment, nor thirty in a second."""
    orders = [stage.place() for _ in range(100)]
    stage.pass_time(30)
    assert all(order.status == "not_accepted" for order in orders)
    asked = looks(stage)
    for at in asked:
        assert sum(1 for other in asked if other == at) <= 11
        assert sum(1 for other in asked if at <= other < at + SECOND) <= 31


def test_a_gap_in_the_stream_is_read_up(stage: Stage) -> None:
    """Fills, an end, an acceptance and funding that were told to nobody are in the books when the stream is back."""
    entry = stage.place()
    stage.accept(entry)
    resting = stage.place(type=OrderType.LIMIT, price=Decimal(99))
    stage.accept(resting)
    gone = stage.place(type=OrderType.LIMIT, price=Decimal(98))
    stage.accept(gone)
    stage.parts.courier.stream_lost("no pong")
    stage.exchange.fills(entry, "2", "100", "e1", stage.now)
    stage.exchange.has(entry, Status.FILLED, "2")
    stage.exchange.has(resting, price=Decimal("99.5"))
    stage.exchange.has(gone, Status.CANCELLED, reason="CancelledByRequest")
    paid = events.FundingPaid(stage.now, PERP, Decimal("0.0001"), Decimal(100), Decimal("-0.02"))
    stage.exchange.payments.append(paid)
    stage.pass_time(1)
    stage.parts.courier.stream_back()
    stage.pass_time(2)
    assert entry.status == "filled"
    assert (resting.status, resting.price) == (Status.ACCEPTED, Decimal("99.5"))
    assert (gone.status, gone.reason) == (Status.CANCELLED, "CancelledByRequest")
    assert stage.account.ledger.funding == Decimal("-0.02")
    for late in (paid, *stage.exchange.executions):  # and what comes through after all counts no second time
        stage.say(late)
    assert (stage.account.ledger.funding, stage.account.held(PERP)) == (Decimal("-0.02"), Decimal(2))
    assert stage.parts.catch_up.repeated == 2


def test_two_equal_payments_at_one_moment_are_two(stage: Stage) -> None:
    """Two deposits of the same amount in the same instant are both booked, and reading them again changes nothing."""
    for _ in range(2):
        paid = events.Transferred(stage.now, Decimal(100))
        stage.exchange.payments.append(paid)
        stage.say(paid)
    stage.parts.inquiry.stream.read_from(START)
    assert stage.account.ledger.deposits == Decimal(10_200)


def test_a_stop_that_filled_before_it_was_heard_of_belongs_to_its_entry(stage: Stage) -> None:
    """The acceptance of an entry's stop was lost; its execution closes the strategy's position, not a stranger's."""
    entry = stage.place(strategy="ema", stop=Decimal(90))
    stage.accept(entry)
    stage.say(stage.exchange.fills(entry, "2", "100", "e1", stage.now))
    stop = events.Execution(
        stage.now, "e2", f"{entry.id}.stop", PERP, -1, Decimal(2), Decimal(90), Decimal(0), "USDT", maker=False
    )
    stage.say(stop)
    assert stage.account.held_by("ema", PERP) == stage.account.held(PERP) == 0
    assert stage.desk.counts["discrepancies"] == 0


def test_payments_that_came_with_a_loaded_state_are_not_booked_again(stage: Stage) -> None:
    """A state that was saved and loaded remembers its payments: reading them from the exchange changes nothing."""
    paid = events.Transferred(stage.now, Decimal(100))
    stage.exchange.payments.append(paid)
    stage.say(paid)
    other = Stage()
    other.exchange.payments.append(paid)
    other.account.transfer(Decimal(100))
    other.parts.catch_up.load(stage.parts.catch_up.save())
    other.parts.inquiry.stream.read_from(START)
    assert other.account.ledger.deposits == Decimal(10_100)
