"""Several streams of events as one, in the order of time and, at equal times, in the order of work.

At one instant what ended is told first: what the marks did, bars that closed, then the funding that whoever holds a
position at that instant pays or receives. Then the new begins: first prices of bars, trades, changes of a book.
"""

from collections.abc import Iterator
from heapq import heapify, heappop, heapreplace

from engine.events import BarOpened, BookUpdate, Candle, Event, FundingRate, MarkPrice, Quote, Tick
from infrastructure.feeds.marks import MarkBar

_ORDER_OF_WORK = {
    kind: rank
    for rank, kind in enumerate((MarkBar, MarkPrice, Candle, FundingRate, BarOpened, Tick, BookUpdate, Quote))
}
_NEVER = 2**63 - 1
_Key = tuple[int, int, int]  # the moment, the order of work, the number of the stream


def in_order_of_time(streams: list[Iterator[Event]]) -> Iterator[Event]:
    """Each stream must be in this order by itself; at a tie the stream that comes first in the list goes first."""
    if len(streams) == 1:
        return streams[0]
    return _merged(streams)


def alongside(main: Iterator[Event], companions: list[Iterator[Event]]) -> Iterator[Event]:
    """A stream with others in their places, for as long as it lasts itself: where prices end, nothing settles."""
    others = in_order_of_time(companions)
    waiting = next(others, None)
    due_ns = _NEVER if waiting is None else waiting.ts
    last_ns = 0
    for event in main:
        last_ns = event.ts
        if last_ns >= due_ns:
            while waiting is not None and _key(waiting, 0) <= _key(event, 0):
                yield waiting
                waiting = next(others, None)
            due_ns = _NEVER if waiting is None else waiting.ts
        yield event
    while waiting is not None and waiting.ts <= last_ns:
        yield waiting
        waiting = next(others, None)


def _merged(streams: list[Iterator[Event]]) -> Iterator[Event]:
    heap: list[tuple[_Key, Event, Iterator[Event]]] = []
    for number, stream in enumerate(streams):
        for event in stream:
            heap.append((_key(event, number), event, stream))
            break
    heapify(heap)  # keys are never equal, so events are never compared
    while len(heap) > 1:
        (_, _, number), event, stream = heap[0]
        yield event
        following = heap[1][0] if len(heap) == 2 or heap[1][0] < heap[2][0] else heap[2][0]
        for event in stream:  # one stream often goes on for long before another has its turn
            key = _key(event, number)
            if key > following:
                heapreplace(heap, (key, event, stream))
                break
            yield event
        else:
            heappop(heap)
    for _, event, stream in heap:
        yield event
        yield from stream


def _key(event: Event, number: int) -> _Key:
    return event.ts, _ORDER_OF_WORK[type(event)], number
