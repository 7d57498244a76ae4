"""One symbol at the venue: its prices, its book, our orders and position, and the band of prices where all is quiet."""

from decimal import Decimal
from enum import Enum
from math import inf

from engine.events import Candle, Quote
from engine.instruments import Instrument
from engine.ledger import Position
from engine.money import ceil_to
from engine.simulation.book import Book
from engine.simulation.grid import Grid
from engine.simulation.margin import tiers_of
from engine.simulation.orders import NOWHERE, RESTING, WAITING, WATCHING, VenueOrder


class Fidelity(Enum):
    """What the market data lets us know, from the least to the most; it rises when better data arrives."""

    TRADES = 0  # only prices at which others traded
    BARS = 1
    QUOTES = 2  # the best bid and ask
    BOOK = 3  # every level, as it changes
    DEPTH = 4  # every level, when asked


TRADES, BARS, QUOTES, BOOK, DEPTH = Fidelity  # found faster here than on the class, for every bar and order


class Market:
    """Everything the venue knows of one symbol.

    The quiet band is what makes a tick cheap: while the price stays strictly inside (`quiet_low`, `quiet_high`)
    nothing of ours can fill, trigger, trail or be liquidated. The mark has a band of its own.
    """

    __slots__ = (
        "_fair",
        "_fair_exact",
        "bar_is_open",
        "bar_ns",
        "book",
        "busy",
        "cost",
        "fidelity",
        "funding_due_ns",
        "funding_rate",
        "has_book",
        "held",
        "instrument",
        "is_spot",
        "is_trading",
        "ladder",
        "last",
        "late_funding",
        "leverage",
        "lots",
        "mark",
        "mark_bar",
        "mark_high",
        "mark_low",
        "marked",
        "market_lots",
        "max_lots",
        "min_lots",
        "min_points",
        "open_lots",
        "open_points",
        "opened_ns",
        "orders",
        "position",
        "quiet_high",
        "quiet_low",
        "quote",
        "reducers",
        "risk_high",
        "risk_low",
        "shown",
        "steepest",
        "symbol",
        "taken",
        "taken_ns",
        "ticks",
        "tiers",
        "unit",
        "waiting",
        "watching",
    )

    def __init__(self, instrument: Instrument, position: Position, leverage: Decimal) -> None:
        self.symbol = instrument.symbol
        self.instrument = instrument
        self.is_spot = instrument.is_spot
        self.is_trading = True
        self.ticks = Grid(instrument.tick)
        self.lots = Grid(instrument.lot)
        self.unit = instrument.tick * instrument.lot  # the value of one lot at one tick
        self.min_lots = max(1, int(ceil_to(instrument.min_quantity, instrument.lot) / instrument.lot))
        self.max_lots = int(instrument.max_quantity / instrument.lot)
        self.market_lots = min(self.max_lots, int(instrument.max_market_quantity / instrument.lot))
        self.min_points = int(ceil_to(instrument.min_notional, self.unit) / self.unit)
        self.leverage = leverage
        self.tiers = tiers_of(instrument)
        # The same in float, for guards.
        self.ladder = tuple(
            (float(tier.max_notional), float(tier.maintenance_rate), float(tier.deduction)) for tier in self.tiers
        )
        self.steepest = max(rate for _, rate, _ in self.ladder)

        self.last = 0.0  # 0: no trade yet
        self.mark = 0.0
        self.marked = False  # whether marks are told at all; the last price stands in for them
        self.quote: Quote | None = None
        self.shown: Quote | None = None  # the quote that the book was made of
        self.fidelity = TRADES
        self.has_book = False  # whether there are levels to meet, or only prices
        self._fair = 0.0
        self._fair_exact = Decimal(0)

        self.book = Book()
        self.orders: dict[str, VenueOrder] = {}
        self.waiting: list[VenueOrder] = []
        self.watching: list[VenueOrder] = []
        self.reducers = 0  # how many of the orders are reduce-only
        self.open_lots = {1: 0, -1: 0}  # of active orders that may add to a position
        self.open_points = {1: 0, -1: 0}  # ticks times lots of the same
        self.taken: dict[int, int] = {}  # lots that we took from levels that are asked for, in this instant
        self.taken_ns = -1

        self.position = position
        self.held = 0  # signed lots
        self.cost = 0.0  # of the position, for guards
        self.risk_low = -inf  # at or beyond these prices somebody has to look at the margin
        self.risk_high = inf

        self.busy = False  # something of ours rests or waits: quotes and books have to be looked at
        self.quiet_low, self.quiet_high = -inf, inf
        self.mark_low = inf  # the first mark is never quiet: it changes what margin is judged by
        self.mark_high = -inf

        self.bar_is_open = False
        self.opened_ns = -1
        self.bar_ns = 0  # how long the bars are; 0 until one has closed
        self.mark_bar: Candle | None = None
        self.funding_rate = Decimal(0)
        self.funding_due_ns = -1
        self.late_funding: list[Decimal] = []

    def rise_to(self, fidelity: Fidelity) -> None:
        """Better data has arrived; it never goes back to less."""
        if fidelity.value > self.fidelity.value:
            self.fidelity = fidelity
            self.has_book = fidelity.value >= QUOTES.value

    def fair_about(self) -> float:
        """The price that margin, funding and unrealised profit use."""
        return self.mark if self.marked else self.last or self.mid()

    def fair(self) -> Decimal:
        """The same, exactly as it was told."""
        price = self.fair_about()
        if price != self._fair:
            self._fair = price
            self._fair_exact = Decimal(repr(price))
        return self._fair_exact

    def mid(self) -> float:
        """The middle of what is quoted; 0 when nothing is."""
        if self.quote is not None:
            return (self.quote.bid + self.quote.ask) / 2
        bid, ask = self.book.levels(1).best_ticks(), self.book.levels(-1).best_ticks()
        return (bid + ask) / 2 * self.ticks.size if bid and ask else 0.0

    def reference(self, by_mark: bool = False) -> float:
        """The price triggers and estimates look at; 0 when none is known."""
        if by_mark and self.marked:
            return self.mark
        return self.last or self.mark or self.mid()

    def value(self, points: int) -> Decimal:
        """The money that so many ticks times lots are."""
        return self.unit * points

    def closable(self, side: int) -> int:
        """How many lots an order of this side can take off the position."""
        return max(0, -self.held * side)

    def reband(self) -> None:
        """Find the prices between which nothing of ours can happen."""
        book = self.book
        if self.watching or self.waiting or book.own_bids.keys or book.own_asks.keys:
            self._reband_orders()
            return
        self.busy = False
        if self.marked:
            self.quiet_low, self.quiet_high = -inf, inf
            self.mark_low, self.mark_high = self.risk_low, self.risk_high
        else:
            self.quiet_low, self.quiet_high = self.risk_low, self.risk_high

    def _reband_orders(self) -> None:
        """The band that orders leave, with half a tick to spare."""
        low, high = -inf, inf
        mark_low, mark_high = -inf, inf
        size = self.ticks.size
        bid = self.book.own_bids.best_ticks()
        ask = self.book.own_asks.best_ticks()
        if bid:
            low = (bid + 0.5) * size
        if ask:
            high = (ask - 0.5) * size
        for order in self.watching:
            below, above = _wakes(order)
            if order.by_mark and self.marked:
                mark_low, mark_high = max(mark_low, below * size), min(mark_high, above * size)
            else:
                low, high = max(low, below * size), min(high, above * size)
        if self.marked:
            self.mark_low, self.mark_high = max(mark_low, self.risk_low), min(mark_high, self.risk_high)
        else:
            low, high = max(low, self.risk_low), min(high, self.risk_high)
        if self.waiting:
            low, high = inf, -inf
        self.quiet_low, self.quiet_high = low, high
        self.busy = bool(bid or ask or self.waiting)

    def expect(self, order: VenueOrder) -> None:
        """Let an order wait for the next price, whatever it is."""
        order.place = WAITING
        self.waiting.append(order)
        self.busy = True
        self.quiet_low, self.quiet_high = inf, -inf

    def leave(self, order: VenueOrder) -> None:
        """Take an order out of wherever it stands."""
        if order.place is RESTING:
            self.book.queue(order.side).remove(order)
        elif order.place is WAITING:
            self.waiting.remove(order)
        elif order.place is WATCHING:
            self.watching.remove(order)
        order.place = NOWHERE


def _wakes(order: VenueOrder) -> tuple[float, float]:
    """The prices, in ticks, at which a watching order has to be looked at: its trigger, and a better best price."""
    trigger = order.trigger_ticks
    if order.side < 0:
        return trigger + 0.5, order.best_ticks + 0.5 if order.trail_ticks else inf
    return order.best_ticks - 0.5 if order.trail_ticks else -inf, trigger - 0.5
