"""The kernel: one event after another in, orders and facts out. It never waits, looks at a clock or touches a socket.

The same object trades history, the built-in market and a real exchange; only what feeds it and what it sends to differ.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial

import msgspec

from engine import events
from engine.account import Account
from engine.bus import Bus, Handler
from engine.client_ids import ClientIds
from engine.clock import Timeline
from engine.commands import Command
from engine.days import start_hour
from engine.errors import IllegalTransition
from engine.exchange.door import Door
from engine.exchange.sight import OwnBooks, Sight
from engine.features import FeatureSource
from engine.gate import RiskGate
from engine.instruments import HOUR_NS, Instrument
from engine.losses import Losses
from engine.markets import Markets
from engine.order_desk import OrderDesk
from engine.record.digest import Digest
from engine.record.evidence import evidence
from engine.record.open_state import open_state
from engine.record.recorder import Recorder
from engine.safety.health import Health
from engine.states import Standing, State
from engine.strategy_desk import StrategyDesk
from engine.stream import Stream


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
    events.TierChanged,
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
        recorder: Recorder | None = None,
    ) -> None:
        self.settings = settings
        self.timeline = timeline
        self.gate = gate
        self.symbols = tuple(instrument.symbol for instrument in instruments)
        self.markets = Markets(instruments)
        self.account = Account(
            self.markets, settings.capital, timeline.now_ns, settings.leverage, start_hour(gate.in_force())
        )
        self.bus = Bus(self._on_failure)
        self.recorder = recorder
        if recorder is not None:
            recorder.listen(self.bus)  # first of all: what is told is written down before anybody acts on it
        self.expected: list[events.Event] | None = None  # while a journal is folded: what follows from its rows
        self.errors = 0
        self.digest = Digest()
        native_ns = settings.native_ns
        self.losses = losses = Losses(timeline, self.account, self.markets, gate, native_ns, recorder, self._tell)
        self.judge = losses.judge
        timeline.every(HOUR_NS, self._end_hour)
        self._killed = self._started = self._has_run = False
        self._paused: str | None = None
        self._gate_closed: str | None = None  # by a person
        self._degraded: str | None = None  # by a fault
        self._resting: str | None = None  # why the strategies rest until a person starts them; a crash wakes nobody
        self._recovering = False
        self.door: Door | None = None  # what leaves for a venue that is not of this process passes it
        self.sight: Sight = OwnBooks(self.account)  # what is held and open, as somebody knows who can be asked
        self._told_state = State.STOPPED

        # Subscription order is the order of work: prices, then the books, then those who decide.
        subscribe = self.bus.subscribe
        subscribe(events.Tick, self.markets.on_tick)
        subscribe(events.Quote, self.markets.on_quote)
        subscribe(events.BarOpened, self.markets.on_bar_opened)
        if native_ns:  # bars that we build from trades say nothing that the trades did not
            subscribe(events.Candle, losses.on_candle)
        subscribe(events.MarkPrice, self.markets.on_mark)
        subscribe(events.FundingRate, self.markets.on_funding_rate)
        subscribe(events.FundingPaid, losses.on_funding_paid)
        subscribe(events.Transferred, losses.on_transferred)
        subscribe(events.PositionChanged, losses.on_position_changed)
        subscribe(events.Halt, self._on_halt)
        subscribe(events.HaltLifted, self._on_halt)
        subscribe(events.ErrorOccurred, self._on_error)
        for kind in _HASHED:
            subscribe(kind, self.digest.add)
        self.orders = OrderDesk(self.bus, timeline, self.account, gate, ClientIds(settings.epoch), send, recorder)
        self.stream = Stream(self.bus)
        self.health = Health(timeline, self.bus)
        self.health.add("engine")
        self.strategies = StrategyDesk(
            self.bus, timeline, self.account, gate, self.orders, features, native_ns, self.health
        )
        if recorder is not None:
            recorder.fair = lambda symbol: self.markets[symbol].fair
            self.orders.evidence = partial(evidence, self)
        self._refresh_entries()

    # --- states

    @property
    def state(self) -> State:
        """A kill before all else; then whether it works at all; while it does, the strictest thing that is true."""
        if self._killed:
            return State.KILLED
        if not self._started:
            return State.STARTING if self._recovering else State.STOPPED
        if self.gate.halted() is not None:
            return State.HALTED
        if self._gate_closed is not None or self._degraded is not None:
            return State.REDUCE_ONLY
        return State.PAUSED if self._paused is not None else State.RUNNING

    @property
    def closed(self) -> str | None:
        """Why no position may grow, whoever wants it and whether strategies work or rest; a kill is more."""
        halt = self.gate.halted()
        if halt is not None:
            return f"entries are halted: {halt}"
        reasons = self._gate_closed, self._degraded, self._paused
        return next((reason for reason in reasons if reason is not None), None)

    def prepare(self) -> None:
        """Let the strategies declare what they need to know; market data before the start warms it up."""
        self.strategies.prepare()

    @property
    def standing(self) -> Standing:
        """What holds beyond a run."""
        closed = self._paused, self._gate_closed, self._degraded
        rest = self._resting, self._recovering, self._has_run
        return Standing(self._killed, self._started, *closed, self._told_state, *rest)

    def stand(self, standing: Standing) -> None:
        """Take up what held when a state was saved, under the limits of then."""
        self._follow_limits()
        self._killed, self._started = standing.killed, standing.started
        self._paused, self._gate_closed, self._degraded = standing.paused, standing.gate_closed, standing.degraded
        self._resting, self._recovering = standing.resting, standing.recovering
        self._has_run = standing.has_run
        self._told_state = standing.told_state
        self._refresh_entries()

    def begin_run(self, limits: Mapping[str, Decimal]) -> None:
        """A run begins on what earlier ones left: halts, kills and pauses hold, the strategies rest until `start`."""
        self.gate.configure(limits)
        self._follow_limits()
        if not self._has_run:  # who reads a journal was made when that was, perhaps days after its first run
            self._has_run = True
            self.account.begin_day(self.timeline.now_ns)
        self.losses.await_day_end()
        self._started = False
        self._degraded = None  # every fault is looked for anew
        self.tell_state("a new run begins")

    def recover(self) -> None:
        """Until `start` nothing may grow: the exchange is being asked what happened."""
        self._recovering = True
        self._note("recover", None)
        self.tell_state("the exchange is asked what happened")

    def go_on(self) -> None:
        """Work, unless the strategies were let rest: before a crash, or while the exchange was being asked."""
        if self._resting is None:
            self.start()
        else:
            self.stop(self._resting)

    def end_run(self) -> None:
        """It ends in order: who begins the next one wants the strategies to work."""
        self._resting = None

    def start(self) -> None:
        """Let the strategies work."""
        self._recovering = False
        self._resting = None
        if not self._started:
            self._note("start", None)
            self._started = True
            self._refresh_entries()  # the first wish must find what holds now
            if self.expected is None:
                for event in self.gate.seat(tuple(self.strategies.seats), self.account, self.timeline.now_ns):
                    self._tell(event)
                self.strategies.start(self.symbols)
        self.tell_state("started")

    def stop(self, reason: str) -> None:
        """Let the strategies rest; positions keep their stops."""
        if self._started or self._recovering:
            self._note("stop", reason)
            self._started = self._recovering = False
            self._resting = reason
            self.strategies.stop(reason)
        self.tell_state(reason)

    def pause(self, reason: str | None) -> None:
        """Close entries for a reason, or open them again with None; exits go on."""
        self._note("pause", reason)
        self._paused = reason
        if reason is not None:
            self._cancel_entries()
        self.tell_state(reason or "resumed")

    def close_gate(self, reason: str | None) -> None:
        """Nothing that adds risk leaves any more, until a person opens the gate again."""
        self._gate_closed = reason
        self._refresh_entries()
        self._note("gate", reason)
        self.tell_state(reason or "gate opened")

    def degrade(self, reason: str | None) -> None:
        """Close entries for a fault, or open them again with None; what a person closed stays closed."""
        self._degraded = reason
        self._refresh_entries()
        self._note("degrade", reason)
        if reason is not None:
            self._cancel_entries()
        self.tell_state(reason or "what was at fault is over")

    def kill(self, reason: str) -> None:
        """Close the gate until a person opens it again, in a later run if need be."""
        self.shut()  # first of all: everything after this line may take its time, or fail
        try:
            self._note("kill", reason)
        finally:
            try:
                self._tell(events.EmergencyStop(self.timeline.now_ns, reason))
            finally:
                self.tell_state(reason)

    def shut(self, reason: str | None = None) -> None:
        """What a kill does first, or a closing of the gate for a reason: attributes alone, and nobody is told."""
        if reason is None:
            self._killed = True
        else:
            self._gate_closed = reason
        self._refresh_entries()

    def revive(self, reason: str) -> None:
        """A person who looked opens what a kill has closed."""
        self._note("revive", reason)
        self._killed = False
        self.tell_state(reason)

    def tell_state(self, reason: str) -> None:
        """Publish a change of state, if there is one."""
        self._refresh_entries()
        state = self.state
        if state is not self._told_state:
            before, self._told_state = self._told_state, state
            self._tell(events.StateChanged(self.timeline.now_ns, before, state, reason))

    def change_limit(self, key: str, value: str) -> str:
        """Set one limit of the gate by name; raises `CommandRefused`."""
        told = self.gate.change(key, value)
        self._follow_limits()
        if self.recorder is not None:
            self.recorder.note("input", {"what": "limit", "key": key, "value": value})
        return told

    def _follow_limits(self) -> None:
        """A position ties up its value over the leverage that the gate allows; a day begins when the gate says."""
        limits, account = self.gate.in_force(), self.account
        account.leverage = limits.get("max_leverage", account.leverage)
        account.day_starts_h = start_hour(limits)

    def lift_halt(self, scope: str, reason: str) -> None:
        """A person who may do so lifts a halt; losses are measured from the equity of now."""
        self.judge()
        if self.recorder is not None:
            self.recorder.note("reset", {"what": "lift", "scope": scope, "reason": reason})
        account = self.account
        for event in self.gate.lift(scope, account.equity(), account, self.timeline.now_ns, reason):
            self._tell(event)
        self.judge()

    def net_out(self, symbol: str) -> None:
        """What strategies hold against each other goes when the account holds nothing."""
        if self.recorder is not None and symbol in self.account.ledger.positions:
            marks = {symbol: self.markets[symbol].fair}
            self.recorder.note("adjustment", {"what": "net_out", "symbol": symbol, "marks": marks})
        self.account.net_out(symbol)

    def _note(self, what: str, reason: str | None) -> None:
        """Write down a change that a command or a fault made, so that a later run finds it."""
        if self.recorder is not None:
            self.recorder.note("mode", {"what": what, "reason": reason})

    def _tell(self, event: events.Event) -> None:
        """Publish what follows; while a journal is folded, its own row will."""
        if self.expected is None:
            self.bus.publish(event)
        else:
            self.expected.append(event)

    def _cancel_entries(self) -> None:
        if self.expected is None:
            self.orders.cancel_entries()

    def _refresh_entries(self) -> None:
        """Why no position may grow, in one attribute that the order desk reads."""
        reason = "the kill switch was used" if self._killed else self.closed
        if reason is None and self._recovering:
            reason = "the start is not finished"
        self.account.entries_closed = reason
        self.orders.is_killed = self._killed
        door = self.door
        if door is not None and (door.closed, door.is_killed) != (reason, self._killed):
            door.set(reason, is_killed=self._killed)

    # --- what the clock and the gate tell

    def note_prices(self) -> None:
        """Write down the prices of now, so that a later run goes on at them."""
        if self.recorder is not None:
            prices = {symbol: market.fair for symbol, market in self.markets.items()}
            self.recorder.note("input", {"what": "prices", "marks": prices})

    def _end_hour(self) -> None:
        self.markets.sample()
        if self.recorder is not None:
            self.recorder.note("input", {"what": "proof", "state_hash": self.state_hash()})
        self.losses.end_hour()

    def _on_halt(self, event: events.Halt | events.HaltLifted) -> None:
        self.tell_state(event.reason)
        if isinstance(event, events.Halt):
            self._cancel_entries()

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
        return self.digest.hash_with(open_state(self))
