"""One run: a feed, a venue and a kernel on one timeline, moved forward piece by piece by whoever hosts it."""

from collections.abc import Callable, Iterator, Mapping

from engine.bus import Handler
from engine.clock import NEVER
from engine.events import Event
from engine.host.hooks import HostHooks
from engine.kernel import Kernel
from engine.operator import Operator
from engine.safety.safeguards import Safeguards
from engine.views import Views


class Session:
    """What a host needs to know of a run: when something is next, and how to get there."""

    def __init__(
        self,
        kernel: Kernel,
        operator: Operator,
        views: Views,
        feed: Iterator[Event],
        observers: Mapping[type[Event], Handler],
    ) -> None:
        self.kernel = kernel
        self.operator = operator
        self.views = views
        self._feed = feed
        self._observers = dict(observers)
        self._held: Event | None = None
        self.is_over = False  # the feed has ended
        self.safeguards: Safeguards | None = None  # where something may be late, full or away
        self.hooks: HostHooks | None = None  # what the host's troubles lead to, where the plain way is not enough

    def begin(self, start: Callable[[], object] | None = None) -> None:
        """The warm-up is over: from now on it is the run. `start` is for who has more to do than to start."""
        kernel = self.kernel
        kernel.bus.published = 0
        kernel.account.forget_curve()
        kernel.judge()
        self.views.begin()
        (start or kernel.start)()

    def finish(self, reason: str = "") -> None:
        """The run is over: the last row says in which state."""
        recorder = self.kernel.recorder
        if recorder is not None:
            self.kernel.note_prices()
            recorder.note("run_end", {"reason": reason, "state_hash": self.kernel.state_hash()})
            self.kernel.end_run()

    @property
    def next_ns(self) -> int:
        """The moment of the next event or timer; the feed is looked at one event ahead."""
        if self._held is None and not self.is_over:
            self._held = next(self._feed, None)
            self.is_over = self._held is None
        return min(self._held.ts if self._held is not None else NEVER, self.kernel.timeline.next_ns)

    def run_until(self, limit_ns: int) -> None:
        """Work off everything that is due up to a moment, itself included; then it is that moment."""
        kernel = self.kernel
        kernel.bus.pour(self._due(limit_ns), kernel.timeline, self._observers)
        kernel.timeline.advance(limit_ns)

    def run_to_end(self) -> None:
        """Work off a feed that ends, with nothing between it and the bus."""
        kernel = self.kernel
        if self._held is not None:
            kernel.bus.pour((self._held,), kernel.timeline, self._observers)
            self._held = None
        kernel.bus.pour(self._feed, kernel.timeline, self._observers)
        self.is_over = True

    def _due(self, limit_ns: int) -> Iterator[Event]:
        held = self._held
        if held is not None:
            if held.ts > limit_ns:
                return
            self._held = None
            yield held
        for event in self._feed:
            if event.ts > limit_ns:
                self._held = event
                return
            yield event
        self.is_over = True
