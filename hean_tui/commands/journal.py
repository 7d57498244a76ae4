"""`hean-tui journal`: whether what was written down holds, what it ends with, and all of it for other programs."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from hean_tui.commands.global_options import GlobalOptions
from hean_tui.commands.reading import word, writable_file
from hean_tui.errors import UserError, WrongCommandLine
from hean_tui.exit_codes import ExitCode
from hean_tui.telling import tell
from hean_tui.wording import quoted

if TYPE_CHECKING:
    from infrastructure.journal.places import Places


class _Request(NamedTuple):
    common: GlobalOptions
    places: "Places"
    format: str | None
    output: Path | None
    order: str


def journal(
    context: typer.Context,
    action: Annotated[str | None, typer.Argument(metavar="verify|head|export|why", show_default=False)] = None,
    order: Annotated[str | None, typer.Argument(metavar="ID", help="why: the order.", show_default=False)] = None,
    format: Annotated[  # noqa: A002  the option's name
        str | None, typer.Option(metavar="jsonl|csv|parquet", help="How export writes; else jsonl.")
    ] = None,
    output: Annotated[str | None, typer.Option(metavar="FILE", help="Where export writes; else stdout.")] = None,
) -> int:
    """Verify the journal of a data folder, say what it ends with, export it, or tell the story of one order."""
    from hean_tui.data_folder import folder_within, locate_root
    from hean_tui.journal_faults import told
    from infrastructure.journal.export import FORMATS
    from infrastructure.journal.places import Places

    actions: dict[str, Callable[[_Request], ExitCode]] = {
        "verify": _verify,
        "head": _head,
        "export": _export,
        "why": _why,
    }
    if action is None:
        raise WrongCommandLine("journal needs a word behind it: verify, head, export or why.")
    chosen = actions[word("journal", action, actions)]
    if (order is None) is (chosen is _why):
        raise WrongCommandLine(
            "journal why needs the id of an order; hean-tui orders lists them."
            if order is None
            else f"journal {action} takes no argument {quoted(order)}."
        )
    if chosen is not _export and (format, output) != (None, None):
        raise WrongCommandLine(f"journal {action} writes no file; leave out --format and --output.")
    name = None if format is None else word("--format", format, FORMATS)
    file = None if output is None else writable_file("--output", Path(output))
    with told():
        places = Places.within(folder_within(locate_root(context.obj.data_dir, os.environ)))
        return chosen(_Request(context.obj, places, name, file, order or ""))


def _why(request: _Request) -> ExitCode:
    from hean_tui.books import rows_of
    from hean_tui.story import NoSuchOrder, story_of

    try:
        story = story_of(request.order, rows_of(request.places))
    except NoSuchOrder:
        raise UserError(f"The journal knows no order {quoted(request.order)}; hean-tui orders lists some.") from None
    if request.common.json:
        _say_json({"order": request.order, "story": story})
        return ExitCode.DONE
    for line in story:
        typer.echo(f"{line['time'][:23].replace('T', ' ')}  {line['sentence']}")
    return ExitCode.DONE


def _verify(request: _Request) -> ExitCode:
    from infrastructure.journal.faults import BrokenJournal, DamagedRow, NewerSchema, NotAJournal, Unreadable
    from infrastructure.journal.verification import verify

    try:
        verdict = verify(request.places)
    except (NewerSchema, NotAJournal, Unreadable):
        raise
    except BrokenJournal as fault:
        # It could be read, and it does not hold: that is the answer to what was asked, not a failure to ask.
        if request.common.json:
            row = fault.seq if isinstance(fault, DamagedRow) else None
            why = fault.why if isinstance(fault, DamagedRow) else _dashed(type(fault).__name__)
            _say_json({"ok": False, "row": row or None, "why": why, "sentence": str(fault)})
        else:
            tell(str(fault))
        return ExitCode.ERROR
    digest = verdict.head.hash.hex()
    if request.common.json:
        _say_json({"ok": True, "rows": verdict.head.seq, "hash": digest, "schema": verdict.schema})
    else:
        typer.echo(f"The journal holds: {verdict.head.seq:,} rows, each as it was written; the last is {digest}.")
    return ExitCode.DONE


def _head(request: _Request) -> ExitCode:
    from engine.client_ids import base32
    from infrastructure.journal.reading import summary, time_text

    end = summary(request.places)
    facts = {
        "seq": end.head.seq,
        "hash": end.head.hash.hex(),
        "kind": end.kind,
        "time": time_text(end.time_ns),
        "epoch": base32(end.epoch, 5),
        "instance": end.instance,
        "schema": end.schema,
    }
    if request.common.json:
        _say_json(facts)
    else:
        typer.echo(f"{facts['seq']} {facts['hash']} {facts['kind']} {facts['time']}")
    return ExitCode.DONE


def _export(request: _Request) -> ExitCode:
    from infrastructure.journal.export import export, export_to

    name = request.format or "jsonl"
    if request.output is not None:
        count = export_to(request.places, name, request.output)
        if request.common.json:
            _say_json({"written": str(request.output), "rows": count})
        else:
            tell(f"{count:,} rows are in {request.output} now.")
        return ExitCode.DONE
    if request.common.json and name != "jsonl":
        raise WrongCommandLine(f"--json prints JSON lines; leave out --format {name}, or name a file with --output.")
    if name == "parquet":
        raise WrongCommandLine("Parquet is no text; name a file with --output.")
    sys.stdout.flush()
    export(request.places, name, sys.stdout.buffer)
    sys.stdout.buffer.flush()
    return ExitCode.DONE


def _dashed(name: str) -> str:
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("-")


def _say_json(facts: dict[str, Any]) -> None:
    import json

    typer.echo(json.dumps(facts))
