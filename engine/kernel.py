"""The kernel: one event after another in, orders and facts out. It never waits, looks at a clock or touches a socket.

The same object trades history, the built-in market and a real exchange; only what feeds it and what it sends to differ.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from enum import StrEnum

import msgspec

from engine import events
from engine.account import DAY_NS, Account
from engine.bus import Bus, Handler
from engine.client_ids import ClientIds
from engine.clock import SECOND_NS, Timeline
from engine.commands import Command
from engine.digest import Digest
from engine.errors import IllegalTransition
from engine.features import FeatureSource
from engine.gate import RiskGate
from engine.guard import Band, Guard
from engine.instruments import HOUR_NS, Instrument
from engine.markets import Markets
from engine.order_desk import OrderDesk
from engine.strategy_desk import StrategyDesk
from engine.stream import Stream

JUDGE_EVERY_NS = SECOND_NS


class State(StrEnum):
    """What the engine is doing, as people and programs read it."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    REDUCE_ONLY = "reduce_only"
    HALTED = "halted"
    KILLED = "killed"
    STOPPING = "stopping"


class KernelSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a kernel is built with, beside its parts."""

    capital: Decimal
    start_ns: int
    leverage: Decimal = Decimal(1)
    epoch: int = 0  # names the account in client ids; drawn from the seed in simulated feeds
    native_ns: int = 0  # the interval of the feed's own bars, 0 when it brings trades


_HASHED = (
    events.Execution,
    events.FundingPaid,
    events.Transferred,
    events.OrderDenied,
    events.OrderRejected,
    events.OrderCancelled,
    events.OrderExpired,
    events.OrderAmended,
    events.Halt,
    events.HaltLifted,
    events.EmergencyStop,
    events.StateChanged,
)


class Kernel:
    """Joins the engine's parts around one bus and one timeline."""

    def __init__(
        self,
        settings: KernelSettings,
        timeline: Timeline,
        instruments: Sequence[Instrument],
        gate: RiskGate,
        features: FeatureSource,
        send: Callable[[Command], None],
    ) -> None:
        self.settings = settings
        self.timeline = timeline
        self.gate = gate
        self.symbols = tuple(instrument.symbol for instrument in instruments)
        self.markets = Markets(instruments)
        self.account = Account(self.markets, settings.capital, timeline.now_ns, settings.leverage)
        self.bus = Bus(self._on_failure)
        self.errors = 0
        self.digest = Digest()
        self._guarding = settings.native_ns > 0  # bars are looked at as they come, not second by second
        self._band = Band(settings.capital, gate.level(self.account), settings.capital)
        self._guard = Guard(self.account, self._band)
        timeline.every(DAY_NS, self.judge)
        timeline.every(HOUR_NS, self._end_hour)
        self._killed = False
        self._started = False
        self._paused: str | None = None
        self._gate_closed: str | None = None
        self._told_state = State.STOPPED

        # Subscription order is the order of work: prices, then the books, then those who decide.
        subscribe = self.bus.subscribe
        subscribe(events.Tick, self.markets.on_tick)
        subscribe(events.Quote, self.markets.on_quote)
        subscribe(events.BarOpened, self.markets.on_bar_opened)
        if settings.native_ns:  # bars that we build from trades say nothing that the trades did not
            subscribe(events.Candle, self._on_candle)
        subscribe(events.MarkPrice, self.markets.on_mark)
        subscribe(events.FundingRate, self.markets.on_funding_rate)
        subscribe(events.FundingPaid, self._on_funding_paid)
        subscribe(events.Transferred, self._on_transferred)
        subscribe(events.PositionChanged, self._on_position_changed)
        subscribe(events.Halt, self._on_halt)
        subscribe(events.HaltLifted, self._on_halt)
        subscribe(events.ErrorOccurred, self._on_error)
        for kind in _HASHED:
            subscribe(kind, self.digest.add)
        self.orders = OrderDesk(self.bus, timeline, self.account, gate, ClientIds(settings.epoch), send)
        self.stream = Stream(self.bus)
        self.strategies = StrategyDesk(
            self.bus, timeline, self.account, gate, self.orders, features, settings.native_ns
        )
        self._refresh_entries()

    # --- states

    @property
    def state(self) -> State:
        """The strictest thing that is true."""
        if self._killed:
            return State.KILLED
        if not self._started:
            return State.STOPPED
        if self.gate.halted() is not None:
            return State.HALTED
        if self._gate_closed is not None:
            return State.REDUCE_ONLY
        return State.PAUSED if self._paused is not None else State.RUNNING

    def prepare(self) -> None:
        """Let the strategies declare what they need to know; market data before the start warms it up."""
        self.strategies.prepare()

    def start(self) -> None:
        """Let the strategies work."""
        if not self._started:
            self._started = True
            self._refresh_entries()  # a pause from before must hold for the first wish
            self.strategies.start(self.symbols)
        self.tell_state("started")

    def stop(self, reason: str) -> None:
        """Let the strategies rest; positions keep their stops."""
        if self._started:
            self._started = False
            self.strategies.stop(reason)
        self.tell_state(reason)

    def pause(self, reason: str | None) -> None:
        """Close entries for a reason, or open them again with None; exits go on."""
        self._paused = reason
        if reason is not None:
            self.orders.cancel_entries()
        self.tell_state(reason or "resumed")

    def close_gate(self, reason: str | None) -> None:
        """Nothing that adds risk leaves any more, until a person opens the gate again."""
        self._gate_closed = reason
        self.tell_state(reason or "gate opened")

    def kill(self, reason: str) -> None:
        """Close the gate for the rest of this run."""
        self._killed = True
        self._refresh_entries()  # first of all: everything after this line may take its time
        self.bus.publish(events.EmergencyStop(self.timeline.now_ns, reason))
        self.tell_state(reason)

    def tell_state(self, reason: str) -> None:
        """Publish a change of state, if there is one."""
        self._refresh_entries()
        state = self.state
        if state is not self._told_state:
            before, self._told_state = self._told_state, state
            self.bus.publish(events.StateChanged(self.timeline.now_ns, before, state, reason))

    def _refresh_entries(self) -> None:
        """Why no position may grow, in one attribute that the order desk reads."""
        halt = self.gate.halted()
        if self._killed:
            reason: str | None = "the kill switch was used"
        elif halt is not None:
            reason = f"entries are halted: {halt}"
        elif self._gate_closed is not None:
            reason = self._gate_closed
        else:  # a pause is for the strategies: while they rest, an operator may trade by hand
            reason = self._paused if self._started else None
        self.account.entries_closed = reason

    # --- losses

    def _on_position_changed(self, _: events.PositionChanged) -> None:
        """A fill moves the equity by its fee and its price: look at once, exactly where the guard says so."""
        self._guard = Guard(self.account, self._band)
        self._look()
        if not self._guarding:
            self._keep_watching()

    def judge(self) -> None:
        """Hold the account against its limits, exactly, and prepare the guard that says when to do so again."""
        now = self.timeline.now_ns
        account = self.account
        equity = account.observe(now)
        for event in self.gate.judge(equity, account):
            self.bus.publish(event)
        self._band = Band(equity, self.gate.level(account), account.peak_equity)
        self._guard = Guard(account, self._band)
        self._keep_watching()

    def _keep_watching(self) -> None:
        if self._guard.is_exposed and not self._guarding:
            self._guarding = True
            self.timeline.post(self.timeline.now_ns + JUDGE_EVERY_NS, self._watch)

    def _watch(self) -> None:
        """Every second while a position is open, where the feed brings trades."""
        if not self._guard.is_exposed:
            self._guarding = False
            return
        self._look()
        self.timeline.post(self.timeline.now_ns + JUDGE_EVERY_NS, self._watch)

    def _on_candle(self, candle: events.Candle) -> None:
        """The close of a bar of the feed is the last price; then the losses, once all bars of the moment are there."""
        market = self.markets[candle.symbol]
        market.last = candle.close
        market.updated_ns = candle.ts
        guard = self._guard
        if market is guard.lone and guard.lowest < candle.close < guard.highest and market.mark is None:
            return
        if guard.is_exposed and guard.estimate(candle.ts) is None:
            self.judge()

    def _end_hour(self) -> None:
        self.markets.sample()
        if self.settings.native_ns:  # beside trades, the watch keeps the curve
            estimate = self._guard.estimate()
            self.account.note(self.timeline.now_ns, float(self.account.equity()) if estimate is None else estimate)

    def _look(self) -> None:
        """The float guard, and the exact judgement where it says so."""
        estimate = self._guard.estimate()
        if estimate is None:
            self.judge()
        else:
            self.account.note(self.timeline.now_ns, estimate)

    def _on_halt(self, event: events.Halt | events.HaltLifted) -> None:
        self.tell_state(event.reason)
        if isinstance(event, events.Halt):
            self.orders.cancel_entries()

    def _on_funding_paid(self, event: events.FundingPaid) -> None:
        self.account.fund(event.symbol, event.amount)
        self.judge()

    def _on_transferred(self, event: events.Transferred) -> None:
        self.account.transfer(event.amount)
        self.judge()

    # --- failures

    def _on_failure(self, handler: Handler, event: events.Event, error: Exception) -> None:
        """A strategy's failure is isolated; one of the engine's own parts is a bug and stops the run.

        What the venue says of an order and the order's life forbids is neither: it is told, the books keep what was
        paid, and no more risk is taken until a person has looked.
        """
        seat = self.strategies.owner_of(handler)
        if seat is not None:
            self.strategies.failed(seat, error)
        elif isinstance(error, IllegalTransition):
            self.orders.discrepancy(str(error))
            self.close_gate(f"our books and the venue's differ: {error}")
        else:
            self.errors += 1
            raise error

    def _on_error(self, _: events.ErrorOccurred) -> None:
        self.errors += 1

    # --- proof

    def state_hash(self) -> str:
        """The hash of everything that settled and of what is open now."""
        account = self.account
        ledger = account.ledger
        return self.digest.hash_with(
            {
                "deposits": ledger.deposits,
                "realised": ledger.realised,
                "fees": ledger.fees,
                "funding": ledger.funding,
                "peak": account.peak_equity,
                "day_start": account.day_start_equity,
                "positions": [
                    (symbol, position.quantity, position.cost, position.realised, position.fees, position.funding)
                    for symbol, position in sorted(ledger.positions.items())
                ],
                "orders": [
                    (
                        order.id,
                        order.symbol,
                        order.side,
                        order.quantity,
                        order.filled,
                        order.price,
                        order.trigger_price,
                        order.status,
                    )
                    for _, order in sorted(account.open_orders.items())
                ],
                "state": self.state,
                "shares": [
                    (strategy, symbol, share.quantity, share.cost, share.realised, share.fees, share.funding)
                    for (strategy, symbol), share in sorted(account.owned.items())
                ],
                "limits": self.gate.view(account).limits,
            }
        )
