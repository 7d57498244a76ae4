"""What a bar does to our orders: its open first, then its inside, where the worst order of things is assumed.

At the open: stops that the gap jumped over, at the open; resting limits, at their price; the margin; orders that
waited for a price. Inside, where only the extremes are known and not which came first:

    1  stops that were touched, at their trigger, unless the position is liquidated before
    2  limits that add to the position, at their price; then stops of what has just been entered
    3  the margin, at the worst price of the bar (of the mark's bar, where there is one)
    4  limits that reduce the position; a target therefore never beats a stop that was touched as well
    5  what was placed inside the bar: stops see the whole bar, limits only its close, which is certainly later
    6  trailing stops follow the best price of the bar, and the close may have fallen back through them
"""

from decimal import Decimal

from engine.events import Candle
from engine.money import ceil_to, floor_to
from engine.simulation.funding import Funding
from engine.simulation.market import BARS, Market
from engine.simulation.matching import Matcher
from engine.simulation.orders import RESTING, WATCHING, VenueOrder
from engine.simulation.tape import Tape
from engine.simulation.triggers import has_passed, trail_behind


class BarReplay:
    """Plays bars on markets that have nothing better."""

    __slots__ = ("_funding", "_matcher", "_tape")

    def __init__(self, matcher: Matcher, tape: Tape, funding: Funding) -> None:
        self._matcher = matcher
        self._tape = tape
        self._funding = funding

    def open(self, market: Market, start_ns: int, price: float) -> None:
        """A bar begins. What arrived until now takes part in it, what comes later does not."""
        came_from = market.last or price
        if market.fidelity is not BARS:
            market.rise_to(BARS)
        market.last = price
        market.opened_ns = start_ns
        market.bar_is_open = True
        if market.quiet_low < price < market.quiet_high:
            return
        tape = self._tape
        if market.watching:
            tape.wake_passed(market, price, by_mark=False)
        if market.book.own_bids.keys or market.book.own_asks.keys:
            self._fill_touched(market, price, price, (1, -1), came_from)
        tape.price_moved(market, price)
        if market.waiting:
            tape.end_waiting(market, price, start_ns)
        market.reband()

    def close(self, market: Market, candle: Candle) -> None:
        """A bar is over."""
        if market.opened_ns != candle.start or not market.bar_is_open:
            self.open(market, candle.start, candle.open)
        mark_bar = market.mark_bar
        is_quiet = market.quiet_low < candle.low and candle.high < market.quiet_high
        if mark_bar is not None:
            is_quiet = is_quiet and market.mark_low < mark_bar.low and mark_bar.high < market.mark_high
        if not is_quiet:
            self._play(market, candle)
        market.last = candle.close
        if mark_bar is not None:
            market.mark, market.mark_bar = mark_bar.close, None
        market.bar_is_open = False
        market.bar_ns = candle.ts - candle.start
        if market.late_funding:
            self._funding.settle_late(market)

    def mark_closed(self, market: Market, candle: Candle) -> None:
        """A bar of the mark price is over; it is kept for the bar of trades that ends with it."""
        if market.bar_is_open and market.opened_ns == candle.start:
            if not market.marked:
                market.marked = True
                market.mark = candle.open
            market.mark_bar = candle
            return
        for price in (candle.low, candle.high, candle.close):
            market.mark = price
            if not market.mark_low < price < market.mark_high:
                self._tape.mark_moved(market)

    def _play(self, market: Market, candle: Candle) -> None:
        self._wake_touched(market, candle)
        adding = (1, -1) if not market.held else (1,) if market.held > 0 else (-1,)
        self._fill_inside(market, candle, adding)
        self._fill_inside(market, candle, (1, -1))
        self._end_young(market, candle)
        self._trail(market, candle)
        market.last = candle.close
        if market.mark_bar is not None:
            market.mark = market.mark_bar.close
        self._matcher.liquidator.guard_all()
        market.reband()

    def _fill_inside(self, market: Market, candle: Candle, sides: tuple[int, ...]) -> None:
        self._fill_touched(market, candle.low, candle.high, sides, candle.open, candle)
        for order in list(market.watching):
            if order.young and order.place is WATCHING and self._touched(market, order, candle):
                self._wake_inside(market, order, candle)
        self._judge_worst(market, candle)

    def _fill_touched(
        self,
        market: Market,
        low: float,
        high: float,
        sides: tuple[int, ...],
        came_from: float,
        candle: Candle | None = None,
    ) -> None:
        """Fill resting limits that the price reached, the nearest to where it came from first, at their own price."""
        reached = {1: market.ticks.ceil(low), -1: market.ticks.floor(high)}
        start = market.ticks.nearest(came_from)
        touched = [
            order
            for side in sides
            for order in market.book.queue(side)
            if (order.ticks - reached[side]) * side >= 0
            and not order.young
            and (candle is None or order.arrived_ns <= candle.start)
        ]
        touched.sort(key=lambda order: abs(order.ticks - start))
        for order in touched:
            if order.place is RESTING:
                price = low if candle is None else order.ticks * market.ticks.size
                self._matcher.fill_resting(market, order, order.left, price)

    def _wake_touched(self, market: Market, candle: Candle) -> None:
        start = market.ticks.nearest(candle.open)
        touched = [
            order
            for order in market.watching
            if order.arrived_ns <= candle.start and not order.young and self._touched(market, order, candle)
        ]
        touched.sort(key=lambda order: abs(order.trigger_ticks - start))
        for order in touched:
            if order.place is WATCHING:
                self._wake_inside(market, order, candle)

    def _wake_inside(self, market: Market, order: VenueOrder, candle: Candle) -> None:
        """Wake a stop inside the bar: it trades at its trigger, as far as the bar went there."""
        trigger = market.instrument.price(order.trigger_ticks)
        if order.reduce_only and self._matcher.liquidator.stands_before(market, trigger):
            self._judge_worst(market, candle)
            if order.place is not WATCHING:
                return
        price = order.trigger_ticks * market.ticks.size
        self._matcher.wake(market, order, min(max(price, candle.low), candle.high))
        order.young = order.place is RESTING

    def _touched(self, market: Market, order: VenueOrder, candle: Candle) -> bool:
        low, high = self._extremes(market, order.by_mark and market.marked, candle)
        return has_passed(market, order, high if order.side > 0 else low)

    def _extremes(self, market: Market, of_mark: bool, candle: Candle) -> tuple[float, float]:
        if not of_mark:
            return candle.low, candle.high
        if market.mark_bar is None:
            return market.mark, market.mark
        return market.mark_bar.low, market.mark_bar.high

    def _judge_worst(self, market: Market, candle: Candle) -> None:
        """Liquidate where the worst price of the bar is beyond the liquidation price, as the price gets there."""
        if not market.held or market.is_spot:
            return
        liquidator = self._matcher.liquidator
        low, high = self._extremes(market, market.marked, candle)
        worst = low if market.held > 0 else high
        price = liquidator.price(market)
        if price is not None:
            tick = market.instrument.tick
            if market.held > 0 and worst <= price:
                liquidator.judge_at(market, max(floor_to(price, tick), tick))
            elif market.held < 0 and worst >= price:
                liquidator.judge_at(market, ceil_to(price, tick))
        elif not market.risk_low < worst < market.risk_high:
            liquidator.judge_at(market, Decimal(repr(worst)))

    def _end_young(self, market: Market, candle: Candle) -> None:
        for side in (1, -1):
            reached = market.ticks.ceil(candle.close) if side > 0 else market.ticks.floor(candle.close)
            for order in market.book.queue(side):
                if order.young and order.place is RESTING and (order.ticks - reached) * side >= 0:
                    self._matcher.fill_resting(market, order, order.left, order.ticks * market.ticks.size)
        for order in market.orders.values():
            order.young = False

    def _trail(self, market: Market, candle: Candle) -> None:
        for order in list(market.watching):
            if not order.trail_ticks or order.place is not WATCHING or order.arrived_ns > candle.start:
                continue
            of_mark = order.by_mark and market.marked
            low, high = self._extremes(market, of_mark, candle)
            trail_behind(market, order, high if order.side < 0 else low)
            bar = market.mark_bar if of_mark and market.mark_bar is not None else candle
            if has_passed(market, order, bar.close):
                self._wake_inside(market, order, candle)
