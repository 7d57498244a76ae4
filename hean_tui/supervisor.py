"""The parent of a run: a small process that starts the engine again when it crashes, and hands on what is meant for it.

It is kept out of the way: it imports next to nothing, draws nothing, and shares the terminal and the process group with
its child, so that the keys that send signals and stop jobs reach both as if there were one. A signal that reached the
parent alone is passed on; the child says of each that it has heard it.
"""

import os
import select
import signal
from collections.abc import Sequence

from engine.host import system
from hean_tui.restarts import Restarts
from hean_tui.supervised_child import CRASH, PASSED_ON, SECOND_NS, Child
from hean_tui.telling import tell
from hean_tui.terminal_mode import TerminalMode

END_WITHIN_NS = 12 * SECOND_NS  # after it was asked to end; it has a deadline of its own before that
STARTS_AGAIN_AFTER_S = 1.0
_ASKS_TO_END = (signal.SIGINT, signal.SIGTERM)
_LOOKS_EVERY_S = 0.5


class Supervisor:
    """One program in front of one terminal, however often its engine has to be started."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)
        self._mode = TerminalMode()
        self._restarts = Restarts()
        self._signals, told = os.pipe()
        for end in (self._signals, told):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(told, warn_on_full_buffer=False)
        for number in (*PASSED_ON, signal.SIGCHLD):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, _nothing)
        self._asked_to_end: int | None = None
        self._hung_up = False

    def run(self) -> int:
        """Until the program has ended as it meant to, or has crashed too often; its exit code."""
        while True:
            child = Child(self._command, self._restarts.count, headless=self._hung_up)
            self._watch(child)
            if self._is_told_to_end() or not child.has_crashed:
                if child.was_killed:
                    self._mode.restore()
                return child.exit_code
            self._mode.restore()
            if not self._restarts.allows(system.monotonic_ns()):
                tell(
                    f"The engine {child.fate} and was started again {self._restarts.count} times within five minutes; "
                    "it stays down. Stops rest where they were placed. hean-tui doctor and the log say more."
                )
                return CRASH
            tell(f"The engine {child.fate}; it is started again.")
            self._wait(STARTS_AGAIN_AFTER_S)
            if self._is_told_to_end():
                return 128 + (self._asked_to_end or 0)

    def _is_told_to_end(self) -> bool:
        return self._asked_to_end is not None

    def _wait(self, seconds: float) -> None:
        """Between two children, still open to signals."""
        ends_ns = system.monotonic_ns() + int(seconds * SECOND_NS)
        while not self._is_told_to_end() and (left_ns := ends_ns - system.monotonic_ns()) > 0:
            select.select([self._signals], [], [], left_ns / SECOND_NS)
            for number in self._take_signals():
                self._note(number)

    def _watch(self, child: Child) -> None:
        """Until this child has ended."""
        looked_ns = system.monotonic_ns()
        while not child.has_ended:
            ready, _, _ = select.select([self._signals, *child.pipes], [], [], _LOOKS_EVERY_S)
            now_ns = system.monotonic_ns()
            away_ns, looked_ns = now_ns - looked_ns, now_ns
            if self._signals in ready:
                for number in self._take_signals():
                    self._note(number)
                    if number in PASSED_ON:
                        child.echo.arrived(number, now_ns)
            if away_ns > 2 * SECOND_NS:
                child.forgive(now_ns)  # it was this process that did not run
            child.listen(now_ns)
            child.pass_on(now_ns)
            child.look(now_ns)
            if self._is_told_to_end():
                child.end_within(END_WITHIN_NS, now_ns)

    def _take_signals(self) -> bytes:
        try:
            return os.read(self._signals, 64)
        except BlockingIOError:
            return b""

    def _note(self, number: int) -> None:
        if number in _ASKS_TO_END:
            self._asked_to_end = number
        elif number == signal.SIGHUP:
            self._hung_up = True


def _nothing(*_: object) -> None:
    """The number is in the pipe already; without a handler it would not be."""
