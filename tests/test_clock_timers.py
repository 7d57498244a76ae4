"""The timeline: time moves when it is told to, never backwards, and what is due fires at its own moment, in order."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import NEVER, Timeline, Timer
from engine.errors import BadSchedule

DEEDS = st.one_of(
    st.tuples(st.just("at"), st.integers(0, 20)),
    st.tuples(st.just("advance"), st.integers(0, 15)),
    st.tuples(st.just("cancel"), st.integers(0, 10)),
)


@given(st.lists(DEEDS, max_size=40))
def test_timers_fire_once_at_their_time_in_the_order_in_which_they_were_set(deeds: list[tuple[str, int]]) -> None:
    """Against a plain list: sorted by moment, then by when they were set; cancelled ones never."""
    timeline = Timeline(100)
    fired: list[tuple[int, int]] = []
    timers: list[Timer] = []
    waiting: list[tuple[int, int]] = []  # the model: (moment, number)
    expected: list[tuple[int, int]] = []
    now = 100
    for word, value in deeds:
        if word == "at":
            number = len(timers)
            timers.append(timeline.at(now + value, lambda number: fired.append((timeline.now_ns, number)), number))
            waiting.append((now + value, number))
        elif word == "cancel":
            if value < len(timers):
                timers[value].cancel()
                waiting = [entry for entry in waiting if entry[1] != value]
        else:
            now += value
            timeline.advance(now)
            expected += sorted(entry for entry in waiting if entry[0] <= now)
            waiting = [entry for entry in waiting if entry[0] > now]
        assert fired == expected
        assert timeline.now_ns == now
        assert timeline.next_ns <= min((moment for moment, _ in waiting), default=NEVER)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=15), st.integers(0, 60))
def test_a_timer_may_set_timers(chain: list[tuple[int, int]], until: int) -> None:
    """Timers that are set while others fire, for this very moment or later, take their place in the same order."""
    timeline = Timeline(0)
    fired: list[int] = []

    def fire(index: int) -> None:
        fired.append(timeline.now_ns)
        if index < len(chain):
            for delay in chain[index]:
                if len(fired) < 50:
                    timeline.after(delay, fire, index + 1)

    timeline.after(1, fire, 0)
    timeline.advance(until)
    assert fired == sorted(fired)
    assert all(moment <= until for moment in fired)
    assert timeline.now_ns == until


def test_the_past_cannot_be_scheduled() -> None:
    """A timer before now is refused with both moments; now itself is allowed and fires at the next advance."""
    timeline = Timeline(100)
    with pytest.raises(BadSchedule, match="99 was set at 100"):
        timeline.at(99, print)
    calls: list[int] = []
    timeline.at(100, calls.append, 1)
    assert calls == []
    timeline.advance(100)
    assert calls == [1]


def test_time_never_goes_back() -> None:
    """Advancing to a moment that has passed changes nothing."""
    timeline = Timeline(100)
    timeline.advance(90)
    assert timeline.now_ns == 100


@given(st.integers(0, 1_000), st.integers(1, 60), st.lists(st.integers(0, 200), max_size=10))
def test_every_means_each_multiple_of_the_period(start: int, period: int, steps: list[int]) -> None:
    """Aligned to UTC and not to the start, none left out however large the step, none twice."""
    timeline = Timeline(start)
    fired: list[int] = []
    timeline.every(period, lambda: fired.append(timeline.now_ns))
    for step in steps:
        timeline.advance(timeline.now_ns + step)
    assert fired == [moment for moment in range(start + 1, timeline.now_ns + 1) if moment % period == 0]


def test_a_repeated_call_that_fails_is_called_again() -> None:
    """One failure does not end what repeats: the next time was set before the call."""
    timeline = Timeline(0)
    calls: list[int] = []

    def once_broken() -> None:
        calls.append(timeline.now_ns)
        if len(calls) == 1:
            raise ValueError("no")

    timeline.every(10, once_broken)
    with pytest.raises(ValueError, match="no"):
        timeline.advance(15)
    timeline.advance(25)
    assert calls == [10, 20]


def test_the_next_moment_is_known_without_asking() -> None:
    """`next_ns` is that of the earliest timer, and `NEVER` when there is none; a driver compares every tick with it."""
    timeline = Timeline(0)
    seen: list[Any] = [timeline.next_ns]
    timeline.at(20, seen.append, "twenty")
    timeline.at(10, seen.append, "ten")
    seen.append(timeline.next_ns)
    timeline.advance(10)
    seen.append(timeline.next_ns)
    timeline.advance(20)
    seen.append(timeline.next_ns)
    assert seen == [NEVER, 10, "ten", 20, "twenty", NEVER]
