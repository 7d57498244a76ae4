"""How a run is watched: with the garden, or from a main thread that only waits. Signals go to the engine first."""

import codecs
import logging
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.host import system
from engine.host.engine_host import EngineHost
from hean_tui.environment_traps import remove_traps
from hean_tui.errors import WrongCommandLine
from hean_tui.farewell import END_WITHIN_S, Farewell
from hean_tui.late_host import LateHost
from hean_tui.own_process import keep_private
from hean_tui.redaction import redactor
from hean_tui.requests import RunRequest
from hean_tui.signals import heard_by
from hean_tui.supervised_child import ALONE
from hean_tui.telling import tell
from infrastructure.heralds import heralds_from

if TYPE_CHECKING:
    from hean_tui.screen.app import GardenApp
    from risk.feasibility import Feasibility

_log = logging.getLogger(__name__)
_LOOKS_EVERY_S = 0.2


def run_headless(host: EngineHost, request: RunRequest) -> None:
    """Wait on the main thread, where signals arrive."""
    keep_private(request.data_folder.path)
    system.settle_memory()
    heralds = heralds_from(os.environ)
    host.when_beating = heralds.beat
    farewell = Farewell(host, heralds, request.loaded.settings.screen.on_hangup)
    with heard_by(farewell):
        host.start()
        if ALONE in os.environ:
            farewell.lose_screen("the terminal was lost before this start")
        _wait_for(host)
        if host.failure is None:
            heralds.ending()


def run_with_garden(
    host: LateHost, request: RunRequest, feasible: "Callable[[], Feasibility | None] | None" = None
) -> int:
    """Show the garden, start the engine behind it, and go on until one of them ends; the screen's exit code.

    A screen that is lost, with its terminal or by faults of its own, does not end the run. `feasible` is asked what the
    account can trade, which is known once there is an engine.
    """
    refuse_terminals_without_a_garden()
    keep_private(request.data_folder.path)
    remove_traps(os.environ)
    from hean_tui.screen import plain_text
    from hean_tui.screen.app import STUMBLED, open_garden

    plain_text.without(redactor().secrets if redactor().is_needed else None)
    screen = request.loaded.settings.screen
    heralds = heralds_from(os.environ)
    host.when_beating = heralds.beat
    farewell = Farewell(host, heralds, screen.on_hangup)

    def painted(app: "GardenApp") -> None:
        host.when_there = lambda: app.call_later(app.draw)
        host.when_over = farewell.when_alone = lambda: app.leave_soon(0)
        app.when_terminal_is_gone = lambda: farewell.hang_up("the terminal went away")
        host.start()
        if host.is_over or farewell.is_alone:
            app.leave_soon(0)

    with heard_by(farewell):
        try:
            code = _stumbled_at_worst(
                lambda: open_garden(
                    host,
                    theme=screen.theme,
                    symbols=screen.symbols,
                    quiet=screen.quiet,
                    on_first_frame=painted,
                    feasible=feasible,
                ),
                STUMBLED,
            )
            if code == STUMBLED and not host.is_over:
                farewell.lose_screen("the screen failed again and again")
                tell("The engine goes on without a screen; ctrl+c ends it, and hean-tui status says how it is.")
            if code == STUMBLED or farewell.is_alone:
                host.start()
                _wait_for(host)
        finally:
            host.end()
            if not host.join(END_WITHIN_S):
                _log.error("the engine did not end within %s s", END_WITHIN_S)
        if host.failure is None:
            heralds.ending()
    return code


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


def _wait_for(host: EngineHost | LateHost) -> None:
    while not host.join(_LOOKS_EVERY_S):
        pass


def _stumbled_at_worst(show: Callable[[], int], stumbled: int) -> int:
    """A screen that cannot even be opened again, such as on a terminal that went away, is one more that is lost."""
    try:
        return show()
    except Exception:  # noqa: BLE001 - the engine behind it goes on
        _log.exception("the screen could not be shown")
        return stumbled
