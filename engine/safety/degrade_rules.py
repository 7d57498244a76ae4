"""The rules of the ladder: what is measured, from which number on it is a fault, and how it is told.

Every measurement comes in as a call, from whoever made it; time comes from the timeline. Beside the ladder, each rule
keeps one component of the health registry true. What has been too much has to fall clearly below its limit before it
counts as over, so that a number that trembles at its limit does not move anything twice.
"""

from collections import deque
from collections.abc import Callable

import msgspec

from engine.clock import SECOND_NS, Timeline, Timer
from engine.safety.degrade import Clears, Ladder, Level
from engine.safety.health import Health
from engine.safety.market_watch import component_of

_MS_NS = 1_000_000
_GB, _MB = 1_000_000_000, 1_000_000


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """Every number that a rule goes by."""

    stream_down_ns: int = 10 * SECOND_NS
    api_silent_ns: int = 30 * SECOND_NS
    slow_order_ns: int = 500 * _MS_NS
    slow_orders: int = 5  # in a row; as many quick ones end it
    slowed_entries_apart_ns: int = 5 * SECOND_NS
    writes_within_ns: int = 60 * SECOND_NS
    writes_failed: int = 2  # more than these within that time
    memory_warning: float = 0.70
    memory_critical: float = 0.90
    disk_warning: int = 2 * _GB
    disk_critical: int = 500 * _MB
    disk_least: int = 100 * _MB
    clock_error_ns: int = 500 * _MS_NS
    restarts: int = 3  # more than these within the supervisor's five minutes
    blind_flat_ns: int | None = None  # a position without market data for so long is closed; None: its stop carries it
    easing: float = 0.05  # how far below its limit a number has to be before it is over


