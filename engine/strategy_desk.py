"""Runs the strategies: routes events to them, takes their signals to the gate, and isolates the one that fails."""

import traceback
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from engine import events, wishes
from engine.account import Account
from engine.bar_desk import BarDesk
from engine.bus import Bus, Handler
from engine.clock import Timeline, Timer
from engine.errors import BadSchedule, InvalidSignal
from engine.features import Feature, FeatureSource
from engine.gate import Denial, OrderRequest, RiskGate
from engine.instruments import Instrument
from engine.markets import Market
from engine.money import ZERO
from engine.order_desk import OrderDesk
from engine.safety.health import Health
from engine.strategy import Strategy

MINUTE_NS = 60_000_000_000
FAILURES_MAX = 10
WISHES_MAX = 1_000  # of one strategy at one instant: one that answers every refusal with the same wish would never end
ERROR_LENGTH_MAX = 300
DETAILS_LENGTH_MAX = 8_000

_KILLED = Denial("EntriesClosed", "the kill switch was used; strategies place no orders any more")

_HOOKS: tuple[tuple[type[events.Event], str], ...] = (
    (events.Tick, "on_tick"),
    (events.Quote, "on_quote"),
    (events.Candle, "on_candle"),
    (events.FeaturesReady, "on_features"),
    (events.FundingRate, "on_funding_rate"),
    (events.OrderFilled, "on_fill"),
    (events.OrderPartlyFilled, "on_fill"),
    (events.OrderDenied, "on_denied"),
)
_OWN = ("on_fill", "on_denied")


class Seat:
    """One strategy at work: its record, and its only way to look at and act on the world."""

    def __init__(self, desk: "StrategyDesk", strategy: Strategy) -> None:
        self._desk = desk
        self.strategy = strategy
        self.name = strategy.name
        self.signals = 0
        self.orders = 0
        self.failures = 0
        self.last_failure = ""
        self.last: events.Signal | None = None
        self.allocation: Decimal | None = None  # of the equity
        self.stopped: str | None = None
        self.unfit: str | None = None  # why it can never start in this run
        self.handlers: list[Handler] = []
        self.declared: list[tuple[Feature, int]] = []  # with the handles
        self.features = desk.features.values
        self.round = 0  # how often it was stopped; a timer from before a stop is not for the strategy after it
        self._instant = -1
        self._wishes = 0
        self._quantity: Decimal | None = None  # of the last signal

    @property
    def last_signal(self) -> str | None:
        """What it wanted last, in words."""
        return None if self.last is None else self.last.wish

    @property
    def reason(self) -> str | None:
        """Why it wanted that."""
        return None if self.last is None else self.last.reason

    def now_ns(self) -> int:
        return self._desk.timeline.now_ns

    def signal(
        self,
        symbol: str,
        direction: int,
        conviction: float,
        reason: str,
        *,
        stop: float | None = None,
        target: float | None = None,
        quantity: Decimal | None = None,
    ) -> None:
        desk = self._desk
        now = desk.timeline.now_ns
        self._count_wish(now)
        # Whatever cannot be is the strategy's failure, here, and not the engine's, later.
        if type(symbol) is not str or type(reason) is not str:
            symbol = wishes.text(symbol, "the symbol of a signal")
            reason = wishes.text(reason, "the reason of a signal")
        desk.account.markets[symbol]  # refuses one that is not traded in this run
        if type(direction) is not int:
            direction = wishes.whole(direction, "the direction of a signal")
        if direction not in events.DIRECTIONS:
            raise InvalidSignal(f"the direction of a signal must be 1, 0 or -1; it was {direction}")
        if type(conviction) is not float:
            conviction = wishes.real(conviction, "the conviction of a signal")
        if not 0.0 <= conviction <= 1.0:
            raise InvalidSignal(f"the conviction of a signal must be between 0 and 1; it was {conviction}")
        if stop is not None:
            stop = wishes.price(stop, "stop")
        if target is not None:
            target = wishes.price(target, "target")
        if quantity is not self._quantity:  # most strategies want the same again and again
            quantity = self._quantity = None if quantity is None else wishes.quantity(quantity)
        desk.bus.publish(events.Signal(now, self.name, symbol, direction, conviction, stop, target, reason, quantity))

    def let_go(self, symbol: str, reason: str) -> None:
        desk = self._desk
        symbol = wishes.text(symbol, "the symbol of what is let go")
        reason = wishes.text(reason, "the reason of what is let go")
        desk.account.market(symbol)
        desk.bus.publish(events.LetGo(desk.timeline.now_ns, self.name, symbol, reason))

    def order(self, request: OrderRequest) -> None:
        self._count_wish(self._desk.timeline.now_ns)
        request = wishes.order(request, self.name)
        self.orders += 1
        desk = self._desk.orders
        if desk.is_killed:
            desk.refuse(request, _KILLED)
        else:
            desk.place(request)

    def held(self, symbol: str) -> Decimal:
        return self._desk.account.held_by(self.name, symbol)

    def market(self, symbol: str) -> Market:
        return self._desk.account.market(symbol)

    def instrument(self, symbol: str) -> Instrument:
        return self._desk.account.instrument(symbol)

    def declare(self, feature: Feature) -> int:
        feature = wishes.feature(feature)
        handle = self._desk.features.declare(feature)
        self._desk.bars.want(feature.symbol, feature.interval_ns)
        self.declared.append((feature, handle))
        return handle

    def at(self, due_ns: int, call: Callable[..., None], *arguments: Any) -> Timer:
        due_ns = wishes.whole(due_ns, "the moment of a timer", BadSchedule)
        return self._desk.timeline.at(due_ns, self._timed, self.round, call, arguments)

    def _timed(self, round_: int, call: Callable[..., None], arguments: tuple[Any, ...]) -> None:
        if round_ == self.round:
            self.guarded(call, arguments)

    def _count_wish(self, now: int) -> None:
        if now != self._instant:
            self._instant = now
            self._wishes = 0
        self._wishes += 1
        if self._wishes > WISHES_MAX:
            raise InvalidSignal(f"{self.name} had more than {WISHES_MAX} wishes at one instant")

    def guarded(self, call: Callable[..., None], arguments: tuple[Any, ...]) -> None:
        """Call into the strategy; what it raises stays here."""
        if self.stopped is None:
            try:
                call(*arguments)
            except Exception as error:  # noqa: BLE001 - whatever a strategy raises stays its own
                self._desk.failed(self, error)


