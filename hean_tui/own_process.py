"""What this process is to the machine: it dies with its parent, leaves no core behind, and always comes to its end."""

import faulthandler
import os
import resource
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO

from engine.host import system
from hean_tui.environment_traps import remove_traps
from hean_tui.signals import hear_early
from infrastructure.lifesigns import SUPERVISOR_PIPE

STACKS_FILE = "stacks.txt"
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_WRITES_TO_THE_TERMINAL = "textual-output"


class _Process:
    """There is only one."""

    is_ours = False  # and not a test's, or that of a program that has us as a part
    stacks: IO[str] | None = None


def settle_in(*, is_run: bool) -> None:
    """At the very start of a process that is nothing but this program."""
    _Process.is_ours = True
    if SUPERVISOR_PIPE in os.environ:
        _die_with_parent()
    if is_run:
        hear_early(os.environ)
    remove_traps(os.environ)


def keep_private(folder: Path) -> None:
    """Before a run: what it writes is for its owner alone, no core files, and where it stood when it is aborted."""
    if not _Process.is_ours:
        return
    os.umask(0o077)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):
        _Process.stacks = open(folder / STACKS_FILE, "a", encoding="utf-8")  # noqa: SIM115 - as long as the process
        faulthandler.enable(_Process.stacks, all_threads=True)


def end_as(code: int) -> int:
    """The exit code, once everything is closed. A terminal that takes no more must not keep the process from ending."""
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    if any(_is_of_the_screen(thread) for thread in threading.enumerate()):
        os._exit(code)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        os._exit(code)  # Python would try again on its way out, and change the code
    return code


def _is_of_the_screen(thread: system.EngineThread) -> bool:
    """One that may be stuck in a terminal: it writes there, or Python would wait for it."""
    return thread.name == _WRITES_TO_THE_TERMINAL or not (thread.daemon or thread is threading.main_thread())


def _die_with_parent() -> None:
    """Whoever ends the parent by force means the program; where the machine knows no such thing, its pipe tells."""
    if not sys.platform.startswith("linux"):
        return
    parent = os.getppid()
    import ctypes

    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it was faster
        os._exit(128 + signal.SIGKILL)
