"""Pouring a stream is publishing it one by one: the hot loop takes no short cut that anybody could notice."""

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.bus import Bus, Handler
from engine.clock import Timeline
from engine.events import BarOpened, Candle, ErrorOccurred, Event, Quote, Tick

SYMBOL = "BTC/USDT"
KINDS = (Tick, Quote, BarOpened, Candle)
QUIET_LOW, QUIET_HIGH = 90.0, 110.0


class Input(NamedTuple):
    """One market event, and what those who see it do."""

    step_ns: int
    is_tick: bool
    at_the_venue: str
    at_the_first: str
    at_the_second: str
    at_the_watch: str = ""


DEEDS = ("", "", "emit", "raise", "timer", "leave", "come", "leave by news", "come by news")
inputs = st.lists(
    st.builds(
        Input,
        st.integers(0, 3),
        st.booleans(),
        st.sampled_from([deed for deed in DEEDS if deed != "raise"]),
        st.sampled_from(DEEDS),
        st.sampled_from(DEEDS),
        st.sampled_from(["", "emit", "raise", "timer"]),
    ),
    max_size=25,
)


class Scene:
    """A bus with handlers that do as the script says, and a record of all that happened."""

    def __init__(self, script: list[Input]) -> None:
        self.script = script
        self.record: list[tuple[Any, ...]] = []
        self.timeline = Timeline(1_000)
        self.bus = Bus(self._on_failure)
        self.failures = 0
        self.guest: Handler = partial(self._note, "guest")
        self.observers: dict[type[Event], Handler] = {Tick: self._venue, Quote: self._venue, BarOpened: self._venue}
        self.watch = Watch(self)
        self.bus.subscribe(Candle, self.watch.on_candle)
        for kind in KINDS:
            self.bus.subscribe(kind, partial(self._act, "first"))
            self.bus.subscribe(kind, self.guest)
            self.bus.subscribe(kind, partial(self._act, "second"))
        self.bus.subscribe(ErrorOccurred, self._on_news)

    def stream(self) -> Iterator[Event]:
        ts = 1_000
        for number, each in enumerate(self.script):
            ts += each.step_ns
            if each.is_tick:
                yield Tick(ts, SYMBOL, float(number), 1.0)
            else:
                yield Quote(ts, SYMBOL, float(number), number + 1.0, 1.0, 1.0)

    def bars(self) -> Iterator[Candle]:
        """Two nanoseconds each; every second one of the script's kinds leaves the band of the market."""
        ts = 1_000
        for number, each in enumerate(self.script):
            ts += each.step_ns
            low = QUIET_LOW + 1.0 if each.is_tick else QUIET_LOW
            yield Candle(ts + 2, SYMBOL, ts, float(number), low + 1.0, low, low + 0.5, float(number))
            ts += 2

    def finish(self) -> tuple[list[tuple[Any, ...]], int, int, int, tuple[object, ...]]:
        return self.record, self.bus.published, self.timeline.now_ns, self.failures, self.watch.known

    def look(self, candle: Candle) -> None:
        """The watch has something to look at."""
        self._note("watch", candle)
        deed = self.script[self._number(candle)].at_the_watch
        if deed == "raise":
            raise RuntimeError("the watch")
        self._do(deed)

    def _number(self, event: Any) -> int:
        if isinstance(event, Candle):
            return int(event.volume)
        return int(event.bid if isinstance(event, Quote) else event.price)

    def _venue(self, event: Event) -> None:
        self._note("venue", event)
        self._do(self.script[self._number(event)].at_the_venue)

    def _act(self, who: str, event: Event) -> None:
        self._note(who, event)
        script = self.script[self._number(event)]
        self._do(script.at_the_first if who == "first" else script.at_the_second)

    def _note(self, who: str, event: Event) -> None:
        self.record.append((who, event, self.timeline.now_ns))

    def _do(self, deed: str) -> None:
        if deed == "emit":
            self.bus.publish(ErrorOccurred(self.timeline.now_ns, "test", "news"))
        elif deed == "raise":
            raise ValueError("no")
        elif deed == "timer":
            self.timeline.after(2, self._on_timer)
        elif deed in ("leave", "come"):
            self._turn(deed)
        elif deed:
            self.bus.publish(ErrorOccurred(self.timeline.now_ns, "test", deed))

    def _turn(self, deed: str) -> None:
        self.bus.unsubscribe(self.guest)
        if deed.startswith("come"):
            for kind in KINDS:
                self.bus.subscribe(kind, self.guest)

    def _on_timer(self) -> None:
        self.record.append(("timer", None, self.timeline.now_ns))
        self._turn("leave" if self.timeline.now_ns % 2 else "come")
        self.bus.publish(ErrorOccurred(self.timeline.now_ns, "test", "timer"))

    def _on_news(self, news: ErrorOccurred) -> None:
        self._note("news", news)
        if "by news" in news.sentence:
            self._turn(news.sentence)

    def _on_failure(self, handler: Handler, event: Event, error: Exception) -> None:
        self.record.append(("failure", event, str(error)))
        if isinstance(error, RuntimeError):
            return  # whoever watches is no guest
        self.failures += 1
        self.bus.publish(ErrorOccurred(self.timeline.now_ns, "test", str(error)))
        if self.failures == 3:
            self.bus.unsubscribe(handler)


