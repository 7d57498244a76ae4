"""The rules that kill by themselves, joined around a kernel that trades on a venue."""

from collections.abc import Callable, Iterable

from engine import events
from engine.clock import SECOND_NS
from engine.kernel import Kernel
from engine.safety.automatic_kill import AutomaticKill, Cause
from engine.safety.book_triggers import PositionCalculation, ReconcileMismatch
from engine.safety.count_triggers import ErrorRate, OrderLatency
from engine.safety.kill_limits import STALE_DATA, KillLimits
from engine.safety.loss_triggers import Drawdown, LossTriggers

__all__ = ["Drawdown", "KillTriggers"]


class KillTriggers:
    """To be made when the books are known to be right and trading begins; a backtest and a simulation have none."""

    def __init__(
        self,
        kernel: Kernel,
        kill: AutomaticKill,
        limits: KillLimits,
        drawdown: Drawdown,
        discrepancies: Callable[[], Iterable[events.Discrepancy]],
    ) -> None:
        timeline, bus, account, desk = kernel.timeline, kernel.bus, kernel.account, kernel.orders
        self._kernel = kernel
        self._kill = kill
        self._limits = limits
        self._awake_ns = 0  # what we did not hear before this moment is our own silence

        self._losses = LossTriggers(timeline, bus, account, drawdown, limits, kill)
        self._latency = OrderLatency(limits, kill)
        errors = ErrorRate(timeline, bus, desk.find, limits, kill)
        mismatch = ReconcileMismatch(timeline, bus, account, discrepancies, limits, kill)
        known = desk.executions | desk.older_executions
        books = PositionCalculation(timeline, bus, account, known, limits, kill)
        kill.when_revived += [part.reset for part in (self._losses, self._latency, errors, mismatch, books)]

    def entry_took(self, latency_ns: int) -> None:
        """The first word of an order that adds risk came so long after it was placed."""
        self._latency.took(latency_ns)

    def stood_still(self, for_ns: int) -> None:
        """This program did not run for so long: what it did not hear and did not see meanwhile is no evidence."""
        self._awake_ns = self._kernel.timeline.now_ns + for_ns
        self._losses.stood_still(self._awake_ns)
        self._latency.reset()

    def silent(self, symbol: str, silent_ns: int, is_held: bool) -> None:
        """Nothing was heard of a symbol for so long; fills `engine.safety.market_watch.Silent`.

        Where the exchange answers nothing either, a kill would reach nobody, and the stops there carry the position.
        """
        limits, kernel = self._limits, self._kernel
        limit_ns = limits.stale_spot_ns if kernel.markets[symbol].is_spot else limits.stale_ns
        counted_ns = min(silent_ns, kernel.timeline.now_ns - self._awake_ns)
        if counted_ns < limit_ns or not is_held or kernel.account.is_flat(symbol):
            return
        if kernel.health.state_of("venue") != "healthy":
            return
        silent_s, limit_s = silent_ns / SECOND_NS, limit_ns / SECOND_NS
        told = f"{symbol} is held and nothing was heard of it for {silent_s:.0f} s; {limit_s:.0f} s may pass"
        held = kernel.account.held(symbol)
        figures = {"symbol": symbol, "silent_s": silent_s, "limit_s": limit_s, "held": held}
        self._kill(Cause(rule=STALE_DATA, sentence=told, evidence=figures))
