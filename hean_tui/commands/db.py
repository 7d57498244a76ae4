"""`hean-tui db`: copy the journal while it is in use, take a copy in again, and make room beside it."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from hean_tui.commands.global_options import GlobalOptions
from hean_tui.commands.reading import existing_file, word, writable_file
from hean_tui.errors import WrongCommandLine
from hean_tui.exit_codes import ExitCode
from hean_tui.wording import quoted

_RUN = "db-restore"


class _Request(NamedTuple):
    common: GlobalOptions
    file: Path
    dry_run: bool


def db(
    context: typer.Context,
    action: Annotated[str | None, typer.Argument(metavar="backup|restore|migrate|prune", show_default=False)] = None,
    file: Annotated[str | None, typer.Argument(metavar="FILE", show_default=False)] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="prune: only say what would go.")] = False,
) -> int:
    """Back up the journal of a data folder, put a backup in its place, bring it up to date, or make room beside it.

    \b
    hean-tui db backup FILE     one file, verified; the engine can run
    hean-tui db restore FILE    what was there is kept in replaced-N
    hean-tui db migrate         after an update; a start does it by itself
    hean-tui db prune           old market tape, snapshots, replaced journals and logs; never a row of the journal
    """
    from hean_tui.journal_faults import told

    with_file: dict[str, Callable[[_Request], None]] = {"backup": _backup, "restore": _restore}
    alone: dict[str, Callable[[_Request], None]] = {"migrate": _migrate, "prune": _prune}
    actions = {**with_file, **alone}
    if action is None:
        raise WrongCommandLine("db needs a word behind it: backup, restore, migrate or prune.")
    chosen = actions[word("db", action, actions)]
    if file is None and action in with_file:
        raise WrongCommandLine(f"db {action} needs a file: hean-tui db {action} FILE.")
    if file is not None and action in alone:
        raise WrongCommandLine(f"db {action} takes no file; leave {quoted(file)} out.")
    if dry_run and chosen is not _prune:
        raise WrongCommandLine(f"db {action} knows no --dry-run; db prune does.")
    with told():
        chosen(_Request(context.obj, Path(file or ""), dry_run))
    return ExitCode.DONE


def _backup(request: _Request) -> None:
    common, file, _ = request
    from hean_tui.data_folder import folder_within, locate_root
    from infrastructure.journal.restoring import back_up

    head = back_up(folder_within(locate_root(common.data_dir, os.environ)), writable_file("db backup", file))
    _say(
        common,
        {"written": str(file), "rows": head.seq, "hash": head.hash.hex()},
        f"A copy of {head.seq:,} rows is in {file} now; each of them was verified.",
    )


def _restore(request: _Request) -> None:
    common, file, _ = request
    from engine.client_ids import base32
    from hean_tui.data_folder import locate_root, locked, open_data_folder
    from hean_tui.standing_halts import standing_halts
    from infrastructure.journal import ENTROPY_BYTES
    from infrastructure.journal.restoring import restore

    existing_file("db restore", file)
    folder = open_data_folder(locate_root(common.data_dir, os.environ)).path
    entropy = os.urandom(ENTROPY_BYTES)  # noqa: TID251 - an epoch that no seed may repeat
    with locked(folder):
        found = standing_halts(folder)
        restored = restore(folder, file, _RUN, entropy, found.rows_at)
    sentences = [f"The journal is the one of {file} now, under the new epoch {base32(restored.epoch, 5)}."]
    if restored.replaced:
        sentences.append(f"What was there before is in {restored.replaced}.")
    sentences += [f"The halt of it is in force here too: {halt.reason}." for halt in found.halts]
    if found.doubt is not None:
        sentences.append(found.doubt)
    _say(
        common,
        {
            "rows": restored.head.seq,
            "hash": restored.head.hash.hex(),
            "epoch": base32(restored.epoch, 5),
            "replaced": str(restored.replaced) if restored.replaced else None,
            "halts": [{"scope": halt.scope, "reason": halt.reason} for halt in found.halts],
            "doubt": found.doubt,
        },
        " ".join(sentences),
    )


def _migrate(request: _Request) -> None:
    from hean_tui import __version__
    from hean_tui.data_folder import folder_within, locate_root, locked
    from infrastructure.journal import Places, check_folder
    from infrastructure.journal.faults import NoJournal
    from infrastructure.journal.opening import bring_up_to_date

    folder = folder_within(locate_root(request.common.data_dir, os.environ))
    if not folder.exists():
        raise NoJournal(Places.within(folder).journal)
    check_folder(folder)
    with locked(folder):
        done = bring_up_to_date(folder, __version__)
    sentence = f"The journal has schema {done.now}, which is the newest; there was nothing to do."
    if done.copy is not None:
        sentence = f"The journal has schema {done.now} now; as it was with schema {done.found}, it is in {done.copy}."
    facts = {"found": done.found, "schema": done.now, "copy": None if done.copy is None else str(done.copy)}
    _say(request.common, facts, sentence)


def _prune(request: _Request) -> None:
    from hean_tui.data_folder import folder_within, locate_root
    from infrastructure.journal import check_folder
    from infrastructure.journal.pruning import prunable, remove

    folder = folder_within(locate_root(request.common.data_dir, os.environ))
    check_folder(folder)
    found = prunable(folder)
    gone = [one for one in found if request.dry_run or remove(one)]
    kept = [one for one in found if one not in gone]
    freed = sum(one.size for one in gone)
    would = "would be" if request.dry_run else "were"
    lines = [f"{one.path.relative_to(folder)}: {one.what}, {one.size / 1e6:,.1f} MB" for one in gone]
    lines += [f"{one.path.relative_to(folder)}: could not be removed" for one in kept]
    lines.append(f"{freed / 1e6:,.1f} MB {would} freed. No row of the journal is ever removed; each holds up the next.")
    facts = {
        "removed": [{"path": str(one.path), "what": one.what, "bytes": one.size} for one in gone],
        "kept": [str(one.path) for one in kept],
        "bytes": freed,
        "dry_run": request.dry_run,
    }
    _say(request.common, facts, "\n".join(lines))


def _say(common: GlobalOptions, facts: Mapping[str, object], sentence: str) -> None:
    import json

    typer.echo(json.dumps(facts) if common.json else sentence)
