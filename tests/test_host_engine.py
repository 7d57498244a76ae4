"""The engine's host: two doors, one thread, and what happens when something breaks."""

import time
from collections.abc import Iterator
from decimal import Decimal

import pytest

from engine import events
from engine.clock import SECOND_NS
from engine.errors import CommandRefused
from engine.facade import Ask, Verb
from engine.host.engine_host import EngineHost, HostSettings
from engine.host.lateness import Lateness
from engine.session import Session
from engine.snapshot import Snapshot
from hean_tui.bootstrap import PaperRun, build_paper_session
from hean_tui.times import START_NS
from risk.limits import Limits

BTC = "BTC/USDT:USDT"


def session(**changes: object) -> Session:
    """A small paper run."""
    given = {
        "seed": 7,
        "scenario": "",
        "symbols": (BTC,),
        "strategies": (),
        "parameters": {},
        "capital": Decimal(10_000),
        "limits": Limits(),
        **changes,
    }
    return build_paper_session(PaperRun(**given))  # type: ignore[arg-type]


@pytest.fixture
def host() -> Iterator[EngineHost]:
    """An engine in real time, ended afterwards."""
    running = EngineHost(session(), HostSettings())
    running.start()
    yield running
    running.end()
    assert running.join(5)


def test_a_command_is_answered_through_its_receipt(host: EngineHost) -> None:
    """A market order is answered once it is filled, and the picture shows it."""
    receipt = host.submit(Ask(verb=Verb.BUY, symbol=BTC, quantity=Decimal("0.01")))
    assert "is filled: 0.01" in receipt.answer(5)
    assert host.latest().positions[0].quantity == Decimal("0.01")


def test_a_refused_command_says_why(host: EngineHost) -> None:
    """The refusal reaches the sender as the engine's own sentence."""
    with pytest.raises(CommandRefused, match="there is no position in BTC/USDT:USDT to close"):
        host.submit(Ask(verb=Verb.CLOSE, symbol=BTC)).answer(5)


def test_the_clock_of_the_engine_follows_real_time(host: EngineHost) -> None:
    """A second there takes a second here: never less, and on a busy machine not for ever."""
    began = host.latest().engine.time
    assert began is not None
    began_real = time.monotonic()
    while (host.latest().engine.time or 0) < began + SECOND_NS:
        assert time.monotonic() - began_real < 15
        time.sleep(0.02)
    assert time.monotonic() - began_real > 0.7  # a snapshot is a quarter of a second old at most


def test_full_speed_ends_at_the_time_that_was_set() -> None:
    """The end is exact, whatever the pieces were."""
    fast = EngineHost(session(), HostSettings(speed=None, end_ns=START_NS + 3_601 * SECOND_NS))
    fast.start()
    assert fast.join(20)
    assert fast.latest().engine.time == START_NS + 3_601 * SECOND_NS
    assert fast.latest().state_hash is not None


def test_an_engine_that_ended_refuses_commands_and_keeps_its_last_picture() -> None:
    """Nobody waits for ever for an engine that is gone."""
    over = EngineHost(session(), HostSettings(speed=None, end_ns=START_NS + SECOND_NS))
    over.start()
    assert over.join(10)
    with pytest.raises(CommandRefused, match="not running"):
        over.submit(Ask(verb=Verb.PAUSE)).answer(1)
    assert over.latest().engine.time == START_NS + SECOND_NS


def test_a_failure_of_the_engine_itself_is_told_and_ends_it() -> None:
    """A broken part of the engine ends the run; the last picture says what happened."""
    broken = session()

    def explode(_: events.Tick) -> None:
        raise ZeroDivisionError("a planted failure")

    broken.kernel.bus.subscribe(events.Tick, explode)
    host = EngineHost(broken, HostSettings(speed=None))
    host.start()
    assert host.join(10)
    assert isinstance(host.failure, ZeroDivisionError)
    assert host.latest().engine.state == "stopped"
    assert host.latest().health["engine"].state == "down"
    assert "a planted failure" in host.latest().health["engine"].reason


def test_snapshots_are_handed_out_while_it_runs() -> None:
    """Whoever asked for snapshots gets the last one too, with the hash."""
    seen: list[Snapshot] = []
    host = EngineHost(session(), HostSettings(speed=None, end_ns=START_NS + 1_800 * SECOND_NS), seen.append)
    host.start()
    assert host.join(20)
    assert seen[-1] is host.latest()
    assert seen[-1].state_hash is not None


def test_lateness_says_what_share_was_how_late() -> None:
    """Ninety-nine delays of a millisecond and one of forty: the median is near one, the maximum is forty."""
    lateness = Lateness()
    for _ in range(99):
        lateness.add(1_000_000)
    lateness.add(40_000_000)
    assert 1.0 <= lateness.quantile_ms(0.5) <= 1.25
    assert 40.0 <= lateness.quantile_ms(1.0) <= 50.0
    assert lateness.worst_ns == 40_000_000
    assert lateness.noted == 100
