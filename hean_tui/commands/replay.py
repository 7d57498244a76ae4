"""`hean-tui replay`: feed a journal to a fresh kernel, and say whether it arrives where the run did."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from hean_tui.commands.global_options import GlobalOptions
from hean_tui.exit_codes import ExitCode
from hean_tui.telling import tell

_SHOWN = 5


def replay(
    context: typer.Context,
    journal: Annotated[
        str | None, typer.Argument(metavar="JOURNAL", help="A data folder or a journal file.", show_default=False)
    ] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Check the chain, and every state hash on the way.")] = False,
) -> int:
    """Work a journal through from its first row, and compare the state with what the runs wrote down."""
    from engine.record.folding import Differs
    from hean_tui.books import rows_of, runs_of
    from hean_tui.errors import WrongConfiguration
    from hean_tui.journal_faults import told
    from infrastructure.journal.reading import time_text

    common: GlobalOptions = context.obj
    places = _places(common, journal)
    with told():
        from hean_tui.replaying import replay as fold
        from hean_tui.replaying import replay_verified

        try:
            runs = runs_of(places)
            if verify:
                replayed = replay_verified(places, runs, has_heads=places.heads.exists())
            else:
                replayed = fold(rows_of(places), runs)
        except Differs as fault:
            raise WrongConfiguration(f"The journal cannot be replayed: {fault}.") from None
    result = replayed.fold
    state_hash = replayed.kernel.state_hash()
    facts: dict[str, Any] = {
        "rows": result.rows,
        "runs": replayed.runs,
        "proofs": result.proofs,
        "differences": result.differences,
        "state": str(replayed.kernel.state),
        "time": time_text(result.last_ns),
        "state_hash": state_hash,
        "equal": not result.differences,
    }
    if common.json:
        sys.stdout.write(json.dumps(facts) + "\n")
    else:
        typer.echo(
            f"{result.rows:,} rows of {replayed.runs} runs lead to {facts['state']} at {facts['time']}, "
            f"state hash {state_hash}."
        )
        if result.differences:
            tell(*(f"{sentence[:1].upper()}{sentence[1:]}." for sentence in result.differences[:_SHOWN]))
        elif verify and not result.proofs:
            typer.echo("The chain holds; no run wrote a state hash on the way, so that no state could be compared.")
        elif verify:
            typer.echo(f"Every one of the {result.proofs:,} state hashes on the way is the same.")
    return ExitCode.DONE if not (verify and result.differences) else ExitCode.ERROR


def _places(common: GlobalOptions, journal: str | None) -> Any:
    from hean_tui.data_folder import PAPER_SIM, folder_within, locate_root
    from infrastructure.journal.places import Places

    if journal is None:
        return Places.within(folder_within(locate_root(common.data_dir, os.environ)))
    named = Path(journal)
    if not named.is_dir():
        return Places.alone(named) if named.name != "journal.db" else Places.within(named.parent)
    inside = named / PAPER_SIM
    return Places.within(inside if inside.is_dir() and not (named / "journal.db").exists() else named)
