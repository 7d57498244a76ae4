"""Whether prices still come: a symbol that nothing is heard of is told of, and acted on where a position depends on it.

Trades may be rare in a quiet market, so silence alone is no fault: how long is too long is said for each symbol.
"""

from collections.abc import Callable

from engine.bus import Bus
from engine.clock import SECOND_NS, Timeline
from engine.events import MarkPrice
from engine.ledger import Ledger
from engine.markets import Markets
from engine.safety.health import Health
from engine.snapshot import HealthView

LOOK_EVERY_NS = 2 * SECOND_NS
STALE_AFTER_NS = 5 * SECOND_NS
Silent = Callable[[str, int, bool], None]  # symbol, for how long (0: it is heard of), whether it is held


class MarketWatch:
    """Looks every two seconds; `silent` is told of each symbol while it is silent, and once when it is back."""

    def __init__(
        self,
        timeline: Timeline,
        bus: Bus,
        markets: Markets,
        ledger: Ledger,
        health: Health,
        silent: Silent,
        quiet_ns: Callable[[str], int] = lambda _: STALE_AFTER_NS,
        every_ns: int = LOOK_EVERY_NS,
    ) -> None:
        self._timeline = timeline
        self._ledger = ledger
        self._health = health
        self._silent = silent
        self._marked_ns: dict[str, int] = {}
        self._watched = [(symbol, market, quiet_ns(symbol)) for symbol, market in markets.items()]
        self._stale: set[str] = set()
        self._since_ns = timeline.now_ns
        health.add(*map(component_of, markets))
        bus.subscribe(MarkPrice, self._on_mark)
        timeline.every(every_ns, self.look)

    def look(self) -> None:
        """Compare the moment each symbol was last heard of with now."""
        now = self._timeline.now_ns
        for symbol, market, quiet_ns in self._watched:
            heard_ns = max(market.updated_ns or 0, self._marked_ns.get(symbol, self._since_ns))
            if now - heard_ns > quiet_ns:
                self._stale.add(symbol)
                words = f"silent for {(now - heard_ns) / SECOND_NS:.0f} s; up to {quiet_ns / SECOND_NS:g} s are usual"
                self._health.report(component_of(symbol), "degraded", words, since_ns=heard_ns)
                self._silent(symbol, now - heard_ns, self._is_held(symbol))
            elif symbol in self._stale:
                self._stale.discard(symbol)
                self._health.report(component_of(symbol), "healthy")
                self._silent(symbol, 0, self._is_held(symbol))

    def _is_held(self, symbol: str) -> bool:
        position = self._ledger.positions.get(symbol)
        return position is not None and position.quantity != 0

    def _on_mark(self, mark: MarkPrice) -> None:
        self._marked_ns[mark.symbol] = mark.ts


def component_of(symbol: str) -> str:
    """What the market data of one symbol is called."""
    return f"market {symbol}"


def newest_price(markets: Markets, now_ns: int) -> HealthView:
    """How the market data as a whole is: the age is that of the newest price of all."""
    newest = max((market.updated_ns or 0 for market in markets.values()), default=0)
    if newest == 0:
        return HealthView(state="degraded", reason="no price yet", age_s=0.0)
    age_ns = now_ns - newest
    stale = age_ns > STALE_AFTER_NS
    reason = f"last price {age_ns / SECOND_NS:.0f} s ago" if stale else ""
    return HealthView(state="degraded" if stale else "healthy", reason=reason, age_s=age_ns / SECOND_NS)