class DegradeRules:
    """Takes measurements on the engine's thread."""

    def __init__(
        self,
        timeline: Timeline,
        ladder: Ladder,
        health: Health,
        limits: Thresholds | None = None,
        relieve: Callable[[], object] | None = None,
    ) -> None:
        self._timeline = timeline
        self._ladder = ladder
        self._health = health
        self._limits = limits or Thresholds()
        self._relieve = relieve  # give memory back: drop what can be made again
        self._stream_timer: Timer | None = None
        self._api_timer: Timer | None = None
        self._silent_since_ns: int | None = None
        self._slow: deque[int] = deque(maxlen=self._limits.slow_orders)
        self._quick = 0
        self._last_entry_ns: int | None = None
        self.slowed: str | None = None  # why entries are slowed, or None
        self._failed_writes: deque[int] = deque(maxlen=self._limits.writes_failed + 1)
        self._is_relieved = False
        self._stages: dict[str, int] = {}
        health.add("venue", "order latency", "journal", "memory", "disk", "clock", "restarts")

    # --- the connection

    def stream_lost(self, reason: str) -> None:
        """The exchange's own news stopped coming."""
        if self._stream_timer is None:
            wait_ns = self._limits.stream_down_ns
            told = f"the private stream has been down for {_s(wait_ns)}: {reason}"
            self._stream_timer = self._timeline.after(wait_ns, self._ladder.fault, "stream", Level.REDUCE_ONLY, told)

    def stream_back(self) -> None:
        """They come again, and what was missed has been read."""
        if self._stream_timer is not None:
            self._stream_timer.cancel()
            self._stream_timer = None
            self._ladder.over("stream", "the private stream is back")

    def api_silent(self, reason: str) -> None:
        """A question to the exchange was not answered."""
        if self._silent_since_ns is not None:
            return
        self._silent_since_ns = self._timeline.now_ns
        self._health.report("venue", "degraded", reason)
        self._api_timer = self._timeline.after(self._limits.api_silent_ns, self._api_lost, reason)

    def _api_lost(self, reason: str) -> None:
        told = f"the exchange has answered nothing for {_s(self._limits.api_silent_ns)}: {reason}"
        self._health.report("venue", "down", told)
        self._ladder.fault("api", Level.REDUCE_ONLY, told)

    def api_answered(self) -> None:
        """It was."""
        if self._silent_since_ns is None:
            return
        waited_ns = self._timeline.now_ns - self._silent_since_ns
        self._silent_since_ns = None
        if self._api_timer is not None:
            self._api_timer.cancel()
        self._health.report("venue", "healthy")
        self._ladder.over("api", f"the exchange answers again, after {_s(waited_ns)}")

    # --- orders

    def order_took(self, latency_ns: int) -> None:
        """The first news of an order came so long after it left."""
        limits = self._limits
        if latency_ns <= limits.slow_order_ns:
            self._slow.clear()
            self._quick += 1
            if self.slowed is not None and self._quick >= limits.slow_orders:
                self.slowed = None
                self._health.report("order latency", "healthy")
            return
        self._quick = 0
        self._slow.append(latency_ns)
        if len(self._slow) == limits.slow_orders:
            self.slowed = (
                f"the last {limits.slow_orders} orders took more than {_ms(limits.slow_order_ns)} each, "
                f"the slowest {_ms(max(self._slow))}"
            )
            self._health.report("order latency", "degraded", self.slowed)

    def refusal(self, symbol: str) -> str | None:
        """Why no position may grow in this symbol at this moment, or None."""
        refusal = self._ladder.refusal(symbol)
        if refusal is not None or self.slowed is None or self._last_entry_ns is None:
            return refusal
        apart_ns = self._limits.slowed_entries_apart_ns
        if self._timeline.now_ns - self._last_entry_ns >= apart_ns:
            return None
        return f"entries are at least {_s(apart_ns)} apart now: {self.slowed}"

    def entered(self) -> None:
        """An order that adds risk left."""
        self._last_entry_ns = self._timeline.now_ns

    # --- the machine

    def write_failed(self, reason: str) -> None:
        """A row could not be written; the journal does not try again, so a person has to look."""
        now = self._timeline.now_ns
        self._failed_writes.append(now)
        limits = self._limits
        recent = sum(now - each <= limits.writes_within_ns for each in self._failed_writes)
        if recent > limits.writes_failed:
            level, told = Level.SAFE_IDLE, f"{recent} writes failed within {_s(limits.writes_within_ns)}: {reason}"
        else:
            level, told = Level.REDUCE_ONLY, f"the journal could not be written: {reason}"
        self._health.report("journal", "down", told, stage=level.word)
        self._ladder.fault("journal", level, told, Clears.BY_PERSON)

    def journal_verified(self) -> None:
        """It was opened again, verified, and takes rows."""
        self._failed_writes.clear()
        self._health.report("journal", "healthy")
        self._ladder.over("journal", "the journal was verified and takes rows again")

    def memory(self, used_bytes: int, limit_bytes: int) -> None:
        """What this process holds, of what it may hold."""
        if limit_bytes <= 0:
            return
        limits = self._limits
        share = used_bytes / limit_bytes
        told = f"{share:.0%} of {limit_bytes / _GB:.1f} GB of memory are used"
        stage = self._stage("memory", share, (limits.memory_warning, limits.memory_critical), limits.easing)
        if stage == _CRITICAL:
            if not self._is_relieved and self._relieve is not None:
                self._relieve()
            self._is_relieved = True
            told = f"{told}, more than {limits.memory_critical:.0%}"
            self._health.report("memory", "down", told)
            self._ladder.fault("memory", Level.REDUCE_ONLY, told)
            return
        self._is_relieved = False
        self._ladder.over("memory", told)
        if stage == _WARNING:
            self._health.report("memory", "degraded", f"{told}, more than {limits.memory_warning:.0%}")
        else:
            self._health.report("memory", "healthy")

    def disk(self, free_bytes: int) -> None:
        """The room that is left where the journal is."""
        limits = self._limits
        told = f"{_room(free_bytes)} are free where the journal is"
        bounds = (limits.disk_warning, limits.disk_critical, limits.disk_least)
        stage = self._stage("disk", -free_bytes, tuple(-bound for bound in bounds), limits.easing)
        if stage == _LAST:
            told = f"{told}, less than {_room(limits.disk_least)}"
            self._health.report("disk", "down", told)
            self._ladder.fault("disk", Level.REDUCE_ONLY, told)
            return
        self._ladder.over("disk", told)
        if stage == 0:
            self._health.report("disk", "healthy")
        else:
            word = "critical" if stage == _CRITICAL else "warning"
            self._health.report("disk", "degraded", f"{told}, less than {_room(bounds[stage - 1])}", stage=word)

    def clock(self, error_ns: int) -> None:
        """By so much this machine's time of day is wrong, or was set since the last look."""
        limit_ns = self._limits.clock_error_ns
        if self._stage("clock", abs(error_ns), (limit_ns,), self._limits.easing):
            told = f"the clock is off by {_ms(abs(error_ns))}, more than {_ms(limit_ns)}"
            self._health.report("clock", "down", told)
            self._ladder.fault("clock", Level.REDUCE_ONLY, told)
        else:
            self._health.report("clock", "healthy")
            self._ladder.over("clock", f"the clock is off by {_ms(abs(error_ns))}")

    def restarted(self, times: int) -> None:
        """The supervisor had to start this engine so often within its five minutes."""
        if times > self._limits.restarts:
            told = f"the engine was restarted {times} times within five minutes"
            self._health.report("restarts", "down", told)
            self._ladder.fault("restarts", Level.SAFE_IDLE, told, Clears.BY_PERSON)
            self._ladder.over("restarts", told)  # nothing to wait for but a person

    # --- the market

    def silent(self, symbol: str, silent_ns: int, is_held: bool) -> None:
        """Nothing was heard of a symbol for so long; fills `engine.safety.market_watch.Silent`."""
        rule = component_of(symbol)
        if not silent_ns or not is_held:
            self._ladder.over(rule, f"{symbol} is heard of again" if is_held else f"{symbol} is not held")
            return
        flat_ns = self._limits.blind_flat_ns
        told = f"{symbol} is held and nothing was heard of it for {_s(silent_ns)}"
        if flat_ns is not None and silent_ns >= flat_ns and self._silent_since_ns is None:
            self._ladder.fault(rule, Level.FLAT, told)
        else:
            self._ladder.fault(rule, Level.REDUCE_ONLY, told)

    # --- numbers

    def _stage(self, name: str, value: float, bounds: tuple[float, ...], easing: float) -> int:
        """How many bounds are passed; a bound that was passed counts until the value is clearly below it."""
        before = self._stages.get(name, 0)
        passed = sum(value > bound for bound in bounds)
        held = sum(value > bound - abs(bound) * easing for bound in bounds)
        stage = passed if passed >= before else min(before, held)
        self._stages[name] = stage
        return stage


_WARNING, _CRITICAL, _LAST = 1, 2, 3


def _s(ns: int) -> str:
    return f"{ns / SECOND_NS:.3g} s" if ns < SECOND_NS else f"{ns / SECOND_NS:.0f} s"


def _ms(ns: int) -> str:
    return f"{ns / _MS_NS:.0f} ms"


def _room(count: int) -> str:
    return f"{count / _GB:.1f} GB" if count >= _GB else f"{count / _MB:.0f} MB"
