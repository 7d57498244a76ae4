"""What the bus tells about the venue, taken to the rules of the ladder: the stream, slow orders, compared books."""

from collections.abc import Callable

from engine import events
from engine.bus import Bus
from engine.clock import Timeline
from engine.orders import Order
from engine.safety.degrade import Ladder
from engine.safety.degrade_rules import DegradeRules

PRIVATE_STREAM = "private stream"
ON_THEIR_WAY_MAX = 10_000
_AGREE = ("equal", "explained")


class DegradeWatch:
    """Listens while a run is on a venue that may be slow or away; history has no need of it.

    `began_ns` says when the comparison began that was told of last; `find` knows the open orders.
    """

    def __init__(
        self,
        timeline: Timeline,
        bus: Bus,
        ladder: Ladder,
        rules: DegradeRules,
        find: Callable[[str], Order | None],
        began_ns: Callable[[], int | None],
    ) -> None:
        self._timeline = timeline
        self._ladder = ladder
        self._rules = rules
        self._find = find
        self._began_ns = began_ns
        self._left_ns: dict[str, int] = {}  # orders that nothing was heard of yet
        self._entries: set[str] = set()  # those of them that add risk
        self.entry_took: Callable[[int], object] | None = None  # whoever else wants to know how long entries take
        bus.subscribe(events.OrderSubmitted, self._on_submitted)
        bus.subscribe(events.OrderAccepted, self._on_news)
        bus.subscribe(events.OrderRejected, self._on_news)
        bus.subscribe(events.Execution, self._on_news)
        bus.subscribe(events.OrderUnknown, self._on_news)
        bus.subscribe(events.OrderCancelled, self._on_end)
        bus.subscribe(events.OrderExpired, self._on_end)
        bus.subscribe(events.OrderNotAccepted, self._on_end)
        bus.subscribe(events.HealthChanged, self._on_health)
        bus.subscribe(events.Reconciled, self._on_reconciled)

    def _on_submitted(self, event: events.OrderSubmitted) -> None:
        if len(self._left_ns) >= ON_THEIR_WAY_MAX:
            self._forget(next(iter(self._left_ns)))
        self._left_ns[event.order_id] = self._timeline.now_ns
        order = self._find(event.order_id)
        if order is not None and not order.reduce_only:
            self._rules.entered()
            self._entries.add(event.order_id)

    def _on_news(
        self, event: events.OrderAccepted | events.OrderRejected | events.Execution | events.OrderUnknown
    ) -> None:
        left_ns = self._left_ns.get(event.order_id)
        if left_ns is None:
            return
        is_entry = self._forget(event.order_id)
        latency_ns = self._timeline.now_ns - left_ns  # by our own clock, not by that of the venue
        self._rules.order_took(latency_ns)
        if is_entry and self.entry_took is not None:
            self.entry_took(latency_ns)

    def _on_end(self, event: events.OrderCancelled | events.OrderExpired | events.OrderNotAccepted) -> None:
        self._forget(event.order_id)

    def _forget(self, order_id: str) -> bool:
        """Wait for no news of an order any more; whether it adds risk."""
        self._left_ns.pop(order_id, None)
        if order_id not in self._entries:
            return False
        self._entries.discard(order_id)
        return True

    def _on_health(self, event: events.HealthChanged) -> None:
        if event.component == PRIVATE_STREAM:
            if event.state == "healthy":
                self._rules.stream_back()
            else:
                self._rules.stream_lost(event.reason)

    def _on_reconciled(self, event: events.Reconciled) -> None:
        if event.verdict in _AGREE:
            began_ns = self._began_ns()
            self._ladder.agreed(event.ts if began_ns is None else began_ns)
