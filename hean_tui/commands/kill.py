"""`hean-tui kill`: ask the engine; where it is silent, act without it. What it needs is little, so that it is there."""

import sys
from threading import Event
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hean_tui.commands.kill_words import KillWords
from hean_tui.commands.watching import Mode
from hean_tui.errors import UserError, WrongCommandLine
from hean_tui.exit_codes import ExitCode
from hean_tui.running_engine import NoEngine

if TYPE_CHECKING:
    from pathlib import Path

    from hean_tui.commands.global_options import GlobalOptions
    from infrastructure.control.client import Reply

PATIENCE_S = 2.0  # until the engine has closed its gate, or is taken to be frozen
FLAT_WITHIN_S = 20.0
_PARTS = ("engine", "positions", "orders")
_AGAIN_AFTER_S = 0.1
_STARTED_AGAIN_MAX = 3
_REASON = "kill from the command line"


def kill(
    context: typer.Context,
    *,
    cancel_only: Annotated[
        bool, typer.Option("--cancel-only", help="Close the gate and cancel entries; positions and stops stay.")
    ] = False,
    direct: Annotated[
        bool, typer.Option("--direct", help="Do not ask: end the engine's process and act without it.")
    ] = False,
    mode: Mode = None,
) -> int:
    """Close the gate, cancel entries, flatten reduce-only, verify, and prove it.

    Works when the engine is frozen or gone: after two seconds of silence its process is ended, and the positions are
    closed from its journal. Exit code 0: flat; 8: something is left, and it says what; 3: nothing to do.

    \b
    hean-tui kill
    hean-tui kill --cancel-only
    hean-tui kill --direct --json
    """
    return killed(KillWords(context.obj, cancel_only, direct, mode))


def killed(words: KillWords) -> int:
    """Carry it out; the exit code."""
    folder = _the_folder(words.common, words.mode)
    outcome = None if words.direct else _asked(folder, cancel_only=words.cancel_only)
    if outcome is None:
        outcome = _acted(folder, cancel_only=words.cancel_only)
    return _told(words.common, outcome)


def _acted(folder: "Path", *, cancel_only: bool) -> dict[str, Any]:
    """Act without the engine; where somebody has started another one meanwhile, that one is asked."""
    from hean_tui.commands.kill_direct import act_directly

    for _ in range(_STARTED_AGAIN_MAX):
        try:
            return act_directly(folder, _REASON, cancel_only=cancel_only)
        except UserError as error:
            if error.exit_code != ExitCode.NO_ENGINE or isinstance(error, NoEngine):
                raise
        outcome = _asked(folder, cancel_only=cancel_only, is_starting=True)
        if outcome is not None:
            return outcome
    return act_directly(folder, _REASON, cancel_only=cancel_only)


def _the_folder(common: "GlobalOptions", mode: str | None) -> "Path":
    """The folder of the engine that runs, else the only one there is."""
    from hean_tui.data_folder import refuse_what_is_in_the_way
    from hean_tui.running_engine import look_around
    from hean_tui.wording import quoted
    from infrastructure.control.discovery import folders_of, links_of

    root, running = look_around(common, mode)
    folders = [engine.folder for engine in running]
    if not folders:
        for link in links_of(root):
            if _is_of(mode, link):
                refuse_what_is_in_the_way(link)
        folders = [folder for folder in folders_of(root) if _is_of(mode, folder)]
    if not folders:
        raise NoEngine(f"No engine runs under {quoted(root)}, and none ever did; there is nothing to kill.")
    if len(folders) > 1:
        what = "Several engines run" if running else "No engine runs, and several folders are there"
        raise WrongCommandLine(f"{what}; name one with --mode or --data-dir:", *(f"  {each}" for each in folders))
    return folders[0]


def _is_of(mode: str | None, folder: "Path") -> bool:
    return mode in (None, folder.name.partition("-")[0])


def _asked(folder: "Path", *, cancel_only: bool, is_starting: bool = False) -> dict[str, Any] | None:
    """What the engine made of it; None where nobody has closed the gate in time.

    One that `is_starting` holds its folder before it opens its door, and is waited for.
    """
    from engine.host import system
    from infrastructure.control.client import NobodyThere, Silence
    from infrastructure.control.messages import Outcome

    ask = {"verb": "kill", "cancel_only": cancel_only}
    last_ns = system.monotonic_ns() + int(PATIENCE_S * 1_000_000_000)
    while True:
        try:
            reply = _asked_once(folder, ask)
            if reply.outcome in (Outcome.DONE, Outcome.LATE):
                return _facts(reply, ask)
        except NobodyThere:
            if not is_starting:
                return None
        except Silence:
            return None
        if system.monotonic_ns() > last_ns:
            return None
        Event().wait(_AGAIN_AFTER_S)  # it is starting, or there is a crowd at the door


def _asked_once(folder: "Path", ask: dict[str, Any]) -> "Reply":
    from hean_tui.running_engine import SURFACE
    from infrastructure.control.client import connected, new_id
    from infrastructure.control.kill_flag import raise_flag
    from infrastructure.control.messages import Outcome, Wish

    with connected(folder, SURFACE) as line:
        line.say(Wish.ASK, new_id(), ask=ask, parts=_PARTS, wait_s=FLAT_WITHIN_S)
        if not ask["cancel_only"]:
            raise_flag(folder, _REASON)  # the second copy of the halt, while the engine is at the first
        reply = line.hear(PATIENCE_S)
        return _final(line.hear, reply) if reply.outcome == Outcome.TAKEN else reply


def _final(hear: Any, taken: "Reply") -> "Reply":
    """The answer after the gate was closed; an engine that falls silent now is frozen in the middle of it."""
    from infrastructure.control.messages import Outcome

    reply: Reply = taken
    while reply.outcome == Outcome.TAKEN:
        reply = hear(FLAT_WITHIN_S + PATIENCE_S)
    return reply


def _facts(reply: "Reply", ask: dict[str, Any]) -> dict[str, Any]:
    from hean_tui.engine_verbs import remainder
    from hean_tui.running_engine import as_answer, sentence
    from infrastructure.control.messages import Outcome

    answer = as_answer(reply, str(reply.facts.get("id", "")))
    left = remainder(ask, reply.snapshot)
    if reply.outcome == Outcome.LATE and not left:
        left = ["an engine that has closed its gate and is still at it"]
    return {**answer, "sentence": sentence(reply.sentence), "by": "the engine", "left": left}


def _told(common: "GlobalOptions", outcome: dict[str, Any]) -> int:
    from hean_tui.telling import tell

    if common.json:
        import json

        sys.stdout.write(json.dumps(outcome, separators=(",", ":")) + "\n")
    else:
        sys.stdout.write(outcome["sentence"] + "\n")
        tell(*(f"Left: {each}." for each in outcome["left"]))
    return ExitCode.NOT_FLAT if outcome["left"] else ExitCode.DONE
