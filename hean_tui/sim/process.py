"""The process under test: started, stalled, killed at any instant, and started again on what the disk has.

Kill -9 drops the engine with its timeline, so that nothing of it ever runs again. What is on its way to it carries the
number of the incarnation it was meant for, and is lost with that.
"""

from collections.abc import Callable
from random import Random

from engine import events
from engine.clock import NEVER
from engine.exchange.questions import Reply
from engine.facade import Ask
from hean_tui.sim.assembly import assemble
from hean_tui.sim.clock import SimClock
from hean_tui.sim.disk import Saved, SimDisk, SimJournal
from hean_tui.sim.faults import Board, Fault, S
from hean_tui.sim.invariants import Watcher
from hean_tui.sim.kill_points import KillPoints, committed
from hean_tui.sim.link import Link
from hean_tui.sim.network import SimNet
from hean_tui.sim.operator import Sight
from hean_tui.sim.setting import Setting
from hean_tui.sim.tampering import Tampering
from hean_tui.sim.timeline import WorldTimeline
from hean_tui.sim.truth import Truth
from hean_tui.sim.under_test import Engine
from hean_tui.sim.violations import ProcessKilled, Violation
from hean_tui.sim.wire import Wire

_BACKLOG_MAX = 20_000
_FROM_SAVED = 0.85
_JOURNAL_LOST_NS = 2 * S  # until whoever runs the program starts it again after the disk failed


