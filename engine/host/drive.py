"""The engine's loop: engine time follows real time, or runs as fast as it can; every turn is a beat of the heart."""

import asyncio
from collections.abc import Callable

import msgspec

from engine.clock import SECOND_NS
from engine.faultpoints import reach
from engine.host import system
from engine.host.clock_watch import NOTHING, Change, ClockWatch, Readings
from engine.host.heart import Heart
from engine.host.hooks import HostHooks
from engine.host.lateness import Lateness
from engine.host.watchdog import Watchdog, WatchdogSettings
from engine.session import Session

CHUNK_NS = 15 * SECOND_NS  # of engine time at full speed, between two looks at commands and at the real clock
SLEEP_S_MAX = 0.05
SLEEP_S_MIN = 0.001  # what loops count in: one of them would take less for nothing and turn without end
COLLECT_EVERY_NS = 600 * SECOND_NS
QUIET_S = 0.02
_MILLISECOND_NS = 1_000_000


class HostSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How fast engine time goes, when it ends, and how patient the watchdog is."""

    speed: float | None = 1.0  # engine seconds a real second; None: as fast as it can
    end_ns: int | None = None  # engine time
    commands_max: int = 10_000  # that may wait for the engine
    watchdog: WatchdogSettings = WatchdogSettings()
    time_stands_still: bool = True  # with the process: the market is in it. A real one goes on


class Drive:
    """Moves a session forward. At full speed nobody waits, so nothing is late and nothing stands still."""

    def __init__(
        self,
        session: Session,
        settings: HostSettings,
        hooks: HostHooks,
        heart: Heart,
        look_around: Callable[[int], None],
    ) -> None:
        self._session = session
        self._settings = settings
        self._hooks = hooks
        self._heart = heart
        self._look_around = look_around
        self._watchdog = Watchdog(heart, hooks, settings.watchdog)
        self._wake: asyncio.Event | None = None
        self._ending = False
        self._collect_due_ns = 0
        self.lateness = Lateness()

    async def run(self) -> None:
        """Until the session, its time, or the patience of somebody ends."""
        self._wake = asyncio.Event()
        began_ns = system.monotonic_ns()
        self._heart.begin(system.this_thread(), began_ns)
        self._collect_due_ns = began_ns + COLLECT_EVERY_NS  # whoever built all this has collected
        try:
            if self._settings.speed is None:
                await self._run_at_full_speed()
            else:
                self._watchdog.start()
                await self._run_in_time(self._settings.speed)
        finally:
            self._watchdog.end()
            self._heart.end()

    def end(self) -> None:
        """Come to an end at the next turn; on the engine's thread."""
        self._ending = True
        self.wake()

    def wake(self) -> None:
        """There is something new to do."""
        if self._wake is not None:
            self._wake.set()

    async def _run_at_full_speed(self) -> None:
        session = self._session
        timeline = session.kernel.timeline
        end_ns = self._settings.end_ns
        while not self._ending and not session.is_over:
            limit = timeline.now_ns + CHUNK_NS
            if end_ns is not None and limit >= end_ns:
                limit = end_ns
                self._ending = True
            reach("task.engine")
            session.run_until(limit)
            now_ns = system.monotonic_ns()
            self._heart.beat(now_ns)
            self._look_around(now_ns)
            await asyncio.sleep(0)

    async def _run_in_time(self, speed: float) -> None:
        session = self._session
        heart = self._heart
        timeline = session.kernel.timeline
        end_ns = self._settings.end_ns
        began_real = system.monotonic_ns()
        began = timeline.now_ns
        clocks = ClockWatch(_readings(began_real))
        while not self._ending and not session.is_over:
            real = system.monotonic_ns()
            began_real += self._notice(heart.beat(real))
            self._notice_clocks(clocks.look(_readings(real)))
            now = began + int((real - began_real) * speed)
            if end_ns is not None and now >= end_ns:
                now = end_ns
                self._ending = True
            due = session.next_ns
            if due <= now:
                self.lateness.add(int((now - due) / speed))
            if now > timeline.now_ns:
                reach("task.engine")
                session.run_until(now)
            self._look_around(real)
            if self._ending:
                return
            done = system.monotonic_ns()
            began_real += self._notice(heart.beat(done))
            delay_s = min(SLEEP_S_MAX, (session.next_ns - began - int((done - began_real) * speed)) / speed / SECOND_NS)
            if delay_s > QUIET_S and real >= self._collect_due_ns:
                self._collect_due_ns = real + COLLECT_EVERY_NS
                system.collect_young()
            await self._rest(done, delay_s)

    def _notice(self, gap_ns: int) -> int:
        """Tell of a gap that matters; by how much engine time is to stand still for it."""
        limits = self._settings.watchdog
        if gap_ns <= limits.stall_ns:
            return 0
        self._hooks.on_stall(gap_ns / _MILLISECOND_NS, self._watchdog.take_stack())
        if gap_ns <= limits.close_ns:
            return 0
        self._hooks.on_gap(gap_ns / SECOND_NS, "the loop did not turn")
        return gap_ns if self._settings.time_stands_still else 0

    def _notice_clocks(self, change: Change) -> None:
        if change is NOTHING:
            return
        if change.slept_s > 0:
            self._hooks.on_gap(change.slept_s, "the machine slept")
        if change.set_by_s:
            self._hooks.on_clock_step(change.set_by_s)

    async def _rest(self, now_ns: int, delay_s: float) -> None:
        """Until the next thing is due, or a command comes."""
        assert self._wake is not None
        if delay_s <= 0:
            await asyncio.sleep(0)
            return
        delay_s = max(delay_s, SLEEP_S_MIN)
        self._heart.rest(now_ns + int(delay_s * SECOND_NS))
        alarm = asyncio.get_running_loop().call_later(delay_s, self._wake.set)
        await self._wake.wait()
        alarm.cancel()
        self._wake.clear()


def _readings(monotonic_ns: int) -> Readings:
    return Readings(monotonic_ns, system.boot_ns(), system.wall_ns())
