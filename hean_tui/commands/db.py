"""`hean-tui db`: copy the journal while it is in use, and take a copy in again."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from hean_tui.commands.global_options import GlobalOptions
from hean_tui.commands.reading import existing_file, word, writable_file
from hean_tui.errors import WrongCommandLine
from hean_tui.exit_codes import ExitCode

_RUN = "db-restore"


def db(
    context: typer.Context,
    action: Annotated[str | None, typer.Argument(metavar="backup|restore", show_default=False)] = None,
    file: Annotated[str | None, typer.Argument(metavar="FILE", show_default=False)] = None,
) -> int:
    """Back up the journal of a data folder into one file, or put such a file in its place."""
    from hean_tui.journal_faults import told

    actions: dict[str, Callable[[GlobalOptions, Path], None]] = {"backup": _backup, "restore": _restore}
    if action is None:
        raise WrongCommandLine("db needs a word behind it: backup or restore.")
    chosen = actions[word("db", action, actions)]
    if file is None:
        raise WrongCommandLine(f"db {action} needs a file: hean-tui db {action} FILE.")
    with told():
        chosen(context.obj, Path(file))
    return ExitCode.DONE


def _backup(common: GlobalOptions, file: Path) -> None:
    from hean_tui.data_folder import PAPER_SIM, locate_root
    from infrastructure.journal.restoring import back_up

    head = back_up(locate_root(common.data_dir, os.environ) / PAPER_SIM, writable_file("db backup", file))
    _say(
        common,
        {"written": str(file), "rows": head.seq, "hash": head.hash.hex()},
        f"A copy of {head.seq:,} rows is in {file} now; each of them was verified.",
    )


def _restore(common: GlobalOptions, file: Path) -> None:
    from engine.client_ids import base32
    from hean_tui.data_folder import PAPER_SIM, locate_root, open_data_folder
    from infrastructure.journal import ENTROPY_BYTES, FolderLock
    from infrastructure.journal.restoring import restore

    existing_file("db restore", file)
    folder = open_data_folder(locate_root(common.data_dir, os.environ), PAPER_SIM).path
    entropy = os.urandom(ENTROPY_BYTES)  # noqa: TID251 - an epoch that no seed may repeat
    lock = FolderLock(folder, _RUN)
    try:
        restored = restore(folder, file, _RUN, entropy)
    finally:
        lock.release()
    kept = f" What was there before is in {restored.replaced}." if restored.replaced else ""
    _say(
        common,
        {
            "rows": restored.head.seq,
            "hash": restored.head.hash.hex(),
            "epoch": base32(restored.epoch, 5),
            "replaced": str(restored.replaced) if restored.replaced else None,
        },
        f"The journal is the one of {file} now, under the new epoch {base32(restored.epoch, 5)}.{kept}",
    )


def _say(common: GlobalOptions, facts: dict[str, object], sentence: str) -> None:
    import json

    typer.echo(json.dumps(facts) if common.json else sentence)
