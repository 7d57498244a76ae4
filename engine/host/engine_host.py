"""The engine on its own thread and loop. The screen is a guest: it may stall, crash or vanish, and this goes on."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Event

import msgspec

from engine.answers import Answer
from engine.clock import SECOND_NS
from engine.facade import Ask
from engine.host import system
from engine.host.lateness import Lateness
from engine.host.receipts import FutureReceipt
from engine.queues import QueueClosed, RefusingQueue
from engine.session import Session
from engine.snapshot import HealthView, Snapshot

SNAPSHOT_EVERY_NS = SECOND_NS // 4
CHUNK_NS = 15 * SECOND_NS  # of engine time at full speed, between two looks at commands and at the real clock
SLEEP_S_MAX = 0.05
COLLECT_EVERY_NS = 600 * SECOND_NS
QUIET_S = 0.02
_ASKS_AT_ONCE = 64


class HostSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How fast engine time goes, and when it ends."""

    speed: float | None = 1.0  # engine seconds a real second; None: as fast as it can
    end_ns: int | None = None  # engine time
    commands_max: int = 10_000  # that may wait for the engine


class EngineHost:
    """Fills `EngineFacade` for a session in this process."""

    def __init__(
        self, session: Session, settings: HostSettings, on_snapshot: Callable[[Snapshot], None] | None = None
    ) -> None:
        self._session = session
        self._settings = settings
        self._on_snapshot = on_snapshot
        self._asks: RefusingQueue[tuple[Ask, FutureReceipt]] = RefusingQueue("commands", settings.commands_max)
        self._latest = session.views.snapshot()
        self._open: dict[FutureReceipt, None] = {}  # of commands that are at work
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.Event | None = None
        self._thread: system.EngineThread | None = None
        self._ending = False
        self._ended = False
        self._snapshot_due_ns = 0
        self._collect_due_ns = 0
        self.failure: Exception | None = None
        self.when_over: Callable[[], None] | None = None  # called on the engine's thread, as the last thing
        self.lateness = Lateness()

    # --- the two doors, open to any thread

    def latest(self) -> Snapshot:
        """The newest picture: one attribute, replaced as a whole."""
        return self._latest

    def submit(self, ask: Ask) -> FutureReceipt:
        """Hand over a command; the engine settles the receipt."""
        receipt = FutureReceipt()
        if self._loop is None:
            return receipt.refuse("the engine is not running")
        try:
            if not self._asks.offer((ask, receipt)):
                receipt.refuse(f"the engine has {self._asks.capacity} commands waiting and takes no more")
        except QueueClosed:
            receipt.refuse("the engine is not running")
        return receipt

    # --- for whoever started it

    def start(self) -> None:
        """Start the engine's thread and come back once its loop turns."""
        ready = Event()
        self._thread = system.spawn("engine", lambda: self._thread_main(ready))
        ready.wait()

    def end(self) -> None:
        """Ask the run to end; returns at once."""
        self._call(self._set_ending)

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the end; whether it came."""
        if self._thread is not None:
            self._thread.join(timeout_s)
        return self._ended

    @property
    def is_over(self) -> bool:
        """Whether the engine's thread has done its work."""
        return self._ended

    # --- the engine's thread

    def _call(self, work: Callable[[], None]) -> bool:
        loop = self._loop
        if loop is None or self._ended:
            return False
        try:
            loop.call_soon_threadsafe(work)
        except RuntimeError:  # the loop closed between the question and the call
            return False
        return True

    def _thread_main(self, ready: Event) -> None:
        try:
            with asyncio.Runner(loop_factory=_loop_factory()) as runner:
                runner.run(self._main(ready))
        except Exception as failure:  # noqa: BLE001 - the end of the engine must be told, not lost in a thread
            error = failure
            while isinstance(error, ExceptionGroup):  # of the one group of tasks there is
                error = error.exceptions[0]
            self.failure = error
            down = HealthView(state="down", reason=f"{type(error).__name__}: {error}", age_s=0.0)
            stopped = msgspec.structs.replace(self._latest.engine, state="stopped")
            self._latest = msgspec.structs.replace(
                self._latest, engine=stopped, health={**self._latest.health, "engine": down}
            )
        finally:
            self._ended = True
            ready.set()
            for receipt in self._open:
                receipt.refuse("the engine ended before this was done")
            if self.when_over is not None:
                self.when_over()

    async def _main(self, ready: Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        ready.set()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._serve())
            try:
                if self._settings.speed is None:
                    await self._run_at_full_speed()
                else:
                    await self._run_in_time(self._settings.speed)
            finally:
                self._asks.close()
        self._latest = self._session.views.snapshot(with_hash=True)
        if self._on_snapshot is not None:
            self._on_snapshot(self._latest)

    async def _serve(self) -> None:
        """Carry out commands in the order in which they came, between two pieces of the run."""
        with suppress(QueueClosed):
            while True:
                for ask, receipt in await self._asks.batch(_ASKS_AT_ONCE):
                    self._handle(ask, receipt)

    async def _run_at_full_speed(self) -> None:
        session = self._session
        timeline = session.kernel.timeline
        end_ns = self._settings.end_ns
        while not self._ending and not session.is_over:
            limit = timeline.now_ns + CHUNK_NS
            if end_ns is not None and limit >= end_ns:
                limit = end_ns
                self._ending = True
            session.run_until(limit)
            self._look_around(system.monotonic_ns())
            await asyncio.sleep(0)

    async def _run_in_time(self, speed: float) -> None:
        session = self._session
        timeline = session.kernel.timeline
        end_ns = self._settings.end_ns
        began_real = system.monotonic_ns()
        began = timeline.now_ns
        assert self._wake is not None
        while not self._ending and not session.is_over:
            real = system.monotonic_ns()
            now = began + int((real - began_real) * speed)
            if end_ns is not None and now >= end_ns:
                now = end_ns
                self._ending = True
            due = session.next_ns
            if due <= now:
                self.lateness.add(int((now - due) / speed))
            if now > timeline.now_ns:
                session.run_until(now)
            self._look_around(real)
            if self._ending:
                return
            passed = began + int((system.monotonic_ns() - began_real) * speed)
            delay_s = min(SLEEP_S_MAX, (session.next_ns - passed) / speed / SECOND_NS)
            if delay_s > QUIET_S and real >= self._collect_due_ns:
                self._collect_due_ns = real + COLLECT_EVERY_NS
                system.collect_young()
            await self._rest(delay_s)

    async def _rest(self, delay_s: float) -> None:
        """Until the next thing is due, or a command comes."""
        assert self._wake is not None
        assert self._loop is not None
        if delay_s <= 0:
            await asyncio.sleep(0)
            return
        alarm = self._loop.call_later(delay_s, self._wake.set)
        await self._wake.wait()
        alarm.cancel()
        self._wake.clear()

    def _look_around(self, real_ns: int) -> None:
        if real_ns >= self._snapshot_due_ns:
            self._snapshot_due_ns = real_ns + SNAPSHOT_EVERY_NS
            self._publish()

    def _publish(self) -> None:
        self._latest = self._session.views.snapshot()
        if self._on_snapshot is not None:
            self._on_snapshot(self._latest)

    def _set_ending(self) -> None:
        self._ending = True
        if self._wake is not None:
            self._wake.set()

    def _handle(self, ask: Ask, receipt: FutureReceipt) -> None:
        def settle(answer: Answer) -> None:
            self._publish()  # whoever has the answer finds what it says in the picture
            self._open.pop(receipt, None)
            receipt.take(answer)

        self._open[receipt] = None

        self._session.operator.handle(ask).when_settled(settle)
        if self._wake is not None:
            self._wake.set()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop where it is installed, else the standard loop."""
    try:
        import uvloop  # noqa: PLC0415 - an extra that need not be there
    except ImportError:
        return asyncio.new_event_loop
    loop_factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return loop_factory
