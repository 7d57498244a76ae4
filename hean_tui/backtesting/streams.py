"""The histories of a backtest as one stream of events, and the first price of each market."""

from collections.abc import Callable, Iterator
from itertools import chain

from engine.events import BarOpened, Candle, Event, Tick
from hean_tui.backtesting.data import BacktestData, MarketData
from hean_tui.errors import WrongConfiguration
from infrastructure.feeds import (
    alongside,
    bar_events,
    book_events,
    funding_events,
    in_order_of_time,
    lone_bar_events,
    mark_events,
    trade_events,
    watched,
    with_marks,
)

Note = Callable[[int, int], None]


class MarketStream:
    """The events of one market; its first price is looked up at once, because the instrument is made from it."""

    def __init__(self, market: MarketData, note: Note, *, is_lone: bool) -> None:
        self._market = market
        self._note = note
        self._is_lone = is_lone
        prices = self._prices()
        first = next(prices, None)
        if isinstance(first, Candle):
            self.first_price, self.first_ns = first.open, first.start
        elif isinstance(first, BarOpened | Tick):
            self.first_price, self.first_ns = first.price, first.ts
        else:
            raise WrongConfiguration(f"There is no row for {market.symbol} in the span of time that was asked for.")
        self._priced = chain((first,), prices)

    def events(self) -> Iterator[Event]:
        """All of the market in the order of time, for as long as there are prices."""
        market = self._market
        symbol = market.symbol
        main: Iterator[Event] = self._priced
        companions: list[Iterator[Event]] = []
        if market.marks is not None and market.bars is not None:
            main = with_marks(symbol, main, market.marks)
        elif market.marks is not None:
            companions.append(self._since_first(mark_events(symbol, market.marks)))
        if market.funding is not None:
            companions.append(self._since_first(funding_events(symbol, market.funding)))
        if market.book is not None:
            companions.append(book_events(symbol, watched(market.book, self._note)))
        return alongside(main, companions) if companions else main

    def _prices(self) -> Iterator[Event]:
        market = self._market
        if market.bars is not None:
            told = lone_bar_events if self._is_lone else bar_events
            return told(market.symbol, watched(market.bars, self._note))
        assert market.trades is not None, "a market without prices was refused"
        return trade_events(market.symbol, watched(market.trades, self._note))

    def _since_first(self, events: Iterator[Event]) -> Iterator[Event]:
        """Without what was before the first price: nothing was held then."""
        return (event for event in events if event.ts >= self.first_ns)


def has_lone_bars(data: BacktestData) -> bool:
    """Where bars of one market are all there is, only those openings need to be told that something waits for."""
    (market, *others) = data.markets.values()
    return not others and market.bars is not None and len(list(market.histories())) == 1


def open_streams(data: BacktestData, note: Note) -> dict[str, MarketStream]:
    """A stream for each market."""
    is_lone = has_lone_bars(data)
    return {symbol: MarketStream(market, note, is_lone=is_lone) for symbol, market in data.markets.items()}


def merged(streams: dict[str, MarketStream]) -> tuple[int, Iterator[Event]]:
    """All streams as one, and its first moment."""
    events = in_order_of_time([stream.events() for stream in streams.values()])
    first = next(events)
    return first.start if isinstance(first, Candle) else first.ts, chain((first,), events)
