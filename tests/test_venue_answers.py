"""What the venue answers when it is asked: its own truth, after the time that the way takes."""

from decimal import Decimal

import pytest

from engine.commands import OrderType
from engine.events import Execution, FundingPaid, Transferred
from engine.exchange.questions import (
    ClockTruth,
    Executions,
    FindOrder,
    ListExecutions,
    ListOpenOrders,
    ListPayments,
    ListPositions,
    NotFound,
    OpenOrders,
    OrderTruth,
    Payments,
    Positions,
    PositionTruth,
    Question,
    ReadClock,
    ReadWallet,
    Reply,
    Unreachable,
    WalletTruth,
)
from engine.orders import Status
from engine.simulation.memory import Memory
from engine.simulation.venue import Latency
from tests.venue_stage import IOC, PERPETUAL, SECOND, Stage

EVERYTHING: tuple[Question, ...] = (
    FindOrder("a"),
    ListOpenOrders(),
    ListExecutions(0),
    ListPayments(0),
    ListPositions(),
    ReadWallet(),
    ReadClock(),
)
DAY = 24 * 3_600 * SECOND


def remembering(latency: Latency | None = None, **memory: int) -> Stage:
    """A stage whose venue remembers, with a first trade at 100."""
    stage = Stage(latency=latency)
    stage.venue.remember(Memory(**memory))  # type: ignore[arg-type]
    stage.tick(100.0)
    return stage


def ask(stage: Stage, question: Question) -> Reply:
    """The answer of a venue that answers at once."""
    told: list[Reply] = []
    stage.venue.ask(question, told.append)
    (reply,) = told
    return reply


def find(stage: Stage, order_id: str) -> OrderTruth:
    """An order that is found."""
    reply = ask(stage, FindOrder(order_id))
    assert isinstance(reply, OrderTruth)
    return reply


def test_an_order_is_found_in_every_state_of_its_life() -> None:
    """Open, partly filled, filled, cancelled, expired, rejected; and one that never was is not."""
    stage = remembering()
    stage.buy("a", 2, "99")
    truth = OrderTruth(
        "a", "o1", PERPETUAL, 1, OrderType.LIMIT, Status.ACCEPTED, Decimal(2), Decimal(0), Decimal(99), None, False
    )
    assert find(stage, "a") == truth
    stage.tick(99.0, 0.5)
    assert (find(stage, "a").status, find(stage, "a").filled) == (Status.PARTLY_FILLED, Decimal("0.5"))
    stage.tick(98.0)
    assert (find(stage, "a").status, find(stage, "a").filled) == (Status.FILLED, Decimal(2))
    stage.sell("b", 1, "120")
    stage.cancel("b")
    assert (find(stage, "b").status, find(stage, "b").reason) == (Status.CANCELLED, "CancelledByRequest")
    stage.buy("c", 1, "90", time_in_force=IOC)
    stage.tick(98.0)
    assert (find(stage, "c").status, find(stage, "c").reason) == (Status.EXPIRED, "ImmediateOrCancel")
    stage.buy("d", "0.0005")
    assert (find(stage, "d").status, find(stage, "d").reason) == (Status.REJECTED, "OffLot")
    assert ask(stage, FindOrder("e")) == NotFound()


def test_a_second_order_under_the_same_id_does_not_hide_the_first() -> None:
    """It was refused as a duplicate; whoever asks hears of the one that exists."""
    stage = remembering()
    stage.buy("a", 1, "90")
    assert stage.buy("a", 1, "95") == ["a rejected: DuplicateClientId"]
    assert (find(stage, "a").status, find(stage, "a").price) == (Status.ACCEPTED, Decimal(90))


def test_orders_positions_and_money_are_told_as_they_are() -> None:
    """A stop that watches, a position with its price, cash after the fee, and the venue's own time."""
    stage = remembering()
    stage.buy("a", 2)
    stage.tick(101.0)
    stage.sell("s", 2, type=OrderType.STOP_MARKET, trigger_price=95, reduce_only=True)
    open_orders = ask(stage, ListOpenOrders())
    assert isinstance(open_orders, OpenOrders)
    assert [(o.order_id, o.trigger_price, o.reduce_only) for o in open_orders.orders] == [("s", Decimal(95), True)]
    assert ask(stage, ListPositions()) == Positions((PositionTruth(PERPETUAL, Decimal(2), Decimal(101)),))
    assert ask(stage, ReadWallet()) == WalletTruth(Decimal(10_000) - Decimal("0.202"))
    assert ask(stage, ReadClock()) == ClockTruth(stage.timeline.now_ns)