class StrategyDesk:
    """All strategies of a run."""

    def __init__(
        self,
        bus: Bus,
        timeline: Timeline,
        account: Account,
        gate: RiskGate,
        orders: OrderDesk,
        features: FeatureSource,
        native_ns: int,
        health: Health,
    ) -> None:
        self.bus = bus
        self.timeline = timeline
        self.account = account
        self.orders = orders
        self.features = features
        self.bars = BarDesk(timeline, bus.publish, native_ns)
        self.default_interval_ns = native_ns or MINUTE_NS
        self.seats: dict[str, Seat] = {}
        self.signals = 0
        self._is_prepared = False
        self._gate = gate
        self._health = health
        bus.subscribe(events.Signal, self._on_signal)
        bus.subscribe(events.CapitalAllocated, self._on_allocated)

    def add(self, strategy: Strategy) -> None:
        """Give a strategy its desk; it gets no event before `start`."""
        strategy.interval_ns = int(strategy.interval_ns) or self.default_interval_ns
        self.seats[strategy.name] = Seat(self, strategy)
        strategy.desk = self.seats[strategy.name]
        self._health.add(f"strategy {strategy.name}")

    def prepare(self) -> None:
        """Let all strategies declare what they need; from now on bars are built and features calculated."""
        if self._is_prepared:
            return
        self._is_prepared = True
        for seat in self.seats.values():
            seat.guarded(self._prepare, (seat,))
            if seat.failures:
                seat.unfit = "it could not be prepared"
        if self.bars.wanted:
            self.bus.subscribe(events.Tick, self.bars.on_tick)
            self.bus.subscribe(events.Candle, self.bars.on_candle)
        self.bus.subscribe(events.Candle, self._feature_handler())

    def _feature_handler(self) -> Handler:
        if any(_overrides(seat.strategy, "on_features") for seat in self.seats.values()):
            return self._on_candle
        symbol, *others = self.account.markets
        if others or self.bars.wanted or not self.bars.native_ns:
            return self.features.on_candle
        return self.features.only_on(symbol, self.bars.native_ns)

    def _prepare(self, seat: Seat) -> None:
        seat.strategy.prepare()
        if _overrides(seat.strategy, "on_candle"):
            for symbol in seat.strategy.symbols:
                self.bars.want(symbol, seat.strategy.interval_ns)

    def start(self, symbols: tuple[str, ...]) -> None:
        """Route events to all strategies and let them begin; one that cannot begin stays out."""
        self.prepare()
        for seat in self.seats.values():
            seat.stopped = seat.unfit
            failures = seat.failures
            seat.guarded(seat.strategy.start, ())
            if seat.failures > failures:
                self._unseat(seat, "it could not start")
            if seat.stopped is None:
                self._route(seat, symbols)
                if seat.failures:
                    self._tell_health(seat, "degraded", f"it was started again after {_count(seat.failures)}")
            else:
                self._tell_health(seat, "down", f"{seat.stopped}, {seat.last_failure}")

    def stop(self, reason: str) -> None:
        """No strategy hears anything any more; bars and features go on, so that a new start finds them warm."""
        for seat in self.seats.values():
            self._unseat(seat, reason)

    def owner_of(self, handler: Handler) -> Seat | None:
        """Whose handler this is."""
        for seat in self.seats.values():
            if handler in seat.handlers:
                return seat
        return None

    def failed(self, seat: Seat, error: Exception) -> None:
        """Count a failure and tell of it; a strategy that keeps failing is stopped, the others go on."""
        seat.failures += 1
        seat.last_failure = sentence = _told(error)
        if seat.failures >= FAILURES_MAX:
            self._unseat(seat, f"stopped after {seat.failures} failures, the last: {sentence}")
        self.bus.publish(events.ErrorOccurred(self.timeline.now_ns, seat.name, sentence, _details(error)))
        self._tell_health(seat, "down" if seat.stopped else "degraded", seat.stopped or sentence)

    def _tell_health(self, seat: Seat, state: str, reason: str) -> None:
        self._health.report(f"strategy {seat.name}", state, reason)

    def _unseat(self, seat: Seat, reason: str) -> None:
        seat.stopped = reason
        seat.round += 1
        for handler in seat.handlers:
            self.bus.unsubscribe(handler)
        seat.handlers.clear()

    def _route(self, seat: Seat, symbols: tuple[str, ...]) -> None:
        strategy = seat.strategy
        wanted = frozenset(strategy.symbols)
        sees_all = wanted.issuperset(symbols)
        for kind, hook in _HOOKS:
            if not _overrides(strategy, hook):
                continue
            handler: Handler = getattr(strategy, hook)
            if hook in _OWN:
                handler = _only_own(handler, strategy.name)
            elif hook == "on_candle" and not (sees_all and not self.bars.wanted):
                handler = _only_bars(handler, wanted, strategy.interval_ns)
            elif not sees_all:
                handler = _only_symbols(handler, wanted)
            seat.handlers.append(handler)
            self.bus.subscribe(kind, handler)

    def _on_candle(self, candle: events.Candle) -> None:
        if self.features.on_candle(candle):
            self.bus.publish(events.FeaturesReady(candle.ts, candle.symbol, candle.interval_ns))

    def _on_allocated(self, event: events.CapitalAllocated) -> None:
        for name, share in event.shares:
            if name in self.seats:
                self.seats[name].allocation = share

    def _on_signal(self, signal: events.Signal) -> None:
        self.signals += 1
        seat = self.seats[signal.strategy]
        seat.signals += 1
        seat.last = signal
        if self.orders.is_killed:
            self.orders.refuse(signal, _KILLED)
            return
        sized = self._gate.size(signal, self.account)
        if sized is None:
            return
        if isinstance(sized, Denial):
            self.orders.refuse(signal, sized)
            if self.account.held_by(signal.strategy, signal.symbol) * signal.direction >= ZERO:
                return
            # It wants to be on the other side and may not: what closes its position is no entry.
            sized = self._gate.size(msgspec.structs.replace(signal, direction=0), self.account)
            if not isinstance(sized, OrderRequest):
                return
        seat.orders += 1
        self.orders.place(sized)


