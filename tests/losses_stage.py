"""A stage for losses: a kernel with a journal that can be ended and taken up again, and what was told of losses."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from analytics.features import RunningFeatures
from engine import events
from engine.account import Account
from engine.clock import Timeline
from engine.commands import Command
from engine.gate import Denial, OrderRequest
from engine.instruments import HOUR_NS
from engine.kernel import Kernel, KernelSettings
from engine.orders import Order
from engine.ports import Ticket
from engine.record.folding import Fold
from engine.record.recorder import Recorder
from engine.record.saving import load, save
from risk.gate import Gate
from risk.limits import Limits, named
from tests.journal_in_memory import MemoryJournal
from tests.rehearsal import DAY, MINUTE, PERP, SECOND, SPOT, START, instrument

ETH = "ETH/USDT:USDT"
SYMBOLS = (PERP, ETH, SPOT)
LOOSE = Limits(daily_drawdown_limit=Decimal(10**6))  # so that only the ladder halts
Amount = Decimal | int | str
PRICE = Decimal(10_000)  # of everything, when a test begins


class Watchman(Gate):
    """Judges losses as the gate does, and lets every order pass."""

    def check(self, request: OrderRequest, account: Account, now_ns: int) -> Denial | None:
        return None


class Losing:
    """One account over several lives of a kernel; the test moves prices and speaks for the venue."""

    day_start_h = Decimal(0)  # of all stages of a test, if it says so

    def __init__(
        self,
        capital: str | Decimal,
        limits: Limits = LOOSE,
        *,
        gate: type[Gate] = Watchman,
        symbols: Sequence[str] = SYMBOLS,
        native_ns: int = 0,
        day_start_h: Decimal | None = None,
    ) -> None:
        self.journal = MemoryJournal()
        self.capital = Decimal(capital)
        self.limits = msgspec.structs.replace(limits, day_start_h=day_start_h or self.day_start_h)
        self.symbols = symbols
        self.native_ns = native_ns
        self.told: list[events.Event] = []
        self.sent: list[Command] = []
        self._gate_of = gate
        self._executions = 0
        day = START + int(self.limits.day_start_h * HOUR_NS)
        self.kernel, self._recorder = self._born(day + DAY - 10 * MINUTE)  # it is almost over
        self._live()
        self.keep()
        for symbol in symbols:
            self.price(PRICE, symbol, looks=False)

    # --- lives

    def _born(self, now_ns: int) -> tuple[Kernel, Recorder]:
        timeline = Timeline(now_ns)
        recorder = Recorder(self.journal, timeline, "stage", waits=False)
        recorder.send = self._send
        settings = KernelSettings(
            capital=self.capital, start_ns=now_ns, native_ns=self.native_ns, leverage=Decimal(10), epoch=1
        )
        instruments = [instrument(symbol) for symbol in self.symbols]
        gate = self._gate_of(self.limits)
        return Kernel(settings, timeline, instruments, gate, RunningFeatures(), self._ignore, recorder), recorder

    def _live(self) -> None:
        """The run begins, on whatever there was before."""
        for kind in (events.DrawdownAlert, events.Halt, events.HaltLifted, events.TierChanged):
            self.kernel.bus.subscribe(kind, self.told.append)
        limits = named(self.limits)
        self._recorder.is_silent = False
        self._recorder.note("run_start", {"limits": limits, "run": ""})
        self.kernel.begin_run(limits)
        self.kernel.judge()
        self.kernel.start()

    def keep(self) -> None:
        """A state is saved while the program runs: the next "earlier" start begins there."""
        self._kept = save(self.kernel), len(self.journal.rows)

    def end_and_go_on(self, how: str, limits: Limits | None = None, *, away_ns: int = 0) -> None:
        """The program ends, and begins again on its journal: on all rows ("fold"), or on a saved state ("snapshot")."""
        before = self.kernel
        if how != "earlier":
            self.keep()
        saved, rows = self._kept
        before.note_prices()
        state = before.state_hash()
        self.limits = limits or self.limits
        self.kernel, self._recorder = self._born(before.timeline.now_ns + away_ns)
        if how != "fold":
            load(self.kernel, saved)
        fold = Fold(self.kernel)
        fold.take(self.journal.rows[0 if how == "fold" else rows :])
        assert (fold.differences, fold.finish()) == ([], [])
        assert self.kernel.state_hash() == state
        self._live()

    def _send(self, command: Command, ticket: Ticket | None) -> None:
        self.sent.append(command)

    def _ignore(self, command: Command) -> None:
        raise AssertionError(f"{command} left without its row")

    # --- what there is

    @property
    def now(self) -> int:
        return self.kernel.timeline.now_ns

    @property
    def account(self) -> Account:
        return self.kernel.account

    @property
    def gate(self) -> Gate:
        gate = self.kernel.gate
        assert isinstance(gate, Gate)
        return gate

    @property
    def tier(self) -> str:
        return self.gate.losses.tier.name

    def heard(self) -> list[str]:
        """What was told so far, each in a word or two, in order: "warning 25.00", "halt account", "tier Hunter"."""
        words = []
        for event in self.told:
            if isinstance(event, events.DrawdownAlert):
                words.append(f"{event.level} {event.loss.normalize():f}")
            elif isinstance(event, events.TierChanged):
                words.append(f"tier {event.tier}")
            elif isinstance(event, events.Halt | events.HaltLifted):
                words.append(f"{'halt' if isinstance(event, events.Halt) else 'lifted'} {event.scope}")
        return words

    # --- the market

    def price(self, price: Amount, symbol: str = PERP, *, looks: bool = True) -> None:
        """Somebody trades at this price, and the losses are looked at, within a second or with the bar."""
        number = float(price)
        if self.native_ns:
            self.bars({symbol: number})
            return
        self.say(events.Tick(self.now, symbol, number, 1.0))
        self._mark_follows(symbol, number)
        if looks:
            self.pass_time(SECOND)

    def bars(self, closes: dict[str, float]) -> None:
        """Bars of all symbols close together; who is not named closes where it stood."""
        self.pass_time(self.native_ns)
        for symbol in self.symbols:
            close = closes.get(symbol) or self.kernel.markets[symbol].last or float(PRICE)
            self._mark_follows(symbol, close)
            self.say(events.Candle(self.now, symbol, self.now - self.native_ns, close, close, close, close, 1.0))

    def mark(self, price: Amount, symbol: str = PERP) -> None:
        """The venue's mark moves, and is looked at."""
        self.say(events.MarkPrice(self.now, symbol, float(price), float(price)))
        self.pass_time(SECOND)

    def _mark_follows(self, symbol: str, price: float) -> None:
        """Where there is one, as after each restart: what was written down is taken up as the mark."""
        if self.kernel.markets[symbol].mark is not None:
            self.say(events.MarkPrice(self.now, symbol, price, price))

    def pass_time(self, nanoseconds: int) -> None:
        self.kernel.timeline.advance(self.now + nanoseconds)

    def midnight(self) -> None:
        """The next day begins: at midnight, or at whatever hour days begin for this account."""
        begins_ns = int(self.limits.day_start_h * HOUR_NS)
        self.kernel.timeline.advance(((self.now - begins_ns) // DAY + 1) * DAY + begins_ns)

    # --- the venue

    def say(self, event: events.Event) -> None:
        self.kernel.bus.publish(event)

    def trade(
        self,
        side: int,
        quantity: Amount,
        price: Amount = PRICE,
        symbol: str = PERP,
        *,
        fee: Amount = "0",
        elsewhere: bool = False,
        strategy: str = "operator",
    ) -> Order | None:
        """An order of ours is filled at once; or quantity changes hands of which we knew nothing."""
        self._executions += 1
        name = f"execution {self._executions}"
        order, order_id = None, f"elsewhere {self._executions}"
        if not elsewhere:
            request = OrderRequest(symbol=symbol, side=side, quantity=Decimal(quantity), strategy=strategy)
            order = self.kernel.orders.place(request)
            order_id = order.id
            self.say(events.OrderAccepted(self.now, order_id, symbol, f"venue {order_id}"))
        amount, at, cost = Decimal(quantity), Decimal(price), Decimal(fee)
        self.say(events.Execution(self.now, name, order_id, symbol, side, amount, at, cost, "USDT", maker=False))
        return order

    def fund(self, amount: Amount, symbol: str = PERP) -> None:
        """Funding: positive was received."""
        self.say(events.FundingPaid(self.now, symbol, Decimal(0), PRICE, Decimal(amount)))

    def transfer(self, amount: Amount) -> None:
        self.say(events.Transferred(self.now, Decimal(amount)))