def test_executions_and_payments_are_told_since_a_moment() -> None:
    """Oldest first; a payment is funding or a transfer."""
    stage = remembering()
    stage.buy("a", 1)
    stage.tick(100.0)
    first_ns = stage.timeline.now_ns
    stage.sell("b", "0.5")
    stage.tick(100.0)
    stage.announce_funding(0.001, first_ns + SECOND)
    stage.pass_time(2 * SECOND)
    stage.venue.transfer(Decimal(7))
    both, second = ask(stage, ListExecutions(0)), ask(stage, ListExecutions(first_ns + 1))
    assert isinstance(both, Executions)
    assert isinstance(second, Executions)
    assert [execution.order_id for execution in both.executions] == ["a", "b"]
    assert list(both.executions) == [event for event in stage.events if isinstance(event, Execution)]
    assert second.executions == both.executions[1:]
    payments = ask(stage, ListPayments(0))
    assert payments == Payments(
        (
            FundingPaid(first_ns + SECOND, PERPETUAL, Decimal("0.001"), Decimal("100.0"), Decimal("-0.05000000")),
            Transferred(stage.timeline.now_ns, Decimal(7)),
        )
    )
    assert ask(stage, ListPayments(first_ns + SECOND + 1)) == Payments(
        (Transferred(stage.timeline.now_ns, Decimal(7)),)
    )


def test_what_is_older_than_a_week_is_forgotten() -> None:
    """As exchanges do: ended orders, executions and payments; what is open stays known."""
    stage = remembering()
    stage.buy("a", 1)
    stage.tick(100.0)
    stage.buy("open", 1, "50")
    stage.venue.transfer(Decimal(7))
    stage.pass_time(7 * DAY)
    assert find(stage, "a").status is Status.FILLED
    stage.pass_time(2 * SECOND)
    assert ask(stage, FindOrder("a")) == NotFound()
    assert ask(stage, ListExecutions(0)) == Executions(())
    assert ask(stage, ListPayments(0)) == Payments(())
    assert find(stage, "open").status is Status.ACCEPTED
    assert stage.buy("a", 1)[-1] == "a rejected: DuplicateClientId"


def test_a_question_takes_its_time_in_and_out_and_is_answered_as_of_its_arrival() -> None:
    """Asked when an order is sent, it arrives after it; what happens on its way back it cannot know."""
    stage = remembering(Latency(entry_ns=50, report_ns=20))
    start_ns = stage.timeline.now_ns
    told: list[tuple[int, Reply]] = []
    stage.buy("a", 1, "90")
    for question in (FindOrder("a"), ReadClock()):
        stage.venue.ask(question, lambda reply: told.append((stage.timeline.now_ns, reply)))
    stage.cancel("a")
    stage.pass_time(69)
    assert told == []
    stage.pass_time(1)
    (at_ns, found), (_, clock) = told
    assert at_ns == start_ns + 70
    assert isinstance(found, OrderTruth)
    assert found.status is Status.ACCEPTED
    assert clock == ClockTruth(start_ns + 50)


def test_an_order_is_not_found_before_the_lists_have_caught_up() -> None:
    """Open or ended: only a second after it was accepted anybody finds it by its id."""
    stage = remembering(Latency(index_ns=SECOND))
    stage.buy("a", 1, "90")
    stage.buy("b", 1, "91")
    stage.cancel("b")
    stage.pass_time(SECOND - 1)
    assert [ask(stage, FindOrder(name)) for name in ("a", "b")] == [NotFound(), NotFound()]
    stage.pass_time(1)
    assert find(stage, "a").status is Status.ACCEPTED
    assert find(stage, "b").status is Status.CANCELLED


@pytest.mark.parametrize("question", EVERYTHING, ids=lambda question: type(question).__name__)
def test_during_an_outage_nothing_is_told(question: Question) -> None:
    """A word that it is out of order, or in a silent one no word at all; afterwards everything again."""
    stage = remembering()
    told: list[Reply] = []
    stage.venue.outage(True)
    stage.venue.ask(question, told.append)
    assert told == [Unreachable("the exchange was out of order; try again when it is back")]
    stage.venue.outage(True, is_silent=True)
    stage.venue.ask(question, told.append)
    assert len(told) == 1
    stage.venue.outage(False)
    stage.venue.ask(question, told.append)
    assert not isinstance(told[1], Unreachable)


def test_without_a_memory_only_the_present_is_known() -> None:
    """It says so, instead of claiming that there was nothing."""
    stage = Stage()
    stage.tick(100.0)
    stage.buy("a", 1)
    stage.tick(100.0)
    stage.buy("b", 1, "90")
    assert find(stage, "b").status is Status.ACCEPTED
    assert ask(stage, FindOrder("c")) == NotFound()
    unknown = Unreachable("this venue was not asked to remember what is over")
    assert [ask(stage, question) for question in EVERYTHING[:1] + EVERYTHING[2:4]] == [unknown] * 3
