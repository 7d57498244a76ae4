"""Ladder, rules, watches and the rules that kill, joined around a kernel that trades on a venue."""

from collections.abc import Callable, Iterable

from engine import events
from engine.kernel import Kernel
from engine.operator import Operator
from engine.safety.automatic_kill import AutomaticKill, Cause
from engine.safety.degrade import Ladder
from engine.safety.degrade_rules import DegradeRules, Thresholds
from engine.safety.degrade_watch import DegradeWatch
from engine.safety.kill_limits import KillLimits
from engine.safety.kill_triggers import Drawdown, KillTriggers
from engine.safety.market_watch import LOOK_EVERY_NS, STALE_AFTER_NS, MarketWatch
from engine.safety.naked import Naked
from engine.safety.standing import Standing


class Safeguards:
    """All that closes the gate by itself. A backtest has none of it: nothing there is late, full or away."""

    def __init__(
        self,
        kernel: Kernel,
        limits: Thresholds | None = None,
        *,
        compare_books: Callable[[], object] | None = None,
        began_ns: Callable[[], int | None] = lambda: None,
        relieve: Callable[[], object] | None = None,
    ) -> None:
        self._kernel = kernel
        self.ladder = Ladder(kernel.timeline, kernel.bus, Standing(kernel), compare_books)
        self.rules = DegradeRules(kernel.timeline, self.ladder, kernel.health, limits, relieve)
        self._watch = DegradeWatch(
            kernel.timeline, kernel.bus, self.ladder, self.rules, kernel.account.open_orders.get, began_ns
        )
        self.naked: Naked | None = None
        self.kill: AutomaticKill | None = None  # where rules may kill
        self.triggers: KillTriggers | None = None
        self._arm: Callable[[AutomaticKill], KillTriggers] | None = None

    @property
    def killed_by(self) -> Cause | None:
        """The rule whose kill holds, and why."""
        return None if self.kill is None else self.kill.cause

    def measure_naked(self, *, wants_stops: bool) -> Naked:
        """From now on measure how long what is held has no stop at the venue."""
        kernel = self._kernel
        note = None if kernel.recorder is None else kernel.recorder.note
        self.naked = Naked(
            kernel.timeline, kernel.bus, kernel.account, kernel.health, wants_stops=wants_stops, note=note
        )
        return self.naked

    def let_rules_kill(
        self,
        operator: Operator,
        limits: KillLimits,
        drawdown: Drawdown,
        discrepancies: Callable[[], Iterable[events.Discrepancy]],
    ) -> None:
        """Rules may use the kill switch, once `arm` says that the books are known to be right."""
        self.kill = AutomaticKill(self._kernel, operator)
        self._arm = lambda kill: KillTriggers(self._kernel, kill, limits, drawdown, discrepancies)

    def arm(self) -> None:
        """From now on they may."""
        if self._arm is not None and self.kill is not None and self.triggers is None:
            self.triggers = self._arm(self.kill)
            self._watch.entry_took = self.triggers.entry_took

    def watch_market(
        self, quiet_ns: Callable[[str], int] = lambda _: STALE_AFTER_NS, every_ns: int = LOOK_EVERY_NS
    ) -> None:
        """Look again and again whether prices still come; `quiet_ns` says how long a symbol may be silent."""
        kernel = self._kernel
        MarketWatch(
            kernel.timeline,
            kernel.bus,
            kernel.markets,
            kernel.account.ledger,
            kernel.health,
            self._silent,
            quiet_ns,
            every_ns,
        )

    def _silent(self, symbol: str, silent_ns: int, is_held: bool) -> None:
        self.rules.silent(symbol, silent_ns, is_held)
        if self.triggers is not None:
            self.triggers.silent(symbol, silent_ns, is_held)
