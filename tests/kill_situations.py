"""Situations for a kill, drawn from a seed: a real kernel, courier and venue, and a bad wire and disk between them.

What is held against the end is the venue's own truth, never our books.
"""

from collections import deque
from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

from analytics.features import RunningFeatures
from engine import events
from engine.answers import Answer
from engine.clock import Timeline
from engine.commands import CancelOrder, Command, OrderType, SubmitOrder
from engine.errors import CommandRefused, NotWritten
from engine.exchange.correspondence import Correspondence
from engine.exchange.questions import Question, Reply
from engine.facade import Ask, Verb
from engine.gate import OrderRequest
from engine.kernel import Kernel, KernelSettings
from engine.operator import Operator
from engine.orders import Status
from engine.record.recorder import Recorder
from engine.simulation.memory import Memory
from engine.simulation.venue import Latency, SimulatedVenue
from engine.strategy import Strategy
from engine.unwinding.closing import closes
from risk.open_gate import OpenGate
from tests.correspondence_stage import Frozen, Slip
from tests.journal_in_memory import MemoryJournal
from tests.lossy_wire import PATIENCE, Weather
from tests.rehearsal import PERP, SECOND, SPOT, START, instrument

STEP_NS = SECOND // 2
SYMBOLS = (PERP, SPOT)


class LateJournal:
    """Rows that are durable after a while, never, or not even taken."""

    def __init__(self, timeline: Timeline, late_ns: Callable[[], int | None]) -> None:
        self.pages = MemoryJournal()
        self.is_broken = False
        self._timeline = timeline
        self._late_ns = late_ns

    def append(self, kind: str, body: object, time_ns: int, **more: Any) -> Slip:
        if self.is_broken:
            raise NotWritten("the disk is full")
        self.pages.append(kind, body, time_ns, **more)
        slip = Slip(None)
        late = self._late_ns()
        if late == 0:
            slip.settle()
        elif late is not None:
            self._timeline.post(self._timeline.now_ns + late, slip.settle)
        return slip