def _count(failures: int) -> str:
    return f"{failures} {'failure' if failures == 1 else 'failures'}"


def _told(error: Exception) -> str:
    """What went wrong in one short line; even the words of an error may fail."""
    try:
        words = " ".join(str(error).split())
    except Exception:  # noqa: BLE001 - whatever a strategy raises stays its own
        words = "it has no words"
    return f"{type(error).__name__}: {words}"[:ERROR_LENGTH_MAX]


def _details(error: Exception) -> str:
    """Where it went wrong, for whoever mends the strategy."""
    try:
        return "".join(traceback.format_exception(error))[-DETAILS_LENGTH_MAX:]
    except Exception:  # noqa: BLE001 - as above
        return ""


def _overrides(strategy: Strategy, hook: str) -> bool:
    return getattr(type(strategy), hook) is not getattr(Strategy, hook)


def _only_own(handler: Handler, name: str) -> Handler:
    def own(event: Any) -> None:
        if event.strategy == name:
            handler(event)

    return own


def _only_symbols(handler: Handler, symbols: frozenset[str]) -> Handler:
    def chosen(event: Any) -> None:
        if event.symbol in symbols:
            handler(event)

    return chosen


def _only_bars(handler: Handler, symbols: frozenset[str], interval_ns: int) -> Handler:
    def chosen(candle: events.Candle) -> None:
        if candle.symbol in symbols and candle.ts - candle.start == interval_ns:
            handler(candle)

    return chosen
