"""Where the market is made, a block ahead of its reader: latent prices, and what the books do along them."""

from collections.abc import Mapping, Sequence
from itertools import repeat
from math import ceil, log2
from operator import attrgetter

from engine.events import FundingRate, MarkPrice, Quote, Tick
from engine.simulation.world.book import Book, Flow, Stretch
from engine.simulation.world.coins import Coin
from engine.simulation.world.fair import funding, marks
from engine.simulation.world.ladder import Ladder
from engine.simulation.world.orderflow import flow
from engine.simulation.world.paths import HOUR_S, CoinHour, Lead, Paths, refined
from engine.simulation.world.scenarios import SECOND_NS, StagedAct
from engine.simulation.world.streams import Concern, stream

MarketEvent = Tick | Quote | MarkPrice | FundingRate

# A block is made in a few milliseconds and still worth its fixed cost; all lengths divide the hour.
BLOCK_LENGTHS_S = (1_800, 1_200, 600, 300, 240, 120, 60, 30, 20, 10, 5, 2, 1)
MOST_HALVINGS = 9  # a second is divided by two so often without a remainder in nanoseconds

by_time = attrgetter("ts")


class Backstage:
    """The state behind the feed. `forced` holds funding rates that a script has set."""

    def __init__(
        self,
        seed: int,
        start_ns: int,
        books: Sequence[Book],
        acts: Sequence[StagedAct],
        activity: float,
        leads: Mapping[str, Lead] | None = None,
        also_ns: Sequence[int] = (),
    ) -> None:
        self.ladders = {book.instrument.symbol: Ladder(seed, book) for book in books}
        self.forced: dict[str, float] = {}
        self.start_ns = start_ns
        self.end_ns = start_ns
        self._seed = seed
        self._origin_ns = start_ns
        self._books = tuple(books)
        self._coins: tuple[Coin, ...] = tuple({book.coin.name: book.coin for book in books}.values())
        self._acts = list(acts)
        self._silences = [(staged.start_ns, int(staged.end_ns)) for staged in acts if staged.act.is_silent]
        self._reopenings = tuple(end_ns for _, end_ns in self._silences)
        self._settled = {coin.name: 0.0 for coin in self._coins}
        self._activity = activity
        self._length_ns = SECOND_NS * next((s for s in BLOCK_LENGTHS_S if s * activity <= BLOCK_LENGTHS_S[0]), 1)
        self._halvings = min(MOST_HALVINGS, max(0, ceil(log2(activity))))
        self._paths = Paths(seed, start_ns, self._coins, acts, leads)
        self._also_ns = tuple(also_ns)
        self._hours: Mapping[str, CoinHour] = {}
        self._hour_ns = start_ns
        self._stretches: dict[str, Stretch] = {}
        self._block = -1
        self._cuts = 0

    def advance(self) -> list[MarketEvent]:
        """All events of the next block, in the order of time."""
        for ladder in self.ladders.values():
            ladder.forget_before(self.start_ns)
        self.start_ns, self.end_ns = self.end_ns, self.end_ns + self._length_ns
        self._block += 1
        self._cuts = 0
        if (self.start_ns - self._origin_ns) % (HOUR_S * SECOND_NS) == 0:
            self._hour_ns = self.start_ns
            self._hours = {coin.name: hour for coin, hour in zip(self._coins, self._paths.advance(), strict=True)}
        self._settle()
        self._stretches = {coin.name: self._stretch(coin) for coin in self._coins}
        events = [event for book in self._books for event in self._played(book, self.start_ns)]
        events += [event for book in self._books if book.is_perpetual for event in self._announced(book)]
        events.sort(key=by_time)
        return events

    def is_silent(self, ts: int) -> bool:
        """Whether the exchange is down at a moment."""
        return any(start_ns <= ts < end_ns for start_ns, end_ns in self._silences)

    def stage(self, staged: StagedAct) -> None:
        """Add an act; it is played from the next block on, and in the present one where that is played again."""
        self._acts.append(staged)

    def replayed(self, coin: Coin, cut_ns: int) -> list[MarketEvent]:
        """A coin's trades, quotes and marks of this block after a moment, made once more with the acts of now."""
        self._cuts += 1
        self._stretches[coin.name] = self._stretch(coin)
        events: list[MarketEvent] = []
        for book in self._books:
            if book.coin is coin:
                self.ladders[book.instrument.symbol].cut_after(cut_ns)
                events += self._played(book, cut_ns)
                if book.is_perpetual:
                    events += [mark for mark in self._marks(book) if mark.ts > cut_ns]
        return events

    def _settle(self) -> None:
        """What is over becomes a distance: the list of acts stays as short as what is going on."""
        for staged in [staged for staged in self._acts if staged.over_ns < self.start_ns]:
            self._acts.remove(staged)
            for coin in self._coins:
                if staged.coin in (None, coin.name):
                    self._settled[coin.name] += staged.distance(coin.stress)

    def _stretch(self, coin: Coin) -> Stretch:
        hour = self._hours[coin.name]
        from_s, to_s = ((moment - self._hour_ns) // SECOND_NS for moment in (self.start_ns, self.end_ns))
        path = refined(hour, from_s, to_s, self._halvings, (self._seed, coin.number, self._block))
        return Stretch(
            start_ns=self.start_ns,
            end_ns=self.end_ns,
            hour_ns=self._hour_ns,
            hour=hour,
            path=path + self._settled[coin.name],
            step_ns=SECOND_NS >> self._halvings,
            acts=[staged for staged in self._acts if staged.coin in (None, coin.name)],
        )

    def _open_hours(self, from_ns: int) -> list[tuple[int, int]]:
        """The parts of the block from a moment on in which the exchange is up."""
        parts = []
        for start_ns, end_ns in self._silences:
            if start_ns < self.end_ns and end_ns > from_ns:
                if start_ns > from_ns:
                    parts.append((from_ns, start_ns))
                from_ns = end_ns
        if from_ns < self.end_ns:
            parts.append((from_ns, self.end_ns))
        return parts

    def _played(self, book: Book, from_ns: int) -> list[MarketEvent]:
        ladder = self.ladders[book.instrument.symbol]
        events: list[MarketEvent] = []
        for part, (start_ns, end_ns) in enumerate(self._open_hours(from_ns)):
            random = stream(self._seed, Concern.ORDER_FLOW, book.number, self._block, part, self._cuts)
            standing = ladder.standing()
            if standing is not None and standing.ts < start_ns and start_ns in self._reopenings:
                standing = None  # after a silence nobody trades at the quotes from before it
            flowed = flow(book, self._stretches[book.coin.name], start_ns, end_ns, standing, self._activity, random)
            ladder.extend(flowed)
            events += _told(book, flowed)
        return events

    def _announced(self, book: Book) -> list[MarketEvent]:
        stretch = self._stretches[book.coin.name]
        random = stream(self._seed, Concern.FUNDING, book.coin.number, self._block)
        rates = funding(book, stretch, self._origin_ns, self.forced.get(book.instrument.symbol), random)
        return [*self._marks(book), *(rate for rate in rates if not self.is_silent(rate.ts))]

    def _marks(self, book: Book) -> list[MarkPrice]:
        random = stream(self._seed, Concern.MARK, book.coin.number, self._block)
        told = marks(book, self._stretches[book.coin.name], self._origin_ns, random, self._also_ns)
        return [mark for mark in told if not self.is_silent(mark.ts)] if self._silences else told


def _told(book: Book, flowed: Flow) -> list[MarketEvent]:
    """The events of a flow; prices and sizes become floats here and nowhere else."""
    symbol = book.instrument.symbol
    ticks, lots = book.ticks_per_unit, book.lots_per_unit
    told: list[MarketEvent] = list(
        map(
            Tick,
            flowed.trade_ts.tolist(),
            repeat(symbol),
            (flowed.trade_price / ticks).tolist(),
            (flowed.trade_size / lots).tolist(),
            flowed.trade_side.tolist(),
        )
    )
    told += map(
        Quote,
        flowed.quote_ts.tolist(),
        repeat(symbol),
        (flowed.bid / ticks).tolist(),
        (flowed.ask / ticks).tolist(),
        (flowed.bid_size / lots).tolist(),
        (flowed.ask_size / lots).tolist(),
    )
    return told
