"""The independent checker: a short log of the wire with one thing wrong each, which it has to name."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from engine import events
from engine.commands import BUY, CancelOrder, OrderType, SubmitOrder
from hean_tui.sim.checker import check
from hean_tui.sim.disk import StoredRow
from hean_tui.sim.faults import S
from hean_tui.sim.violations import Violation
from hean_tui.sim.wire import Arrived, Left, Told, Wire

PERP = "BTC/USDT:USDT"
FIRST = "H1k3q9z-0000001-A0mb-x4t"
SECOND = "H1k3q9z-0000002-A0mb-x4t"
SENT = 10 * S


def order(order_id: str = FIRST, *, quantity: str = "0.5", reduce_only: bool = False) -> SubmitOrder:
    """A market order."""
    return SubmitOrder(order_id, PERP, BUY, OrderType.MARKET, Decimal(quantity), reduce_only=reduce_only)


class Log:
    """A wire and a disk, filled by hand."""

    def __init__(self) -> None:
        self.wire = Wire()
        self.rows: list[StoredRow] = []

    def row(self, kind: str, durable_ns: int, /, **body: Any) -> None:
        encoded = msgspec.json.encode(body)
        seq = len(self.rows) + 1
        self.rows.append(StoredRow(seq, b"run", durable_ns, None, kind, encoded, b"", durable_ns))

    def intent(self, command: SubmitOrder, durable_ns: int = SENT - 1) -> None:
        body = {**msgspec.structs.asdict(command), "client_id": command.order_id, "sign_by": SENT + S}
        self.row("intent", durable_ns, **body)

    def left(self, command: Any, *, at_ns: int = SENT, killed: bool = False) -> None:
        self.wire.left.append(Left(at_ns, at_ns, 1, command, killed))
        self.wire.arrived.append(Arrived(at_ns + 1, command, ""))

    def told(self, event: events.Event) -> None:
        self.wire.told.append(Told(event.ts, event))

    def taken(self, order_id: str = FIRST, at_ns: int = SENT + 2) -> None:
        self.told(events.OrderAccepted(at_ns, order_id, PERP, f"x {order_id}"))

    def filled(self, execution_id: str = "e1", *, is_written: bool = True, quantity: str = "0.5") -> None:
        event = events.Execution(
            SENT + 3, execution_id, FIRST, PERP, BUY, Decimal(quantity), Decimal(100), Decimal(0), "USDT", maker=False
        )
        self.told(event)
        if is_written:
            self.row("execution", SENT + 4, what="Execution", **msgspec.structs.asdict(event))

    def verdict(self, *, is_calm: bool = True) -> dict[str, Decimal]:
        return check(self.wire, self.rows, is_calm=is_calm)


def in_order() -> Log:
    """One order as it should go: written, sent, taken, filled, written."""
    log = Log()
    log.intent(order())
    log.left(order())
    log.taken()
    log.filled()
    return log


def test_a_life_in_order_is_in_order() -> None:
    """And what was executed is added up."""
    assert in_order().verdict() == {PERP: Decimal("0.5")}


def sent_without_a_row(log: Log) -> None:
    log.left(order(SECOND))


def sent_before_its_row(log: Log) -> None:
    log.intent(order(SECOND), durable_ns=SENT + 1)
    log.left(order(SECOND))


def another_payload_than_its_row(log: Log) -> None:
    log.intent(order(SECOND))
    log.left(order(SECOND, quantity="0.7"))


def signed_too_late(log: Log) -> None:
    log.intent(order(SECOND))
    log.left(order(SECOND), at_ns=SENT + 2 * S)


def cancelled_without_a_row(log: Log) -> None:
    log.left(CancelOrder(FIRST, PERP))


def taken_twice(log: Log) -> None:
    log.taken()


def two_generations_alive(log: Log) -> None:
    log.taken(FIRST.replace("-A0", "-A1"))


def dead_and_taken(log: Log) -> None:
    log.row("transition", SENT + 20 * S, what="OrderNotAccepted", order_id=FIRST)


def dead_before_its_fence(log: Log) -> None:
    log.intent(order(SECOND))
    log.left(order(SECOND))
    log.row("transition", SENT + 5 * S, what="OrderNotAccepted", order_id=SECOND)


def written_twice(log: Log) -> None:
    log.rows.append(log.rows[-1])


def never_executed(log: Log) -> None:
    body = {"execution_id": "e9", "quantity": "1", "side": 1, "symbol": PERP}
    log.row("execution", SENT + 9, what="Execution", **body)


def never_written(log: Log) -> None:
    log.filled("e2", is_written=False)


def risk_after_a_kill(log: Log) -> None:
    log.intent(order(SECOND))
    log.left(order(SECOND), killed=True)


WRONG: tuple[tuple[Callable[[Log], None], str], ...] = (
    (sent_without_a_row, "I-14"),
    (sent_before_its_row, "I-14"),
    (another_payload_than_its_row, "I-14"),
    (signed_too_late, "I-18"),
    (cancelled_without_a_row, "I-14"),
    (taken_twice, "I-16"),
    (two_generations_alive, "I-15"),
    (dead_and_taken, "I-17"),
    (dead_before_its_fence, "I-17"),
    (written_twice, "I-06"),
    (never_executed, "I-07"),
    (never_written, "I-07"),
    (risk_after_a_kill, "I-29"),
)


@pytest.mark.parametrize(("spoil", "invariant"), WRONG, ids=[spoil.__name__ for spoil, _ in WRONG])
def test_what_is_wrong_is_named(spoil: Callable[[Log], None], invariant: str) -> None:
    """Each of these is found, under the invariant that it breaks."""
    log = in_order()
    spoil(log)
    with pytest.raises(Violation) as raised:
        log.verdict()
    assert raised.value.invariant == invariant


def test_after_a_kill_what_reduces_need_not_wait_for_the_disk() -> None:
    """The effect of a kill comes before its rows."""
    log = in_order()
    log.left(order(SECOND, reduce_only=True), killed=True)
    log.left(CancelOrder(FIRST, PERP), killed=True)
    log.verdict()


def test_while_things_go_wrong_news_may_be_missing() -> None:
    """An execution that is not written yet is nothing wrong before the world is calm."""
    log = in_order()
    log.filled("e2", is_written=False)
    log.verdict(is_calm=False)
