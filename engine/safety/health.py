"""How every component is: healthy, degraded or down, why, and since when.

Whoever watches a component reports to the registry, or publishes `HealthChanged` himself; both come to the same. A
change of state is an event, the same state again is none, so a check that runs every second costs a comparison.
"""

from collections import deque
from collections.abc import Callable
from functools import partial

from engine.bus import Bus
from engine.clock import SECOND_NS, Timeline
from engine.errors import EngineError
from engine.events import HealthChanged
from engine.snapshot import HealthView

STATES = ("healthy", "degraded", "down")  # each worse than the one before
COMPONENTS_MAX = 512
REASON_MAX = 300


class TooManyComponents(EngineError):
    """More things to watch than a run can have."""


class Component:
    """One thing that can be well or not."""

    __slots__ = ("reason", "since_ns", "stage", "state")

    def __init__(self, since_ns: int) -> None:
        self.state = "healthy"
        self.reason = ""
        self.stage = ""
        self.since_ns = since_ns


class Health:
    """The registry. Everything here is on the engine's thread; `from_outside` makes a reporter for other threads."""

    def __init__(self, timeline: Timeline, bus: Bus) -> None:
        self._timeline = timeline
        self._bus = bus
        self._components: dict[str, Component] = {}
        self._told: deque[HealthChanged] = deque()  # by us, and on their way back to us
        bus.subscribe(HealthChanged, self._on_changed)

    def add(self, *names: str) -> None:
        """Watch these from now on; until somebody says otherwise, they are well."""
        for name in names:
            if name not in self._components:
                if len(self._components) >= COMPONENTS_MAX:
                    raise TooManyComponents(f"{name} would be more than {COMPONENTS_MAX} components to watch")
                self._components[name] = Component(self._timeline.now_ns)

    def report(self, name: str, state: str, reason: str = "", *, stage: str = "", since_ns: int | None = None) -> None:
        """Say how a component is. An event is published where its state changed, or its stage within one state."""
        if self._take(name, state, reason, stage, self._timeline.now_ns if since_ns is None else since_ns):
            change = HealthChanged(self._timeline.now_ns, name, state, reason or "it is well again")
            self._told.append(change)
            self._bus.publish(change)

    def begin(self) -> None:
        """The run begins: what is well is so from now on."""
        for component in self._components.values():
            if component.state == "healthy":
                component.since_ns = self._timeline.now_ns

    def state_of(self, name: str) -> str:
        """How a component is; one that nobody watches is well."""
        component = self._components.get(name)
        return "healthy" if component is None else component.state

    def worst(self) -> str:
        """The worst state there is."""
        return max((each.state for each in self._components.values()), key=_worse, default="healthy")

    def views(self) -> dict[str, HealthView]:
        """The picture of now: an age is how long a component has been in its state."""
        now = self._timeline.now_ns
        return {
            name: HealthView(state=each.state, reason=each.reason, age_s=max(0, now - each.since_ns) / SECOND_NS)
            for name, each in self._components.items()
        }

    def from_outside(self, call: Callable[[Callable[[], object]], object]) -> Callable[[str, str, str], None]:
        """A reporter that any thread may use; `call` has something done on the engine's thread, soon."""

        def report(name: str, state: str, reason: str = "") -> None:
            call(partial(self.report, name, state, reason))

        return report

    def _on_changed(self, change: HealthChanged) -> None:
        """Somebody else's words count like a report; our own come back."""
        if self._told and self._told[0] is change:
            self._told.popleft()
        else:
            self._take(change.component, change.state, change.reason, "", change.ts)

    def _take(self, name: str, state: str, reason: str, stage: str, since_ns: int) -> bool:
        if state not in STATES:
            raise ValueError(f"a component is healthy, degraded or down; {name} was {state}")
        self.add(name)
        component = self._components[name]
        component.reason = "" if state == "healthy" else reason[:REASON_MAX]
        if component.state == state and component.stage == stage:
            return False
        if component.state != state:
            component.since_ns = since_ns
        component.state, component.stage = state, stage
        return True


def _worse(state: str) -> int:
    return STATES.index(state)
