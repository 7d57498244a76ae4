"""The built-in market as the engine meets it: a feed, the depth behind it, and two hooks for scripts."""

from collections import deque
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from itertools import chain
from math import isfinite, log1p
from operator import length_hint

from engine.errors import UnknownSymbol
from engine.events import Event, FundingRate
from engine.instruments import Instrument
from engine.simulation.world.backstage import Backstage, by_time
from engine.simulation.world.block import MarketEvent
from engine.simulation.world.book import Book, book_of
from engine.simulation.world.coins import COINS
from engine.simulation.world.fair import next_funding_ns
from engine.simulation.world.going_on import Continuation, leads, seed_from
from engine.simulation.world.listing import LISTING
from engine.simulation.world.orderflow import GAP_NS
from engine.simulation.world.paths import Paths
from engine.simulation.world.scenarios import SECOND_NS, Act, Scenario, StagedAct, scenario_named

LEAST_ACTIVITY, MOST_ACTIVITY = 0.01, 2_000.0
LEAST_MOVE, MOST_MOVE = -0.99, 10.0
MOVE_NS = 60 * SECOND_NS
LEAST_MOVE_NS = SECOND_NS
PIECE = 500  # events between two parts of the next block's making: all of it at once would take 10 to 20 ms
EXCITING = 0.01  # a move of this size is as exciting as any