class Looping(Strategy):
    """Wants something at every tick, and again when it is refused."""

    def __init__(self, rng: Random) -> None:
        super().__init__("looping", SYMBOLS, {})
        self._rng = rng

    def on_tick(self, tick: events.Tick) -> None:
        self._want(tick.symbol, tick.price)

    def on_denied(self, denial: events.OrderDenied) -> None:
        if self._rng.random() < 0.5:
            self._want(denial.symbol, 100.0)

    def _want(self, symbol: str, price: float) -> None:
        rng = self._rng
        held = self.desk.held(symbol)
        is_exit = bool(held) and rng.random() < 0.5
        side = (-1 if held > 0 else 1) if is_exit else rng.choice((1, -1))
        near = Decimal(round(price * 2)) / 2 + Decimal(side * rng.choice((-1, 1, 4))) / 2
        is_limit = rng.random() < 0.5
        size = Decimal(rng.randint(1, 30)) / 10
        if is_exit and symbol == SPOT:
            size = min(size, abs(held) // Decimal("0.001") * Decimal("0.001"))
        if size <= 0 or (symbol == SPOT and side < 0 and not is_exit):
            return
        self.desk.order(
            OrderRequest(
                symbol=symbol,
                side=side,
                quantity=size,
                type=OrderType.LIMIT if is_limit else OrderType.MARKET,
                price=near if is_limit else None,
                reduce_only=is_exit,
                strategy="looping",
                reason="again",
            )
        )


class Situation:
    """One engine, one venue, and everything that is wrong between them."""

    def __init__(self, seed: int) -> None:
        rng = self.rng = Random(seed)
        self.timeline = Timeline(START)
        self.weather = Weather()
        self.weather_after = Weather(
            loss=rng.choice((0.0, 0.0, 0.05, 0.2)),
            twice=rng.choice((0.0, 0.0, 0.3)),
            slowest_ms=rng.choice((0, 20, 400, 1_000, 2_000)),
        )
        self.late_ns = rng.choice((0, 0, 5_000_000, 700_000_000, 3 * SECOND, None))
        self.is_slow = False
        self.is_thin = rng.random() < 0.3
        self.price = dict.fromkeys(SYMBOLS, 100.0)
        self.killed_ns: int | None = None
        self.after_kill: list[Command] = []
        self.before_kill: set[str] = set()  # orders whose bytes had left
        self.arrived: set[str] = set()  # orders that the venue has seen
        self.faults: list[str] = []
        self._positions: deque[tuple[int, str, Decimal]] = deque()
        self.venue = SimulatedVenue(
            self.timeline,
            [instrument(symbol) for symbol in SYMBOLS],
            self._told,
            capital=Decimal(1_000_000),
            latency=Latency(index_ns=SECOND),
            leverage=Decimal(10),
        )
        self.venue.remember(Memory())
        self.journal = LateJournal(self.timeline, lambda: self.late_ns if self.is_slow else 0)
        self.kernel = Kernel(
            KernelSettings(capital=Decimal(1_000_000), start_ns=START, leverage=Decimal(10)),
            self.timeline,
            [instrument(symbol) for symbol in SYMBOLS],
            OpenGate(),
            RunningFeatures(),
            lambda _: None,
            Recorder(self.journal, self.timeline, "sim", waits=False),
        )
        self.account = self.kernel.account
        recorder = self.kernel.recorder
        assert recorder is not None
        self.parts = Correspondence(
            self.kernel, self, Frozen(), cancel_orphan=lambda _: None, floor_ns=START, patience=PATIENCE
        )
        self.kernel.door = self.parts.door
        recorder.send = self.parts.courier.send
        recorder.when_lost = self.kernel.close_gate
        recorder.is_silent = False
        self.operator = Operator(self.kernel, None)
        self._held = dict.fromkeys(SYMBOLS, Decimal(0))
        self.tick(0.0)
        if rng.random() < 0.6:
            self.kernel.strategies.add(Looping(rng))
        self.kernel.start()

    # --- the wire

    def send(self, command: Command) -> None:
        if self.killed_ns is None:
            self.before_kill.add(command.order_id)
        else:
            self._check(command)
        for delay in self.weather.delays_ns(self.rng):
            if not isinstance(command, SubmitOrder) or delay <= PATIENCE.receive_ns:
                self.timeline.post(self.timeline.now_ns + delay, self.venue.send, command)

    def ask(self, question: Question, answer: Callable[[Reply], None]) -> None:
        def back(reply: Reply) -> None:
            for delay in self.weather.delays_ns(self.rng):
                self.timeline.post(self.timeline.now_ns + delay, answer, reply)

        for delay in self.weather.delays_ns(self.rng)[:1]:
            self.timeline.post(self.timeline.now_ns + delay, self.venue.ask, question, back)

    def _told(self, event: events.Event) -> None:
        if isinstance(event, events.Execution):
            self._watch(event)
        elif isinstance(event, events.OrderAccepted | events.OrderRejected):
            self.arrived.add(event.order_id)
        for delay in self.weather.delays_ns(self.rng):
            self.timeline.post(self.timeline.now_ns + delay, self.parts.catch_up.deliver, event)

    # --- what must never be seen

    def _check(self, command: Command) -> None:
        """After a kill only what takes back or reduces leaves, and never more than there was to reduce."""
        self.after_kill.append(command)
        if isinstance(command, CancelOrder):
            return
        assert isinstance(command, SubmitOrder)
        is_spot = command.symbol == SPOT
        if not (command.reduce_only or (is_spot and command.side < 0)):
            self.faults.append(f"{command} adds risk and left after the kill")
        order = self.account.open_orders.get(command.order_id)
        if order is not None and order.reason == "enough":  # what was decided before may wait for the disk until now
            at_work = self._at_work(command)
            self._prune()
            lately = max(
                (abs(size) for _, symbol, size in self._positions if symbol == command.symbol),
                default=Decimal(0),
            )
            # Where nobody answers what is held, our books have to do; what is reduce-only cannot go too far.
            ours = Decimal(0) if is_spot else abs(self.account.held(command.symbol))
            held = max(lately, ours, abs(self.venue.position(command.symbol).quantity))
            if at_work > held:
                self.faults.append(f"{at_work} {command.symbol} are being closed, and {held} are held")

    def _at_work(self, command: SubmitOrder) -> Decimal:
        """What closes on this side: at the venue, or on its way there and not too late."""
        at_venue = {order.order_id: order.quantity - order.filled for order in self.venue.open_orders()}
        total = Decimal(0)
        for order in self.account.open_orders.values():
            if (order.symbol, order.side) == (command.symbol, command.side) and closes(order):
                may_come = order.id not in self.arrived and self.timeline.now_ns < PATIENCE.fence_ns(order.created_at)
                total += at_venue.get(order.id, order.leaves if may_come else Decimal(0))
        return total

    def _prune(self) -> None:
        since = self.timeline.now_ns - 12 * SECOND
        while self._positions and self._positions[0][0] < since:
            self._positions.popleft()

    def _watch(self, execution: events.Execution) -> None:
        symbol = execution.symbol
        before = self._held[symbol]
        # The ledger moves before the report: what was there before is what we saw last.
        after = before + execution.quantity * execution.side
        if execution.fee_currency != "USDT":
            after -= execution.fee
        self._held[symbol] = after
        self._positions.append((self.timeline.now_ns, symbol, before))
        if self.killed_ns is None or execution.order_id.partition(".")[0] in self.before_kill:
            return
        if execution.order_id.startswith("hand"):
            return
        if before * after < 0 or abs(after) > abs(before):
            self.faults.append(f"{execution} took {before} to {after}")

    # --- the world

    def tick(self, change: float) -> None:
        for symbol in SYMBOLS:
            price = self.price[symbol] = round(max(20.0, self.price[symbol] * (1 + change)) * 2) / 2
            now = self.timeline.now_ns
            if self.is_thin:
                size = self.rng.choice((0.0, 0.4, 1.0, 3.0))
                book = events.BookUpdate(
                    now,
                    symbol,
                    ((price - 0.5, size), (price - 1.0, size)),
                    ((price + 0.5, size), (price + 1.0, size)),
                    snapshot=True,
                )
                self.venue.on_book(book)
            tick = events.Tick(now, symbol, price, 1_000.0)
            self.venue.on_tick(tick)
            self.kernel.bus.publish(tick)

    def pass_time(self, seconds: float) -> None:
        until = self.timeline.now_ns + int(seconds * SECOND)
        while self.timeline.now_ns < until:
            self.timeline.advance(min(until, self.timeline.now_ns + STEP_NS))
            self.tick(self.rng.uniform(-0.003, 0.003))

    def trade(self) -> None:
        """Things that people and strategies do before it comes to a kill."""
        rng = self.rng
        for _ in range(rng.randint(1, 8)):
            symbol, side = rng.choice(SYMBOLS), rng.choice((1, -1))
            side = 1 if symbol == SPOT else side
            price = self.price[symbol]
            word = rng.choice(("market", "limit", "bracket", "protect", "hand", "cancel"))
            size = Decimal(rng.randint(1, 40)) / 4
            try:
                if word == "hand":
                    if symbol == PERP:
                        self.venue.outside.order(symbol, side, size, Decimal(price) if rng.random() < 0.5 else None)
                elif word == "protect":
                    stop = Decimal(round(price * (0.99 if self.account.held(symbol) > 0 else 1.01)))
                    self.operator.handle(Ask(verb=Verb.PROTECT, symbol=symbol, stop=stop))
                elif word == "cancel":
                    for order in list(self.account.open_orders.values())[:2]:
                        if order.status is not Status.UNKNOWN:
                            self.kernel.orders.cancel(order)
                else:
                    limit = Decimal(round(price)) - side * rng.randint(-1, 4) if word == "limit" else None
                    below = Decimal(round(price) - side * rng.randint(1, 5)) if word == "bracket" else None
                    target = Decimal(round(price) + side * rng.randint(1, 5)) if word == "bracket" else None
                    verb = Verb.BUY if side > 0 else Verb.SELL
                    self.operator.handle(
                        Ask(verb=verb, symbol=symbol, quantity=size, limit=limit, stop=below, target=target)
                    )
            except CommandRefused:
                pass
            self.pass_time(rng.choice((0.5, 1.0, 3.0)))

    def trouble(self) -> str:
        """What goes wrong while the kill works, beside the weather."""
        rng = self.rng
        self.weather = self.weather_after
        self.is_slow = True
        word = rng.choice(("", "", "drop", "rise", "outage", "silence", "refused", "broken", "gone", "hand"))
        now = self.timeline.now_ns
        begins, lasts = now + rng.randint(0, 3) * SECOND // 2, rng.randint(1, 30) * SECOND
        post = self.timeline.post
        if word in ("drop", "rise"):
            post(begins, self.tick, -0.06 if word == "drop" else 0.06)
        elif word in ("outage", "silence"):
            post(begins, lambda: self.venue.outage(True, is_silent=word == "silence"))
            post(begins + lasts, self.venue.outage, False)
        elif word == "gone":  # and never comes back
            post(begins, lambda: self.venue.outage(True, is_silent=rng.random() < 0.5))
        elif word == "refused":
            post(begins, self.venue.set_trading, PERP, False)
            post(begins + lasts, self.venue.set_trading, PERP, True)
        elif word == "broken":
            self.journal.is_broken = True
        elif word == "hand":
            post(begins, self._trade_by_hand)
        return word

    def _trade_by_hand(self) -> None:
        self.venue.outside.order(PERP, 1, Decimal(3))

    def kill(self) -> Answer:
        """Pressed once, twice, or after the first stage, and perhaps while it is flattening already."""
        rng = self.rng
        before = rng.choice(("", "", "gate", "flatten", "close"))
        if before == "gate":
            self.operator.handle(Ask(verb=Verb.KILL, cancel_only=True))
        elif before == "flatten":
            self.operator.handle(Ask(verb=Verb.FLATTEN))
        elif before == "close":
            self.operator.handle(Ask(verb=Verb.CLOSE, symbol=PERP))
        if before:
            self.pass_time(rng.choice((0.0, 0.5, 2.0)))
        self.killed_ns = self.timeline.now_ns
        answer = self.operator.handle(Ask(verb=Verb.KILL, reason="enough"))
        if rng.random() < 0.3:
            self.pass_time(rng.choice((0.0, 0.5, 5.0)))
            return self.operator.handle(Ask(verb=Verb.KILL, reason="enough"))
        return answer

    # --- the truth

    def truth(self) -> set[str]:
        """What the venue holds and has open, as a kill would say it."""
        venue = self.venue
        held = {symbol: venue.position(symbol).quantity for symbol in SYMBOLS}
        left = {
            f"{quantity.normalize():f} {symbol}"
            for symbol, quantity in held.items()
            if quantity and self.account.tradable(symbol, abs(quantity))
        }
        return left | {f"order {order.order_id}" for order in venue.open_orders()}
