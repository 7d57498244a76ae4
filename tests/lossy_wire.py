"""A bad network between the engine and the simulated venue, and an engine on it that can be killed and started anew.

Everything on the wire is real: the venue with its memory, the kernel, the journal's rows, the fold and the recovery.
The network loses, doubles, delays and reorders what it carries, in both directions; what is under way outlives the
engine.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

from analytics.features import RunningFeatures
from engine import events
from engine.clock import Timeline
from engine.commands import Command, SubmitOrder
from engine.exchange.correspondence import Correspondence
from engine.exchange.patience import Patience
from engine.exchange.questions import Question, Reply
from engine.gate import OrderRequest
from engine.kernel import Kernel, KernelSettings
from engine.orders import Order
from engine.record.folding import Fold
from engine.record.recorder import Recorder
from engine.recovery.outside import Outside
from engine.recovery.recovery import Recovery
from engine.simulation.memory import Memory
from engine.simulation.venue import Latency, SimulatedVenue
from risk.open_gate import OpenGate
from tests.correspondence_stage import Frozen
from tests.journal_in_memory import MemoryJournal, MemoryTicket
from tests.rehearsal import PERP, SECOND, START, instrument

MS = 1_000_000
PATIENCE = Patience()


@dataclass
class Weather:
    """How bad the network is; the probabilities are for each message."""

    loss: float = 0.0
    twice: float = 0.0
    slowest_ms: int = 0

    def delays_ns(self, rng: Random) -> list[int]:
        """When the copies of one message arrive, if any does."""
        copies = 0 if rng.random() < self.loss else 2 if rng.random() < self.twice else 1
        return [rng.randint(0, self.slowest_ms) * MS for _ in range(copies)]


class Pages:
    """A journal that takes rows from the living engine alone."""

    def __init__(self, journal: MemoryJournal, executions: set[str], is_alive: Callable[[], bool]) -> None:
        self._journal = journal
        self._executions = executions
        self._is_alive = is_alive

    def append(self, kind: str, body: object, time_ns: int, **more: Any) -> MemoryTicket:
        if not self._is_alive():
            return MemoryTicket(0)
        if kind == "execution":
            assert isinstance(body, dict)
            assert body["exec_id"] not in self._executions, "the database refuses a second row for one execution"
            self._executions.add(body["exec_id"])
        return self._journal.append(kind, body, time_ns, **more)


class Engine:
    """One incarnation."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.is_up = True
        timeline = world.timeline
        self.recorder = Recorder(
            Pages(world.journal, world.executions, lambda: self.is_up), timeline, "sim", waits=False
        )
        self.kernel = Kernel(
            KernelSettings(capital=Decimal(100_000), start_ns=START, leverage=Decimal(10)),
            timeline,
            [instrument(PERP)],
            OpenGate(),
            RunningFeatures(),
            lambda _: None,
            self.recorder,
        )
        self.frozen = Frozen()
        self.parts = Correspondence(
            self.kernel,
            self,
            self.frozen,
            cancel_orphan=lambda _: None,
            floor_ns=START,
            patience=PATIENCE,
        )
        self.recorder.send = self.parts.courier.send
        self.desk = self.kernel.orders
        self.account = self.kernel.account

    def start(self, dies_at: str = "") -> None:
        """Fold what was written, then the start sequence, as far as it gets."""

        def fault_point(name: str) -> None:
            if name == dies_at:
                self.is_up = False

        fold = Fold(self.kernel)
        now = self.world.timeline.now_ns
        fold.take(self.world.journal.rows)
        fold.finish()
        self.world.timeline.now_ns = now
        assert fold.differences == []
        self.recorder.is_silent = False
        self.recovery = Recovery(self.kernel, self.parts, Outside(), {}, START, fault_point=fault_point)
        self.recovery.begin()

    # --- its side of the wire

    def send(self, command: Command) -> None:
        if self.is_up:
            self.world.carry_out(command)

    def ask(self, question: Question, answer: Callable[[Reply], None]) -> None:
        if self.is_up:
            self.world.carry_question(self, question, answer)


