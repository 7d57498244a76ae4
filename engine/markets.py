"""The last known prices of every symbol, kept in float for watching and handed over in Decimal for judging."""

from collections import deque
from collections.abc import Iterable
from decimal import Decimal

from engine.errors import UnknownSymbol
from engine.events import BarOpened, FundingRate, MarkPrice, Quote, Tick
from engine.instruments import Instrument
from engine.money import ZERO

HOURS_KEPT = 720


class Market:
    """What is known of one symbol."""

    __slots__ = (
        "ask",
        "bid",
        "exact",
        "exact_of",
        "funding_rate",
        "hours",
        "hours_seen",
        "index",
        "instrument",
        "is_spot",
        "last",
        "mark",
        "marked_ns",
        "next_funding",
        "tick_size",
        "updated_ns",
    )

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.is_spot = instrument.is_spot
        self.tick_size = float(instrument.tick)
        self.last: float | None = None
        self.bid: float | None = None
        self.ask: float | None = None
        self.mark: float | None = None
        self.marked_ns: int | None = None
        self.index: float | None = None
        self.funding_rate: float | None = None
        self.next_funding: int | None = None
        self.updated_ns: int | None = None
        self.exact_of: float | None = None  # the fair price that `exact` was made of
        self.exact = ZERO
        self.hours_seen = 0
        self.hours: deque[float] = deque(maxlen=HOURS_KEPT)

    @property
    def fair(self) -> float | None:
        """The price positions are judged at: the mark where there is one, else the last trade, else the middle."""
        if self.mark is not None:
            return self.mark
        if self.last is None and self.bid is not None and self.ask is not None:
            return (self.bid + self.ask) / 2
        return self.last

    def on_grid(self, price: float) -> Decimal:
        """A price of market data as one that an order can have, the nearest."""
        return self.instrument.tick * round(price / self.tick_size)

    @property
    def change_24h(self) -> float | None:
        """How far the last price is from that of a day ago, or of the oldest hour that was seen."""
        if self.last is None or not self.hours:
            return None
        return self.last / self.hours[-min(24, len(self.hours))] - 1


class Markets(dict[str, Market]):
    """All symbols of a run, in the order in which they were given."""

    __slots__ = ("_plain",)

    def __init__(self, instruments: Iterable[Instrument]) -> None:
        super().__init__({instrument.symbol: Market(instrument) for instrument in instruments})
        self._plain = dict(self)  # the interpreter looks into a plain dictionary in half the time, and ticks are many

    def __missing__(self, symbol: str) -> Market:
        raise UnknownSymbol(f"{symbol!r} is not traded in this run; known are {', '.join(self)}")

    def mark(self, symbol: str) -> Decimal:
        """The fair price, exactly as the float prints; a symbol without any price has no mark."""
        market = self[symbol]
        fair = market.mark if market.mark is not None else market.last
        if fair is None:
            fair = market.fair
        if fair is None:
            raise UnknownSymbol(f"{symbol} has no price yet")
        if fair != market.exact_of:
            market.exact_of = fair
            market.exact = Decimal(repr(fair))
        return market.exact

    def on_tick(self, tick: Tick) -> None:
        """A trade is the last price."""
        market = self._plain[tick.symbol]
        market.last = tick.price
        market.updated_ns = tick.ts

    def on_bar_opened(self, opened: BarOpened) -> None:
        """A bar's open is the last price: what waited for it is filled now and has to be judged by it."""
        market = self[opened.symbol]
        market.last = opened.price
        market.updated_ns = opened.ts

    def on_quote(self, quote: Quote) -> None:
        """Best bid and ask."""
        market = self[quote.symbol]
        market.bid = quote.bid
        market.ask = quote.ask
        market.updated_ns = quote.ts

    def on_mark(self, mark: MarkPrice) -> None:
        """The fair price of a perpetual."""
        market = self[mark.symbol]
        market.mark = mark.mark
        market.marked_ns = mark.ts
        market.index = mark.index

    def on_funding_rate(self, rate: FundingRate) -> None:
        """The next settlement."""
        market = self[rate.symbol]
        market.funding_rate = rate.rate
        market.next_funding = rate.next_ts

    def sample(self) -> None:
        """An hour is over: remember its last prices."""
        for market in self.values():
            if market.last is not None:
                market.hours.append(market.last)
                market.hours_seen += 1
