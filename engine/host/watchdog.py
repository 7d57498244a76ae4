"""The watchdog: a thread that sees when the engine's loop stands still, says where, and draws the consequences."""

import logging

import msgspec

from engine.faultpoints import reach
from engine.host import system
from engine.host.heart import Heart
from engine.host.hooks import HostHooks
from engine.host.stacks import stack_of

_log = logging.getLogger(__name__)
_MS = 1_000_000
_LAST_WORDS_S = 0.3


class WatchdogSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How long the loop may be away before something follows from it."""

    look_every_ns: int = 50 * _MS
    stall_ns: int = 250 * _MS  # noted, with the stack
    close_ns: int = 2_000 * _MS  # the gate closes to new risk
    abort_ns: int = 10_000 * _MS  # the process ends, and whoever supervises it starts another


class Watchdog:
    """Looks at a heart. When it has not run for long itself, the whole process stood still, and that is no stall."""

    def __init__(self, heart: Heart, hooks: HostHooks, settings: WatchdogSettings) -> None:
        self._heart = heart
        self._hooks = hooks
        self._settings = settings
        self._looked_ns = 0
        self._awake_ns = 0  # from when on the loop is to blame
        self._stack = ""
        self._stage = 0
        self._is_over = False
        self.abort = system.abort  # replaced where the process has to live on

    def start(self) -> None:
        """Look again and again, on a thread of its own, until `end`."""
        self._looked_ns = system.monotonic_ns()
        system.spawn("watchdog", self._work)

    def end(self) -> None:
        """Look no more."""
        self._is_over = True

    def take_stack(self) -> str:
        """Where the loop stood when it was last found standing; for the engine's thread, when it moves again."""
        stack, self._stack = self._stack, ""
        return stack or "it moved again before anybody could look"

    def look(self, now_ns: int) -> None:
        """One look at the loop."""
        settings = self._settings
        away_ns, self._looked_ns = now_ns - self._looked_ns, now_ns
        if away_ns > settings.close_ns:
            self._awake_ns = now_ns
        gap_ns = now_ns - max(self._heart.due_ns, self._awake_ns)
        if gap_ns <= settings.stall_ns:
            self._stage = 0
        elif self._stage == 0:
            self._stage = 1
            self._stack = stack_of(self._heart.thread_id)
        elif self._stage == 1 and gap_ns > settings.close_ns:
            self._stage = 2
            self._hooks.close_now(f"the engine's loop has stood still for {gap_ns / 1e9:.1f} s")
            _log.error("the engine's loop has stood still for %.1f s:\n%s", gap_ns / 1e9, self._stack)
        elif self._stage == 2 and gap_ns > settings.abort_ns:
            self._stage = 3
            self._give_up(gap_ns)

    def _give_up(self, gap_ns: int) -> None:
        stack = stack_of(self._heart.thread_id)
        _log.critical("the engine's loop does not come back; the process ends:\n%s", stack)
        try:
            self._hooks.on_abort(gap_ns / _MS, stack)
        except Exception:  # noqa: BLE001 - whatever the last words run into, the process ends
            _log.exception("the last words could not be said")
        system.pause(_LAST_WORDS_S)  # the log and the journal are written by threads of their own
        self.abort()

    def _work(self) -> None:
        pause_s = self._settings.look_every_ns / 1e9
        while not self._is_over:
            system.pause(pause_s)
            try:
                reach("task.watchdog")
                self.look(system.monotonic_ns())
            except Exception as error:  # noqa: BLE001 - a watchdog that stumbles gets up again
                _log.exception("the watchdog stumbled")
                self._hooks.close_now(f"the watchdog stumbled ({type(error).__name__})")
