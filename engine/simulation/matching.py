"""How an order that may trade now meets the market: the levels of a book, or the one price that is known."""

from engine.clock import Timeline
from engine.commands import FOK, GTC, POST_ONLY
from engine.events import OrderTriggered
from engine.refusals import Refusal
from engine.simulation.brackets import place_exits, shrink_sibling
from engine.simulation.filters import Refused
from engine.simulation.lifecycle import Lifecycle
from engine.simulation.liquidation import Liquidator
from engine.simulation.liquidity import Liquidity
from engine.simulation.market import TRADES, Market
from engine.simulation.orders import VenueOrder
from engine.simulation.reports import Reports


class Matcher:
    """Lets orders take, rest or wait, and draws the consequences of every fill."""

    __slots__ = ("_reports", "_slippage", "_timeline", "lifecycle", "liquidator", "liquidity")

    def __init__(
        self,
        timeline: Timeline,
        lifecycle: Lifecycle,
        liquidity: Liquidity,
        liquidator: Liquidator,
        reports: Reports,
        slippage_bps: float,
    ) -> None:
        self._timeline = timeline
        self._reports = reports
        self._slippage = slippage_bps / 10_000.0
        self.lifecycle = lifecycle
        self.liquidity = liquidity
        self.liquidator = liquidator

    @property
    def now_ns(self) -> int:
        """The moment it is."""
        return self._timeline.now_ns

    def activate(self, market: Market, order: VenueOrder, price: float = 0.0) -> None:
        """Let an accepted order trade. Without a book, `price` is what a taker gets now; 0: the next one will say."""
        if order.reduce_only and order.left > (closable := market.closable(order.side)):
            if not closable:
                self.lifecycle.cancel(market, order, Refusal.REDUCE_ONLY)
                return
            self.lifecycle.resize(market, order, order.filled + closable)
        if market.has_book:
            self._meet_book(market, order)
        elif price or (market.bar_is_open and (price := self._price_of_this_instant(market))):
            self.take_at(market, order, price)
        elif order.ticks:
            self._wait_or_rest(market, order)
        else:
            market.expect(order)

    def wake(self, market: Market, order: VenueOrder, price: float = 0.0) -> None:
        """A stop's condition came true: it becomes the market or limit order that it held back."""
        lifecycle = self.lifecycle
        trigger = market.instrument.price(order.trigger_ticks)
        self._reports.tell(OrderTriggered(self._timeline.now_ns, order.order_id, market.symbol, trigger))
        try:
            lifecycle.account.admit(market, order, order.left)
        except Refused as refused:
            lifecycle.cancel(market, order, refused.code)
            return
        market.leave(order)
        order.trigger_ticks = order.trail_ticks = 0
        lifecycle.account.reserve(market, order, order.left)
        self.activate(market, order, price)

    def fill_resting(self, market: Market, order: VenueOrder, lots: int, price: float) -> None:
        """A resting order is hit at its own price, while the market stands at `price`."""
        if market.is_spot and order.side < 0 and lots > market.held:
            lots = market.held  # another sale was faster: coins that are gone cannot be sold
            if not lots:
                self.lifecycle.cancel(market, order, Refusal.INSUFFICIENT_BALANCE)
                return
        self.lifecycle.fill(market, order, lots, order.ticks, maker=True)
        self.draw_consequences(market, order, lots, price)

    def draw_consequences(self, market: Market, order: VenueOrder, lots: int, price: float) -> None:
        """After a fill: exits are placed or shrink, reduce-only orders follow the position, risk is measured anew."""
        if order.is_exit:
            shrink_sibling(self.lifecycle, market, order, lots)
        if market.reducers:
            self.lifecycle.trim(market)
        self.liquidator.guard(market)
        # Inside a bar the last price is not that of the fill; there the bar's own worst price judges.
        if not market.bar_is_open and not market.risk_low < (market.mark or market.last) < market.risk_high:
            self.liquidator.judge(market)
        if order.bracket is not None and not order.is_exit:
            place_exits(self, market, order, lots, price)

    # --- a book -----------------------------------------------------------------------------------------------------

    def _meet_book(self, market: Market, order: VenueOrder) -> None:
        side, limit, terms = order.side, order.ticks, order.time_in_force
        book = self.liquidity.refresh(market, -side)
        lifecycle = self.lifecycle
        if terms is POST_ONLY and limit and book.offer(side, limit)[0]:
            lifecycle.cancel(market, order, Refusal.POST_ONLY_WOULD_CROSS)
            return
        if terms is FOK and book.available(side, limit, order.left) < order.left:
            lifecycle.expire(market, order, Refusal.FILL_OR_KILL)
            return
        before = order.filled
        ticks = 0
        code = Refusal.IMMEDIATE_OR_CANCEL if limit else Refusal.NO_LIQUIDITY
        while order.left:
            ticks, lots = book.offer(side, limit)
            if not ticks:
                break
            if not lots:
                code = Refusal.SELF_MATCH
                break
            lots = self._affordable(market, order, min(lots, order.left), ticks)
            if not lots:
                code = Refusal.INSUFFICIENT_BALANCE
                break
            self.liquidity.take(market, side, ticks, lots)
            lifecycle.fill(market, order, lots, ticks, maker=False)
        if order.left:
            if limit and code is Refusal.IMMEDIATE_OR_CANCEL and terms in _MAY_REST:
                self.liquidity.refresh(market, side)
                lifecycle.rest(market, order, book.size_ahead(side, limit))
            else:
                lifecycle.expire(market, order, code)
        if order.filled > before:
            self.draw_consequences(market, order, order.filled - before, 0.0)

    # --- one price --------------------------------------------------------------------------------------------------

    def _price_of_this_instant(self, market: Market) -> float:
        """At the very moment a bar opens, its open can be had."""
        return market.last if market.opened_ns == self._timeline.now_ns else 0.0

    def _wait_or_rest(self, market: Market, order: VenueOrder) -> None:
        """A limit for which there is no price at this moment: does it wait for the next one, or rest already?"""
        reaches = bool(market.last) and self._reaches(market, order, market.last)
        # On bars the next open is the first price that anybody can know.
        is_passive = order.time_in_force is GTC and market.fidelity is TRADES and market.last and not reaches
        if order.time_in_force is POST_ONLY and reaches:
            self.lifecycle.cancel(market, order, Refusal.POST_ONLY_WOULD_CROSS)
        elif order.time_in_force is POST_ONLY or is_passive:
            self.rest_at_price(market, order)
        else:
            market.expect(order)

    def take_at(self, market: Market, order: VenueOrder, price: float) -> None:
        """Fill an order that takes at a price, made worse by the slippage; a limit out of reach rests or expires."""
        lifecycle = self.lifecycle
        side, limit = order.side, order.ticks
        if not order.worth_ticks and not self._admit_late(market, order, price):
            return
        ticks = market.ticks.against(price, side, self._slippage)
        if limit:
            terms = order.time_in_force
            if not self._reaches(market, order, price):
                if terms in _MAY_REST:
                    self.rest_at_price(market, order)
                else:
                    code = Refusal.FILL_OR_KILL if terms is FOK else Refusal.IMMEDIATE_OR_CANCEL
                    lifecycle.expire(market, order, code)
                return
            if terms is POST_ONLY:
                lifecycle.cancel(market, order, Refusal.POST_ONLY_WOULD_CROSS)
                return
            if (ticks - limit) * side > 0:
                ticks = limit
        if len(market.orders) > 1 and self._meets_itself(market, side, ticks):
            lifecycle.expire(market, order, Refusal.SELF_MATCH)
            return
        lots = order.lots - order.filled
        if market.is_spot:
            lots = self._affordable(market, order, lots, ticks)
        if lots:
            lifecycle.fill(market, order, lots, ticks, maker=False)
        if order.filled < order.lots:
            lifecycle.expire(market, order, Refusal.INSUFFICIENT_BALANCE)
        if lots:
            self.draw_consequences(market, order, lots, price)

    def rest_at_price(self, market: Market, order: VenueOrder) -> None:
        """Put a limit into the book where nobody else is seen."""
        if self._meets_itself(market, order.side, order.ticks):
            self.lifecycle.expire(market, order, Refusal.SELF_MATCH)
        else:
            self.lifecycle.rest(market, order, 0)

    def _reaches(self, market: Market, order: VenueOrder, price: float) -> bool:
        """Whether a limit is as good as this price for the other side."""
        if order.side > 0:
            return order.ticks >= market.ticks.ceil(price)
        return order.ticks <= market.ticks.floor(price)

    def _meets_itself(self, market: Market, side: int, ticks: int) -> bool:
        queue = market.book.own_asks if side > 0 else market.book.own_bids
        return bool(queue.keys) and (ticks - queue.best_ticks()) * side >= 0

    def _affordable(self, market: Market, order: VenueOrder, lots: int, ticks: int) -> int:
        """Spot orders were admitted at an estimate: money or coins that are not there cannot be spent."""
        if not market.is_spot:
            return lots
        if order.side < 0:
            return min(lots, market.held)
        if order.ticks:
            return lots
        return min(lots, self.lifecycle.account.affordable_lots(market, order, ticks))

    def _admit_late(self, market: Market, order: VenueOrder, price: float) -> bool:
        """Judge the margin of an order that arrived before any price was known."""
        account = self.lifecycle.account
        account.reserve(market, order, -order.left)
        order.worth_ticks = market.ticks.nearest(price)
        code: Refusal | None = None
        try:
            account.admit(market, order, order.left)
        except Refused as refused:
            code = refused.code
        account.reserve(market, order, order.left)
        if code is not None:
            self.lifecycle.cancel(market, order, code)
        return code is None


_MAY_REST = (GTC, POST_ONLY)
