"""The bookkeeping of an order's life: taken in, put somewhere, filled, changed, gone; each step told as it happens."""

from engine.clock import Timeline
from engine.events import (
    Execution,
    OrderAccepted,
    OrderAmended,
    OrderCancelled,
    OrderExpired,
    OrderRejected,
)
from engine.refusals import Refusal
from engine.simulation.account import Account
from engine.simulation.filters import Refused
from engine.simulation.market import Market
from engine.simulation.orders import NOWHERE, RESTING, WATCHING, OpenOrder, VenueOrder
from engine.simulation.reports import Reports


class Lifecycle:
    """Moves orders between places and money between accounts, and keeps all totals with them."""

    __slots__ = ("_ledger", "_reports", "_timeline", "account", "seen")

    def __init__(self, timeline: Timeline, account: Account, reports: Reports) -> None:
        self._timeline = timeline
        self._reports = reports
        self._ledger = account.ledger
        self.account = account
        # Every id there ever was: a duplicate is refused for ever, which is what makes sending twice harmless. This is
        # the one thing that grows with a run, by about a hundred bytes an order.
        self.seen: set[str] = set()

    def accept(self, market: Market, order: VenueOrder) -> None:
        """Take an order in."""
        reports = self._reports
        order.exchange_id = reports.next_exchange_id()
        market.orders[order.order_id] = order
        if order.reduce_only:
            market.reducers += 1
        if not order.trigger_ticks and not order.trail_ticks:
            self.account.reserve(market, order, order.lots)
        reports.tell(OrderAccepted(self._timeline.now_ns, order.order_id, market.symbol, order.exchange_id))

    def reject(self, symbol: str, order_id: str, refused: Refused) -> None:
        """Turn an order away at the door."""
        self._reports.tell(OrderRejected(self._timeline.now_ns, order_id, symbol, str(refused.code), refused.sentence))

    def reject_late(self, market: Market, order: VenueOrder, code: Refusal) -> None:
        """Turn an order away that had been taken in."""
        self._end(market, order)
        sentence = f"the exchange turned the order {order.order_id} away after it had taken it in"
        self._reports.tell(OrderRejected(self._timeline.now_ns, order.order_id, market.symbol, str(code), sentence))

    def rest(self, market: Market, order: VenueOrder, ahead: int) -> None:
        """Put an order into the book, behind so many lots of others."""
        order.ahead = ahead
        order.place = RESTING
        market.book.queue(order.side).add(order)

    def watch(self, market: Market, order: VenueOrder) -> None:
        """Let an order watch for its trigger."""
        order.place = WATCHING
        market.watching.append(order)

    def fill(self, market: Market, order: VenueOrder, lots: int, ticks: int, *, maker: bool) -> None:
        """Quantity changes hands; an order that has nothing left is gone, without a further word."""
        instrument = market.instrument
        price = instrument.tick * ticks
        quantity = instrument.lot * lots
        rate = instrument.fee_maker if maker else instrument.fee_taker
        side = order.side
        # A rebate is paid in money even where a fee would be taken in coin.
        in_base = instrument.fee_in_base and side > 0 and rate > 0
        fee = quantity * rate if in_base else price * quantity * rate
        order.filled += lots
        self.account.reserve(market, order, -lots)
        if order.filled == order.lots:
            self._forget(market, order)
        self._ledger.fill(market.symbol, side, quantity, price, fee, fee_in_base=in_base)
        self.account.note_position(market, side * lots)
        reports = self._reports
        reports.tell(
            Execution(
                self._timeline.now_ns,
                reports.next_execution_id(),
                order.order_id,
                market.symbol,
                side,
                quantity,
                price,
                fee,
                instrument.base if in_base else instrument.quote,
                maker,
            )
        )

    def cancel(self, market: Market, order: VenueOrder, code: Refusal) -> None:
        """The rest of an order is gone, by request or by a rule."""
        self._end(market, order)
        self._reports.tell(OrderCancelled(self._timeline.now_ns, order.order_id, market.symbol, str(code)))

    def expire(self, market: Market, order: VenueOrder, code: Refusal) -> None:
        """The rest of an order is gone because its time in force says so."""
        self._end(market, order)
        self._reports.tell(OrderExpired(self._timeline.now_ns, order.order_id, market.symbol, str(code)))

    def resize(self, market: Market, order: VenueOrder, lots: int) -> None:
        """Give an order another size in its place; `lots` is the whole, what is filled included."""
        if order.place is not WATCHING:
            self.account.reserve(market, order, lots - order.lots)
        order.lots = lots
        self.tell_amended(market, order)

    def tell_amended(self, market: Market, order: VenueOrder) -> None:
        """Say what an order looks like now."""
        price = market.instrument.price
        self._reports.tell(
            OrderAmended(
                self._timeline.now_ns,
                order.order_id,
                market.symbol,
                market.instrument.quantity(order.lots),
                price(order.ticks) if order.ticks else None,
                price(order.trigger_ticks) if order.trigger_ticks else None,
            )
        )

    def trim(self, market: Market) -> None:
        """After the position changed: reduce-only orders are cut to it, or go with it."""
        if not market.reducers:
            return
        for order in list(market.orders.values()):
            if not order.reduce_only:
                continue
            closable = market.closable(order.side)
            if not closable:
                self.cancel(market, order, Refusal.POSITION_CLOSED if order.is_exit else Refusal.REDUCE_ONLY)
            elif order.left > closable:
                self.resize(market, order, order.filled + closable)

    def describe(self, market: Market, order: VenueOrder) -> OpenOrder:
        """An open order in the words of the world outside."""
        instrument = market.instrument
        return OpenOrder(
            order_id=order.order_id,
            exchange_id=order.exchange_id,
            symbol=market.symbol,
            side=order.side,
            type=order.type,
            quantity=instrument.quantity(order.lots),
            filled=instrument.quantity(order.filled),
            price=instrument.price(order.ticks) if order.ticks else None,
            trigger_price=instrument.price(order.trigger_ticks) if order.trigger_ticks else None,
            time_in_force=order.time_in_force,
            reduce_only=order.reduce_only,
            ts=order.arrived_ns,
        )

    def _end(self, market: Market, order: VenueOrder) -> None:
        if order.place is not WATCHING:
            self.account.reserve(market, order, -order.left)
        self._forget(market, order)

    def _forget(self, market: Market, order: VenueOrder) -> None:
        if order.place is not NOWHERE:
            market.leave(order)
        del market.orders[order.order_id]
        if order.reduce_only:
            market.reducers -= 1
            if order.is_exit and order.bracket is not None:
                order.bracket.release(order)