class World:
    """A venue, a network, and the engine of the moment."""

    def __init__(self, seed: int, weather: Weather) -> None:
        self.rng = Random(seed)
        self.weather = weather
        self.timeline = Timeline(START)
        self.journal = MemoryJournal()
        self.executions: set[str] = set()  # all that were ever written down
        self.stream_is_up = True
        self.price = 100.0
        self.carried: list[Command] = []
        self.venue = SimulatedVenue(
            self.timeline,
            [instrument(PERP)],
            self._told,
            capital=Decimal(100_000),
            latency=Latency(index_ns=2 * SECOND),
            leverage=Decimal(10),
        )
        self.venue.remember(Memory())
        self.engine = Engine(self)
        self.tick(0.0)
        self.engine.start()

    # --- the network

    def carry_out(self, command: Command) -> None:
        """On its way; what arrives after its window is refused by the exchange without a word that reaches us."""
        self.carried.append(command)
        for delay in self.weather.delays_ns(self.rng):
            if not isinstance(command, SubmitOrder) or delay <= PATIENCE.receive_ns:
                self.timeline.post(self.timeline.now_ns + delay, self.venue.send, command)

    def carry_question(self, engine: Engine, question: Question, answer: Callable[[Reply], None]) -> None:
        def arrive() -> None:
            self.venue.ask(question, back)

        def back(reply: Reply) -> None:
            for delay in self.weather.delays_ns(self.rng):
                self.timeline.post(self.timeline.now_ns + delay, give, reply)

        def give(reply: Reply) -> None:
            if engine.is_up:
                answer(reply)

        for delay in self.weather.delays_ns(self.rng)[:1]:
            self.timeline.post(self.timeline.now_ns + delay, arrive)

    def _told(self, event: events.Event) -> None:
        if self.stream_is_up:
            for delay in self.weather.delays_ns(self.rng):
                self.timeline.post(self.timeline.now_ns + delay, self._hear, event)

    def _hear(self, event: events.Event) -> None:
        if self.engine.is_up:
            self.engine.parts.catch_up.deliver(event)

    # --- what happens

    def tick(self, change: float) -> None:
        """Somebody trades."""
        self.price = round(max(20.0, self.price * (1 + change)) * 2) / 2
        tick = events.Tick(self.timeline.now_ns, PERP, self.price, 1_000.0)
        self.venue.on_tick(tick)
        if self.engine.is_up:
            self.engine.kernel.bus.publish(tick)

    def pass_time(self, seconds: float) -> None:
        """A market that trades every half second."""
        until = self.timeline.now_ns + int(seconds * SECOND)
        while self.timeline.now_ns < until:
            self.timeline.advance(min(until, self.timeline.now_ns + SECOND // 2))
            self.tick(self.rng.uniform(-0.002, 0.002))

    def place(self, side: int, quantity: str, **wishes: Any) -> Order:
        return self.engine.desk.place(
            OrderRequest(symbol=PERP, side=side, quantity=Decimal(quantity), strategy="ema", **wishes)
        )

    def drop_stream(self) -> None:
        self.stream_is_up = False
        self.engine.parts.courier.stream_lost("the connection broke")

    def reconnect(self) -> None:
        self.stream_is_up = True
        self.engine.parts.courier.stream_back()

    def crash(self, down_s: float, dies_at: str = "") -> None:
        """kill -9, and after a while a new start. What is on the wire arrives."""
        self.engine.is_up = False
        self.pass_time(down_s)
        self.stream_is_up = True
        self.engine = Engine(self)
        self.tick(0.0)
        self.engine.start(dies_at)

    # --- the truth

    def differences(self) -> list[str]:
        """Where the two sets of books differ, from the venue's own ledger."""
        engine, venue = self.engine, self.venue
        ours, theirs = engine.account.ledger, venue.account
        position = venue.position(PERP)
        pairs = {
            "position": (engine.account.held(PERP), position.quantity),
            "money": (
                (ours.cash - ours.position(PERP).cost).quantize(Decimal("1e-8")),
                (theirs.cash - position.cost).quantize(Decimal("1e-8")),
            ),
            "funding": (ours.funding, theirs.funding),
            "deposits": (ours.deposits, theirs.deposits),
            "fees": (ours.fees, theirs.fees),
            "orders": (
                sorted((o.id, o.quantity, o.filled, o.trigger_price) for o in engine.account.open_orders.values()),
                sorted((o.order_id, o.quantity, o.filled, o.trigger_price) for o in venue.open_orders()),
            ),
            "unknown": (engine.parts.inquiry.unknown, 0),
            "verdict": (engine.parts.reconcile.verdict, "equal"),
            "discrepancies": (engine.parts.reconcile.discrepancies, ()),
            "frozen": (engine.frozen.scopes, {}),
            "unexplained news": (engine.desk.counts["discrepancies"], 0),
        }
        return [f"{name}: ours {mine}, theirs {other}" for name, (mine, other) in pairs.items() if mine != other]
