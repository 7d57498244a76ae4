"""What market data does to our orders, tick by tick: trades, quotes, books and marks."""

from engine.events import BookUpdate, Quote, Tick
from engine.simulation.book import UNSEEN
from engine.simulation.market import Market
from engine.simulation.matching import Matcher
from engine.simulation.orders import NOWHERE, RESTING, WAITING, WATCHING, VenueOrder
from engine.simulation.triggers import has_passed, trail_behind


class Tape:
    """Called only when a price has left the quiet band of a market, or when something of ours is in its book."""

    __slots__ = ("_matcher",)

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher

    def trade(self, market: Market, tick: Tick) -> None:
        """Others traded: resting orders first, then those that waited for a price, then stops, then the margin."""
        book = market.book
        if book.own_bids.keys or book.own_asks.keys:
            self.hit_resting(market, tick.price, tick.size, tick.side)
        if market.waiting:
            self.end_waiting(market, tick.price)
        if market.watching or not market.risk_low < tick.price < market.risk_high:
            self.price_moved(market, tick.price)
        market.reband()

    def price_moved(self, market: Market, price: float) -> None:
        """There is a new last price: stops and, where no marks are told, the margin look at it."""
        if market.watching:
            self.wake_passed(market, price, by_mark=False)
        if not market.marked and not market.risk_low < price < market.risk_high:
            self._matcher.liquidator.judge(market)

    def mark_moved(self, market: Market) -> None:
        """There is a new mark outside of its band."""
        if not market.marked:
            market.marked = True
            self._matcher.liquidator.guard_all()
        if market.watching:
            self.wake_passed(market, market.mark, by_mark=True)
        if not market.risk_low < market.mark < market.risk_high:
            self._matcher.liquidator.judge(market)
        market.reband()

    def end_waiting(self, market: Market, price: float, latest_ns: int | None = None) -> None:
        """The price that orders were waiting for is there."""
        for order in tuple(market.waiting):
            if order.place is WAITING and (latest_ns is None or order.arrived_ns <= latest_ns):
                market.waiting.remove(order)
                order.place = NOWHERE
                if market.has_book:
                    self._matcher.activate(market, order)
                else:
                    self._matcher.take_at(market, order, price)

    def wake_passed(self, market: Market, price: float, *, by_mark: bool) -> None:
        """Wake the stops that this price has passed, the nearest first; a liquidation that is nearer goes before."""
        passed = []
        for order in market.watching:
            if (order.by_mark and market.marked) is by_mark:
                if has_passed(market, order, price):
                    passed.append(order)
                else:
                    trail_behind(market, order, price)
        passed.sort(key=_nearness)
        for order in passed:
            if order.place is WATCHING:
                self.wake(market, order, market.last if by_mark else price)

    def wake(self, market: Market, order: VenueOrder, price: float) -> None:
        """Wake one stop, unless its position is liquidated before."""
        if order.reduce_only and market.held and not market.is_spot:
            liquidator = self._matcher.liquidator
            trigger = market.instrument.price(order.trigger_ticks)
            if liquidator.stands_before(market, trigger) and liquidator.judge(market):
                return
        self._matcher.wake(market, order, price)

    def hit_resting(self, market: Market, price: float, size: float, taker_side: int) -> None:
        """A trade went through our price, and filled us; or it was at our price, and fills what its size reaches."""
        low, high = market.ticks.floor(price), market.ticks.ceil(price)
        for side, reached in ((1, low), (-1, high)):
            queue = market.book.queue(side)
            best = queue.best_ticks()
            if not best or (best - reached) * side < 0:
                continue
            level: list[VenueOrder] = []
            for order in queue:
                if order.place is not RESTING:
                    continue
                beyond = (order.ticks - reached) * side
                if beyond > 0:
                    self._matcher.fill_resting(market, order, order.left, price)
                elif beyond == 0 and low == high and taker_side != side:
                    level.append(order)
                else:
                    break
            if level:
                self._hit_level(market, level, market.instrument.whole_lots(size), price)

    def _hit_level(self, market: Market, level: list[VenueOrder], lots: int, price: float) -> None:
        """Share a trade's size out along the queue at one price, others included."""
        others = 0
        for order in level:
            if order.place is not RESTING:
                continue
            step = min(lots, max(0, order.ahead - others))
            others += step
            lots -= step
            if not lots:
                break
            mine = min(lots, order.left)
            lots -= mine
            self._matcher.fill_resting(market, order, mine, price)
        for order in level:
            if order.ahead != UNSEEN:
                order.ahead = max(0, order.ahead - others)

    def quoted(self, market: Market, quote: Quote) -> None:
        """The best bid and ask changed. The levels behind them are only looked at where ours are as good."""
        if market.waiting:
            self.end_waiting(market, 0.0)
        liquidity = self._matcher.liquidity
        bid, ask = market.ticks.nearest(quote.bid), market.ticks.nearest(quote.ask)
        for side, same, opposite in ((1, bid, ask), (-1, ask, bid)):
            queue = market.book.queue(side)
            if queue.keys and (queue.best_ticks() - opposite) * side >= 0:
                liquidity.refresh(market, -side)
                self._sweep(market, side)
            if queue.keys and (queue.best_ticks() - same) * side >= 0:
                liquidity.refresh(market, side)
        self._look_at_middle(market)
        market.reband()

    def book_changed(self, market: Market, update: BookUpdate) -> None:
        """Levels of the kept book changed."""
        ticks = market.ticks
        lots = market.lots
        market.book.apply(
            [(ticks.nearest(price), lots.nearest(size)) for price, size in update.bids],
            [(ticks.nearest(price), lots.nearest(size)) for price, size in update.asks],
            update.snapshot,
        )
        if market.busy:
            if market.waiting:
                self.end_waiting(market, 0.0)
            self._sweep(market, 1)
            self._sweep(market, -1)
            market.reband()
        if not market.last:
            self._look_at_middle(market)

    def _look_at_middle(self, market: Market) -> None:
        """Where nobody ever trades, the middle of the book is the price that stops and margin look at."""
        middle = 0.0 if market.last else market.mid()
        if middle and not market.quiet_low < middle < market.quiet_high:
            self.price_moved(market, middle)
            market.reband()

    def _sweep(self, market: Market, side: int) -> None:
        """Others now offer at our price or better: whoever came last took, so we are filled at our own price."""
        queue = market.book.queue(side)
        others = market.book.levels(-side)
        while queue.keys and others.keys:
            order = queue.at[queue.keys[-1]][0]
            ticks = others.best_ticks()
            if (order.ticks - ticks) * side < 0:
                return
            lots = min(order.left, others.lots[others.keys[-1]])
            self._matcher.liquidity.take(market, side, ticks, lots)
            self._matcher.fill_resting(market, order, lots, 0.0)


def _nearness(order: VenueOrder) -> tuple[int, int]:
    """Sales from the highest trigger down, purchases from the lowest up."""
    return order.side, order.trigger_ticks * order.side
