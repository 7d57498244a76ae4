"""`hean-tui doctor`: everything a start needs, each line a fact."""

import os

import typer

from hean_tui.exit_codes import ExitCode


def doctor(context: typer.Context) -> int:
    """Say what a start will find here, each line a fact."""
    from hean_tui.data_folder import locate_root
    from hean_tui.doctor.fact import Level
    from hean_tui.doctor.report import all_facts, as_json, as_lines

    facts = all_facts(locate_root(context.obj.data_dir, os.environ), context.obj.config, os.environ)
    lines = [as_json(facts)] if context.obj.json else as_lines(facts)
    typer.echo("\n".join(lines))
    return ExitCode.WRONG_CONFIGURATION if any(fact.level is Level.BAD for fact in facts) else ExitCode.DONE
