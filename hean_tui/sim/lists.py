"""What `hean-tui sim` lists: the places that can fail by name, what a number of runs reached, and the planted bugs."""

import os
from typing import TYPE_CHECKING, Any

import msgspec
import typer

from engine import faultpoints
from hean_tui.exit_codes import ExitCode
from hean_tui.sim.many import play_all
from hean_tui.sim.profiles import PROFILES
from hean_tui.sim.reach import Reach, reach_of

if TYPE_CHECKING:
    from hean_tui.sim.command import Request


def show_fault_points(request: "Request") -> ExitCode:
    """Every name, and where it stands."""
    named = {**faultpoints.POINTS, **{f"{family}…": words for family, words in faultpoints.FAMILIES.items()}}
    if request.json:
        _say([{"name": name, "where": words} for name, words in named.items()])
    else:
        width = max(map(len, named))
        typer.echo("\n".join(f"{name:<{width}}  {words}" for name, words in named.items()))
    return ExitCode.DONE


def show_coverage(request: "Request") -> ExitCode:
    """How often each fault point, each fault and each row of the state table was reached."""
    chosen = request.profiles or tuple(PROFILES)
    jobs = [
        (PROFILES[name], seed, request.hours)
        for name in chosen
        for seed in range(request.seed, request.seed + request.seeds)
    ]
    total = Reach()
    for reached in play_all(jobs, request.jobs or os.cpu_count() or 1, reach_of):
        total.add(reached)
    if request.json:
        _say(total.as_object())
        return ExitCode.DONE
    for title, counts in total.as_object().items():
        typer.echo(f"{title}:")
        _table(counts)
    return ExitCode.DONE


def show_bugs(request: "Request") -> ExitCode:
    """How many seeds each planted bug takes to be found."""
    from hean_tui.sim.bugs import BUGS, hunt_named
    from hean_tui.sim.hunting import Found

    found: list[Found] = list(play_all([bug.name for bug in BUGS], request.jobs or os.cpu_count() or 1, hunt_named))
    missed = [each for each in found if each.seeds is None]
    if request.json:
        _say([{**msgspec.to_builtins(each), "found": each.seeds is not None} for each in found])
    else:
        typer.echo(f"{'bug':<34} {'seeds':>6} {'allowed':>8}  found by")
        for each in found:
            seeds = "–" if each.seeds is None else str(each.seeds)
            typer.echo(f"{each.bug:<34} {seeds:>6} {each.allowed:>8}  {each.invariant}")
    return ExitCode.ERROR if missed else ExitCode.DONE


def _table(counts: dict[str, int]) -> None:
    width = max(map(len, counts), default=0)
    for name, count in counts.items():
        typer.echo(f"  {name:<{width}} {count:>10,}")


def _say(value: Any) -> None:
    typer.echo(msgspec.json.encode(value).decode())
