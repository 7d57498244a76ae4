"""The watchdog: stalls are seen where they are, close the gate and end the process; a stopped process is spared."""

import time
from decimal import Decimal

import pytest

from engine import events
from engine.clock import SECOND_NS
from engine.facade import Ask, Verb
from engine.host import system
from engine.host.clock_watch import NOTHING, ClockWatch, Readings
from engine.host.engine_host import EngineHost, HostSettings
from engine.host.heart import Heart
from engine.host.hooks import HostHooks
from engine.host.session_hooks import SessionHooks
from engine.host.stacks import stack_of
from engine.host.watchdog import Watchdog, WatchdogSettings
from engine.session import Session
from hean_tui.bootstrap import PaperRun, build_paper_session
from risk.limits import Limits

MS = 1_000_000
HASTY = WatchdogSettings(look_every_ns=5 * MS, stall_ns=100 * MS, close_ns=250 * MS, abort_ns=60_000 * MS)


class Notes(HostHooks):
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, float | str]] = []
        self.stacks: list[str] = []

    def close_now(self, reason: str) -> None:
        self.told.append(("close", reason))

    def on_stall(self, gap_ms: float, stack: str) -> None:
        self.told.append(("stall", gap_ms))
        self.stacks.append(stack)

    def on_gap(self, seconds: float, why: str) -> None:
        self.told.append(("gap", seconds))

    def on_abort(self, gap_ms: float, stack: str) -> None:
        self.told.append(("abort", gap_ms))
        self.stacks.append(stack)

    @property
    def words(self) -> list[str]:
        """What was told, in order."""
        return [word for word, _ in self.told]


def session() -> Session:
    """A small paper run."""
    run = PaperRun(
        seed=7,
        scenario="",
        symbols=("BTC/USDT:USDT",),
        strategies=(),
        parameters={},
        capital=Decimal(10_000),
        limits=Limits(),
    )
    return build_paper_session(run)


def dog(heart: Heart, notes: Notes) -> Watchdog:
    """A watchdog with the usual patience, looked through by hand; it lives on."""
    watchdog = Watchdog(heart, notes, WatchdogSettings())
    watchdog.abort = lambda: notes.told.append(("aborted", ""))  # type: ignore[assignment,return-value]
    return watchdog


def look_until(watchdog: Watchdog, from_ms: int, to_ms: int) -> None:
    """A look every fifty milliseconds."""
    for moment in range(from_ms, to_ms + 1, 50):
        watchdog.look(moment * MS)


def test_a_stall_is_noted_then_closes_the_gate_then_ends_the_process() -> None:
    """After a quarter of a second, two and ten, each once."""
    heart, notes = Heart(), Notes()
    watchdog = dog(heart, notes)
    heart.begin(system.this_thread(), 1_000 * MS)
    look_until(watchdog, 1_000, 1_250)
    assert notes.told == []
    look_until(watchdog, 1_300, 3_000)
    assert notes.told == []  # it is told by the loop itself, when it moves again
    assert "test_a_stall_is_noted" in watchdog.take_stack()
    look_until(watchdog, 3_050, 11_000)
    assert notes.words == ["close"]
    look_until(watchdog, 11_050, 20_000)
    assert notes.words == ["close", "abort", "aborted"]


def test_a_loop_that_rests_does_not_stall() -> None:
    """What it said it would sleep is no gap, and neither is the time after its end."""
    heart, notes = Heart(), Notes()
    watchdog = dog(heart, notes)
    heart.begin(1, 1_000 * MS)
    heart.rest(20_000 * MS)
    look_until(watchdog, 1_000, 20_200)
    heart.end()
    look_until(watchdog, 20_250, 40_000)
    assert notes.told == []


def test_a_process_that_stood_still_as_a_whole_is_not_aborted() -> None:
    """The watchdog did not run either: the loop gets a new chance, and is blamed only for what follows."""
    heart, notes = Heart(), Notes()
    watchdog = dog(heart, notes)
    heart.begin(1, 1_000 * MS)
    look_until(watchdog, 1_000, 1_200)
    look_until(watchdog, 301_200, 303_100)  # five minutes later
    assert notes.told == []
    look_until(watchdog, 303_150, 313_000)
    assert notes.words == ["close", "abort", "aborted"]


def test_the_gap_of_a_loop_is_its_work_and_its_lateness_and_not_its_rest() -> None:
    """Forty milliseconds of work, a rest of fifty that took sixty: the worst gap is forty."""
    heart = Heart()
    heart.begin(1, 0)
    assert heart.beat(40 * MS) == 40 * MS
    heart.rest(90 * MS)
    assert heart.gap_ns(80 * MS) == 0
    assert heart.beat(100 * MS) == 10 * MS
    assert (heart.beats, heart.worst_gap_ns) == (2, 40 * MS)
    heart.forget_worst()
    assert heart.worst_gap_ns == 0


