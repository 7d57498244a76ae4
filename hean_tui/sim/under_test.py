"""The engine under test: the parts of the product around a kernel, and the doors that the simulated world uses."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial

from analytics.features import RunningFeatures
from engine import events
from engine.answers import Answer
from engine.clock import Timeline
from engine.commands import Command
from engine.errors import CommandRefused
from engine.facade import Ask, Verb
from engine.kernel import Kernel, KernelSettings
from engine.operator import Operator
from engine.ports import Exchange, Journal
from engine.record.folding import Fold, FoldedRow
from engine.record.recorder import Recorder
from engine.record.saving import load, save
from engine.recovery.outside import Outside
from engine.recovery.recovery import Recovery
from engine.recovery.unfinished import finish
from engine.unwinding.flattening import Flattening
from hean_tui.paper_links import PaperLinks
from hean_tui.sim.disk import Saved, SimDisk
from hean_tui.sim.restless import Restless
from hean_tui.sim.setting import Setting, epoch_of
from hean_tui.sim.violations import Violation
from risk.gate import Gate

VENUE = "simulated"
_STOP_DISTANCE = Decimal("0.05")


class Engine:
    """One incarnation, and the doors that the world uses."""

    def __init__(self, setting: Setting, journal: Journal, exchange: Exchange, now_ns: int) -> None:
        timeline = self.timeline = Timeline(now_ns)
        settings = KernelSettings(
            capital=setting.capital,
            start_ns=setting.start_ns,
            leverage=setting.limits.max_leverage,
            epoch=epoch_of(setting),
        )
        self.recorder = Recorder(journal, timeline, VENUE, waits=False)
        kernel = self.kernel = Kernel(
            settings,
            timeline,
            setting.instruments,
            Gate(setting.limits),
            RunningFeatures(),
            _refuse,
            self.recorder,
        )
        self.exchange = exchange
        links = self.links = PaperLinks(kernel, exchange, self.recorder, setting.start_ns, setting.pace)
        self.parts = links.correspondence
        self.operator = Operator(kernel, None)
        self.hands: Restless | None = None
        self.fold: Fold | None = None
        self.recovery: Recovery | None = None
        self._stream_is_up = False
        self._waiting_for_stream: list[Answer] = []
        self._told_ns = setting.start_ns
        self._cut_off: list[events.Event] = []
        self.wall_ns: Callable[[], int] = lambda: 0  # the machine's clock, which nothing in here reads: see `bugs`

    @property
    def is_ready(self) -> bool:
        """Whether the start sequence is over."""
        return self.recovery is not None and self.recovery.over.is_settled

    @property
    def why_closed(self) -> str:
        """What the gate says against entries."""
        return self.kernel.account.entries_closed or "nothing"

    # --- the doors

    def feed(self, event: events.Event) -> None:
        """Market data."""
        self.kernel.bus.publish(event)

    def hear(self, event: events.Event) -> None:
        """What the exchange says by itself."""
        self.parts.catch_up.deliver(event)

    def stream_changed(self, *, is_up: bool) -> None:
        """Its stream broke or is back."""
        self._stream_is_up = is_up
        if not is_up:
            self.parts.courier.stream_lost("the connection broke")
            return
        waiting, self._waiting_for_stream = self._waiting_for_stream, []
        for answer in waiting:
            answer.settle("connected")
        if not waiting:
            self.parts.courier.stream_back()

    def handle(self, ask: Ask) -> None:
        """A person asks for something."""
        self.operator.handle(ask)

    def accept_others(self) -> None:
        """A person has looked at what others did on the account, and takes it as it is."""
        for symbol in self.kernel.symbols:
            self.parts.reconcile.accept(symbol)

    def save(self, seq: int, watched: object) -> Saved:
        """The state of now, which the rows up to this one lead to."""
        return Saved(seq, save(self.kernel), self.parts.catch_up.save(), self._told_ns, watched)

    # --- the beginning

    def recall(self, disk: SimDisk, saved: Saved | None = None) -> None:
        """Fold what earlier incarnations wrote, from the beginning or from a state that one of them saved."""
        rows = disk.rows
        if saved is not None:
            load(self.kernel, saved.kernel)
            self.parts.catch_up.load(saved.payments)
            self._told_ns = saved.told_ns
            rows = rows[saved.seq :]
        fold = self.fold = Fold(self.kernel)
        fold.take(FoldedRow(row.seq, row.kind, row.time_ns, row.body) for row in rows)
        self._cut_off = fold.finish()
        self._told_ns = max(self._told_ns, fold.money_ns)
        if fold.differences:
            raise Violation("I-42", fold.differences[0])

    def begin(self) -> None:
        """The start sequence: ask after everything whose fate is open, and only then let the strategies work."""
        kernel = self.kernel
        if self.fold is not None:
            kernel.orders.ids.skip()
        self.recorder.is_silent = False
        limits = kernel.gate.in_force()
        self.recorder.note("run_start", {"limits": limits, "run": "", "capital": kernel.settings.capital})
        kernel.begin_run(limits)
        for event in self._cut_off:
            kernel.bus.publish(event)
        kernel.prepare()
        outside = Outside(
            open_stream=self._open_stream,
            protect=self._protect,
            flatten=self._flatten,
            finish=partial(finish, kernel),
            arm=self._arm,
        )
        self.recovery = Recovery(kernel, self.parts, outside, {}, self._told_ns)
        kernel.recover()
        self.recovery.begin()

    def _open_stream(self, answer: Answer) -> None:
        if self._stream_is_up:
            answer.settle("connected")
        else:
            self._waiting_for_stream.append(answer)

    def _protect(self, symbol: str, answer: Answer) -> None:
        kernel = self.kernel
        fair = kernel.markets[symbol].fair
        if fair is None:
            answer.refuse(CommandRefused(f"{symbol} has no price yet"))
            return
        side = 1 if kernel.account.held(symbol) > 0 else -1
        stop = kernel.account.instrument(symbol).price_near(Decimal(repr(fair)) * (1 - side * _STOP_DISTANCE))
        _hand_on(self.operator.handle(Ask(verb=Verb.PROTECT, symbol=symbol, stop=stop)), answer)

    def _flatten(self, symbols: tuple[str, ...], answer: Answer) -> None:
        Flattening(self.kernel, answer, "it could not be protected", symbols)

    def _arm(self, doubts: tuple[str, ...]) -> str:
        kernel = self.kernel
        if doubts:
            kernel.close_gate("; ".join(doubts))
        self.links.begin()
        kernel.go_on()
        if self.hands is not None:
            self.hands.begin()
        return str(kernel.state)


def _hand_on(inner: Answer, outer: Answer) -> None:
    def settled(answer: Answer) -> None:
        if answer.refusal is not None:
            outer.refuse(answer.refusal)
        else:
            outer.settle(str(answer.sentence))

    inner.when_settled(settled)


def _refuse(command: Command) -> None:
    raise Violation("I-14", f"{command.order_id} took a way around the journal")
