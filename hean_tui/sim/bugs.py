"""Planted bugs: each takes the place of a part of a running engine, and the simulation has to find it.

Nothing here is reached by the program itself. A simulation that finds none of these proves nothing with its silence.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from engine import events
from engine.commands import CancelOrder, Command, SubmitOrder
from engine.ledger import Ledger
from engine.orders import Order, Status
from engine.ports import Ticket
from hean_tui.sim.disk import SimJournal
from hean_tui.sim.hunting import Bug, Found, hunt
from hean_tui.sim.under_test import Engine

_CUT_SHORT = (Status.CANCELLED, Status.EXPIRED)

# --- the bugs


def _row_after_send(engine: Engine) -> None:
    send = engine.parts.courier.send

    def at_once(command: Command, ticket: Ticket | None) -> None:
        send(command, _Hasty() if isinstance(command, SubmitOrder) else ticket)

    engine.recorder.send = at_once


class _Hasty:
    """A ticket that claims what is not so yet."""

    seq = 0
    is_durable = True
    is_settled = True

    def wait(self, timeout_s: float | None = None) -> None:
        """Nothing to wait for."""

    def when_settled(self, callback: Callable[..., None]) -> None:
        """It is settled."""
        callback(self)


def _timeout_is_rejection(engine: Engine) -> None:
    bus, timeline = engine.kernel.bus, engine.timeline

    def lose(order: Order, reason: str, _: object = None) -> None:
        bus.publish(events.OrderRejected(timeline.now_ns, order.id, order.symbol, "TimeOut", reason))

    _replace(engine.parts.inquiry, "lose", lose)


def _new_id_on_retry(engine: Engine) -> None:
    inquiry, kernel = engine.parts.inquiry, engine.kernel
    lose = inquiry.lose
    exchange = engine.exchange

    def again(order: Order, reason: str, when_found: Any = None) -> None:
        lose(order, reason, when_found)
        if order.status is Status.UNKNOWN and order.exchange_id is None:
            exchange.send(msgspec.structs.replace(order.command, order_id=kernel.orders.ids.next(order.strategy)))

    _replace(inquiry, "lose", again)


def _restamped_retry(engine: Engine) -> None:
    inquiry = engine.parts.inquiry
    lose = inquiry.lose
    exchange = engine.exchange

    def again(order: Order, reason: str, when_found: Any = None) -> None:
        lose(order, reason, when_found)
        if order.status is Status.UNKNOWN and order.exchange_id is None:
            exchange.send(order.command)

    _replace(inquiry, "lose", again)


def _no_deduplication(engine: Engine) -> None:
    orders = engine.kernel.orders
    _replace(orders, "executions", _Forgetful())
    _replace(engine.parts.catch_up, "_knows_execution", lambda _: False)


class _Forgetful(set[str]):
    """Remembers nothing."""

    def __contains__(self, _: object) -> bool:
        return False


def _early_not_found(engine: Engine) -> None:
    _replace(engine.parts.inquiry, "_fence", lambda _: 0)


def _id_counter_reset(engine: Engine) -> None:
    engine.kernel.orders.ids.number = 0


def _released_at_unknown(engine: Engine) -> None:
    account = engine.kernel.account
    engine.kernel.bus.subscribe(events.OrderUnknown, lambda event: account.open_orders.pop(event.order_id, None))


def _halt_in_memory(engine: Engine) -> None:
    gate: Any = engine.kernel.gate
    _replace(gate, "_halted_until_ns", None)
    _replace(gate, "_day_reason", None)
    _replace(gate.losses, "halted", None)


def _high_water_reset(engine: Engine) -> None:
    account = engine.kernel.account
    account.peak_equity = account.day_start_equity = account.ledger.cash


def _checked_before_waiting(engine: Engine) -> None:
    courier = engine.parts.courier
    _replace(courier, "_shut_out", lambda _: None)
    _replace(courier, "_waiting", _Unfound())  # nor does a cancellation catch what waits for its row


class _Unfound(dict[str, Any]):
    """Finds nothing."""

    def pop(self, *_: Any) -> Any:
        """Whatever is looked for."""
        return None


def _strips_stops(engine: Engine) -> None:
    orders, account = engine.kernel.orders, engine.kernel.account

    def cancel_all() -> None:
        for order in list(account.open_orders.values()):
            orders.cancel(order)

    _replace(orders, "cancel_entries", cancel_all)


def _ignores_late_fills(engine: Engine) -> None:
    account = engine.kernel.account
    bus = engine.kernel.bus
    deaf = engine.kernel.orders._on_execution
    bus.unsubscribe(deaf)

    def booked(event: events.Execution) -> None:
        order = engine.kernel.orders.recent.get(event.order_id)
        if event.order_id in account.open_orders or order is None or order.status not in _CUT_SHORT:
            deaf(event)

    bus.subscribe(events.Execution, booked)


def _funding_moves_lots(engine: Engine) -> None:
    ledger: Ledger = engine.kernel.account.ledger

    def moves(event: events.FundingPaid) -> None:
        ledger.position(event.symbol).quantity += engine.kernel.account.instrument(event.symbol).lot

    engine.kernel.bus.subscribe(events.FundingPaid, moves)


def _ignores_adl(engine: Engine) -> None:
    catch_up = engine.parts.catch_up
    tell = catch_up._tell

    def without(event: events.Event) -> None:
        if not getattr(event, "order_id", "").startswith("exchange-"):
            tell(event)

    _replace(catch_up, "_tell", without)


def _retried_commit(journal: SimJournal) -> None:
    def again(_: str) -> None:
        group = [row for row, _ in journal._at_work]
        journal._disk.write(group, b"again", 0)
        journal._end()

    _replace(journal, "_fail", again)


def _orphan_stays(engine: Engine) -> None:
    _replace(engine.parts.reconcile, "_clear_orphans", lambda _: None)


def _payment_twice(engine: Engine) -> None:
    is_repeated = engine.parts.catch_up._is_repeated

    def forgetful(event: events.Event) -> bool:
        return is_repeated(event) and not isinstance(event, events.FundingPaid)

    _replace(engine.parts.catch_up, "_is_repeated", forgetful)


def _cancel_before_row(engine: Engine) -> None:
    send = engine.parts.courier.send

    def at_once(command: Command, ticket: Ticket | None) -> None:
        send(command, _Hasty() if isinstance(command, CancelOrder) else ticket)

    engine.recorder.send = at_once


def _stale_prices(engine: Engine) -> None:
    _replace(engine.links.safeguards.rules, "silent", lambda *_: None)


def _day_by_the_wall(engine: Engine) -> None:
    losses, account = engine.kernel.losses, engine.kernel.account
    judge_now = losses.judge_now

    def rolled() -> Decimal:
        account.observe(engine.wall_ns())
        return judge_now()

    _replace(losses, "judge_now", rolled)


def _replace(part: object, name: str, value: object) -> None:
    setattr(part, name, value)


BUGS: Sequence[Bug] = (
    Bug(name="row after send", allowed=50, built=_row_after_send),
    Bug(name="time-out is rejection", allowed=10, built=_timeout_is_rejection),
    Bug(name="new id on retry", allowed=10, built=_new_id_on_retry),
    Bug(name="no execution de-duplication", allowed=5, built=_no_deduplication),
    Bug(name="early not found", allowed=5, built=_early_not_found),
    Bug(name="id counter reset", allowed=5, recalled=_id_counter_reset),
    Bug(name="re-stamped retry", allowed=3_000, built=_restamped_retry),
    Bug(name="reservation released at unknown", allowed=100, built=_released_at_unknown),
    Bug(name="halt kept only in memory", allowed=50, recalled=_halt_in_memory),
    Bug(name="high-water mark reset at boot", allowed=50, recalled=_high_water_reset),
    Bug(name="kill checks before an await", allowed=300, profile="operator", built=_checked_before_waiting),
    Bug(name="cancel-all strips stops", allowed=100, profile="operator", built=_strips_stops),
    Bug(name="late fill on cancelled ignored", allowed=100, profile="network", built=_ignores_late_fills),
    Bug(name="funding moves lots", allowed=20, built=_funding_moves_lots),
    Bug(name="ADL ignored", allowed=50, profile="exchange", built=_ignores_adl),
    Bug(name="stale prices used", allowed=100, profile="network", built=_stale_prices),
    Bug(name="day rolls on wall clock", allowed=200, profile="clock", recalled=_day_by_the_wall),
    Bug(name="commit failure retried", allowed=200, profile="storage", journal=_retried_commit),
    Bug(name="orphan not cancelled", allowed=100, profile="exchange", built=_orphan_stays),
    Bug(name="payment booked twice", allowed=50, profile="network", built=_payment_twice),
    Bug(name="cancel before its row", allowed=50, profile="operator", built=_cancel_before_row),
)


def hunt_named(name: str) -> Found:
    """The same in another process."""
    return hunt(next(bug for bug in BUGS if bug.name == name))
