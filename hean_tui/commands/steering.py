"""`hean-tui start`, `stop`, `pause`, `resume`, `reconcile`, `flatten`, `unlock`: the verbs that the keys have, too."""

from typing import Annotated

import typer

from hean_tui.commands.watching import Mode
from hean_tui.exit_codes import ExitCode


def start(context: typer.Context, *, mode: Mode = None) -> int:
    """Let the strategies of a running engine work.

    \b
    hean-tui start
    """
    return _ask(context, mode, "start")


def stop(context: typer.Context, *, mode: Mode = None) -> int:
    """Let the strategies rest: entries are cancelled, positions keep their stops, the engine goes on.

    \b
    hean-tui stop
    """
    return _ask(context, mode, "stop")


def pause(context: typer.Context, *, mode: Mode = None) -> int:
    """Take no new positions; exits and stops go on.

    \b
    hean-tui pause
    """
    return _ask(context, mode, "pause")


def resume(context: typer.Context, *, mode: Mode = None) -> int:
    """Open entries again after a pause or a closed gate.

    \b
    hean-tui resume
    """
    return _ask(context, mode, "resume")


def reconcile(context: typer.Context, *, mode: Mode = None) -> int:
    """Compare the books with the venue's now; exit code 9 where they differ.

    \b
    hean-tui reconcile && echo equal
    """
    return _ask(context, mode, "reconcile")


def flatten(context: typer.Context, *, mode: Mode = None) -> int:
    """Close every position, reduce-only, and leave the gate as it is; exit code 8 where something is left.

    \b
    hean-tui flatten
    hean-tui flatten --json | jq .left
    """
    return _ask(context, mode, "flatten")


def unlock(
    context: typer.Context,
    scope: Annotated[str, typer.Argument(metavar="SCOPE", help="What is halted or locked, as status names it.")],
    *,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it is written down.")],
    phrase: Annotated[str, typer.Option(metavar="TEXT", help="The words that the lock asks for.")] = "",
    mode: Mode = None,
) -> int:
    """Lift a halt or a lock, as its rule allows.

    \b
    hean-tui unlock kill --reason "the feed was wrong, not the strategy" --phrase "RESET KILL"
    """
    return _ask(context, mode, "unlock", key=scope, reason=reason, value=phrase)


def _ask(context: typer.Context, mode: str | None, verb: str, **more: object) -> int:
    from hean_tui.engine_verbs import ask_and_tell

    return int(ask_and_tell(context.obj, mode, {"verb": verb, **more})) or ExitCode.DONE