class Process:
    """One program at a time, in one incarnation after another."""

    def __init__(
        self,
        setting: Setting,
        timeline: WorldTimeline,
        disk: SimDisk,
        net: SimNet,
        clock: SimClock,
        board: Board,
        wire: Wire,
        stream: Random,
        disk_stream: Random,
    ) -> None:
        self._setting = setting
        self._timeline = timeline
        self._disk = disk
        self._net = net
        self._clock = clock
        self._board = board
        self._wire = wire
        self._random = stream
        self._disk_random = disk_stream
        self._count = 0
        self._stalled_until = 0
        self._backlog: list[Callable[[], None]] = []
        self.points = KillPoints(setting.points, lambda: self.engine is not None)
        self.truth = Truth()  # what outlives every process
        self.engine: Engine | None = None
        self.watcher: Watcher | None = None
        self.journal: SimJournal | None = None
        self.incarnation = 0  # of the one that runs; 0: none does
        self.kills = 0
        self.boots_without_orders = 0
        self.restarts_by_disk = 0
        self.expects_restart = True
        self.prices: Callable[[], dict[str, float]] = dict
        self.tamper = Tampering()
        self._is_at_work = False
        self._before_kill: str | None = None  # the state that everything on the disk leads to
        net.caller = self

    # --- life and death

    def boot(self) -> None:
        """Start the program on what the disk has."""
        if self.engine is not None:
            return
        self._count += 1
        self.incarnation = self._count
        self._disk.check()
        rows = self._disk.rows
        self._clock.boot(self._timeline.now_ns, rows[-1].time_ns if rows else 0)
        number = self.incarnation
        # Now and then every row is read again: both ways have to lead to the same.
        saved = self._disk.saved if self._random.random() < _FROM_SAVED else None
        journal = self.journal = SimJournal(
            self._disk,
            self._timeline,
            self._board,
            self._disk_random,
            f"run{number}",
            lambda call: self._enter(number, call),
        )
        self.tamper.journal(journal)
        journal.when_committed = lambda drafts: self._enter(number, lambda: committed(drafts))
        journal.when_failed = lambda _: self._journal_lost()
        self.engine = assemble(
            self._setting,
            journal,
            Link(self, number, self._net, self._wire, self._clock, self._timeline, self._random),
            self._disk,
            now_ns=self._clock.engine_ns(self._timeline.now_ns),
            incarnation=number,
            prices=self.prices(),
            saved=saved,
            watch=lambda engine: self._watch(engine, saved),
        )
        self._check_recalled(self.engine)
        self._net.connect()
        self._enter(number, self.engine.begin)

    def _watch(self, engine: Engine, saved: Saved | None) -> None:
        self.watcher = Watcher(engine.kernel, engine.timeline, self._disk, self.truth, self._setting.pace)
        engine.wall_ns = lambda: self._clock.wall_ns(self._timeline.now_ns)
        if saved is not None:
            self.watcher.take_up(saved.watched)
        self.tamper.built(engine)

    def save(self) -> None:
        """Between two events, with everything on the disk: keep the state, so that the next start reads few rows."""
        engine, journal, watcher = self.engine, self.journal, self.watcher
        if engine is None or journal is None or watcher is None or self._stalled_until or not engine.is_ready:
            return
        if not journal.waiting and journal.failure is None:
            self._disk.saved = engine.save(self._disk.head[0], watcher.books())

    def _check_recalled(self, engine: Engine) -> None:
        """What the dead process knew, where the disk had all of it, is what the new one knows."""
        self.tamper.recalled(engine)
        assert self.watcher is not None, "it is watched from its first breath"
        self.watcher.recalled()
        before, self._before_kill = self._before_kill, None
        if before is not None and engine.kernel.state_hash() != before:
            raise Violation("I-42", f"the state was {before[:12]} before the kill, and is another one after it")

    def kill(self, fault: Fault | None = None) -> None:
        """Kill -9, and a restart a while later."""
        if self.engine is None:
            return
        self.kills += 1
        self.points.take_down()
        self._drop()
        pause = fault.until_ns - fault.from_ns if fault is not None else S
        self._timeline.post(self._timeline.now_ns + pause, self._boot_again)

    def _boot_again(self) -> None:
        if self.expects_restart:
            self.boot()

    def kill_at_point(self, fault: Fault) -> None:
        """Kill -9 the next time that one of some named places is come by."""
        if self.points.is_of_start(fault):
            self.kill(fault)  # places of the start are only come by on the way up
        self.points.arm(fault)

    def _drop(self) -> None:
        if self.engine is not None and self.journal is not None:
            is_whole = not self._is_at_work and not self.journal.waiting and self.journal.failure is None
            if is_whole:
                self._before_kill = self.engine.kernel.state_hash()
            self.journal.drop()
        self.engine = self.watcher = self.journal = None
        self._is_at_work = False
        self.incarnation = 0
        self._stalled_until = 0
        self._backlog.clear()
        self._net.disconnect()

    def _journal_lost(self) -> None:
        """The disk failed: whoever runs the program starts it again after a while."""
        number = self.incarnation
        self.restarts_by_disk += 1

        def restart() -> None:
            if self.incarnation == number:
                self.kill()

        self._timeline.post(self._timeline.now_ns + _JOURNAL_LOST_NS, restart)

    def stall(self, fault: Fault) -> None:
        """Nothing of it runs for a while: the machine slept, or a strategy would not end."""
        if self.engine is not None:
            until = self._timeline.now_ns + fault.until_ns - fault.from_ns
            if until > self._stalled_until:
                self._stalled_until = until
                self._timeline.post(until, self._wake, self.incarnation)

    def _wake(self, incarnation: int) -> None:
        if self.incarnation != incarnation or self._timeline.now_ns < self._stalled_until:
            return
        self._stalled_until = 0
        backlog, self._backlog = self._backlog, []
        self._enter(incarnation, _nothing)  # timers first: they are overdue
        for call in backlog:
            self._enter(incarnation, call)

    def calm(self) -> None:
        """From now on it runs undisturbed."""
        self.points.take_down()
        if self._stalled_until:
            self._stalled_until = self._timeline.now_ns
            self._wake(self.incarnation)
        if self.engine is None:
            self.boot()

    # --- running

    @property
    def next_ns(self) -> int:
        """When it does something by itself, in the world's time."""
        engine = self.engine
        if engine is None or self._stalled_until:
            return NEVER
        due = engine.timeline.next_ns
        return due if due is NEVER else due - self._clock.offset_ns

    @property
    def takes_ticks(self) -> bool:
        """Whether market data is of any use to it now."""
        return self.engine is not None and not self._stalled_until

    def advance(self) -> None:
        """Its own timers are due."""
        self._enter(self.incarnation, _nothing)

    def tick(self, event: events.Event) -> None:
        """Market data reaches it. This is the hot path: everything else goes through `_enter`."""
        engine = self.engine
        if engine is None:
            return
        now = self._clock.engine_ns(self._timeline.now_ns)
        timeline = engine.timeline
        try:
            if now >= timeline.next_ns:
                timeline.advance(now)
            timeline.now_ns = now
            engine.feed(self._clock.stamped(event))
        except ProcessKilled as killed:
            self._died(killed)
            return
        if self.watcher is not None:
            self.watcher.after_step()

    def _enter(self, incarnation: int, call: Callable[..., None]) -> None:
        """Let the process do something at its own time, if it is still the one that was meant."""
        engine = self.engine
        if engine is None or incarnation != self.incarnation:
            return
        if self._stalled_until:
            if len(self._backlog) < _BACKLOG_MAX:
                self._backlog.append(call)
            return
        try:
            engine.timeline.advance(self._clock.engine_ns(self._timeline.now_ns))
            call()
        except ProcessKilled as killed:
            self._died(killed)
            return
        if self.watcher is not None:
            self.watcher.after_step()

    def _died(self, killed: ProcessKilled) -> None:
        self.points.hit.append(killed.point)
        self._is_at_work = True  # it died in the middle of something
        self.kill(self.points.fault)

    # --- what reaches it

    def hear(self, incarnation: int, event: events.Event) -> None:
        """An event of the exchange."""
        engine = self.engine
        if engine is not None:
            self._enter(incarnation, lambda: engine.hear(event))

    def answer(self, incarnation: int, call: Callable[[Reply], None], reply: Reply) -> None:
        """A reply to a question."""
        self._enter(incarnation, lambda: call(reply))

    def stream_changed(self, incarnation: int, *, is_up: bool) -> None:
        """Its private stream broke or is back."""
        engine = self.engine
        if engine is not None:
            self._enter(incarnation, lambda: engine.stream_changed(is_up=is_up))

    def submit(self, ask: Ask) -> None:
        """A person asks for something."""
        engine = self.engine
        if engine is not None:
            if self.watcher is not None and ask.order_id:
                self.watcher.cancelled_by_hand.add(ask.order_id)
            self._enter(self.incarnation, lambda: engine.handle(ask))

    def accept_others(self) -> None:
        """A person takes what others did as it is."""
        engine = self.engine
        if engine is not None:
            self._enter(self.incarnation, engine.accept_others)

    def look(self) -> Sight | None:
        """What a person sees; nothing while it is down."""
        engine = self.engine
        if engine is None:
            return None
        prices = {name: market.last for name, market in engine.kernel.markets.items() if market.last is not None}
        return Sight(engine.kernel.state, prices, list(engine.kernel.account.open_orders))


def _nothing() -> None:
    """Only the time is to move."""
