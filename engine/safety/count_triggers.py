"""Two rules that count: too many errors within a while, and too many slow entries in a row."""

from collections import deque
from collections.abc import Callable

from engine import events
from engine.bus import Bus
from engine.clock import SECOND_NS, Timeline
from engine.orders import Order
from engine.safety.automatic_kill import Cause
from engine.safety.kill_limits import ERROR_RATE, ORDER_LATENCY, KillLimits

_MS_NS = 1_000_000
# What the exchange says and our books cannot explain is for the comparison of the books: somebody may trade by hand.
# What goes wrong while everything is being closed is no reason to close everything.
_NOT_COUNTED = ("venue", "kill")


class ErrorRate:
    """Counts errors, and the entries that the exchange refused. Exits are tried again and again, by design."""

    def __init__(
        self,
        timeline: Timeline,
        bus: Bus,
        find: Callable[[str], Order | None],
        limits: KillLimits,
        kill: Callable[[Cause], None],
    ) -> None:
        self._timeline = timeline
        self._find = find
        self._limits = limits
        self._kill = kill
        self._seen: deque[tuple[int, bool]] = deque(maxlen=limits.errors + 1)  # when, and whether it was a refusal
        bus.subscribe(events.ErrorOccurred, self._on_error)
        bus.subscribe(events.OrderRejected, self._on_rejected)

    def reset(self) -> None:
        """Begin to count anew."""
        self._seen.clear()

    def _on_error(self, event: events.ErrorOccurred) -> None:
        if event.source not in _NOT_COUNTED:
            self._count(f"{event.source}: {event.sentence}", is_rejection=False)

    def _on_rejected(self, event: events.OrderRejected) -> None:
        order = self._find(event.order_id)
        if order is None or not order.reduce_only:
            self._count(f"{event.order_id} was refused: {event.sentence}", is_rejection=True)

    def _count(self, last: str, *, is_rejection: bool) -> None:
        seen, now, limits = self._seen, self._timeline.now_ns, self._limits
        seen.append((now, is_rejection))
        if len(seen) <= limits.errors or now - seen[0][0] > limits.errors_within_ns:
            return
        rejections = sum(each for _, each in seen)
        within_s = limits.errors_within_ns / SECOND_NS
        took_s = (now - seen[0][0]) / SECOND_NS
        told = (
            f"{len(seen)} errors and refused entries within {took_s:.0f} s, more than the {limits.errors} "
            f"that may come within {within_s:.0f} s; the last: {last}"
        )
        figures = {"count": len(seen), "limit": limits.errors, "within_s": within_s}
        kinds = {"errors": len(seen) - rejections, "rejections": rejections, "last": last}
        self._kill(Cause(rule=ERROR_RATE, sentence=told, evidence={**figures, **kinds}))


class OrderLatency:
    """Counts slow entries in a row; one quick one begins the count anew."""

    def __init__(self, limits: KillLimits, kill: Callable[[Cause], None]) -> None:
        self._limits = limits
        self._kill = kill
        self._slow: deque[int] = deque(maxlen=limits.slow_orders)

    def reset(self) -> None:
        """Begin to count anew."""
        self._slow.clear()

    def took(self, latency_ns: int) -> None:
        """The first word of an entry came so long after it was placed; that nothing came is a word too."""
        limits, slow = self._limits, self._slow
        if latency_ns <= limits.slow_order_ns:
            slow.clear()
            return
        slow.append(latency_ns)
        if len(slow) < limits.slow_orders:
            return
        limit_ms = limits.slow_order_ns / _MS_NS
        told = (
            f"the last {len(slow)} entries took more than {limit_ms:.0f} ms each until the first word of them, "
            f"the slowest {max(slow) / _MS_NS:.0f} ms"
        )
        figures = {"count": len(slow), "limit_ms": limit_ms, "slowest_ms": max(slow) / _MS_NS}
        evidence = {**figures, "quickest_ms": min(slow) / _MS_NS, "last_ms": slow[-1] / _MS_NS}
        self._kill(Cause(rule=ORDER_LATENCY, sentence=told, evidence=evidence))
