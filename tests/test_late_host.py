"""An engine that is built while somebody already looks: what is shown, refused, ended and told meanwhile."""

from collections.abc import Callable
from decimal import Decimal
from threading import Event

import pytest

from engine.errors import CommandRefused
from engine.facade import Ask, Verb
from engine.host.engine_host import EngineHost, HostSettings
from engine.snapshot import EngineView, Snapshot
from hean_tui.bootstrap import PaperRun, build_paper_session
from hean_tui.errors import WrongConfiguration
from hean_tui.late_host import LateHost
from risk.limits import Limits

STARTING = Snapshot(engine=EngineView(state="starting"))
PAUSE = Ask(verb=Verb.PAUSE, reason="lunch")


def engine() -> EngineHost:
    """A small paper run in real time."""
    run = PaperRun(
        seed=7,
        scenario="",
        symbols=("BTC/USDT:USDT",),
        strategies=(),
        parameters={},
        capital=Decimal(10_000),
        limits=Limits(),
    )
    return EngineHost(build_paper_session(run), HostSettings())


def failing(error: Exception) -> Callable[[], EngineHost]:
    def build() -> EngineHost:
        raise error

    return build


def test_until_there_is_an_engine_its_picture_says_that_it_starts() -> None:
    """Whoever looks sees the first picture, and whoever asks is told why nobody answers."""
    late = LateHost(engine, STARTING)
    assert late.latest() is STARTING
    assert not late.is_over
    with pytest.raises(CommandRefused, match="the engine is still starting"):
        late.submit(PAUSE).answer(1)


def test_once_it_is_there_both_doors_lead_to_it() -> None:
    """The one who waits is told; then pictures are the engine's own, and commands are answered."""
    late, there, over = LateHost(engine, STARTING), Event(), Event()
    late.when_there, late.when_over = there.set, over.set
    late.start()
    late.start()
    assert there.wait(10)
    assert late.latest().engine.state == "running"
    assert late.submit(PAUSE).answer(5)
    late.end()
    assert late.join(5)
    assert over.is_set()
    assert late.is_over
    assert late.failure is None


def test_an_engine_that_cannot_be_built_is_told_of() -> None:
    """The one who waits hears of the end, and finds the reason."""
    error = WrongConfiguration("No such weather.")
    late, over = LateHost(failing(error), STARTING), Event()
    late.when_over = over.set
    late.start()
    assert over.wait(5)
    assert late.join(5)
    assert late.is_over
    assert late.failure is error
    assert late.latest() is STARTING


def test_an_end_that_is_asked_for_too_early_comes_nevertheless() -> None:
    """Whoever leaves while the engine is being built leaves no engine behind."""
    may_build = Event()

    def build() -> EngineHost:
        assert may_build.wait(5)
        return engine()

    late = LateHost(build, STARTING)
    late.start()
    late.end()
    may_build.set()
    assert late.join(10)
    assert late.is_over
