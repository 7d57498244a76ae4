"""SIGINT, SIGTERM and SIGHUP, heard by a thread of their own: whatever the screen is stuck in, they get through."""

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

from engine.host import system
from infrastructure.lifesigns import SUPERVISOR_PIPE

ASK_TO_END = (signal.SIGINT, signal.SIGTERM)
HEARD = (*ASK_TO_END, signal.SIGHUP)

_early: list[int] = []


def hear_early(environ: Mapping[str, str]) -> None:
    """Keep what asks to end for the run that is about to begin, so that it ends as it should and not halfway in."""
    pipe = environ.get(SUPERVISOR_PIPE, "")

    def remember(number: int, _: object) -> None:
        _early.append(number)
        if pipe.isdigit():
            with suppress(OSError):
                os.write(int(pipe), bytes([number]))

    for number in ASK_TO_END:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, remember)


@contextmanager
def heard_by(listener: Callable[[int], None]) -> Iterator[None]:
    """Call the listener with the number of each signal, on a thread of its own; to be entered on the main thread.

    Python runs its handlers on the main thread alone, between two of its steps, and a screen may keep it from ever
    taking the next. The number is in the pipe before that.
    """
    take, put = os.pipe()
    os.set_blocking(put, False)
    before_pipe = signal.set_wakeup_fd(put, warn_on_full_buffer=False)
    # What was ignored from the start stays ignored: so works nohup.
    ours = [number for number in HEARD if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, _nothing) for number in ours}
    system.spawn("signals", lambda: _listen(take, listener))
    for number in dict.fromkeys(_early):
        listener(number)
    _early.clear()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(before_pipe)
        os.close(put)


def _listen(pipe: int, listener: Callable[[int], None]) -> None:
    while numbers := os.read(pipe, 64):
        for number in numbers:
            if number in HEARD:
                listener(number)
    os.close(pipe)


def _nothing(*_: object) -> None:
    """The thread has it; without a handler, Python would let the default action have its way."""
