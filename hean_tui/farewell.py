"""What a signal and a vanished terminal mean for a run: how it ends, and how it goes on with nobody in front of it."""

import logging
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from engine.host import system
from hean_tui.signals import ASK_TO_END
from hean_tui.terminal_mode import TerminalMode
from infrastructure.heralds import Heralds

END_WITHIN_S = 9.5
_log = logging.getLogger(__name__)


class Ended(Protocol):
    """The engine, as far as its end is concerned."""

    @property
    def is_over(self) -> bool:
        """Whether it has done its work."""
        ...

    @property
    def failure(self) -> Exception | None:
        """What it could not go on with."""
        ...

    def wind_down(self, reason: str) -> None:
        """No new risk, entries cancelled, stops kept, then the end."""
        ...

    def lose_screen(self, reason: str) -> None:
        """No new risk, entries cancelled, stops kept, and on."""
        ...


class Farewell:
    """Called with the number of each signal, on the thread that hears them.

    The first SIGINT or SIGTERM ends the run in order, the second ends the process at once, and so does time: what is
    asked to end has ten seconds. After a hang-up the run goes on without a terminal, as the settings say.
    """

    def __init__(self, host: Ended, heralds: Heralds, on_hangup: str) -> None:
        """`on_hangup` is `manage` (no new risk), `detach` (as if nothing had happened) or `stop`."""
        self._host = host
        self._heralds = heralds
        self._on_hangup = on_hangup
        self._mode = TerminalMode()
        self._terminals = [number for number in (0, 1, 2) if _is_terminal(number)]
        self._asked: int | None = None
        self.is_alone = False  # nobody is in front of it any more
        self.when_alone: Callable[[], None] | None = None  # the screen has to go
        heralds.when_alone(lambda: self(signal.SIGTERM))

    def __call__(self, number: int) -> None:
        """A signal has arrived."""
        self._heralds.heard(number)
        if number == signal.SIGHUP and self._on_hangup != "stop":
            self.hang_up("the terminal was closed")
        elif self._asked is None:
            self._end(number)
        elif number in ASK_TO_END:
            self._mode.restore()
            os._exit(128 + number)

    def hang_up(self, why: str) -> None:
        """The terminal is gone, however that came to be known; once is enough."""
        if self.is_alone:
            return
        self.is_alone = True
        _log.warning("%s; the policy is %s", why, self._on_hangup)
        self._let_go_of_the_terminal()
        self.lose_screen(why)
        if self.when_alone is not None:
            self.when_alone()

    def lose_screen(self, why: str) -> None:
        """Nobody can see or press anything any more."""
        if self._on_hangup == "stop":
            self._end(signal.SIGHUP)
        elif self._on_hangup == "manage":
            self._host.lose_screen(why)

    def _end(self, number: int) -> None:
        if self._asked is not None:
            return
        self._asked = number
        _log.info("asked to end by %s", signal.Signals(number).name)
        self._heralds.ending()
        self._host.wind_down(f"the program was asked to end ({signal.Signals(number).name})")
        system.later(END_WITHIN_S, self._end_now)

    def _end_now(self) -> None:
        """The engine may be done long since, and something in front of it hang."""
        is_done = self._host.is_over and self._host.failure is None
        _log.error("the process did not end by itself within %s s", END_WITHIN_S)
        self._mode.restore()
        os._exit(0 if is_done else 128 + (self._asked or 0))

    def _let_go_of_the_terminal(self) -> None:
        """Reading from a pipe that nobody writes to waits; a null device would be read at full speed."""
        kept = {number: os.dup(number) for number in self._terminals}
        silence, _ = os.pipe()  # its other end stays open as long as the process
        os.set_blocking(silence, False)  # a thread that is about to read from the terminal must come back too
        nowhere = os.open(os.devnull, os.O_RDWR)
        for number in self._terminals:
            os.dup2(silence if number == 0 else nowhere, number)
        self._mode.restore(kept.get(0, 0), kept.get(2, 2))  # it may have been a signal without a hang-up
        for descriptor in kept.values():
            os.close(descriptor)


def _is_terminal(number: int) -> bool:
    with suppress(OSError):
        return os.isatty(number)
    return False
