"""What the order desk makes of a venue's news: late, twice, contradictory, or of orders that are not ours."""

from decimal import Decimal
from typing import Any

import pytest

from engine import events
from engine.commands import AmendOrder, CancelOrder, OrderType, SubmitOrder
from engine.errors import CommandRefused, IllegalTransition
from engine.money import ZERO
from engine.orders import Status
from risk.gate import Gate
from risk.limits import Limits
from tests.rehearsal import PERP, SPOT, Stage


@pytest.fixture
def stage() -> Stage:
    """A market at 100, nothing held."""
    stage = Stage()
    stage.tick(100.0)
    stage.tick(100.0, SPOT)
    return stage


def test_an_approved_order_is_told_and_sent_once(stage: Stage) -> None:
    """Approved, submitted, and one command to the venue under the same id."""
    order = stage.place(1, "2", type=OrderType.LIMIT, price=Decimal(99), strategy="ema")
    (command,) = stage.sent
    assert isinstance(command, SubmitOrder)
    assert (command.order_id, command.quantity, command.price) == (order.id, Decimal(2), Decimal(99))
    told = [type(event).__name__ for event in stage.told if getattr(event, "order_id", None) == order.id]
    assert told == ["OrderApproved", "OrderSubmitted"]
    assert order.status is Status.SUBMITTED


def test_denied_is_ours_and_rejected_is_theirs() -> None:
    """A denied order was never sent; a rejected one was; each is counted under its own name."""
    stage = Stage(gate=Gate(Limits(max_position_size=Decimal(300))))
    stage.tick(100.0)
    denied = stage.place(1, "4")
    assert (denied.status, stage.sent) == (Status.DENIED, [])
    assert "the limit is 300" in denied.reason
    rejected = stage.place(1, "2")
    stage.say(events.OrderRejected(stage.now, rejected.id, PERP, "TooManyOrders", "there were too many"))
    assert (rejected.status, rejected.reason) == (Status.REJECTED, "there were too many")
    counts = stage.orders.counts
    assert (counts["denied"], counts["rejected"], counts["orders"]) == (1, 1, 1)


def test_the_second_of_two_equal_messages_changes_nothing(stage: Stage) -> None:
    """A rejection told twice is one rejection, and a late cancellation does not rewrite why an order ended."""
    order = stage.place(1, "2")
    for sentence in ("there were too many", "and again"):
        stage.say(events.OrderRejected(stage.now, order.id, PERP, "TooManyOrders", sentence))
    stage.say(events.OrderCancelled(stage.now, order.id, PERP, "CancelledByRequest"))
    assert (order.status, order.reason) == (Status.REJECTED, "there were too many")
    assert stage.orders.counts["rejected"] == 1


def test_an_execution_counts_once(stage: Stage) -> None:
    """The same execution id again moves no money and is counted as a duplicate."""
    order = stage.place(1, "2")
    stage.accept(order.id)
    for _ in range(3):
        stage.execute(order, "0.5", "100", execution_id="e1")
    assert (order.filled, stage.account.held(PERP)) == (Decimal("0.5"), Decimal("0.5"))
    assert (stage.orders.duplicates, stage.orders.counts["fills"]) == (2, 1)


def test_a_fill_after_the_cancel_still_counts(stage: Stage) -> None:
    """The order stays cancelled, and the late fill is in its record, in the position and in what strategies hear."""
    order = stage.place(1, "2", strategy="ema")
    stage.accept(order.id)
    stage.orders.cancel(order)
    stage.say(events.OrderCancelled(stage.now, order.id, PERP, "CancelledByRequest"))
    stage.execute(order, "2", "101")
    assert (order.status, order.filled, order.leaves) == (Status.CANCELLED, Decimal(2), ZERO)
    assert stage.account.held_by("ema", PERP) == 2
    (told,) = stage.heard(events.OrderFilled, events.OrderPartlyFilled)
    assert isinstance(told, events.OrderPartlyFilled)


