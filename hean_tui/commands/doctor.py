"""`hean-tui doctor`: everything a start needs, each line a fact."""

import os
from typing import Annotated

import typer

from hean_tui.exit_codes import ExitCode


def doctor(
    context: typer.Context,
    capital: Annotated[
        str | None, typer.Option(metavar="USDT", help="The account to ask about, instead of that of the settings.")
    ] = None,
) -> int:
    """Say what a start will find here, each line a fact, and what the account can trade."""
    from hean_tui.commands.reading import option
    from hean_tui.data_folder import locate_root
    from hean_tui.doctor.fact import Level
    from hean_tui.doctor.feasibility import feasibility_at_first
    from hean_tui.doctor.report import all_facts, as_json, as_lines
    from hean_tui.numbers import read_amount

    feasible = feasibility_at_first(context.obj.config, option("--capital", capital, read_amount))
    root = locate_root(context.obj.data_dir, os.environ)
    facts = all_facts(root, context.obj.config, os.environ, feasible)
    lines = [as_json(facts, feasible)] if context.obj.json else as_lines(facts, feasible)
    typer.echo("\n".join(lines))
    return ExitCode.WRONG_CONFIGURATION if any(fact.level is Level.BAD for fact in facts) else ExitCode.DONE
