"""What happens at a fault point of a real process, read from words: `send.done:1:kill`, `decision:delay:50`."""

import errno
import os
import signal
from collections.abc import Callable
from typing import NamedTuple

from engine import faultpoints
from engine.faultpoints import Act, InjectedFault
from engine.host import system

ACTIONS = ("kill", "raise", "delay:MILLISECONDS", "enospc", "eio")
_LONGEST_DELAY_MS = 600_000


class PlannedFault(NamedTuple):
    """Where, at which time of being there, and what then."""

    name: str
    hit: int
    act: Act

    def arm(self) -> None:
        """From now on it waits for its moment."""
        faultpoints.arm(self.name, self.act, hit=self.hit)


def read_faults(text: str) -> list[PlannedFault]:
    """All that was asked for, separated by commas; raises ValueError with the half of a sentence that says why not."""
    return [_read(part.strip()) for part in text.split(",") if part.strip()]


def _read(text: str) -> PlannedFault:
    name, *words = text.split(":")
    if not faultpoints.is_known(name):
        raise ValueError(f'there is no fault point "{name}"; hean-tui sim faultpoints lists them')
    hit = 1
    if words and words[0].isascii() and words[0].isdigit():
        hit = int(words.pop(0))
    elif len(words) > 1 and (words[1] in _PLAIN or words[1] == "delay"):
        raise ValueError(f'in "{text}" the count was "{words[0]}"; write a whole number from 1 on')
    if hit < 1:
        raise ValueError(f'the first time is 1, and "{text}" said {hit}')
    return PlannedFault(name, hit, _action(text, words))


def _action(text: str, words: list[str]) -> Act:
    match words:
        case ["delay", ms] if ms.isascii() and ms.isdigit() and int(ms) <= _LONGEST_DELAY_MS:
            return lambda _: system.pause(int(ms) / 1_000)
        case [word] if word in _PLAIN:
            return _PLAIN[word]
    raise ValueError(f'"{text}" ends with no action; it is one of {", ".join(ACTIONS)}')


def _kill(_: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _raise(name: str) -> None:
    raise InjectedFault(f"at the fault point {name}")


def _failing(number: int) -> Callable[[str], None]:
    def fail(_: str) -> None:
        raise OSError(number, os.strerror(number))

    return fail


_PLAIN: dict[str, Act] = {
    "kill": _kill,
    "raise": _raise,
    "enospc": _failing(errno.ENOSPC),
    "eio": _failing(errno.EIO),
}
