"""The bus: a dictionary from the type of an event to those who handle it.

Dispatch is a plain call, in the order of subscription. What a handler emits waits until the event at hand is done, then
goes out first in, first out: every event runs to completion. A handler that raises is counted and told of, and the
others still get the event.

Where it counts, the first three calls are written out instead of made in a loop: the interpreter tunes each place of a
call to the function that is called there, and one place that calls them all in turn can be tuned to none.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from engine.clock import Timeline
from engine.events import BarOpened, Candle, Event

Handler = Callable[[Any], object]
# The first three handlers of a type, and the others; None where there are fewer.
Route = tuple[Handler, Handler | None, Handler | None, tuple[Handler, ...]]


class Quiet(Protocol):
    """A market whose bars open and end silently while they stay strictly inside these two prices."""

    quiet_low: float
    quiet_high: float
    last: float


class BarPlayer(Protocol):
    """Whoever plays the bars of a stream in which there is nothing else."""

    @property
    def market(self) -> Quiet:
        """Theirs."""
        ...

    def opening(self, candle: Candle, now_ns: int) -> BarOpened:
        """What is told when a bar opens in which something may happen."""
        ...

    def play(self, candle: Candle) -> None:
        """Its inside, and its end."""
        ...


class Known(Protocol):
    """A market as our own books have it."""

    last: float | None
    updated_ns: int | None


class Bounds(Protocol):
    """Two prices; what is held has to be looked at when a bar does not close strictly between them."""

    lowest: float
    highest: float


class BarWatch(Protocol):
    """Whoever watches what is held while bars are poured, before anybody decides, and seldom has anything to say."""

    @property
    def market(self) -> Known:
        """That of the bars."""
        ...

    @property
    def bounds(self) -> Bounds:
        """Those of now."""
        ...

    def on_candle(self, candle: Candle) -> None:
        """Its handler."""
        ...


def _nobody(_: Event) -> None:
    """What is called for an event that the venue does not look at."""


class Bus:
    """Synchronous publish and subscribe, run to completion."""

    __slots__ = (
        "_busy",
        "_met",
        "_on_failure",
        "_poured",
        "_queue",
        "_routes",
        "_table",
        "heard",
        "published",
    )

    def __init__(self, on_failure: Callable[[Handler, Event, Exception], None]) -> None:
        self._table: dict[type[Event], tuple[Handler, ...]] = {}
        self._routes: dict[type[Event], Route] = {}  # the same, laid out to be called
        self.heard: set[type[Event]] = set()  # a fact that nobody hears need not be made
        self._queue: deque[Event] = deque()
        self._busy = False
        # What the hot loop knows by heart: the type it pours, and those it met. Nothing once the table has changed.
        self._poured: type[Event] | None = None
        self._met: dict[type[Event], tuple[Handler | None, Route]] = {}
        self._on_failure = on_failure
        self.published = 0

    def subscribe(self, kind: type[Event], handler: Handler) -> None:
        """Call the handler for each event of exactly this type from now on."""
        self._set(kind, (*self._table.get(kind, ()), handler))

    def unsubscribe(self, handler: Handler) -> None:
        """Call the handler no more."""
        for kind, handlers in self._table.items():
            self._set(kind, tuple(each for each in handlers if each != handler))

    def _set(self, kind: type[Event], handlers: tuple[Handler, ...]) -> None:
        self._poured = None
        self._met.clear()
        self._table[kind] = handlers
        self._routes[kind] = _route(handlers) if handlers else _NOWHERE
        if handlers:
            self.heard.add(kind)
        else:
            self.heard.discard(kind)

    def publish(self, event: Event) -> None:
        """Hand an event to its handlers now, then everything they emitted; inside a handler, queue it."""
        try:
            first, second, third, others = self._routes[type(event)]
        except KeyError:  # raised once for each type that nobody handles: raising is slow
            first, second, third, others = self._routes[type(event)] = _NOWHERE
        if first is _nobody:
            self.published += 1
            return
        if self._busy:
            self._queue.append(event)
            return
        self._busy = True
        self.published += 1
        try:
            try:
                first(event)
            except Exception as error:  # noqa: BLE001 - whatever a handler raises is isolated here
                self._on_failure(first, event, error)
            if second is not None:
                try:
                    second(event)
                except Exception as error:  # noqa: BLE001 - as above
                    self._on_failure(second, event, error)
                if third is not None:
                    try:
                        third(event)
                    except Exception as error:  # noqa: BLE001 - as above
                        self._on_failure(third, event, error)
                    if others:
                        self._hand_on(others, event)
            if self._queue:
                self._drain()
        finally:
            self._busy = False  # also when the failure is passed on: a bus that stays busy would be deaf

    def _hand_on(self, handlers: tuple[Handler, ...], event: Event) -> None:
        for handler in handlers:
            try:
                handler(event)
            except Exception as error:  # noqa: BLE001 - as above
                self._on_failure(handler, event, error)

    def _drain(self) -> None:
        queue = self._queue
        table = self._table
        count = 0
        try:
            while queue:
                event = queue.popleft()
                count += 1
                for handler in table[type(event)]:  # what nobody hears is not queued
                    try:
                        handler(event)
                    except Exception as error:  # noqa: BLE001 - as above
                        self._on_failure(handler, event, error)
        finally:
            self.published += count

    def pour(  # noqa: C901 - written out, because everything passes through it
        self, stream: Iterable[Any], timeline: Timeline, observers: dict[type[Event], Handler]
    ) -> None:
        """Publish a stream of market events in time: timers first, then the venue, then everybody.

        This is `publish` written out for the hot loop: a tick costs one comparison with the next timer and the calls of
        its handlers. Handlers are looked up again only when the table has changed, by whomever.
        """
        queue = self._queue
        met = self._met
        met.clear()
        self._poured = None
        count = 0
        try:
            for event in stream:
                ts = event.ts
                if ts >= timeline.next_ns:
                    timeline.advance(ts)
                timeline.now_ns = ts
                if type(event) is not self._poured:
                    self._poured = kind = type(event)
                    route = met.get(kind)
                    if route is None:
                        route = met[kind] = observers.get(kind), self._routes.get(kind, _NOWHERE)
                    observe, (first, second, third, others) = route
                count += 1
                if observe is not None:
                    observe(event)
                    if self._poured is not kind:  # the venue's fills, too, can change the table
                        first, second, third, others = self._routes.get(type(event), _NOWHERE)
                self._busy = True
                try:
                    first(event)
                except Exception as error:  # noqa: BLE001 - whatever a handler raises is isolated here
                    self._on_failure(first, event, error)
                if second is not None:
                    try:
                        second(event)
                    except Exception as error:  # noqa: BLE001 - as above
                        self._on_failure(second, event, error)
                    if third is not None:
                        try:
                            third(event)
                        except Exception as error:  # noqa: BLE001 - as above
                            self._on_failure(third, event, error)
                        if others:
                            self._hand_on(others, event)
                if queue:
                    self._drain()
                self._busy = False
        finally:
            self._busy = False
            self.published += count

    def pour_bars(
        self,
        stream: Iterable[Any],
        timeline: Timeline,
        observers: dict[type[Event], Handler],
        bars: BarPlayer,
        watch: BarWatch,
    ) -> None:
        """The same for the ends of one market's bars where nothing else is told: most are played by one comparison.

        Those are the bars that stay inside the quiet band of their market, with no timer in them. And most are watched
        by another: those that close within the bounds of what is held.
        """
        market, known, bounds = bars.market, watch.market, watch.bounds
        queue = self._queue
        observe = observers.get(Candle)
        self._poured = None
        self._busy = True
        count = 0
        try:
            for bar in stream:
                ts, close = bar.ts, bar.close
                if market.quiet_low < bar.low and bar.high < market.quiet_high and ts < timeline.next_ns:
                    market.last = close
                else:
                    self._busy = False
                    self._play(bar, timeline, observers[BarOpened], bars)
                    self._busy = True
                timeline.now_ns = ts
                count += 1
                if observe is not None:
                    observe(bar)  # it only looks: what it published would wait
                if bounds.lowest < close < bounds.highest:
                    known.last, known.updated_ns = close, ts
                else:
                    self._hand_on((watch.on_candle,), bar)
                if self._poured is None:
                    self._poured = Candle
                    first, second, others = self._route_behind(watch.on_candle)
                try:
                    first(bar)
                except Exception as error:  # noqa: BLE001 - as above
                    self._on_failure(first, bar, error)
                if second is not None:
                    try:
                        second(bar)
                    except Exception as error:  # noqa: BLE001 - as above
                        self._on_failure(second, bar, error)
                    if others:
                        self._hand_on(others, bar)
                if queue:
                    self._drain()
        finally:
            self._busy = False
            self.published += count

    def _route_behind(self, watching: Handler) -> tuple[Handler, Handler | None, tuple[Handler, ...]]:
        watched, *handlers = self._table[Candle]
        assert watched == watching, "what is held is watched before anybody decides"
        first, second, third, others = _route(tuple(handlers)) if handlers else _NOWHERE
        return first, second, others if third is None else (third, *others)

    def _play(self, bar: Candle, timeline: Timeline, observe: Handler, bars: BarPlayer) -> None:
        """A bar of which not everything can be told at its end."""
        opened = bars.opening(bar, timeline.now_ns)
        timeline.advance(opened.ts)
        observe(opened)
        self.publish(opened)
        timeline.advance(bar.ts)
        bars.play(bar)


_NOWHERE: Route = (_nobody, None, None, ())


def _route(handlers: tuple[Handler, ...]) -> Route:
    second = handlers[1] if len(handlers) > 1 else None
    third = handlers[2] if len(handlers) > 2 else None
    return handlers[0], second, third, handlers[3:]
