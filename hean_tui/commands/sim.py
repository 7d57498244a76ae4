"""`hean-tui sim`: whole trading days with faults, each from one seed, around the real engine."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hean_tui.commands.reading import each, existing_file, option, required, word, writable_file
from hean_tui.errors import WrongCommandLine
from hean_tui.exit_codes import ExitCode

if TYPE_CHECKING:
    pass


def sim(
    context: typer.Context,
    action: Annotated[str | None, typer.Argument(metavar="run|faultpoints|coverage|bugs", show_default=False)] = None,
    seed: Annotated[str, typer.Option(metavar="N", help="The first seed.")] = "0",
    seeds: Annotated[str, typer.Option(metavar="COUNT", help="How many seeds.")] = "1",
    profile: Annotated[
        list[str] | None, typer.Option(metavar="P", help="Which market and which faults; repeatable. Else crash.")
    ] = None,
    profile_file: Annotated[
        str | None, typer.Option(metavar="FILE", help="A profile of your own: fault name to range, as JSON.")
    ] = None,
    hours: Annotated[str | None, typer.Option(metavar="H", help="How long a run lasts, in simulated hours.")] = None,
    until_step: Annotated[str | None, typer.Option(metavar="N", help="Stop after so many steps.")] = None,
    trace: Annotated[str | None, typer.Option(metavar="FILE", help="Write everything that happens, as JSON.")] = None,
    jobs: Annotated[str | None, typer.Option(metavar="N", help="How many processes; else one a core.")] = None,
) -> int:
    """Simulate trading days with faults; list the fault points; say what was reached; try the planted bugs."""
    from hean_tui.numbers import bounded, read_seed, whole
    from hean_tui.sim.command import Request, run_seeds
    from hean_tui.sim.lists import show_bugs, show_coverage, show_fault_points

    actions: dict[str, Callable[[Request], ExitCode]] = {
        "run": run_seeds,
        "faultpoints": show_fault_points,
        "coverage": show_coverage,
        "bugs": show_bugs,
    }
    if action is None:
        raise WrongCommandLine("sim needs a word behind it: run, faultpoints, coverage or bugs.")
    chosen = actions[word("sim", action, actions)]
    count = whole(at_least=1, at_most=10_000_000)
    length = option("--hours", hours, bounded(above=0, at_most=24 * 30))
    return chosen(
        Request(
            seed=required("--seed", seed, read_seed),
            seeds=required("--seeds", seeds, count),
            profiles=each("--profile", profile, str),
            profile_file=None if profile_file is None else existing_file("--profile-file", Path(profile_file)),
            hours=None if length is None else float(length),
            until_step=option("--until-step", until_step, whole(at_least=1, at_most=10**12)),
            trace=None if trace is None else writable_file("--trace", Path(trace)),
            jobs=option("--jobs", jobs, count),
            json=context.obj.json,
        )
    )
