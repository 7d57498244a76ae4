"""The last known prices of every symbol, kept in float for watching and handed over in Decimal for judging."""

from collections import deque
from collections.abc import Iterable
from decimal import Decimal

from engine.errors import UnknownSymbol
from engine.events import BarOpened, Candle, FundingRate, MarkPrice, Quote, Tick
from engine.instruments import Instrument
from engine.money import ZERO


class Market:
    """What is known of one symbol."""

    __slots__ = (
        "ask",
        "bid",
        "exact",
        "exact_of",
        "funding_rate",
        "hours",
        "index",
        "instrument",
        "last",
        "mark",
        "next_funding",
        "updated_ns",
    )

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.last: float | None = None
        self.bid: float | None = None
        self.ask: float | None = None
        self.mark: float | None = None
        self.index: float | None = None
        self.funding_rate: float | None = None
        self.next_funding: int | None = None
        self.updated_ns: int | None = None
        self.exact_of: float | None = None  # the fair price that `exact` was made of
        self.exact = ZERO
        self.hours: deque[float] = deque(maxlen=24)

    @property
    def fair(self) -> float | None:
        """The price positions are judged at: the mark where there is one, else the last trade, else the middle."""
        if self.mark is not None:
            return self.mark
        if self.last is None and self.bid is not None and self.ask is not None:
            return (self.bid + self.ask) / 2
        return self.last

    @property
    def change_24h(self) -> float | None:
        """How far the last price is from that of a day ago, or of the oldest hour that was seen."""
        if self.last is None or not self.hours:
            return None
        return self.last / self.hours[0] - 1


class Markets:
    """All symbols of a run."""

    __slots__ = ("_by_symbol",)

    def __init__(self, instruments: Iterable[Instrument]) -> None:
        self._by_symbol = {instrument.symbol: Market(instrument) for instrument in instruments}

    def __getitem__(self, symbol: str) -> Market:
        market = self._by_symbol.get(symbol)
        if market is None:
            raise UnknownSymbol(f"{symbol!r} is not traded in this run; known are {', '.join(self._by_symbol)}")
        return market

    def __contains__(self, symbol: str) -> bool:
        return symbol in self._by_symbol

    def all(self) -> Iterable[tuple[str, Market]]:
        """Symbols and their markets, in the order in which they were given."""
        return self._by_symbol.items()

    def mark(self, symbol: str) -> Decimal:
        """The fair price, exactly as the float prints; a symbol without any price has no mark."""
        market = self._by_symbol[symbol]
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
        market = self._by_symbol[tick.symbol]
        market.last = tick.price
        market.updated_ns = tick.ts

    def on_bar_opened(self, opened: BarOpened) -> None:
        """A bar's open is the last price: what waited for it is filled now and has to be judged by it."""
        market = self._by_symbol[opened.symbol]
        market.last = opened.price
        market.updated_ns = opened.ts

    def on_candle(self, candle: Candle) -> None:
        """The close of a bar of the feed is the last price; bars that we build ourselves say nothing new."""
        market = self._by_symbol[candle.symbol]
        market.last = candle.close
        market.updated_ns = candle.ts

    def on_quote(self, quote: Quote) -> None:
        """Best bid and ask."""
        market = self._by_symbol[quote.symbol]
        market.bid = quote.bid
        market.ask = quote.ask
        market.updated_ns = quote.ts

    def on_mark(self, mark: MarkPrice) -> None:
        """The fair price of a perpetual."""
        market = self._by_symbol[mark.symbol]
        market.mark = mark.mark
        market.index = mark.index

    def on_funding_rate(self, rate: FundingRate) -> None:
        """The next settlement."""
        market = self._by_symbol[rate.symbol]
        market.funding_rate = rate.rate
        market.next_funding = rate.next_ts

    def sample(self) -> None:
        """An hour is over: remember its last prices."""
        for market in self._by_symbol.values():
            if market.last is not None:
                market.hours.append(market.last)