class World:
    """A seeded market without an end. It is read once: all calls of `events()` share one place in it.

    `activity` multiplies how much is traded and quoted; prices go along the same path whatever it is. `outages` are
    the intervals [start, end) in which the exchange is down and nothing is heard. A scenario's times count from
    `curtain_ns`, the start itself unless a stretch of ordinary market is wanted before it. A market that `goes_on` is
    where another one was when its curtain rises, and takes another way from there.
    """

    def __init__(
        self,
        seed: int,
        start_ns: int,
        *,
        scenario: str = "normal",
        symbols: Sequence[str] | None = None,
        activity: float = 1.0,
        curtain_ns: int | None = None,
        goes_on: Continuation | None = None,
    ) -> None:
        if seed < 0 or start_ns < 0:
            raise ValueError(f"the built-in market needs a seed and a start from 0 on; they were {seed} and {start_ns}")
        if not LEAST_ACTIVITY <= activity <= MOST_ACTIVITY:
            raise ValueError(f"activity was {activity:g}; it can be from {LEAST_ACTIVITY:g} to {MOST_ACTIVITY:g}")
        self.seed = seed
        self.scenario: Scenario = scenario_named(scenario)
        self.instruments: tuple[Instrument, ...] = _listed(symbols)
        coins = {coin.name: coin for coin in COINS}
        self._books = {
            instrument.symbol: book_of(instrument, coins[instrument.base]) for instrument in self.instruments
        }
        curtain_ns = start_ns if curtain_ns is None else curtain_ns
        opened_ns = curtain_ns if goes_on is None else goes_on.opened_ns
        acts = [StagedAct(act, opened_ns + int(act.start_s * SECOND_NS)) for act in self.scenario.acts]
        self.outages: tuple[tuple[int, int], ...] = tuple(
            (staged.start_ns, int(staged.end_ns)) for staged in acts if staged.act.is_silent
        )
        books = tuple(self._books.values())
        if goes_on is None:
            self._backstage = Backstage(seed, start_ns, books, acts, activity)
        else:
            self._backstage = self._continued(goes_on, start_ns, curtain_ns, acts, activity)
        self._events: list[MarketEvent] = []
        self._cursor: Iterator[MarketEvent] = iter(self._events)
        self._ahead: deque[list[MarketEvent]] = deque()  # the rest of the block
        self._opened_ns = start_ns + GAP_NS  # by then every book has its first quote and trade
        self._stream: Iterator[Event] = chain.from_iterable(self._pieces())

    def _continued(
        self, goes_on: Continuation, start_ns: int, at_ns: int, acts: list[StagedAct], activity: float
    ) -> Backstage:
        """The market behind this one's curtain, led to where the one before it was."""
        if at_ns < start_ns:
            raise ValueError(f"a market cannot go on at {at_ns}, before its start at {start_ns}")
        for symbol in (*goes_on.levels, *goes_on.funding):
            self._book(symbol)
        books = tuple(self._books.values())
        coins = tuple({book.coin.name: book.coin for book in books}.values())
        moves = [
            StagedAct(_move(moved.fraction, moved.over_ns), moved.at_ns, self._book(moved.symbol).coin.name)
            for moved in goes_on.moves
        ]
        seed = seed_from(self.seed, at_ns)
        scout = Paths(seed, start_ns, coins, acts)
        led = leads(scout, books, [*acts, *moves], start_ns, at_ns, goes_on.levels)
        backstage = Backstage(seed, start_ns, books, acts, activity, led, (at_ns,))
        for staged in moves:
            backstage.stage(staged)
        for symbol, rate in goes_on.funding.items():
            backstage.force(symbol, rate)
        return backstage

    def events(self) -> Iterator[Event]:
        """Trades, quotes, marks and funding rates of all symbols in the order of time, for ever."""
        return self._stream

    def levels(self, symbol: str, side: int, now_ns: int) -> list[tuple[int, int]]:
        """(price in ticks, size in lots), best first: what stands on the bid (+1) or the ask (-1) side now.

        The best level is that of the last quote at or before this moment; before the first there is none.
        """
        self._book(symbol)
        return self._backstage.ladders[symbol].levels(side, now_ns)

    def move(self, symbol: str, fraction: float, over_ns: int = MOVE_NS, at_ns: int | None = None) -> None:
        """Shift a coin's prices (spot, perpetual and mark) by a fraction, evenly over a time; they stay shifted.

        It begins at `at_ns`, or after the last event that was read; what was read already is never changed.
        """
        book = self._book(symbol)
        if not (isfinite(fraction) and LEAST_MOVE <= fraction <= MOST_MOVE):
            raise ValueError(
                f"a move of {fraction:.4g} was asked for {symbol}; it can be from {LEAST_MOVE:g} to {MOST_MOVE:g}"
            )
        cut_ns = self._cut(at_ns)
        self._backstage.stage(StagedAct(_move(fraction, over_ns), cut_ns if at_ns is None else at_ns, book.coin.name))
        if self._events and cut_ns < self._backstage.end_ns:
            mine = {other.instrument.symbol for other in self._books.values() if other.coin is book.coin}
            kept = [
                event
                for event in self._pending()
                if event.ts <= cut_ns or event.symbol not in mine or isinstance(event, FundingRate)
            ]
            self._rewrite(kept + self._backstage.replayed(book.coin, cut_ns))

    def set_funding(self, symbol: str, rate: float, at_ns: int | None = None) -> None:
        """Announce this funding rate at once, and no other one from then on."""
        book = self._book(symbol)
        cap = float(book.instrument.funding_cap)
        if not book.is_perpetual:
            raise ValueError(f"{symbol} is a spot market and has no funding; {book.instrument.base}/USDT:USDT has")
        if not -cap <= rate <= cap:
            raise ValueError(f"a funding rate of {rate:.4%} was asked for {symbol}; its cap is {cap:.4%}")
        self._backstage.force(symbol, rate)
        if not self._events:
            return
        cut_ns = min(self._cut(at_ns), self._backstage.end_ns - 1)
        changed: list[MarketEvent] = [
            FundingRate(event.ts, symbol, rate, event.next_ts)
            if isinstance(event, FundingRate) and event.symbol == symbol and event.ts > cut_ns
            else event
            for event in self._pending()
        ]
        if not self._backstage.is_silent(cut_ns):
            changed.append(FundingRate(cut_ns, symbol, rate, next_funding_ns(book, cut_ns)))
        self._rewrite(changed)

    def _pieces(self) -> Iterator[Iterator[MarketEvent]]:
        """List iterators, so that reading an event is a step of a list; between two of them the next block is made."""
        while True:
            block = self._backstage.advance()
            self._ahead = deque(block[at : at + PIECE] for at in range(0, len(block) or 1, PIECE))
            del block
            while self._ahead:
                self._events = self._ahead.popleft()
                self._cursor = iter(self._events)
                yield self._cursor
                self._backstage.prepare()

    def _told(self) -> int:
        """How many events of the piece have been read: a list's iterator knows how many it has left."""
        return len(self._events) - length_hint(self._cursor)

    def _pending(self) -> list[MarketEvent]:
        return [*self._events[self._told() :], *chain.from_iterable(self._ahead)]

    def _rewrite(self, pending: list[MarketEvent]) -> None:
        """Put other events in the place of those not read yet; the reader's iterator goes on in the same list."""
        pending.sort(key=by_time)
        self._ahead.clear()
        self._events[self._told() :] = pending

    def _cut(self, at_ns: int | None) -> int:
        """The moment from which on the future may be changed: not before what was told."""
        told = self._told()
        last_ns = self._events[told - 1].ts if told else self._opened_ns
        return max(last_ns, self._opened_ns, at_ns or 0)

    def _book(self, symbol: str) -> Book:
        book = self._books.get(symbol)
        if book is None:
            raise UnknownSymbol(_unknown(symbol, list(self._books)))
        return book


def _move(fraction: float, over_ns: int) -> Act:
    """What a move does to a coin, besides moving it."""
    excitement = min(1.0, abs(log1p(fraction)) / EXCITING)
    return Act(
        0.0,
        max(over_ns, LEAST_MOVE_NS) / SECOND_NS,
        move=fraction,
        volatility=1 + excitement,
        pace=1 + 1.5 * excitement,
        spread=1 + 0.5 * excitement,
        depth=1 - 0.4 * excitement,
        settle_s=120.0,
    )


def _listed(symbols: Sequence[str] | None) -> tuple[Instrument, ...]:
    """The instruments of these symbols, in the order of the listing."""
    if symbols is None:
        return LISTING
    known = [instrument.symbol for instrument in LISTING]
    for symbol in symbols:
        if symbol not in known:
            raise UnknownSymbol(_unknown(symbol, known))
    if not symbols:
        raise ValueError("the built-in market was asked for no symbol at all; leave them out to have all eight")
    return tuple(instrument for instrument in LISTING if instrument.symbol in symbols)


def _unknown(symbol: str, known: list[str]) -> str:
    near = get_close_matches(symbol, known, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"{symbol!r} is not traded in the built-in market; {hint}known are {', '.join(known)}"
