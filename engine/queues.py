"""Bounded queues between the engine and whoever listens beside it: one for each subscriber, with a named policy.

`refuse`               facts about money and control: nothing is ever dropped, who puts waits for room
`keep newest per key`  market data: a newer item takes the place of the older one of its key
`keep latest`          views: one place

`offer`, `put_from_thread`, `close` and `counts` may be called from any thread; `put`, `room`, `get` and `batch` in any
event loop. A lock guards a few instructions at a time, and whoever waits is woken through `call_soon_threadsafe` of the
loop it waits in, once, however much happened meanwhile.
"""

import asyncio
import threading
from abc import ABC, abstractmethod
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future as ThreadFuture
from contextlib import suppress
from enum import StrEnum
from functools import partial
from typing import Generic, TypeVar

import msgspec

from engine.errors import EngineError

T = TypeVar("T")
_Wake = Callable[[], None]


class Policy(StrEnum):
    """What a queue does when it is full."""

    REFUSE = "refuse"
    NEWEST_PER_KEY = "keep newest per key"
    LATEST = "keep latest"


class QueueClosed(EngineError):
    """A queue that takes nothing any more; for its reader, one that has nothing left either."""


class QueueCounts(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What went through a queue so far: `put` is `taken`, `dropped` and `length` together."""

    put: int
    taken: int
    dropped: int
    waited: int  # how often a producer found it full and had to wait
    length: int
    longest: int


class BoundedQueue(ABC, Generic[T]):
    """One subscriber's queue: any number of producers, one reader."""

    policy: Policy

    def __init__(self, name: str, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"the capacity of the queue {name} must be at least 1; it was {capacity}")
        self.name = name
        self.capacity = capacity
        self._lock = threading.Lock()
        self._reader: _Wake | None = None
        self._producers: list[_Wake] = []
        self._closed = False
        self._put = self._taken = self._dropped = self._waited = self._longest = 0

    # --- for producers

    def offer(self, item: T) -> bool:
        """Put without waiting; whether it is in. Only a queue that refuses ever says no."""
        with self._lock:
            if self._closed:
                raise QueueClosed(f"the queue {self.name} is closed")
            if not self._store(item):
                return False
            self._put += 1
            if len(self) > self._longest:
                self._longest = len(self)
            wake, self._reader = self._reader, None
        if wake is not None:
            wake()
        return True

    async def put(self, item: T) -> None:
        """Put, and wait for room where there is none. If this is cancelled, the item is not in."""
        while not self.offer(item):
            await self.room()

    def put_from_thread(self, item: T) -> None:
        """Put from a thread that may block until there is room; never from one that runs an event loop."""
        while not self.offer(item):
            room: ThreadFuture[None] = ThreadFuture()
            if self._must_wait(partial(room.set_result, None)):
                room.result()

    async def room(self) -> None:
        """Wait until it is not full, or closed; somebody else may be faster, so offer again."""
        loop = asyncio.get_running_loop()
        room = loop.create_future()
        wake = partial(_call_in, loop, room)
        if not self._must_wait(wake):
            return
        try:
            await room
        finally:
            with self._lock, suppress(ValueError):
                self._producers.remove(wake)

    def close(self) -> None:
        """Take nothing any more; what is in still reaches the reader."""
        with self._lock:
            self._closed = True
            waiting = [*self._producers, *([self._reader] if self._reader else [])]
            self._producers.clear()
            self._reader = None
        for wake in waiting:
            wake()

    # --- for the reader

    async def get(self) -> T:
        """The next item; raises `QueueClosed` once it is closed and empty."""
        return (await self.batch(1))[0]

    async def batch(self, most: int) -> list[T]:
        """All that is there, at least one item and at most so many; raises `QueueClosed` at the end."""
        while not (items := self._take(most)):
            await self._arrival()
        return items

    # --- for whoever watches

    @property
    def may_drop(self) -> bool:
        """Whether its policy allows it to lose an item."""
        return self.policy is not Policy.REFUSE

    def counts(self) -> QueueCounts:
        """What went through it so far."""
        with self._lock:
            return QueueCounts(
                put=self._put,
                taken=self._taken,
                dropped=self._dropped,
                waited=self._waited,
                length=len(self),
                longest=self._longest,
            )

    @abstractmethod
    def __len__(self) -> int: ...

    # --- what a policy decides, under the lock

    @abstractmethod
    def _store(self, item: T) -> bool:
        """Keep the item; False when there is no room for it."""

    @abstractmethod
    def _pop(self) -> T:
        """The item that is next."""

    # --- taking the lock

    def _take(self, most: int) -> list[T]:
        with self._lock:
            items = [self._pop() for _ in range(min(most, len(self)))]
            if not items:
                if self._closed:
                    raise QueueClosed(f"the queue {self.name} is closed")
                return items
            self._taken += len(items)
            producers = self._producers.copy()
            self._producers.clear()
        for wake in producers:
            wake()
        return items

    async def _arrival(self) -> None:
        loop = asyncio.get_running_loop()
        arrival = loop.create_future()
        wake = partial(_call_in, loop, arrival)
        with self._lock:
            if self._reader is not None:
                raise RuntimeError(f"the queue {self.name} has a reader already")
            if len(self) or self._closed:
                return
            self._reader = wake
        try:
            await arrival
        finally:
            with self._lock:
                if self._reader is wake:
                    self._reader = None

    def _must_wait(self, wake: _Wake) -> bool:
        """Enrol a producer, unless there is room, or nobody will ever make any."""
        with self._lock:
            if len(self) < self.capacity or self._closed:
                return False
            self._producers.append(wake)
            self._waited += 1
            return True


class RefusingQueue(BoundedQueue[T]):
    """First in, first out, and never a loss: for facts about money and for control."""

    policy = Policy.REFUSE

    def __init__(self, name: str, capacity: int) -> None:
        super().__init__(name, capacity)
        self._items: deque[T] = deque()

    def __len__(self) -> int:
        return len(self._items)

    def _store(self, item: T) -> bool:
        if len(self._items) >= self.capacity:
            return False
        self._items.append(item)
        return True

    def _pop(self) -> T:
        return self._items.popleft()


class NewestPerKeyQueue(BoundedQueue[T]):
    """A newer item takes the place in line of the older one of its key; of too many keys, the first in line goes."""

    policy = Policy.NEWEST_PER_KEY

    def __init__(self, name: str, capacity: int, key: Callable[[T], Hashable]) -> None:
        super().__init__(name, capacity)
        self._key = key
        self._items: OrderedDict[Hashable, T] = OrderedDict()

    def __len__(self) -> int:
        return len(self._items)

    def _store(self, item: T) -> bool:
        key = self._key(item)
        items = self._items
        if key in items:
            self._dropped += 1
        elif len(items) >= self.capacity:
            items.popitem(last=False)
            self._dropped += 1
        items[key] = item
        return True

    def _pop(self) -> T:
        return self._items.popitem(last=False)[1]


class LatestQueue(NewestPerKeyQueue[T]):
    """One place, and always the newest in it: for views."""

    policy = Policy.LATEST

    def __init__(self, name: str) -> None:
        super().__init__(name, 1, lambda _: None)


def _call_in(loop: asyncio.AbstractEventLoop, waiter: "asyncio.Future[None]") -> None:
    """Wake whoever awaits this in that loop, from any thread."""
    try:
        here = asyncio.get_running_loop()
    except RuntimeError:
        here = None
    if here is loop:
        _wake(waiter)
    else:
        with suppress(RuntimeError):  # that loop is closed: nobody waits there any more
            loop.call_soon_threadsafe(_wake, waiter)


def _wake(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)
