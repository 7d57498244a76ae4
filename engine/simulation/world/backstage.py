"""Where the market is made, a block ahead of its reader: latent prices, and what the books do along them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from math import ceil, log2
from operator import attrgetter

from engine.events import MarkPrice, Quote, Tick
from engine.simulation.world.block import Block, MarketEvent
from engine.simulation.world.book import Book, Flow, Stretch
from engine.simulation.world.coins import Coin
from engine.simulation.world.fair import funding, marks
from engine.simulation.world.ladder import Ladder
from engine.simulation.world.orderflow import flow
from engine.simulation.world.paths import HOUR_S, CoinHour, Lead, Paths, refined
from engine.simulation.world.scenarios import SECOND_NS, StagedAct
from engine.simulation.world.streams import Concern, stream

# A block is made in a few milliseconds, part by part, and still worth its fixed cost; all lengths divide the hour.
BLOCK_LENGTHS_S = (1_800, 1_200, 600, 300, 240, 120, 60, 30, 20, 10, 5, 2, 1)
MOST_HALVINGS = 9  # a second is divided by two so often without a remainder in nanoseconds

by_time = attrgetter("ts")


class Backstage:
    """The state behind the feed: the block that is being read, and the one after it, in the making."""

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
        self._forced: dict[str, float] = {}
        self._seed = seed
        self._origin_ns = start_ns
        self._books = tuple(books)
        self._coins: tuple[Coin, ...] = tuple({book.coin.name: book.coin for book in books}.values())
        self._silences = [(staged.start_ns, int(staged.end_ns)) for staged in acts if staged.act.is_silent]
        self._reopenings = tuple(end_ns for _, end_ns in self._silences)
        self._activity = activity
        self._length_ns = SECOND_NS * next((s for s in BLOCK_LENGTHS_S if s * activity <= BLOCK_LENGTHS_S[0]), 1)
        self._halvings = min(MOST_HALVINGS, max(0, ceil(log2(activity))))
        self._paths = Paths(seed, start_ns, self._coins, acts, leads)
        self._also_ns = tuple(also_ns)
        self._hours: Mapping[str, CoinHour] = {}
        self._hour_ns = start_ns - 1  # of the newest hours
        settled = {coin.name: 0.0 for coin in self._coins}
        self._block = Block(-1, start_ns, start_ns, start_ns, {}, list(acts), settled)
        self._next: tuple[Block, Iterator[None]] | None = None

    @property
    def end_ns(self) -> int:
        """Where the block that is being read ends."""
        return self._block.end_ns

    def advance(self) -> list[MarketEvent]:
        """All events of the next block, in the order of time."""
        for ladder in self.ladders.values():
            ladder.forget_before(self._block.start_ns)
        block, making = self._next or self._begun()
        for _ in making:
            pass  # what was not prepared is made now
        self._block, self._next = block, None
        for symbol, flowed in block.flows:
            self.ladders[symbol].extend(flowed)
        events, block.flows, block.events = block.events, [], []
        return events

    def prepare(self) -> None:
        """Make a part of the next block, so that it is not made at one go while somebody waits for it."""
        self._next = self._next or self._begun()
        next(self._next[1], None)

    def is_silent(self, ts: int) -> bool:
        """Whether the exchange is down at a moment."""
        return any(start_ns <= ts < end_ns for start_ns, end_ns in self._silences)

    def stage(self, staged: StagedAct) -> None:
        """Add an act; it is played from the next block on, and in the present one where that is played again."""
        self._block.acts.append(staged)
        self._next = None

    def force(self, symbol: str, rate: float) -> None:
        """Announce this funding rate and no other one, from the next block on."""
        self._forced[symbol] = rate
        self._next = None

    def replayed(self, coin: Coin, cut_ns: int) -> list[MarketEvent]:
        """A coin's trades, quotes and marks of this block after a moment, made once more with the acts of now."""
        block = self._block
        block.cuts += 1
        block.stretches[coin.name] = self._stretch(block, coin)
        self._next = None
        events: list[MarketEvent] = []
        for book in self._books:
            if book.coin is coin:
                ladder = self.ladders[book.instrument.symbol]
                ladder.cut_after(cut_ns)
                for flowed in self._flows(block, book, cut_ns):
                    ladder.extend(flowed)
                    events += _told(book, flowed)
                if book.is_perpetual:
                    events += [mark for mark in self._marks(block, book) if mark.ts > cut_ns]
        return events

    def _begun(self) -> tuple[Block, Iterator[None]]:
        """The next block, of which nothing is made yet."""
        last = self._block
        if (last.end_ns - self._origin_ns) % (HOUR_S * SECOND_NS) == 0 and last.end_ns != self._hour_ns:
            self._hour_ns = last.end_ns
            self._hours = {coin.name: hour for coin, hour in zip(self._coins, self._paths.advance(), strict=True)}
        block = Block(
            last.number + 1,
            last.end_ns,
            last.end_ns + self._length_ns,
            self._hour_ns,
            self._hours,
            list(last.acts),
            dict(last.settled),
        )
        return block, self._making(block)

    def _making(self, block: Block) -> Iterator[None]:
        """Its parts, one after the other; the ladders show nothing of them yet."""
        self._settle(block)
        block.stretches = {coin.name: self._stretch(block, coin) for coin in self._coins}
        for book in self._books:
            yield
            for flowed in self._flows(block, book, block.start_ns):
                block.flows.append((book.instrument.symbol, flowed))
                block.events += _told(book, flowed)
        yield
        block.events += [event for book in self._books if book.is_perpetual for event in self._announced(block, book)]
        block.events.sort(key=by_time)

    def _settle(self, block: Block) -> None:
        """What is over becomes a distance: the list of acts stays as short as what is going on."""
        for staged in [staged for staged in block.acts if staged.over_ns < block.start_ns]:
            block.acts.remove(staged)
            for coin in self._coins:
                if staged.coin in (None, coin.name):
                    block.settled[coin.name] += staged.distance(coin.stress)

    def _stretch(self, block: Block, coin: Coin) -> Stretch:
        hour = block.hours[coin.name]
        from_s, to_s = ((moment - block.hour_ns) // SECOND_NS for moment in (block.start_ns, block.end_ns))
        path = refined(hour, from_s, to_s, self._halvings, (self._seed, coin.number, block.number))
        return Stretch(
            start_ns=block.start_ns,
            end_ns=block.end_ns,
            hour_ns=block.hour_ns,
            hour=hour,
            path=path + block.settled[coin.name],
            step_ns=SECOND_NS >> self._halvings,
            acts=[staged for staged in block.acts if staged.coin in (None, coin.name)],
        )

    def _open_hours(self, from_ns: int, to_ns: int) -> list[tuple[int, int]]:
        """The parts of a time in which the exchange is up."""
        parts = []
        for start_ns, end_ns in self._silences:
            if start_ns < to_ns and end_ns > from_ns:
                if start_ns > from_ns:
                    parts.append((from_ns, start_ns))
                from_ns = end_ns
        if from_ns < to_ns:
            parts.append((from_ns, to_ns))
        return parts

    def _flows(self, block: Block, book: Book, from_ns: int) -> list[Flow]:
        standing = self.ladders[book.instrument.symbol].standing()
        flows = []
        for part, (start_ns, end_ns) in enumerate(self._open_hours(from_ns, block.end_ns)):
            random = stream(self._seed, Concern.ORDER_FLOW, book.number, block.number, part, block.cuts)
            if standing is not None and standing.ts < start_ns and start_ns in self._reopenings:
                standing = None  # after a silence nobody trades at the quotes from before it
            flowed = flow(book, block.stretches[book.coin.name], start_ns, end_ns, standing, self._activity, random)
            flows.append(flowed)
            standing = flowed.left() or standing
        return flows

    def _announced(self, block: Block, book: Book) -> list[MarketEvent]:
        stretch = block.stretches[book.coin.name]
        random = stream(self._seed, Concern.FUNDING, book.coin.number, block.number)
        rates = funding(book, stretch, self._origin_ns, self._forced.get(book.instrument.symbol), random)
        return [*self._marks(block, book), *(rate for rate in rates if not self.is_silent(rate.ts))]

    def _marks(self, block: Block, book: Book) -> list[MarkPrice]:
        random = stream(self._seed, Concern.MARK, book.coin.number, block.number)
        told = marks(book, block.stretches[book.coin.name], self._origin_ns, random, self._also_ns)
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
