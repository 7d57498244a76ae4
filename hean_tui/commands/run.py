"""`hean-tui run`: trade, with the garden or without a screen."""

# ruff: noqa: ARG001, PLR0913  typer reads the options from the signature; their values are taken from the context

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

_Words = list[str] | None


def run(
    context: typer.Context,
    *,
    headless: Annotated[bool, typer.Option("--headless", help="No screen; messages and results only.")] = False,
    mode: Annotated[
        str, typer.Option(metavar="MODE", help="paper; demo, testnet and live need an exchange.")
    ] = "paper",
    feed: Annotated[str, typer.Option(metavar="FEED", help="sim, the built-in market.")] = "sim",
    scenario: Annotated[
        str | None, typer.Option(metavar="NAME", help="The weather of the built-in market, such as crash.")
    ] = None,
    symbol: Annotated[_Words, typer.Option(metavar="S", help="Trade this market; repeatable.")] = None,
    strategy: Annotated[_Words, typer.Option(metavar="NAME", help="Run this strategy; repeatable.")] = None,
    assignments: Annotated[
        _Words, typer.Option("--set", metavar="KEY=VALUE", help="Change a setting or a parameter; repeatable.")
    ] = None,
    capital: Annotated[str | None, typer.Option(metavar="USDT", help="The first deposit, in USDT.")] = None,
    seed: Annotated[str | None, typer.Option(metavar="N", help="Everything random comes from this number.")] = None,
    start: Annotated[str | None, typer.Option(metavar="TIME", help="Where simulated time begins.")] = None,
    duration: Annotated[str | None, typer.Option(metavar="TIME", help="Stop after 90s, 6h or 30d.")] = None,
    speed: Annotated[str, typer.Option(metavar="SPEED", help="realtime, max, or a factor such as 60x.")] = "realtime",
    script: Annotated[str | None, typer.Option(metavar="FILE", help="Play the steps of this file.")] = None,
    status_file: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write the snapshot here again and again.")
    ] = None,
    no_supervisor: Annotated[
        bool, typer.Option("--no-supervisor", help="No parent process that starts the engine again after a crash.")
    ] = False,
) -> int:
    """Trade on paper, in the garden or without a screen."""
    from engine.faultpoints import reach
    from hean_tui.commands.run_request import read_run_request
    from hean_tui.data_folder import borrowed
    from hean_tui.fault_points import arm_fault_points
    from hean_tui.logs import logging_to
    from hean_tui.telling import tell

    request = read_run_request(context.obj, context.params)
    arm_fault_points(os.environ, is_harmless=request.mode == "paper")
    reach("recovery.step_0")
    log = request.loaded.settings.log
    say = tell if request.headless else None  # the garden is drawn on stderr
    with (
        borrowed(request.data_folder) as folder,
        logging_to(folder.log_file, log, verbose=request.verbosity > 0, say=say),
    ):
        from hean_tui.run import run_command

        _tell_what_does_not_count(folder.path, context.params)
        return int(run_command(request))


def _tell_what_does_not_count(folder: Path, given: Mapping[str, Any]) -> None:
    """Money and time are those of the journal where there is one; once, and not after a crash again."""
    from hean_tui.journal_faults import told
    from hean_tui.supervised_child import RESTARTS
    from hean_tui.telling import tell
    from hean_tui.wording import quoted
    from infrastructure.journal.heads import last_told
    from infrastructure.journal.places import Places

    words = [f"--{name}" for name in ("capital", "start") if given[name] is not None]
    if not words or os.environ.get(RESTARTS, "0") != "0":
        return
    with told():
        heads = last_told(Places.within(folder).heads)
    if heads is not None and heads.head.seq > 1:  # more than the birth of the journal: a run has begun
        count = "counts" if len(words) == 1 else "count"
        tell(
            f"{' and '.join(words)} {count} for a new data folder alone, and the account in {quoted(folder)} goes on "
            "where it ended; name another folder with --data-dir."
        )
