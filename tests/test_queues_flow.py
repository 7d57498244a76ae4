"""An hour of order flow on twenty symbols through queues of tiny size: money arrives whole, prices are thinned out."""

import asyncio
import gc
import sys
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from engine import events
from engine.events import Event
from engine.fanout import MARKET_DATA, Fanout, LossyQueue, market_key
from engine.orders import Order
from engine.queues import BoundedQueue, LatestQueue, NewestPerKeyQueue, QueueClosed, RefusingQueue
from tests.rehearsal import ALL_KINDS, MINUTE, PERP, SECOND, Stage

SYMBOLS = tuple(f"C{number:02}/USDT:USDT" for number in range(20))
MONEY = tuple(kind for kind in ALL_KINDS if kind not in MARKET_DATA and kind is not Event)


class OrderFlow:
    """A seeded hour of prices, orders and everything a venue may answer, spoken to a kernel step by step."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self.stage = stage
        self.random = Random(seed)
        self.prices = dict.fromkeys(SYMBOLS, 1_000.0)
        self.resting: list[Order] = []

    def seconds(self, count: int) -> Iterator[None]:
        """One yield after each input, which is where the driver lets others work."""
        stage, random = self.stage, self.random
        for second in range(count):
            stage.timeline.advance(stage.timeline.now_ns + SECOND)
            for symbol in SYMBOLS:
                price = self.prices[symbol] = max(10.0, round(self.prices[symbol] + random.choice((-0.5, 0.0, 0.5)), 1))
                stage.say(events.Tick(stage.now, symbol, price, 1.0))
                yield
                stage.say(events.Quote(stage.now, symbol, price - 0.5, price + 0.5, 3.0, 4.0))
                yield
                if random.random() < 0.05:
                    self._trade(symbol, price)
                    yield
            if second % 60 == 0:
                self._fund(random.choice(SYMBOLS))
                yield

    def _trade(self, symbol: str, price: float) -> None:
        stage, random = self.stage, self.random
        order = stage.place(random.choice((1, -1)), f"0.{random.randint(2, 9)}", symbol)
        fate = random.random()
        if fate < 0.05:
            stage.say(events.OrderRejected(stage.now, order.id, symbol, "TooManyOrders", "there were too many"))
            return
        stage.accept(order.id, symbol)
        self._fill(order, order.quantity / 2, price)
        if fate < 0.1:
            stage.say(events.OrderUnknown(stage.now, order.id, symbol, "no answer came"))
        if fate < 0.2:
            stage.say(events.OrderCancelled(stage.now, order.id, symbol, "CancelledByRequest"))
        self._fill(order, order.quantity / 2, price)  # late, where the order was cancelled

    def _fill(self, order: Order, quantity: Decimal, price: float) -> None:
        fee = self.random.choice(("0.01", "0.0275", "-0.003"))
        self.stage.execute(order, str(quantity), str(price), fee=fee)

    def _fund(self, symbol: str) -> None:
        rate = Decimal(self.random.randint(-30, 30)) / 100_000
        mark = Decimal(repr(self.prices[symbol]))
        amount = -self.stage.account.held(symbol) * mark * rate
        self.stage.say(events.FundingPaid(self.stage.now, symbol, rate, mark, amount))


class Books:
    """What a subscriber knows of the money from facts alone: no more than additions."""

    def __init__(self, capital: Decimal) -> None:
        self.cash = capital  # what is in the purse: paid for, received, charged
        self.held: dict[str, Decimal] = dict.fromkeys(SYMBOLS, Decimal(0))
        self.seen: Counter[str] = Counter()

    def note(self, event: Event) -> None:
        self.seen[type(event).__name__] += 1
        if isinstance(event, events.Execution):
            self.held[event.symbol] += event.side * event.quantity
            self.cash -= event.side * event.quantity * event.price + event.fee
        elif isinstance(event, events.FundingPaid):
            self.cash += event.amount

    def equity(self, prices: dict[str, float]) -> Decimal:
        return self.cash + sum((held * Decimal(repr(prices[symbol])) for symbol, held in self.held.items()), Decimal(0))


async def read_slowly(queue: BoundedQueue[Any], note: Any, *, most: int, rest: int) -> None:
    """Take a few, then let the loop turn a few times."""
    try:
        while True:
            for item in await queue.batch(most):
                note(item)
            for _ in range(rest):
                await asyncio.sleep(0)
    except QueueClosed:
        return


async def test_an_hour_of_order_flow_through_tiny_queues(monkeypatch: pytest.MonkeyPatch) -> None:
    """The money reader's books equal the kernel's to the last digit, dropped prices are counted, memory stays flat."""
    monkeypatch.setattr("engine.order_desk._REMEMBERED_EXECUTIONS", 200)  # bounds that fill in minutes, not in hours
    monkeypatch.setattr("engine.order_desk._REMEMBERED_ORDERS", 200)
    stage = Stage(SYMBOLS, capital="1000000")
    fanout = Fanout(stage.kernel.bus)
    money: RefusingQueue[Event] = RefusingQueue("journal", 2)
    alarms: RefusingQueue[Event] = RefusingQueue("alerts", 1)
    prices: NewestPerKeyQueue[Event] = NewestPerKeyQueue("prices", 4, market_key)
    screen: LatestQueue[Decimal] = LatestQueue("screen")
    fanout.subscribe(money, MONEY)
    fanout.subscribe(alarms, (events.OrderRejected, events.OrderUnknown))
    fanout.subscribe(prices, MARKET_DATA)
    stage.kernel.bus.unsubscribe(stage.told.append)  # whoever keeps everything cannot be flat
    published: Counter[str] = Counter()
    for kind in ALL_KINDS:
        stage.kernel.bus.subscribe(kind, lambda event: published.update((type(event).__name__,)))

    books = Books(Decimal(1_000_000))
    heard: Counter[str] = Counter()
    market: Counter[str] = Counter()
    flow = OrderFlow(stage, seed=7)
    blocks: list[int] = []
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(read_slowly(money, books.note, most=1, rest=2))
        tasks.create_task(read_slowly(alarms, lambda event: heard.update((type(event).__name__,)), most=1, rest=5))
        tasks.create_task(read_slowly(prices, lambda event: market.update((type(event).__name__,)), most=3, rest=3))
        tasks.create_task(read_slowly(screen, lambda _: None, most=1, rest=1))
        for _minute in range(60):
            for _ in flow.seconds(60):
                await fanout.settle()
            screen.offer(stage.account.equity())
            stage.sent.clear()
            await asyncio.sleep(0)
            gc.collect()
            blocks.append(sys.getallocatedblocks())
        counts = fanout.counts()
        for queue in (money, alarms, prices, screen):
            queue.close()

    # Nothing about money was dropped, and the small queue made the producer wait for it.
    assert books.seen == Counter({name: count for name, count in published.items() if name in books.seen})
    assert {kind.__name__ for kind in MONEY} & set(published) == set(books.seen)
    assert books.seen["Execution"] > 5_000
    assert books.equity(flow.prices) == stage.account.equity()
    assert books.held == {symbol: stage.account.held(symbol) for symbol in SYMBOLS}
    assert heard == Counter({name: published[name] for name in ("OrderRejected", "OrderUnknown")})
    assert counts["journal"].dropped == counts["alerts"].dropped == 0
    assert counts["journal"].waited > 1_000

    # Market data was thinned, and every drop was counted.
    flowed = sum(published[kind.__name__] for kind in MARKET_DATA)
    assert flowed == sum(market.values()) + counts["prices"].dropped
    assert flowed == counts["prices"].put > 140_000
    assert fanout.dropped == counts["prices"].dropped > 100_000

    # Bounds held, and the last forty minutes took no more memory than the first twenty.
    assert [counts[name].longest for name in ("journal", "alerts", "prices")] == [2, 1, 4]
    assert max(blocks[20:]) - blocks[19] < 5_000


async def test_the_bus_never_waits_but_its_driver_does() -> None:
    """What a full queue refuses is held in order until the driver settles it; the handler comes back at once."""
    stage = Stage((PERP,))
    fanout = Fanout(stage.kernel.bus)
    queue: RefusingQueue[Event] = RefusingQueue("journal", 1)
    fanout.subscribe(queue, (events.Transferred,))
    for amount in (1, 2, 3):
        stage.say(events.Transferred(stage.now, Decimal(amount)))
    assert (len(queue), fanout.held) == (1, 2)
    async with asyncio.TaskGroup() as tasks:
        settled = tasks.create_task(fanout.settle())
        first = await queue.get()
        stage.say(events.Transferred(stage.now, Decimal(4)))  # while older ones are held, it has to stand behind them
        rest = [await queue.get() for _ in range(3)]
    assert settled.done()
    assert fanout.held == 0
    assert [event.amount for event in (first, *rest) if isinstance(event, events.Transferred)] == [1, 2, 3, 4]


@pytest.mark.parametrize("kind", MONEY)
def test_no_fact_but_prices_may_go_through_a_queue_that_drops(kind: type[Event]) -> None:
    """Every kind of fact that is not market data is refused by name when a lossy queue asks for it."""
    fanout = Fanout(Stage((PERP,)).kernel.bus)
    with pytest.raises(LossyQueue, match=f"the queue prices would keep newest per key, and {kind.__name__} must not"):
        fanout.subscribe(NewestPerKeyQueue("prices", 4, market_key), (events.Tick, kind))


async def test_a_subscriber_that_leaves_is_forgotten() -> None:
    """A closed queue gets nothing more and stops neither the bus nor the others."""
    stage = Stage((PERP,))
    fanout = Fanout(stage.kernel.bus)
    gone: RefusingQueue[Event] = RefusingQueue("gone", 1)
    stays: RefusingQueue[Event] = RefusingQueue("stays", 5)
    thin: NewestPerKeyQueue[Event] = NewestPerKeyQueue("thin", 5, market_key)
    fanout.subscribe(gone, (events.Transferred,))
    fanout.subscribe(stays, (events.Transferred,))
    fanout.subscribe(thin, (events.Tick,))
    stage.say(events.Transferred(stage.now, Decimal(1)))
    stage.say(events.Transferred(stage.now, Decimal(2)))
    gone.close()
    thin.close()
    stage.say(events.Transferred(stage.now, Decimal(3)))
    stage.tick(100.0)
    await fanout.settle()
    assert len(stays) == 3
    assert list(fanout.counts()) == ["stays"]


def test_different_bars_of_one_symbol_do_not_replace_each_other() -> None:
    """Newest per key means per kind, symbol and interval."""
    minute = events.Candle(MINUTE, PERP, 0, 1.0, 1.0, 1.0, 1.0, 1.0)
    hour = events.Candle(60 * MINUTE, PERP, 0, 1.0, 1.0, 1.0, 1.0, 1.0)
    later = events.Candle(2 * MINUTE, PERP, MINUTE, 1.0, 1.0, 1.0, 1.0, 1.0)
    tick = events.Tick(0, PERP, 1.0, 1.0)
    assert market_key(minute) == market_key(later)
    assert len({market_key(event) for event in (minute, hour, tick)}) == 3
