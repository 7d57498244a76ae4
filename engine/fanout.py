"""From the bus to the subscribers' queues, by class of event: money is never lost, market data is thinned out."""

from collections import deque
from collections.abc import Hashable, Iterable
from functools import partial
from typing import Any

from engine.bus import Bus, Handler
from engine.errors import EngineError
from engine.events import BarOpened, Candle, Event, FeaturesReady, FundingRate, MarkPrice, Quote, Tick
from engine.queues import BoundedQueue, QueueClosed, QueueCounts

# What a newer fact of the same kind and symbol replaces. A step of an order book is none of these: without the one
# before, it is wrong; whoever needs depth asks a `DepthSource`, or takes every step through a queue that refuses.
MARKET_DATA: tuple[type[Event], ...] = (Tick, Quote, BarOpened, Candle, MarkPrice, FundingRate, FeaturesReady)
HELD_MAX = 100_000


def market_key(event: Any) -> Hashable:
    """What has to be equal for a newer fact of the market to replace an older one."""
    kind = type(event)
    if kind is Candle or kind is FeaturesReady:
        return kind, event.symbol, event.interval_ns
    return kind, event.symbol


class LossyQueue(EngineError):
    """A queue that may drop was asked to carry what must not be lost."""


class Fanout:
    """Takes events from the bus, at once and without waiting, and hands them to queues.

    The bus cannot wait. So what a full queue refuses is held here, in order, and whoever drives the engine awaits
    `settle` before the next input: so the producer waits, and the facts of one input are all that is ever held.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._handlers: dict[BoundedQueue[Any], Handler] = {}
        self._held: deque[tuple[BoundedQueue[Any], Event]] = deque()
        self._behind: dict[BoundedQueue[Any], int] = {}  # how many events of each queue are held

    def subscribe(self, queue: BoundedQueue[Any], kinds: Iterable[type[Event]]) -> None:
        """Let a queue have all events of these kinds from now on."""
        kinds = tuple(kinds)
        if queue.may_drop:
            for kind in kinds:
                if kind not in MARKET_DATA:
                    raise LossyQueue(
                        f"the queue {queue.name} would {queue.policy.value}, and {kind.__name__} must not be lost; "
                        "give it a queue that refuses"
                    )
        handler = self._handlers.setdefault(queue, partial(self._thin if queue.may_drop else self._hand, queue))
        for kind in kinds:
            self._bus.subscribe(kind, handler)

    def unsubscribe(self, queue: BoundedQueue[Any]) -> None:
        """Let a queue have nothing any more, not even what is held for it."""
        handler = self._handlers.pop(queue, None)
        if handler is not None:
            self._bus.unsubscribe(handler)
        if self._behind.pop(queue, None):
            self._held = deque(entry for entry in self._held if entry[0] is not queue)

    @property
    def held(self) -> int:
        """How many facts wait for room."""
        return len(self._held)

    async def settle(self) -> None:
        """Wait until every queue has what it must have."""
        while self._held:
            queue, event = self._held[0]
            try:
                if not queue.offer(event):
                    await queue.room()
                    continue  # with whatever is first by now
            except QueueClosed:
                self.unsubscribe(queue)
                continue
            self._held.popleft()
            self._behind[queue] -= 1
            if not self._behind[queue]:
                del self._behind[queue]

    def counts(self) -> dict[str, QueueCounts]:
        """What went through each queue so far, by its name."""
        return {queue.name: queue.counts() for queue in self._handlers}

    @property
    def dropped(self) -> int:
        """How much market data gave way to newer, over all queues."""
        return sum(queue.counts().dropped for queue in self._handlers)

    def _thin(self, queue: BoundedQueue[Any], event: Event) -> None:
        try:
            queue.offer(event)
        except QueueClosed:
            self.unsubscribe(queue)

    def _hand(self, queue: BoundedQueue[Any], event: Event) -> None:
        try:
            if queue not in self._behind and queue.offer(event):
                return
        except QueueClosed:
            self.unsubscribe(queue)
            return
        if len(self._held) >= HELD_MAX:
            raise EngineError(f"{HELD_MAX} facts wait for room, the first in the queue {self._held[0][0].name}")
        self._held.append((queue, event))
        self._behind[queue] = self._behind.get(queue, 0) + 1