def test_a_strategy_that_spins_is_found_where_it_spins() -> None:
    """The loop tells of it when it moves again: how long, and the function and line, without what it held."""
    held, notes = session(), Notes()
    held_there = "the value of a local variable"

    def spin(_: events.Tick) -> None:
        if not spun:
            spun.append(held_there)
            ends = time.monotonic() + 0.4
            while time.monotonic() < ends:
                pass

    spun: list[str] = []
    held.kernel.bus.subscribe(events.Tick, spin)
    host = EngineHost(held, HostSettings(watchdog=HASTY), hooks=notes)
    host.start()
    ends = time.monotonic() + 15
    while "gap" not in notes.words and time.monotonic() < ends:
        time.sleep(0.02)
    host.end()
    assert host.join(5)
    assert notes.words[:3] == ["close", "stall", "gap"]
    gap_ms = dict(notes.told)["stall"]
    assert isinstance(gap_ms, float)
    assert gap_ms > 350
    (stack, *_) = notes.stacks
    assert "tests/test_host_watchdog.py" in stack
    assert stack.splitlines()[-1].endswith("spin")
    assert held_there not in stack
    assert host.heart.worst_gap_ns > 350 * MS


def test_the_market_in_the_process_stands_still_with_it() -> None:
    """After a gap, engine time goes on where it was, instead of racing through what nobody could have acted on."""
    held = session()
    host = EngineHost(held, HostSettings(watchdog=HASTY), hooks=HostHooks())
    host.start()
    before = held.kernel.timeline.now_ns
    host.submit(Ask(verb=Verb.PAUSE)).answer(5)
    began = time.monotonic()
    host._call(lambda: time.sleep(1.0))
    time.sleep(1.5)
    passed = (held.kernel.timeline.now_ns - before) / SECOND_NS
    host.end()
    assert host.join(5)
    assert passed < time.monotonic() - began - 0.5


def test_a_fault_closes_the_gate_and_the_gate_opens_when_it_has_passed() -> None:
    """Closed within the call; open again after five quiet seconds, unless a person has closed it meanwhile."""
    held = session()
    hooks = SessionHooks(held)
    kernel = held.kernel
    hooks.close_now("the loop stands still")
    assert kernel.account.entries_closed == "the loop stands still"
    hooks.on_gap(3.0, "the machine slept")
    assert kernel.state == "reduce_only"
    held.run_until(kernel.timeline.now_ns + 6 * SECOND_NS)
    assert kernel.state == "running"
    hooks.on_gap(3.0, "the machine slept")
    kernel.close_gate("a person closed it")
    held.run_until(kernel.timeline.now_ns + 6 * SECOND_NS)
    assert kernel.account.entries_closed == "a person closed it"


def test_a_command_that_breaks_is_refused_and_the_next_one_is_served() -> None:
    """The task of the commands goes on, and the gate was closed within the moment."""
    held, notes = session(), Notes()
    host = EngineHost(held, HostSettings(), hooks=notes)
    handle = held.operator.handle

    def break_once(_: Ask) -> object:
        held.operator.handle = handle  # type: ignore[method-assign]
        raise ZeroDivisionError("planted")

    held.operator.handle = break_once  # type: ignore[method-assign,assignment]
    host.start()
    with pytest.raises(Exception, match="failed within the engine"):
        host.submit(Ask(verb=Verb.PAUSE)).answer(5)
    assert "paused" in host.submit(Ask(verb=Verb.PAUSE)).answer(5)
    assert ("close", "the task commands failed (ZeroDivisionError)") in notes.told
    host.end()
    assert host.join(5)


def test_a_machine_that_slept_and_a_clock_that_was_set_are_told_apart() -> None:
    """Drift of a few milliseconds is neither."""
    clocks = ClockWatch(Readings(100 * SECOND_NS, 100 * SECOND_NS, 5_000 * SECOND_NS))
    assert clocks.look(Readings(101 * SECOND_NS, 101 * SECOND_NS, 5_001 * SECOND_NS + 3 * MS)) is NOTHING
    assert clocks.look(Readings(102 * SECOND_NS, 402 * SECOND_NS, 5_302 * SECOND_NS)) == (300.0, 0.0)
    assert clocks.look(Readings(103 * SECOND_NS, 403 * SECOND_NS, 1_703 * SECOND_NS)) == (0.0, -3600.0)
    assert clocks.look(Readings(104 * SECOND_NS, 404 * SECOND_NS, 1_704 * SECOND_NS)) is NOTHING


def test_a_thread_that_is_gone_has_no_stack() -> None:
    """And this one has the test in it."""
    assert stack_of(0) == ""
    assert stack_of(system.this_thread()).splitlines()[-2].endswith("stack_of")