def test_more_than_was_ordered_is_booked_told_and_closes_the_gate(stage: Stage) -> None:
    """The venue moved 3 on an order of 2: the account holds 3, the order does not, and no new risk is taken."""
    order = stage.place(1, "2")
    stage.accept(order.id)
    stage.execute(order, "3", "100", fee="0.3")
    assert (order.filled, order.status) == (ZERO, Status.ACCEPTED)
    assert stage.account.held(PERP) == 3
    assert stage.account.ledger.fees == Decimal("0.3")
    (error,) = stage.heard(events.ErrorOccurred)
    assert isinstance(error, events.ErrorOccurred)
    assert error.source == "venue"
    assert "cannot take 3" in error.sentence
    assert stage.orders.counts["discrepancies"] == stage.kernel.errors == 1
    assert stage.place(1, "1").status is Status.DENIED
    assert stage.place(-1, "3", reduce_only=True).status is Status.SUBMITTED


def test_a_size_that_was_told_out_of_order_is_no_word_against_an_execution(stage: Stage) -> None:
    """A stop grew from 1 to 5 with its entry, the first was told again, and the stop fills: 5, and no alarm."""
    entry = stage.place(1, "5", stop=Decimal(90))
    stage.accept(entry.id)
    stage.execute(entry, "5", "100")
    stop_id = f"{entry.id}.stop"
    stage.accept(stop_id)
    for size in (1, 5, 1):
        stage.say(events.OrderAmended(stage.now, stop_id, PERP, Decimal(size), None, Decimal(90)))
    stop = stage.account.open_orders[stop_id]
    assert stop.quantity == 1
    stage.execute(stop, "5", "90")
    assert (stop.status, stop.filled, stop.quantity) == (Status.FILLED, Decimal(5), Decimal(5))
    assert stage.account.held(PERP) == 0
    assert stage.heard(events.ErrorOccurred) == []
    assert stage.account.entries_closed is None


def test_a_part_of_it_leaves_the_rest_to_be_asked_after(stage: Stage) -> None:
    """Of the same stop 3 fill: what is left of it is at most what was ordered, until the venue says its size again."""
    entry = stage.place(1, "5", stop=Decimal(90))
    stage.accept(entry.id)
    stage.execute(entry, "5", "100")
    stop_id = f"{entry.id}.stop"
    stage.accept(stop_id)
    stage.say(events.OrderAmended(stage.now, stop_id, PERP, Decimal(1), None, Decimal(90)))
    stop = stage.account.open_orders[stop_id]
    stage.execute(stop, "3", "90")
    assert (stop.status, stop.leaves) == (Status.PARTLY_FILLED, Decimal(2))
    stage.say(events.OrderAmended(stage.now, stop_id, PERP, Decimal(4), None, Decimal(90)))
    assert (stop.status, stop.leaves) == (Status.PARTLY_FILLED, Decimal(1))
    assert stage.heard(events.ErrorOccurred) == []


def test_a_stranger_belongs_to_nobody_of_ours(stage: Stage) -> None:
    """A trade of no order of ours moves the account, under `external` and not under whoever holds, with an alarm."""
    stage.hold(1, "2", "100", strategy="ema")
    stage.execute(None, "1", "100", side=-1)
    assert stage.account.held(PERP) == 1
    assert stage.account.held_by("ema", PERP) == 2
    assert stage.account.held_by("external", PERP) == -1
    assert stage.orders.counts["discrepancies"] == 1


def test_a_liquidation_closes_what_its_holder_held(stage: Stage) -> None:
    """The venue's own order is no discrepancy: the holder's share goes, and the holder hears of it."""
    stage.hold(1, "2", "100", strategy="ema")
    stage.execute(None, "2", "60", side=-1, fee="1", kind="liquidation")
    assert stage.account.held_by("ema", PERP) == stage.account.held(PERP) == 0
    assert stage.orders.counts["discrepancies"] == 0
    told = stage.heard(events.OrderFilled)[-1]
    assert isinstance(told, events.OrderFilled)
    assert (told.strategy, told.side, told.price) == ("ema", -1, Decimal(60))


