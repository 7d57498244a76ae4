"""Ladder, rules and watches, joined around a kernel that trades on a venue."""

from collections.abc import Callable

from engine.kernel import Kernel
from engine.safety.degrade import Ladder
from engine.safety.degrade_rules import DegradeRules, Thresholds
from engine.safety.degrade_watch import DegradeWatch
from engine.safety.market_watch import LOOK_EVERY_NS, STALE_AFTER_NS, MarketWatch
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
        DegradeWatch(kernel.timeline, kernel.bus, self.ladder, self.rules, kernel.account.open_orders.get, began_ns)

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
            self.rules.silent,
            quiet_ns,
            every_ns,
        )
