"""The health registry: what changes is told once, what was told elsewhere counts too, and ages are right."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.bus import Bus
from engine.clock import SECOND_NS, Timeline
from engine.events import Event, HealthChanged, MarkPrice, Tick
from engine.safety.health import COMPONENTS_MAX, STATES, Health, TooManyComponents
from engine.safety.market_watch import MarketWatch, component_of
from tests.rehearsal import PERP, SPOT, Stage

START = 1_000 * SECOND_NS


class Ward:
    """A registry with a bus and a clock, and what was told."""

    def __init__(self) -> None:
        self.timeline = Timeline(START)
        self.bus = Bus(self._fail)
        self.told: list[HealthChanged] = []
        self.health = Health(self.timeline, self.bus)
        self.bus.subscribe(HealthChanged, self.told.append)

    def _fail(self, handler: object, event: Event, error: Exception) -> None:
        raise error

    def after(self, seconds: float) -> None:
        self.timeline.advance(self.timeline.now_ns + int(seconds * SECOND_NS))


def test_what_is_watched_is_well_until_somebody_says_otherwise() -> None:
    """It is in the picture from the first moment, and its age is how long it has been so."""
    ward = Ward()
    ward.health.add("journal", "clock")
    ward.after(3)
    views = ward.health.views()
    assert [(name, view.state, view.reason, view.age_s) for name, view in views.items()] == [
        ("journal", "healthy", "", 3.0),
        ("clock", "healthy", "", 3.0),
    ]
    assert ward.told == []


def test_a_change_is_told_once_with_its_reason() -> None:
    """The same again is no news, but the picture has the newest reason; well again has no reason."""
    ward = Ward()
    ward.health.report("disk", "degraded", "1.9 GB are free")
    ward.after(10)
    ward.health.report("disk", "degraded", "1.8 GB are free")
    view = ward.health.views()["disk"]
    assert (view.state, view.reason, view.age_s) == ("degraded", "1.8 GB are free", 10.0)
    ward.health.report("disk", "healthy", "76 GB are free")
    assert [(each.state, each.reason) for each in ward.told] == [
        ("degraded", "1.9 GB are free"),
        ("healthy", "76 GB are free"),
    ]
    assert ward.health.views()["disk"].reason == ""


def test_a_stage_within_a_state_is_told_and_does_not_make_it_younger() -> None:
    """Less and less room is worse each time, although it has been degraded all along."""
    ward = Ward()
    for stage in ("warning", "warning", "critical"):
        ward.health.report("disk", "degraded", stage, stage=stage)
        ward.after(1)
    assert [each.reason for each in ward.told] == ["warning", "critical"]
    assert ward.health.views()["disk"].age_s == 3.0


def test_what_others_publish_is_in_the_picture() -> None:
    """Whoever knows the bus need not know the registry."""
    ward = Ward()
    ward.bus.publish(HealthChanged(START, "private stream", "down", "the socket closed"))
    ward.after(2)
    view = ward.health.views()["private stream"]
    assert (view.state, view.reason, view.age_s) == ("down", "the socket closed", 2.0)
    assert ward.health.worst() == "down"
    assert ward.health.state_of("private stream") == "down"


def test_two_changes_at_one_moment_end_with_the_second() -> None:
    """Inside a handler events wait their turn; the registry does not fall back to an older one meanwhile."""
    ward = Ward()

    def work(_: Event) -> None:
        ward.health.report("venue", "down", "gone")
        ward.health.report("venue", "healthy", "back")

    ward.bus.subscribe(Tick, work)
    ward.bus.subscribe(HealthChanged, lambda _: states.append(ward.health.state_of("venue")))
    states: list[str] = []
    ward.bus.publish(Tick(START, PERP, 1.0, 1.0))
    assert states == ["healthy", "healthy"]
    assert [each.state for each in ward.told] == ["down", "healthy"]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(STATES), st.integers(0, 5)), max_size=60))
def test_the_events_tell_exactly_how_the_picture_changed(reports: list[tuple[str, str, int]]) -> None:
    """Folding the events gives the states of the picture, and no event repeats the one before it."""
    ward = Ward()
    for name, state, seconds in reports:
        ward.health.report(name, state, "because")
        ward.after(seconds)
    folded: dict[str, str] = {}
    for change in ward.told:
        assert folded.get(change.component, "healthy") != change.state
        folded[change.component] = change.state
    for name, view in ward.health.views().items():
        assert view.state == folded.get(name, "healthy")
        assert 0 <= view.age_s <= (ward.timeline.now_ns - START) / SECOND_NS


def test_the_registry_has_a_bound_and_knows_its_words() -> None:
    """A component too many, or a state that does not exist, is a mistake of the program."""
    ward = Ward()
    ward.health.add(*map(str, range(COMPONENTS_MAX)))
    with pytest.raises(TooManyComponents):
        ward.health.add("one more")
    with pytest.raises(ValueError, match="0 was ill"):
        ward.health.report("0", "ill")
    ward.health.report("0", "down", "x" * 10_000)
    assert len(ward.health.views()["0"].reason) == 300


def test_other_threads_report_through_the_engines_inbox() -> None:
    """Nothing happens on their own thread; the engine does it in its turn."""
    ward = Ward()
    inbox: list[Callable[[], object]] = []
    report = ward.health.from_outside(inbox.append)
    report("screen", "down", "the terminal is gone")
    assert ward.health.state_of("screen") == "healthy"
    for work in inbox:
        work()
    assert ward.health.state_of("screen") == "down"


# --- prices that still come


def watched(stage: Stage, told: list[tuple[str, float, bool]]) -> None:
    kernel = stage.kernel
    MarketWatch(
        kernel.timeline,
        kernel.bus,
        kernel.markets,
        kernel.account.ledger,
        kernel.health,
        lambda symbol, ns, held: told.append((symbol, ns / SECOND_NS, held)),
        {PERP: 5 * SECOND_NS, SPOT: 300 * SECOND_NS}.__getitem__,
    )


def test_a_symbol_that_falls_silent_is_told_of_and_aged_from_its_last_price() -> None:
    """Each symbol by its own measure; a mark is a sign of life as good as a trade."""
    stage = Stage()
    stage.kernel.start()
    told: list[tuple[str, float, bool]] = []
    stage.tick(100.0, SPOT)
    stage.tick(100.0, PERP)
    watched(stage, told)
    began = stage.now
    stage.timeline.advance(began + 4 * SECOND_NS)
    stage.kernel.bus.publish(MarkPrice(stage.now, PERP, 100.0, 100.0))
    stage.timeline.advance(began + 9 * SECOND_NS)
    assert told == []
    stage.timeline.advance(began + 20 * SECOND_NS)
    health = stage.kernel.health.views()
    assert health[component_of(SPOT)].state == "healthy"
    assert health[component_of(PERP)].state == "degraded"
    assert health[component_of(PERP)].age_s == 16.0
    assert health[component_of(PERP)].reason.startswith("silent for 1")
    assert {(symbol, held) for symbol, _, held in told} == {(PERP, False)}
    stage.tick(101.0, PERP, after_ns=0)
    stage.timeline.advance(stage.now + 2 * SECOND_NS)
    assert told[-1] == (PERP, 0.0, False)
    assert stage.kernel.health.state_of(component_of(PERP)) == "healthy"
    assert [each.state for each in stage.heard(HealthChanged) if isinstance(each, HealthChanged)] == [
        "degraded",
        "healthy",
    ]
