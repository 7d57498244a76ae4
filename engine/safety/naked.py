"""Naked seconds: how long a position in contracts lacked stops that rest at the venue and cover all of it.

It listens to orders and positions, never to prices. Coins have no say here, for a stop would hold them. Where the
settings want no stops, a position without one is a choice: it is measured, shown, and told of once.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from engine import events
from engine.account import Account
from engine.bus import Bus
from engine.clock import SECOND_NS, Timeline, Timer
from engine.money import ZERO, plain
from engine.orders import Order, Status
from engine.safety.health import Health

COMPONENT = "protection"
ALARM_NS = 2 * SECOND_NS
LATE_NS = 5 * SECOND_NS
# Taken by the venue, and not gone yet as far as anybody has said; what is unknown protects nothing for sure.
_RESTING = (Status.ACCEPTED, Status.PARTLY_FILLED, Status.CANCELLING, Status.AMENDING)
_ENDS = (events.OrderCancelled, events.OrderExpired, events.OrderRejected, events.OrderNotAccepted, events.OrderFilled)


class NakedSymbol(msgspec.Struct, frozen=True):
    """One symbol that has been naked in this run."""

    now_s: float  # 0 while it is not
    longest_s: float
    total_s: float
    missing: Decimal  # what no stop covers now


class NakedView(msgspec.Struct, frozen=True):
    """The picture of now."""

    now_s: float  # of the position that has been naked for the longest now; 0: none is
    longest_s: float
    total_s: float  # in which any position was
    symbols: dict[str, NakedSymbol]


class _Span:
    """What is measured of a symbol."""

    __slots__ = ("alarms", "longest_ns", "missing", "since_ns", "stage", "total_ns")

    def __init__(self) -> None:
        self.since_ns: int | None = None
        self.missing = ZERO
        self.longest_ns = 0
        self.total_ns = 0
        self.stage = 0  # of its alarm: 1 after two seconds, 2 after five
        self.alarms: tuple[Timer, ...] = ()


class Naked:
    """To be made when the run begins; what is held by then counts from that moment."""

    def __init__(
        self,
        timeline: Timeline,
        bus: Bus,
        account: Account,
        health: Health,
        *,
        wants_stops: bool,
        note: Callable[[str, dict[str, Any]], None] | None = None,
    ) -> None:
        self._timeline = timeline
        self._account = account
        self._health = health
        self._wants_stops = wants_stops
        self._note = note  # writes a row
        self._was_told = False
        self._stops: dict[str, dict[str, Order]] = {}  # by symbol and id
        self._of: dict[str, str] = {}  # the symbol of each stop
        self._spans: dict[str, _Span] = {}
        self._any_since_ns: int | None = None
        self._naked = 0  # how many are, now
        self._total_ns = 0
        health.add(COMPONENT)
        for order in account.open_orders.values():
            self._take(order)
        for symbol in list(account.ledger.positions):
            self._look(symbol)
        bus.subscribe(events.PositionChanged, self._on_position)
        bus.subscribe(events.OrderAccepted, self._on_accepted)
        bus.subscribe(events.OrderAmended, self._on_news)
        bus.subscribe(events.OrderUnknown, self._on_news)
        bus.subscribe(events.RequestRefused, self._on_news)
        for kind in _ENDS:
            bus.subscribe(kind, self._on_end)

    def view(self) -> NakedView:
        """The picture of now."""
        now = self._timeline.now_ns
        symbols = {}
        for symbol, span in self._spans.items():
            open_ns = 0 if span.since_ns is None else now - span.since_ns
            longest_ns, total_ns = max(span.longest_ns, open_ns), span.total_ns + open_ns
            if total_ns or span.since_ns is not None:
                symbols[symbol] = NakedSymbol(_s(open_ns), _s(longest_ns), _s(total_ns), span.missing)
        return NakedView(
            max((each.now_s for each in symbols.values()), default=0.0),
            max((each.longest_s for each in symbols.values()), default=0.0),
            _s(self._total_ns + (0 if self._any_since_ns is None else now - self._any_since_ns)),
            symbols,
        )

    # --- what is heard

    def _on_position(self, event: events.PositionChanged) -> None:
        self._look(event.symbol)

    def _on_accepted(self, event: events.OrderAccepted) -> None:
        order = self._account.open_orders.get(event.order_id)
        if order is not None and self._take(order):
            self._look(order.symbol)

    def _on_news(self, event: events.OrderAmended | events.OrderUnknown | events.RequestRefused) -> None:
        if event.order_id in self._of:
            self._look(event.symbol)

    def _on_end(
        self,
        event: events.OrderCancelled
        | events.OrderExpired
        | events.OrderRejected
        | events.OrderNotAccepted
        | events.OrderFilled,
    ) -> None:
        symbol = self._of.pop(event.order_id, None)
        if symbol is not None:
            del self._stops[symbol][event.order_id]
            self._look(symbol)

    def _take(self, order: Order) -> bool:
        if not order.is_protective:
            return False
        self._of[order.id] = order.symbol
        self._stops.setdefault(order.symbol, {})[order.id] = order
        return True

    # --- what it means

    def _look(self, symbol: str) -> None:
        account = self._account
        held = account.held(symbol)
        missing = ZERO
        if held and not account.markets[symbol].is_spot:
            missing = abs(held)
            for stop in self._stops.get(symbol, {}).values():
                if stop.side * held < 0 and stop.status in _RESTING:
                    missing -= stop.leaves
        span = self._spans.get(symbol)
        if missing > ZERO:
            if span is None:
                span = self._spans[symbol] = _Span()
            span.missing = missing
            if span.since_ns is None:
                self._begin(symbol, span)
        elif span is not None and span.since_ns is not None:
            self._end(symbol, span)

    def _begin(self, symbol: str, span: _Span) -> None:
        timeline = self._timeline
        span.since_ns = timeline.now_ns
        if not self._naked:
            self._any_since_ns = timeline.now_ns
        self._naked += 1
        span.alarms = (
            timeline.after(ALARM_NS, self._alarm, symbol, 1),
            timeline.after(LATE_NS, self._alarm, symbol, 2),
        )

    def _end(self, symbol: str, span: _Span) -> None:
        now = self._timeline.now_ns
        assert span.since_ns is not None, "what ends has begun"
        lasted_ns = now - span.since_ns
        span.since_ns = None
        span.missing = ZERO
        span.total_ns += lasted_ns
        span.longest_ns = max(span.longest_ns, lasted_ns)
        for alarm in span.alarms:
            alarm.cancel()
        self._naked -= 1
        if not self._naked and self._any_since_ns is not None:
            self._total_ns += now - self._any_since_ns
            self._any_since_ns = None
        if span.stage:
            span.stage = 0
            self._write({"what": "naked.over", "symbol": symbol, "seconds": _s(lasted_ns)})
            self._tell()

    def _alarm(self, symbol: str, stage: int) -> None:
        span = self._spans[symbol]
        if not self._wants_stops:
            if self._was_told:
                return
            self._was_told = True
        span.stage = stage
        held = self._account.held(symbol)
        seconds = _s(ALARM_NS if stage == 1 else LATE_NS)
        self._write({"what": "naked", "symbol": symbol, "held": held, "missing": span.missing, "seconds": seconds})
        self._tell()

    def _tell(self) -> None:
        """The component is as bad as the worst of what is told of."""
        worst, names = 0, []
        for symbol, span in self._spans.items():
            if span.stage:
                worst = max(worst, span.stage)
                names.append(f"{plain(span.missing)} {symbol}")
        if not worst:
            self._health.report(COMPONENT, "healthy")
            return
        seconds = (ALARM_NS if worst == 1 else LATE_NS) // SECOND_NS
        reason = f"{' and '.join(names)} had no stop at the venue for {seconds} s or longer"
        self._health.report(COMPONENT, "degraded" if worst == 1 else "down", reason)

    def _write(self, body: dict[str, Any]) -> None:
        if self._note is not None:
            self._note("alarm", body)


def _s(ns: int) -> float:
    return ns / SECOND_NS
