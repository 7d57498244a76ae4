"""The bus: who is called, in which order, and that every event runs to completion before the next begins."""

from functools import partial
from typing import Any

import pytest

from engine.bus import Bus, Handler
from engine.events import ErrorOccurred, Event, Quote, Tick

TICK = Tick(1, "BTC/USDT", 100.0, 1.0)


class Failures:
    """Takes note of what handlers raised; passes on what it was told to pass on."""

    def __init__(self, passed_on: type[Exception] | None = None) -> None:
        self.seen: list[str] = []
        self._passed_on = passed_on

    def __call__(self, handler: Handler, event: Event, error: Exception) -> None:
        self.seen.append(f"{type(event).__name__}: {error}")
        if self._passed_on is not None and isinstance(error, self._passed_on):
            raise error


def _note(calls: list[Any], name: str, _: Event) -> None:
    calls.append(name)


def told(number: int) -> ErrorOccurred:
    return ErrorOccurred(number, "test", str(number))


def test_handlers_are_called_in_the_order_of_subscription() -> None:
    """Prices before books before those who decide: the order of work is the order of subscription."""
    bus = Bus(Failures())
    calls: list[Any] = []
    for name in ("prices", "books", "strategy"):
        bus.subscribe(Tick, partial(_note, calls, name))
    bus.publish(TICK)
    assert calls == ["prices", "books", "strategy"]


def test_only_exactly_this_kind_is_heard() -> None:
    """A handler of one kind hears no other kind, and no root of it."""
    bus = Bus(Failures())
    calls: list[Any] = []
    bus.subscribe(Event, calls.append)
    bus.subscribe(Quote, calls.append)
    bus.publish(TICK)
    assert calls == []
    assert bus.published == 1


def test_what_a_handler_emits_waits_until_the_event_is_done() -> None:
    """Everybody hears the tick before anybody hears what came of it, and that in the order in which it was emitted."""
    bus = Bus(Failures())
    calls: list[Any] = []

    def first(_: Tick) -> None:
        bus.publish(told(1))
        bus.publish(told(2))
        calls.append("first")

    bus.subscribe(Tick, first)
    bus.subscribe(Tick, lambda _: calls.append("second"))
    bus.subscribe(ErrorOccurred, lambda event: calls.append(event.sentence))
    bus.subscribe(ErrorOccurred, lambda event: bus.publish(told(event.ts + 10)) if event.ts < 3 else None)
    bus.publish(TICK)
    assert calls == ["first", "second", "1", "2", "11", "12"]
    assert bus.published == 5


def test_a_handler_that_raises_does_not_take_the_event_from_the_others() -> None:
    """The failure is told once; before and after it everybody is called."""
    failures = Failures()
    bus = Bus(failures)
    calls: list[str] = []

    def broken(_: Tick) -> None:
        bus.publish(told(1))
        raise ValueError("no")

    bus.subscribe(Tick, lambda _: calls.append("before"))
    bus.subscribe(Tick, broken)
    bus.subscribe(Tick, lambda _: calls.append("after"))
    bus.subscribe(ErrorOccurred, lambda event: calls.append(event.sentence))
    bus.publish(TICK)
    assert calls == ["before", "after", "1"]
    assert failures.seen == ["Tick: no"]


def test_a_failure_that_is_passed_on_leaves_no_deaf_bus() -> None:
    """After a failure of the engine's own parts the bus still works: a kill must be heard."""
    bus = Bus(Failures(passed_on=ValueError))
    calls: list[str] = []

    def broken(_: Tick) -> None:
        raise ValueError("no")

    bus.subscribe(Tick, broken)
    bus.subscribe(ErrorOccurred, lambda event: calls.append(event.sentence))
    with pytest.raises(ValueError, match="no"):
        bus.publish(TICK)
    bus.publish(told(1))
    assert calls == ["1"]


def test_who_leaves_hears_nothing_more() -> None:
    """An unsubscribed handler is not called again, whatever kinds it had; the others stay."""
    bus = Bus(Failures())
    calls: list[Any] = []
    gone, stays = (lambda event: calls.append(("gone", event.ts))), (lambda event: calls.append(("stays", event.ts)))
    for kind in (Tick, ErrorOccurred):
        bus.subscribe(kind, gone)
        bus.subscribe(kind, stays)
    bus.unsubscribe(gone)
    bus.publish(TICK)
    bus.publish(told(2))
    assert calls == [("stays", 1), ("stays", 2)]


def test_who_comes_while_an_event_is_handed_out_hears_the_next() -> None:
    """The table may change inside a handler; the event at hand is not affected, the emitted ones are."""
    bus = Bus(Failures())
    calls: list[Any] = []

    def late(event: Event) -> None:
        calls.append(f"late {event.ts}")

    def first(_: Tick) -> None:
        bus.subscribe(Tick, late)
        bus.subscribe(ErrorOccurred, late)
        bus.publish(told(2))

    bus.subscribe(Tick, first)
    bus.publish(TICK)
    assert calls == ["late 2"]
