"""How a run is watched: with the garden, or from a main thread that only waits. Signals go to the engine first."""

import codecs
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from engine.host import system
from engine.host.engine_host import EngineHost
from hean_tui.errors import WrongCommandLine
from hean_tui.late_host import LateHost
from hean_tui.requests import RunRequest

if TYPE_CHECKING:
    from hean_tui.screen.app import GardenApp

_log = logging.getLogger(__name__)
END_WITHIN_S = 10.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_headless(host: EngineHost) -> None:
    """Wait on the main thread, where signals arrive."""
    system.settle_memory()
    with ending_on_signals(host):
        host.start()
        while not host.join(0.2):
            pass


def run_with_garden(host: LateHost, request: RunRequest) -> int:
    """Show the garden, start the engine behind it, and go on until one of them ends; the screen's exit code."""
    refuse_terminals_without_a_garden()
    from hean_tui.screen.app import open_garden

    def painted(app: "GardenApp") -> None:
        host.when_there = lambda: app.call_later(app.draw)
        host.when_over = lambda: app.leave_soon(0)
        host.start()
        if host.is_over:
            app.leave_soon(0)

    screen = request.loaded.settings.screen
    with ending_on_signals(host):
        try:
            return open_garden(
                host, theme=screen.theme, symbols=screen.symbols, quiet=screen.quiet, on_first_frame=painted
            )
        finally:
            host.end()
            if not host.join(END_WITHIN_S):
                _log.error("the engine did not end within %s s", END_WITHIN_S)


def refuse_terminals_without_a_garden() -> None:
    """Say in one sentence why nothing can be drawn here, instead of drawing what nobody can read."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise WrongCommandLine("The garden needs a terminal, and this is none; run --headless needs none.")
    if os.environ.get("TERM") == "dumb":
        raise WrongCommandLine("The garden cannot be drawn on a terminal with TERM=dumb; run --headless needs none.")
    encoding = getattr(sys.__stderr__, "encoding", None) or "utf-8"  # the stream that the screen is written to
    name = codecs.lookup(encoding).name
    if name != "utf-8":
        raise WrongCommandLine(
            f"The garden is drawn with letters of UTF-8, and those of this terminal are {name}; "
            "set LC_ALL=C.UTF-8, or run --headless."
        )


@contextmanager
def ending_on_signals(host: EngineHost | LateHost) -> Iterator[None]:
    """The first signal asks the engine to end, and the screen follows it; the second ends the process at once.

    What does not end within its time is ended: a terminal that is gone can hold a screen for ever.
    """
    received: list[int] = []

    def ask_to_end(number: int, _: object) -> None:
        if received:
            os._exit(128 + number)
        received.append(number)
        host.end()
        system.later(END_WITHIN_S, lambda: os._exit(128 + number))

    before = {number: signal.signal(number, ask_to_end) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
