"""One process of the program as its supervisor sees it: what it tells, and how it ended."""

import os
import signal
from collections.abc import Sequence

from engine.host import system
from hean_tui.signal_echo import SignalEcho
from infrastructure.lifesigns import ENDING, READY, SUPERVISOR_PIPE

SECOND_NS = 1_000_000_000
SILENT_NS = 10 * SECOND_NS  # two beats of five seconds, as a service manager counts
TIDY_WITHIN_NS = 60 * SECOND_NS  # after it said itself that it ends
NEVER_NS = 2**63 - 1
RESTARTS = "HEAN_RESTARTS"
ALONE = "HEAN_ALONE"  # the terminal was lost before this start, and nobody is in front of it
PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
CRASH = 1
_DUMPS_WITHIN_S = 1.0


class Child:
    """One process of the program: what it told, and how it ended."""

    def __init__(self, command: Sequence[str], restarts: int, *, headless: bool) -> None:
        self._pipe, told = os.pipe()
        os.set_blocking(self._pipe, False)
        os.set_inheritable(told, True)
        files: list[tuple[int, int, str, int, int]] = []
        if headless:  # the terminal is gone, and so is all that could be drawn
            command = [*command, *(["--headless"] if "--headless" not in command else [])]
            files = [(os.POSIX_SPAWN_OPEN, end, os.devnull, os.O_RDWR, 0) for end in (0, 1, 2)]
        environment = {**os.environ, SUPERVISOR_PIPE: str(told), RESTARTS: str(restarts)}
        if headless:
            environment[ALONE] = "1"
        self._pid = os.posix_spawn(command[0], list(command), environment, file_actions=files)
        os.close(told)
        self.pipes = [self._pipe]
        self.echo = SignalEcho()
        self._status: int | None = None
        self._is_ready = self._is_ending = self._is_stopped = False
        self._beat_ns = 0
        self._ends_by_ns = NEVER_NS

    # --- what it tells

    def listen(self, now_ns: int) -> None:
        """Take what is in its pipe."""
        while self.pipes:
            try:
                words = os.read(self._pipe, 4096)
            except BlockingIOError:
                return
            if not words:
                os.close(self.pipes.pop())
                return
            self._beat_ns = now_ns
            self._is_ready = self._is_ready or READY in words
            if ENDING in words:
                self._is_ending = True
                self.end_within(TIDY_WITHIN_NS, now_ns)
            for word in words:
                if word in PASSED_ON:
                    self.echo.heard(word, now_ns)

    # --- signals

    def pass_on(self, now_ns: int) -> None:
        """Send what has reached the parent alone."""
        for number in self.echo.due(now_ns):
            self._send(number)

    def end_within(self, limit_ns: int, now_ns: int) -> None:
        """It means to end; what does not end is ended."""
        self._ends_by_ns = min(self._ends_by_ns, now_ns + limit_ns)

    def forgive(self, now_ns: int) -> None:
        """Nobody was there to listen; the silence counts from now."""
        self._beat_ns = now_ns

    # --- its life

    def look(self, now_ns: int) -> None:
        """Has it stopped, gone on, ended, or fallen silent?"""
        pid, status = os.waitpid(self._pid, os.WNOHANG | os.WUNTRACED | os.WCONTINUED)
        if pid:
            self._is_stopped = os.WIFSTOPPED(status)
            self.forgive(now_ns)
            if os.WIFEXITED(status) or os.WIFSIGNALED(status):
                self._end(status, now_ns)
        elif now_ns > self._ends_by_ns:
            self._send(signal.SIGKILL)
        elif self._is_ready and not self._is_stopped and not self._is_ending and now_ns - self._beat_ns > SILENT_NS:
            self._give_up()

    def _give_up(self) -> None:
        """Its fault handler writes where everything stood; then it has to go."""
        self._send(signal.SIGABRT)
        for _ in range(20):
            system.pause(_DUMPS_WITHIN_S / 20)
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                self._end(status, system.monotonic_ns())
                return
        self._send(signal.SIGKILL)

    def _end(self, status: int, now_ns: int) -> None:
        self.listen(now_ns)
        while self.pipes:
            os.close(self.pipes.pop())
        self._status = status

    def _send(self, number: int) -> None:
        if self._status is None:
            os.kill(self._pid, number)

    @property
    def has_ended(self) -> bool:
        """Whether it is gone."""
        return self._status is not None

    @property
    def was_killed(self) -> bool:
        """Whether a signal ended it, so that it could not tidy up."""
        return self._status is not None and os.WIFSIGNALED(self._status)

    @property
    def has_crashed(self) -> bool:
        """Ended by a signal that nobody sends in order to end it, or with an error while it worked."""
        if self._status is None:
            return False
        if os.WIFSIGNALED(self._status):
            return os.WTERMSIG(self._status) not in PASSED_ON
        return os.WEXITSTATUS(self._status) == CRASH and self._is_ready and not self._is_ending

    @property
    def exit_code(self) -> int:
        """As a shell tells it."""
        assert self._status is not None
        code = os.waitstatus_to_exitcode(self._status)
        return code if code >= 0 else 128 - code

    @property
    def fate(self) -> str:
        """How it ended, as the middle of a sentence."""
        if self.was_killed:
            assert self._status is not None
            return f"was ended by signal {os.WTERMSIG(self._status)}"
        return f"ended with code {self.exit_code}"