def test_a_liquidation_leaves_no_share_behind(stage: Stage) -> None:
    """Of two holders the venue knows nothing: when it closes the position, neither is left with a share of it."""
    stage.hold(1, "2", "100", strategy="ema")
    stage.hold(1, "1", "100", strategy="impulse")
    stage.execute(None, "3", "60", side=-1, kind="liquidation")
    assert [stage.account.held_by(strategy, PERP) for strategy in ("ema", "impulse")] == [0, 0]
    assert sum(share.realised for share in stage.account.owned.values()) == -120


def test_an_unknown_order_waits_for_its_name(stage: Stage) -> None:
    """No answer is no end: the order counts with all that is left, and lives on when it is named."""
    order = stage.place(1, "2")
    stage.say(events.OrderUnknown(stage.now, order.id, PERP, "no answer came within 2 s"))
    assert (order.status, order.leaves) == (Status.UNKNOWN, Decimal(2))
    stage.orders.cancel(order)
    assert [type(command) for command in stage.sent] == [SubmitOrder]
    stage.execute(order, "0.5", "100")
    assert (order.status, order.leaves) == (Status.PARTLY_FILLED, Decimal("1.5"))


def test_a_proof_that_fits_ends_an_unknown_order(stage: Stage) -> None:
    """What the venue never took is over, and nothing of it is on its way any more."""
    order = stage.place(1, "2")
    stage.say(events.OrderUnknown(stage.now, order.id, PERP, "no answer came"))
    stage.say(events.OrderNotAccepted(stage.now, order.id, PERP))
    assert (order.status, order.leaves, list(stage.account.open_orders)) == (Status.NOT_ACCEPTED, ZERO, [])


def test_a_proof_that_contradicts_a_fill_is_none(stage: Stage) -> None:
    """An order that was filled in part cannot be one the venue never took: it stays unknown, and the gate closes."""
    order = stage.place(1, "2")
    stage.execute(order, "0.5", "100")
    stage.say(events.OrderUnknown(stage.now, order.id, PERP, "no answer came"))
    stage.say(events.OrderNotAccepted(stage.now, order.id, PERP))
    assert order.status is Status.UNKNOWN
    assert stage.orders.counts["discrepancies"] == 1
    assert stage.account.entries_closed is not None


def test_asking_twice_to_cancel_is_one_request(stage: Stage) -> None:
    """The venue gets one command; an order that has ended cannot be asked."""
    order = stage.place(1, "2")
    stage.accept(order.id)
    stage.orders.cancel(order)
    stage.orders.cancel(order)
    assert [type(command) for command in stage.sent] == [SubmitOrder, CancelOrder]
    stage.say(events.OrderCancelled(stage.now, order.id, PERP, "CancelledByRequest"))
    with pytest.raises(CommandRefused, match=f"order {order.id} is cancelled already"):
        stage.orders.cancel(order)


def test_a_refused_request_leaves_the_order_as_it_was(stage: Stage) -> None:
    """After a refused cancel the order rests, with its fills, and may be asked again."""
    order = stage.place(1, "2")
    stage.accept(order.id)
    stage.execute(order, "0.5", "100")
    stage.orders.cancel(order)
    stage.say(events.RequestRefused(stage.now, order.id, PERP, "Outage", "the exchange is out"))
    assert order.status.value == "partly_filled"
    stage.orders.amend(order, AmendOrder(order.id, PERP, quantity=Decimal(1)))
    assert order.status.value == "amending"
    with pytest.raises(IllegalTransition, match="is amending and cannot request amend"):
        stage.orders.amend(order, AmendOrder(order.id, PERP, quantity=Decimal(1)))


def test_an_order_shrunk_to_what_is_filled_is_over(stage: Stage) -> None:
    """An amendment down to the filled size leaves nothing, so the order does not rest any more."""
    order = stage.place(1, "2", type=OrderType.LIMIT, price=Decimal(99))
    stage.accept(order.id)
    stage.execute(order, "0.5", "99")
    stage.say(events.OrderAmended(stage.now, order.id, PERP, Decimal("0.5"), Decimal(99), None))
    assert (order.status, order.leaves, list(stage.account.open_orders)) == (Status.CANCELLED, ZERO, [])


