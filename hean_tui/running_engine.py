"""Commands to a running engine: which one is meant, a line to it, and what its answers mean for the person."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hean_tui.commands.global_options import GlobalOptions
from hean_tui.errors import UserError, WrongCommandLine
from hean_tui.exit_codes import ExitCode
from hean_tui.wording import quoted, way_out

if TYPE_CHECKING:
    from infrastructure.control.client import Line, Reply
    from infrastructure.control.discovery import Running

SURFACE = "the command line"
STALE_AFTER_S = 5.0


class NoEngine(UserError):
    """Nothing runs where it was looked for."""

    exit_code = ExitCode.NO_ENGINE


class NoAnswer(UserError):
    """An engine runs and does not answer."""

    exit_code = ExitCode.TIMED_OUT


class Refused(UserError):
    """The engine, or its gate, said no."""


class EntriesClosed(UserError):
    """A halt, a lock, the closed gate or the kill switch stands against it."""

    exit_code = ExitCode.HALTED


@contextmanager
def line_to_the_engine(common: GlobalOptions, mode: str | None) -> Iterator["Line"]:
    """A connection to the engine that is meant; what goes wrong with it becomes a sentence."""
    from infrastructure.control.client import NobodyThere, Silence, connected

    engine = the_engine(common, mode)
    try:
        with connected(engine.folder, SURFACE) as line:
            yield line
    except NobodyThere:
        raise NoEngine(
            f"The engine in {quoted(engine.folder)} has no control socket; hean-tui kill can end it."
        ) from None
    except Silence as silence:
        raise NoAnswer(
            f"The engine in {quoted(engine.folder)} runs{_process(engine)} and does not answer ({silence}); "
            "hean-tui kill works without its answer."
        ) from None


def the_engine(common: GlobalOptions, mode: str | None) -> "Running":
    """The one engine that is meant."""
    root, found = look_around(common, mode)
    if not found:
        what = "No engine runs" if mode is None else f"No engine runs in mode {mode}"
        raise NoEngine(f"{what} under {quoted(root)}; start one with hean-tui run, or name its folder with --data-dir.")
    if len(found) > 1:
        lines = [f"  {engine.folder}{_process(engine)}" for engine in found]
        raise WrongCommandLine("Several engines run; name one with --mode or --data-dir:", *lines)
    return found[0]


def look_around(common: GlobalOptions, mode: str | None) -> tuple[Path, tuple["Running", ...]]:
    """Where it was looked, and the engines of that mode that run there."""
    from hean_tui.data_folder import locate_root
    from infrastructure.control.discovery import running_engines

    check_mode(mode)
    root = locate_root(common.data_dir, os.environ)
    return root, tuple(engine for engine in running_engines(root) if mode in (None, engine.mode))


def check_mode(mode: str | None) -> None:
    """Refuse a word that is no mode."""
    from hean_tui.live_gate import MODES

    if mode is not None and mode not in MODES:
        raise WrongCommandLine(f"--mode was {quoted(mode)}; {way_out(mode, MODES)}")


def looked_at(common: GlobalOptions, mode: str | None, parts: Sequence[str]) -> "Reply":
    """Parts of the engine's newest picture, with a word of warning where it is an old one."""
    from infrastructure.control.messages import Outcome

    with line_to_the_engine(common, mode) as line:
        reply = line.look((*parts, "engine"))
    if reply.outcome != Outcome.HERE:
        raise Refused(reply.sentence)
    warn_of_an_old_picture(reply)
    return reply


def warn_of_an_old_picture(reply: "Reply") -> None:
    """An engine that does not move shows what was."""
    from hean_tui.telling import tell

    state = reply.snapshot.get("engine", {}).get("state")
    if reply.age_s > STALE_AFTER_S and state not in ("starting", "stopped"):
        tell(f"The engine has not moved for {reply.age_s:.0f} s; this is what it looked like then.")


def fail_unless_done(reply: "Reply") -> None:
    """Whatever is no success, as the exit code that it means."""
    from infrastructure.control.messages import Outcome

    if reply.outcome == Outcome.DONE:
        return
    kind: type[UserError] = Refused
    if reply.outcome == Outcome.CLOSED:
        kind = EntriesClosed
    elif reply.outcome == Outcome.LATE:
        kind = NoAnswer
    elif reply.outcome == Outcome.OVER:
        kind = NoEngine
    raise kind(sentence(reply.sentence))


def sentence(text: str) -> str:
    """An engine's words as a sentence: a capital letter and a full stop."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?')) else '.'}"


def as_answer(reply: "Reply", command_id: str) -> dict[str, Any]:
    """What a program is told of a command."""
    state = reply.snapshot.get("engine", {}).get("state")
    return {
        "ok": reply.outcome == "done",
        "outcome": reply.outcome,
        "sentence": reply.sentence,
        "id": command_id,
        "state": state,
    }


def _process(engine: "Running") -> str:
    return "" if engine.pid is None else f" (process {engine.pid})"