class Watch:
    """Has something to look at when a bar closes outside its bounds, which are others after each look."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.market = self.bounds = self
        self.last: float | None = None
        self.updated_ns: int | None = None
        self.lowest, self.highest = QUIET_LOW, QUIET_LOW + 1.0

    def on_candle(self, candle: Candle) -> None:
        self.last, self.updated_ns = candle.close, candle.ts
        if not self.lowest < candle.close < self.highest:
            self.highest = QUIET_LOW + (2.0 if self.highest == QUIET_LOW + 1.0 else 1.0)
            self._scene.look(candle)

    @property
    def known(self) -> tuple[object, ...]:
        return self.last, self.updated_ns, self.highest


class Player:
    """Plays the bars that leave the band, and keeps what their market last traded at."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.market = self
        self.quiet_low, self.quiet_high = QUIET_LOW, QUIET_HIGH
        self.last = 0.0
        self.is_open = False

    def opening(self, candle: Candle, now_ns: int) -> BarOpened:
        self.is_open = True
        return BarOpened(max(candle.start, now_ns), candle.symbol, candle.open)

    def play(self, candle: Candle) -> None:
        self._scene.record.append(("played", candle, self._scene.timeline.now_ns))
        self.last = candle.close

    def look(self, candle: Candle) -> None:
        """What hears of a bar before everybody else, and whether it was opened; nobody may answer it."""
        self._scene.record.append(("ended", candle, self._scene.timeline.now_ns, self.last, self.is_open))
        self.is_open = False


@given(inputs)
def test_pouring_bars_is_telling_of_each_what_may_matter(script: list[Input]) -> None:
    """Bars inside the band, with no timer in them, are told of at their end alone; the others also at their open.

    And whoever watches what is held hears of those alone that close outside its bounds.
    """
    poured, published = Scene(script), Scene(script)
    player = Player(poured)
    poured.bus.pour_bars(poured.bars(), poured.timeline, poured.observers | {Candle: player.look}, player, poured.watch)
    other, timeline = Player(published), published.timeline
    for bar in published.bars():
        if bar.low > QUIET_LOW and bar.ts < timeline.next_ns:
            other.last = bar.close
        else:
            opened = other.opening(bar, timeline.now_ns)
            timeline.advance(opened.ts)
            published.observers[BarOpened](opened)
            published.bus.publish(opened)
            timeline.advance(bar.ts)
            other.play(bar)
        timeline.advance(bar.ts)
        other.look(bar)
        published.bus.publish(bar)
    assert poured.finish() == published.finish()


@given(inputs)
def test_pouring_is_publishing_one_by_one(script: list[Input]) -> None:
    """Same calls, in the same order, at the same time, whoever comes, goes, raises, emits or sets timers meanwhile."""
    poured, published = Scene(script), Scene(script)
    poured.bus.pour(poured.stream(), poured.timeline, poured.observers)
    for event in published.stream():
        published.timeline.advance(event.ts)
        published.observers[type(event)](event)
        published.bus.publish(event)
    assert poured.finish() == published.finish()


def test_a_handler_that_the_venue_made_leave_hears_not_even_the_same_tick() -> None:
    """A strategy that its own fill stopped, while the venue looked at the tick, must not decide on that tick."""
    scene = Scene([Input(1, True, "leave", "", ""), Input(1, True, "", "", "")])
    scene.bus.pour(scene.stream(), scene.timeline, scene.observers)
    assert [who for who, *_ in scene.record] == ["venue", "first", "second"] * 2


@pytest.mark.parametrize("are_bars", [False, True])
def test_a_stream_that_breaks_off_leaves_the_bus_usable(are_bars: bool) -> None:
    """What was published before is counted, and the bus is not deaf afterwards."""
    scene = Scene([Input(1, True, "", "", "")] * 3)

    def broken() -> Iterator[Event]:
        yield from scene.bars() if are_bars else scene.stream()
        raise OSError("the file ended")

    pour = partial(scene.bus.pour_bars, bars=Player(scene), watch=scene.watch) if are_bars else scene.bus.pour
    with pytest.raises(OSError, match="the file ended"):
        pour(broken(), scene.timeline, scene.observers)
    scene.bus.publish(ErrorOccurred(0, "test", "still here"))
    assert scene.bus.published == 4
    assert scene.record[-1][0] == "news"
