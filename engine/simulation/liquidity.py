"""Where the liquidity of others comes from: a kept book, the latest quote, or a source that is asked when needed."""

from engine.clock import Timeline
from engine.ports import DepthSource
from engine.simulation.book import Book
from engine.simulation.market import DEPTH, QUOTES, Market


class Liquidity:
    """Brings a market's book up to date at the moment it is needed."""

    __slots__ = ("_depth", "_timeline")

    def __init__(self, timeline: Timeline, depth: DepthSource | None) -> None:
        self._timeline = timeline
        self._depth = depth

    def refresh(self, market: Market, side: int) -> Book:
        """The book with one side (+1 bids, -1 asks) as it stands now."""
        if market.fidelity is DEPTH:
            self._ask(market, side)
        elif market.fidelity is QUOTES and market.shown is not market.quote:
            self._show_quote(market)
        return market.book

    def take(self, market: Market, side: int, ticks: int, lots: int) -> None:
        """A taker of this side took lots; a source that is asked again in the same instant does not know that."""
        market.book.take(side, ticks, lots)
        if market.fidelity is DEPTH:
            self._forget_other_instants(market)
            key = -side * ticks
            market.taken[key] = market.taken.get(key, 0) + lots

    def _ask(self, market: Market, side: int) -> None:
        assert self._depth is not None, "a market of this fidelity has a source"
        self._forget_other_instants(market)
        taken = market.taken
        levels = self._depth.levels(market.symbol, side, self._timeline.now_ns)
        if taken:
            levels = [(ticks, lots - taken.get(ticks * side, 0)) for ticks, lots in levels]
        market.book.levels(side).load(levels)
        if market.book.queue(side).keys:
            market.book.move_forward(side)

    def _forget_other_instants(self, market: Market) -> None:
        if market.taken_ns != self._timeline.now_ns:
            market.taken_ns = self._timeline.now_ns
            market.taken.clear()

    def _show_quote(self, market: Market) -> None:
        quote = market.shown = market.quote
        assert quote is not None, "a market of this fidelity has a quote"
        ticks, lots = market.ticks, market.lots
        bid = (ticks.nearest(quote.bid), lots.nearest(quote.bid_size))
        ask = (ticks.nearest(quote.ask), lots.nearest(quote.ask_size))
        market.book.apply((bid,), (ask,), snapshot=True)