def test_exits_come_to_life_under_their_entry(stage: Stage) -> None:
    """Stop and target that the venue accepts belong to the entry's strategy, and can only reduce."""
    entry = stage.place(1, "2", stop=Decimal(95), target=Decimal(110), strategy="impulse")
    stage.accept(entry.id)
    stage.execute(entry, "2", "100")
    for leg in ("stop", "target"):
        stage.accept(f"{entry.id}.{leg}")
    stop, target = stage.account.open_orders.values()
    assert (stop.type, stop.trigger_price) == (OrderType.STOP_MARKET, Decimal(95))
    assert (target.type, target.price) == (OrderType.LIMIT, Decimal(110))
    assert [(leg.side, leg.quantity) for leg in (stop, target)] == [(-1, Decimal(2))] * 2
    assert stop.is_protective
    assert stop.reduce_only
    assert target.reduce_only
    assert {stop.strategy, target.strategy} == {"impulse"}
    assert stage.orders.counts["discrepancies"] == 0
    stage.execute(stop, "2", "95")
    stage.say(events.OrderCancelled(stage.now, target.id, PERP, "CancelledBySibling"))
    assert stage.account.held_by("impulse", PERP) == 0
    assert stage.account.open_orders == {}


@pytest.mark.parametrize(
    "news",
    [
        lambda now: events.OrderAccepted(now, "alien", PERP, "x"),
        lambda now: events.OrderCancelled(now, "alien", PERP, "CancelledByRequest"),
        lambda now: events.OrderExpired(now, "alien", PERP, "NoLiquidity"),
        lambda now: events.OrderAmended(now, "alien", PERP, Decimal(1), None, None),
        lambda now: events.OrderAccepted(now, "alien.stop", PERP, "x"),
    ],
)
def test_news_of_an_order_that_is_not_ours_is_told_and_nothing_else(stage: Stage, news: object) -> None:
    """It is counted as a discrepancy, and neither an order nor a position comes of it."""
    stage.say(news(stage.now))  # type: ignore[operator]
    assert stage.orders.counts["discrepancies"] == 1
    assert stage.account.open_orders == {}
    assert "alien" in str(stage.heard(events.ErrorOccurred))


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch, stage: Stage) -> None:
    """Ended orders and execution ids beyond the bound are forgotten, the oldest first and some at a time."""
    monkeypatch.setattr("engine.order_desk._REMEMBERED_ORDERS", 3)
    monkeypatch.setattr("engine.order_desk._REMEMBERED_EXECUTIONS", 3)
    orders = [stage.hold(1, "1", "100") for _ in range(7)]
    assert list(stage.orders.recent) == [order.id for order in orders[3:]]
    stage.execute(orders[-1], "1", "100", execution_id="execution 7")
    assert stage.orders.duplicates == 1


def test_a_spot_order_cannot_hide_behind_reduce_only(stage: Stage) -> None:
    """A spot exchange knows no reduce-only: one that would buy, or sell more than there is, is denied by us."""
    stage.hold(1, "2", "100", SPOT)
    bought = stage.place(1, "1", SPOT, reduce_only=True)
    oversold = stage.place(-1, "3", SPOT, reduce_only=True)
    sold = stage.place(-1, "2", SPOT, reduce_only=True)
    assert [order.status for order in (bought, oversold, sold)] == [Status.DENIED, Status.DENIED, Status.SUBMITTED]
    command = stage.sent[-1]
    assert isinstance(command, SubmitOrder)
    assert not command.reduce_only


def test_behind_a_closed_gate_two_sales_cannot_turn_a_position(stage: Stage) -> None:
    """Each of two sales would pass alone; together they would go short, so both leave as reduce-only orders."""
    stage.hold(1, "2", "100")
    stage.kernel.close_gate("a person closed it")
    limit: dict[str, Any] = {"type": OrderType.LIMIT, "price": Decimal(120)}
    first, second = (stage.place(-1, "2", **limit) for _ in range(2))
    assert (first.status, second.status) == (Status.SUBMITTED, Status.SUBMITTED)
    assert (first.command.reduce_only, second.command.reduce_only) == (True, True)
    assert stage.place(-1, "2", reduce_only=True).status is Status.SUBMITTED
