"""What a venue still knows of what is over, for as long as exchanges keep it: ended orders, executions, payments."""

from collections import deque

from engine.events import Execution, FundingPaid, Transferred
from engine.instruments import HOUR_NS
from engine.simulation.facts import Fact, OrderKept

WEEK_NS = 7 * 24 * HOUR_NS


class History:
    """Takes facts in their order and forgets those that are too old."""

    def __init__(self, keeps_ns: int = WEEK_NS) -> None:
        self._keeps_ns = keeps_ns
        self._orders: dict[str, OrderKept] = {}  # ended ones, in the order of their end
        self._executions: deque[Execution] = deque()
        self._payments: deque[FundingPaid | Transferred] = deque()

    def take(self, fact: Fact, now_ns: int) -> None:
        """Remember a fact, if it is one that anybody may ask for later."""
        if isinstance(fact, OrderKept):
            if not fact.is_open:
                self._orders.pop(fact.order_id, None)
                self._orders[fact.order_id] = fact
        elif isinstance(fact, Execution):
            self._executions.append(fact)
        elif isinstance(fact, FundingPaid | Transferred):
            self._payments.append(fact)
        else:
            return
        self._forget_before(now_ns - self._keeps_ns)

    def order(self, order_id: str, now_ns: int) -> OrderKept | None:
        """An order that ended not too long ago."""
        self._forget_before(now_ns - self._keeps_ns)
        return self._orders.get(order_id)

    def executions(self, since_ns: int, now_ns: int) -> tuple[Execution, ...]:
        """All executions since a moment, oldest first."""
        self._forget_before(now_ns - self._keeps_ns)
        found: list[Execution] = []
        for execution in reversed(self._executions):
            if execution.ts < since_ns:
                break
            found.append(execution)
        return tuple(reversed(found))

    def payments(self, since_ns: int, now_ns: int) -> tuple[FundingPaid | Transferred, ...]:
        """All payments since a moment, in the order in which they were booked."""
        self._forget_before(now_ns - self._keeps_ns)
        return tuple(payment for payment in self._payments if payment.ts >= since_ns)

    def _forget_before(self, ts: int) -> None:
        orders, executions, payments = self._orders, self._executions, self._payments
        while executions and executions[0].ts < ts:
            executions.popleft()
        while payments and payments[0].ts < ts:
            payments.popleft()
        while orders and (oldest := next(iter(orders.values()))).ts < ts:
            del orders[oldest.order_id]
