"""The venue's door: orders, cancellations and amendments as they arrive, refused by name or let in."""

from engine.clock import Timeline
from engine.commands import AmendOrder, CancelOrder, Command, SubmitOrder
from engine.events import RequestRefused
from engine.refusals import Refusal
from engine.simulation.amendments import amend
from engine.simulation.filters import Refused, read_order
from engine.simulation.market import Market
from engine.simulation.matching import Matcher
from engine.simulation.orders import WAITING, VenueOrder
from engine.simulation.reports import Reports
from engine.simulation.triggers import trail_behind


class Arrivals:
    """Handles one command after another. During an outage it refuses them all, or answers nothing."""

    __slots__ = ("_markets", "_matcher", "_reports", "_timeline", "is_out", "is_silent")

    def __init__(self, timeline: Timeline, markets: dict[str, Market], matcher: Matcher, reports: Reports) -> None:
        self._timeline = timeline
        self._markets = markets
        self._matcher = matcher
        self._reports = reports
        self.is_out = False
        self.is_silent = False

    def arrive(self, command: Command) -> None:
        """A command is here."""
        if self.is_out and self.is_silent:
            return
        if isinstance(command, SubmitOrder):
            try:
                self._submit(command)
            except Refused as refused:
                self._matcher.lifecycle.reject(command.symbol, command.order_id, refused)
            return
        try:
            self._change(command)
        except Refused as refused:
            self._reports.tell(
                RequestRefused(
                    self._timeline.now_ns, command.order_id, command.symbol, str(refused.code), refused.sentence
                )
            )

    def _submit(self, command: SubmitOrder) -> None:
        market = self._open_market(command)
        lifecycle = self._matcher.lifecycle
        if command.order_id in lifecycle.seen:
            raise Refused(Refusal.DUPLICATE_CLIENT_ID, f"the id {command.order_id} had been used before")
        lifecycle.seen.add(command.order_id)
        order = read_order(market, command, self._timeline.now_ns)
        if order.trigger_ticks or order.trail_ticks:
            lifecycle.accept(market, order)
            if order.reduce_only and order.left > (closable := market.closable(order.side)):
                lifecycle.resize(market, order, closable)
            trail_behind(market, order, market.reference(order.by_mark))
            lifecycle.watch(market, order)
        else:
            lifecycle.account.admit(market, order, order.lots)
            lifecycle.accept(market, order)
            self._matcher.activate(market, order)
            if order.place is WAITING:
                return  # nothing is quiet until the next price
        market.reband()

    def _change(self, command: Command) -> None:
        market = self._open_market(command)
        order = self._find(market, command.order_id)
        if isinstance(command, CancelOrder):
            self._matcher.lifecycle.cancel(market, order, Refusal.CANCELLED_BY_REQUEST)
        elif isinstance(command, AmendOrder):
            amend(self._matcher, market, order, command)
        market.reband()

    def _open_market(self, command: Command) -> Market:
        if self.is_out:
            raise Refused(Refusal.OUTAGE, "the exchange was out of order; try again when it is back")
        market = self._markets.get(command.symbol)
        if market is None:
            raise Refused(
                Refusal.UNKNOWN_SYMBOL,
                f"the symbol {command.symbol} was unknown here; there are {', '.join(self._markets)}",
            )
        if not market.is_trading:
            raise Refused(Refusal.SYMBOL_NOT_TRADING, f"{command.symbol} was not trading")
        return market

    def _find(self, market: Market, order_id: str) -> VenueOrder:
        order = market.orders.get(order_id)
        if order is not None:
            return order
        if order_id in self._matcher.lifecycle.seen:
            raise Refused(Refusal.ORDER_CLOSED, f"the order {order_id} was not open any more")
        raise Refused(Refusal.UNKNOWN_ORDER, f"the order {order_id} was unknown here; it may never have arrived")
