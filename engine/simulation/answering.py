"""What the venue answers when it is asked about itself: its own truth, at the moment the question arrives."""

from collections.abc import Callable

from engine.clock import Timeline
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
from engine.simulation.arrivals import Arrivals
from engine.simulation.lifecycle import Lifecycle
from engine.simulation.market import Market
from engine.simulation.memory import Memory
from engine.simulation.orders import OpenOrder

Answer = Callable[[Reply], None]
_NO_MEMORY = Unreachable("this venue was not asked to remember what is over")
_OUT = Unreachable("the exchange was out of order; try again when it is back")


class Answering:
    """Questions in, answers out, each after its way. In a silent outage there is no answer at all.

    An order is found by its id only when the venue's own lists have caught up with it, `index_delay_ns` after it was
    accepted. Without a memory only what is open now can be told.
    """

    def __init__(
        self,
        timeline: Timeline,
        markets: dict[str, Market],
        arrivals: Arrivals,
        lifecycle: Lifecycle,
        index_delay_ns: int,
    ) -> None:
        self._timeline = timeline
        self._markets = markets
        self._arrivals = arrivals
        self._lifecycle = lifecycle
        self.memory: Memory | None = None
        self._index_delay_ns = index_delay_ns

    def reply(self, question: Question) -> Reply | None:
        """The answer to a question that arrives now; None where there will never be one."""
        if self._arrivals.is_out:
            return None if self._arrivals.is_silent else _OUT
        reply: Reply
        match question:
            case FindOrder():
                reply = self._find(question.order_id)
            case ListOpenOrders():
                reply = OpenOrders(tuple(map(_truth, self.open_orders())))
            case ListExecutions() | ListPayments():
                reply = self._look_back(question)
            case ListPositions():
                reply = Positions(tuple(self._positions()))
            case ReadWallet():
                reply = WalletTruth(self._lifecycle.account.ledger.cash)
            case ReadClock():
                reply = ClockTruth(self._timeline.now_ns)
        return reply

    def _look_back(self, question: ListExecutions | ListPayments) -> Reply:
        if self.memory is None:
            return _NO_MEMORY
        history, now_ns = self.memory.history, self._timeline.now_ns
        if isinstance(question, ListExecutions):
            return Executions(history.executions(question.since_ns, now_ns))
        return Payments(history.payments(question.since_ns, now_ns))

    def open_orders(self) -> list[OpenOrder]:
        """All open orders, symbol by symbol, in the order in which they were accepted."""
        describe = self._lifecycle.describe
        return [describe(market, order) for market in self._markets.values() for order in market.orders.values()]

    def _positions(self) -> list[PositionTruth]:
        held = [market.position for market in self._markets.values() if market.position.quantity]
        return [PositionTruth(position.symbol, position.quantity, position.entry_price) for position in held]

    def _find(self, order_id: str) -> Reply:
        memory, now_ns = self.memory, self._timeline.now_ns
        for market in self._markets.values():
            order = market.orders.get(order_id)
            if order is not None:
                accepted_ns = order.arrived_ns if memory is None else memory.live[order_id][2]
                is_listed = accepted_ns + self._index_delay_ns <= now_ns
                return _truth(self._lifecycle.describe(market, order)) if is_listed else NotFound()
        if memory is None:
            return _NO_MEMORY if order_id in self._lifecycle.seen else NotFound()
        ended = memory.history.order(order_id, now_ns)
        if ended is None or ended.accepted_ns + self._index_delay_ns > now_ns:
            return NotFound()
        return ended.truth


def _truth(order: OpenOrder) -> OrderTruth:
    return OrderTruth(
        order.order_id,
        order.exchange_id,
        order.symbol,
        order.side,
        order.type,
        Status.PARTLY_FILLED if order.filled else Status.ACCEPTED,
        order.quantity,
        order.filled,
        order.price,
        order.trigger_price,
        order.reduce_only,
    )
