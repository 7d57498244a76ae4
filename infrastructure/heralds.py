"""Signs of life to whoever supervises this process: the service manager of the machine, or the parent that started it.

Three words are known to both: ready, alive, ending. They are sent by the engine's own loop, so that a loop that stands
still falls silent; what cannot be sent is dropped, because nobody may hold up the engine.
"""

import os
import socket
from collections.abc import Callable, MutableMapping, Sequence
from contextlib import suppress
from typing import Protocol

from infrastructure.lifesigns import ALIVE, ENDING, NOTIFY_SOCKET, READY, SUPERVISOR_PIPE


class Herald(Protocol):
    """Tells one listener."""

    def ready(self) -> None:
        """The engine works."""
        ...

    def alive(self) -> None:
        """It still does."""
        ...

    def ending(self) -> None:
        """It is about to end, as planned."""
        ...

    def heard(self, signal_number: int) -> None:
        """A signal has arrived here; it need not be passed on a second time."""
        ...


class NotifySocket:
    """The service manager's socket: one datagram a word."""

    def __init__(self, address: str) -> None:
        # A leading @ stands for the zero byte of a name that is in no file system.
        self._address = "\0" + address[1:] if address.startswith("@") else address

    def _send(self, words: bytes) -> None:
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as way:
            way.setblocking(False)
            way.sendto(words, self._address)

    def ready(self) -> None:
        """The unit is started."""
        self._send(b"READY=1")

    def alive(self) -> None:
        """The watchdog is fed."""
        self._send(b"WATCHDOG=1")

    def ending(self) -> None:
        """The unit is stopping."""
        self._send(b"STOPPING=1")

    def heard(self, signal_number: int) -> None:
        """A service manager does not ask."""


class SupervisorPipe:
    """The pipe to the parent: one byte a word, and the number of each signal."""

    def __init__(self, descriptor: int) -> None:
        os.set_inheritable(descriptor, False)
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self.when_alone: Callable[[], None] | None = None  # the parent is gone

    def _send(self, word: bytes) -> None:
        try:
            os.write(self._descriptor, word)
        except BlockingIOError:  # a parent that is stopped; it will not blame us
            pass
        except OSError:
            alone, self.when_alone = self.when_alone, None
            if alone is not None:
                alone()

    def ready(self) -> None:
        """From now on the parent expects to hear of us."""
        self._send(READY)

    def alive(self) -> None:
        """And does."""
        self._send(ALIVE)

    def ending(self) -> None:
        """Whatever code follows is meant."""
        self._send(ENDING)

    def heard(self, signal_number: int) -> None:
        """The parent got the same signal, or it did not."""
        self._send(bytes([signal_number]))


class Heralds:
    """All listeners as one."""

    def __init__(self, heralds: Sequence[Herald]) -> None:
        self._heralds = heralds
        self._is_ready = False

    def beat(self) -> None:
        """The engine works, told the first time; and it still does."""
        for herald in self._heralds:
            if not self._is_ready:
                herald.ready()
            herald.alive()
        self._is_ready = True

    def ending(self) -> None:
        """It is about to end, as planned."""
        for herald in self._heralds:
            herald.ending()

    def heard(self, signal_number: int) -> None:
        """A signal has arrived here."""
        for herald in self._heralds:
            herald.heard(signal_number)

    def when_alone(self, call: Callable[[], None]) -> None:
        """Be told when a parent that there was is gone."""
        for herald in self._heralds:
            if isinstance(herald, SupervisorPipe):
                herald.when_alone = call


def heralds_from(environ: MutableMapping[str, str]) -> Heralds:
    """Whoever the environment names; the names are taken out, so that no child of ours speaks for us."""
    heralds: list[Herald] = []
    pipe = environ.pop(SUPERVISOR_PIPE, "")
    address = environ.pop(NOTIFY_SOCKET, "")
    if pipe.isascii() and pipe.isdigit():
        with suppress(OSError):  # not a descriptor of ours: then nobody listens
            heralds.append(SupervisorPipe(int(pipe)))
    if address.startswith(("/", "@")):
        heralds.append(NotifySocket(address))
    return Heralds(heralds)
