"""The engine on its own thread and loop. The screen is a guest: it may stall, crash or vanish, and this goes on."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Event, Lock

import msgspec

from engine.answers import Answer
from engine.clock import SECOND_NS
from engine.facade import Ask
from engine.faultpoints import reach
from engine.host import system
from engine.host.drive import Drive, HostSettings
from engine.host.failures import Failures
from engine.host.heart import Heart
from engine.host.hooks import HostHooks
from engine.host.lateness import Lateness
from engine.host.receipts import FutureReceipt
from engine.host.session_hooks import SessionHooks
from engine.queues import QueueClosed, RefusingQueue
from engine.session import Session
from engine.snapshot import HealthView, Snapshot

__all__ = ["EngineHost", "HostSettings"]

SNAPSHOT_EVERY_NS = SECOND_NS // 4
BEAT_EVERY_NS = SECOND_NS
WIND_DOWN_WITHIN_S = 5.0
_ASKS_AT_ONCE = 64
_log = logging.getLogger(__name__)


class EngineHost:
    """Fills `EngineFacade` for a session in this process."""

    def __init__(
        self,
        session: Session,
        settings: HostSettings,
        on_snapshot: Callable[[Snapshot], None] | None = None,
        deliver_through: Callable[[Callable[[Callable[[], object]], object]], None] | None = None,
        hooks: HostHooks | None = None,
    ) -> None:
        self._session = session
        self._on_snapshot = on_snapshot
        self._deliver_through = deliver_through  # told how to call something on the engine's thread
        self._hooks = hooks or SessionHooks(session)
        self._asks: RefusingQueue[tuple[Ask, FutureReceipt]] = RefusingQueue("commands", settings.commands_max)
        self._latest = session.views.snapshot()
        self._open: dict[FutureReceipt, None] = {}  # of commands that are at work
        self._loop: asyncio.AbstractEventLoop | None = None
        self._door = Lock()  # between the start of the loop and who calls before it
        self._early: list[Callable[[], object]] = []
        self._thread: system.EngineThread | None = None
        self._ended = False
        self._winds_down = False
        self._snapshot_due_ns = self._beat_due_ns = 0
        self._command_failures = Failures()
        self.heart = Heart()
        self._drive = Drive(session, settings, self._hooks, self.heart, self._look_around)
        self.failure: Exception | None = None
        self.when_beating: Callable[[], None] | None = None  # once a second, by the loop itself, while all is sound
        self.when_over: Callable[[], None] | None = None  # called on the engine's thread, as the last thing

    # --- the two doors, open to any thread

    def latest(self) -> Snapshot:
        """The newest picture: one attribute, replaced as a whole."""
        return self._latest

    def submit(self, ask: Ask) -> FutureReceipt:
        """Hand over a command; the engine settles the receipt."""
        receipt = FutureReceipt()
        if self._loop is None:
            return receipt.refuse("the engine is only just starting; ask again in a moment")
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
        """Ask the run to end as planned; returns at once."""
        self._call(self._drive.end)

    def wind_down(self, reason: str) -> None:
        """Ask the run to end in order: no new risk, entries cancelled, stops kept, then the end; returns at once."""
        self._call(partial(self._begin_to_wind_down, reason))

    def lose_screen(self, reason: str) -> None:
        """Go on without anybody who could see or press something; returns at once."""
        self._call(partial(self._hooks.on_screen_lost, reason))

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the end; whether it came."""
        if self._thread is not None:
            self._thread.join(timeout_s)
        return self._ended

    @property
    def is_over(self) -> bool:
        """Whether the engine's thread has done its work."""
        return self._ended

    @property
    def lateness(self) -> Lateness:
        """How late the engine got to what was due; another one may be put in its place."""
        return self._drive.lateness

    @lateness.setter
    def lateness(self, fresh: Lateness) -> None:
        self._drive.lateness = fresh

    # --- the engine's thread

    def _call(self, work: Callable[[], object]) -> None:
        with self._door:
            loop = self._loop
            if loop is None:
                self._early.append(work)
                return
        with suppress(RuntimeError):  # the loop is closed: there is nothing left to ask of it
            loop.call_soon_threadsafe(work)

    def _thread_main(self, ready: Event) -> None:
        try:
            with asyncio.Runner(loop_factory=_loop_factory()) as runner:
                runner.run(self._main(ready))
            self._hooks.on_end()
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
        with self._door:
            self._loop = asyncio.get_running_loop()
            for work in self._early:
                self._loop.call_soon(work)
        if self._deliver_through is not None:
            self._deliver_through(self._loop.call_soon_threadsafe)
        ready.set()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._serve())
            try:
                await self._drive.run()
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
                    try:
                        reach("task.commands")
                        self._handle(ask, receipt)
                    except Exception as error:  # noqa: BLE001 - one command that breaks must not take the others along
                        self._note_failure("commands", error)
                        self._open.pop(receipt, None)
                        if not receipt.settled():
                            receipt.refuse(f"this failed within the engine ({type(error).__name__}); see the log")

    def _note_failure(self, name: str, error: Exception) -> None:
        times = self._command_failures.add(system.monotonic_ns())
        _log.error("the task %s failed", name, exc_info=error)
        self._hooks.close_now(f"the task {name} failed ({type(error).__name__})")
        self._hooks.on_task_failure(name, error, times)

    def _begin_to_wind_down(self, reason: str) -> None:
        if self._winds_down:
            return
        self._winds_down = True
        answer = self._hooks.wind_down(reason)
        if answer is None:
            self._drive.end()
            return
        answer.when_settled(lambda _: self._drive.end())
        asyncio.get_running_loop().call_later(WIND_DOWN_WITHIN_S, self._drive.end)
        self._drive.wake()

    def _look_around(self, real_ns: int) -> None:
        if real_ns >= self._snapshot_due_ns:
            self._snapshot_due_ns = real_ns + SNAPSHOT_EVERY_NS
            self._publish()
        if real_ns >= self._beat_due_ns:
            self._beat_due_ns = real_ns + BEAT_EVERY_NS
            if self.when_beating is not None and self._hooks.is_sound():
                self.when_beating()

    def _publish(self) -> None:
        self._latest = self._session.views.snapshot()
        if self._on_snapshot is not None:
            self._on_snapshot(self._latest)

    def _handle(self, ask: Ask, receipt: FutureReceipt) -> None:
        def settle(answer: Answer) -> None:
            self._publish()  # whoever has the answer finds what it says in the picture
            self._open.pop(receipt, None)
            receipt.take(answer)

        self._open[receipt] = None

        self._session.operator.handle(ask).when_settled(settle)
        self._drive.wake()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop where it is installed, else the standard loop."""
    try:
        import uvloop  # noqa: PLC0415 - an extra that need not be there
    except ImportError:
        return asyncio.new_event_loop
    loop_factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return loop_factory
