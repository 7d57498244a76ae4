"""`hean-tui follow`: what a running engine does, a line each, until it ends or nobody wants to know any more."""

import json
import sys
from typing import TYPE_CHECKING, Any

import typer

from hean_tui.commands.watching import Mode
from hean_tui.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infrastructure.control.client import Reply

_PARTS = ("engine", "account", "positions", "orders", "risk")


def follow(context: typer.Context, *, mode: Mode = None) -> int:
    """Print what happens, a line each, until ctrl+c; with --json also a picture whenever there is a new one.

    \b
    hean-tui follow
    hean-tui follow --json | jq -r 'select(.event) | .event.text'
    """
    from hean_tui.running_engine import line_to_the_engine
    from hean_tui.telling import tell
    from infrastructure.control.messages import Outcome

    lines = _as_json if context.obj.json else _as_text
    try:
        with line_to_the_engine(context.obj, mode) as line:
            for reply in line.follow(_PARTS):
                if reply.outcome != Outcome.LINE:
                    tell(reply.sentence)
                    return ExitCode.DONE if reply.outcome == Outcome.OVER else ExitCode.ERROR
                for text in lines(reply):
                    sys.stdout.write(text + "\n")
                sys.stdout.flush()
    except KeyboardInterrupt:  # it has no other end
        return ExitCode.DONE
    tell("The engine has gone.")
    return ExitCode.DONE


def _as_json(reply: "Reply") -> "Iterator[str]":
    for event in reply.facts["stream"]:
        yield json.dumps({"event": event}, separators=(",", ":"))
    yield json.dumps({"snapshot": reply.snapshot}, separators=(",", ":"))


def _as_text(reply: "Reply") -> "Iterator[str]":
    widest = 10  # of the stream's words
    for event in reply.facts["stream"]:
        yield f"{_clock(event)}  {event['word']:<{widest}}  {event['text']}"


def _clock(event: dict[str, Any]) -> str:
    return str(event["time"]).replace("T", " ")[:19]
