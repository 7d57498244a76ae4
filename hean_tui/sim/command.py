"""What `hean-tui sim` does, once its words have been read."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import typer

from engine.host import system
from hean_tui.errors import WrongCommandLine
from hean_tui.exit_codes import ExitCode
from hean_tui.sim.many import Job, play_all
from hean_tui.sim.many import play as play_job
from hean_tui.sim.outcome import Outcome
from hean_tui.sim.plan import draw
from hean_tui.sim.profiles import Profile, named, read_profile
from hean_tui.sim.reporting import failure_report, rates, replay_command, throughput
from hean_tui.sim.running import play, run
from hean_tui.sim.shrinking import shrink
from hean_tui.sim.tracing import write_trace
from hean_tui.sim.world import World
from hean_tui.telling import tell

USUAL = "crash"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be asked of `sim run`."""

    seed: int
    seeds: int = 1
    profiles: tuple[str, ...] = ()
    profile_file: Path | None = None
    hours: float | None = None
    until_step: int | None = None
    trace: Path | None = None
    jobs: int | None = None
    json: bool = False


def profiles_of(request: Request) -> list[Profile]:
    """Those that were named, or the usual one."""
    if request.profile_file is not None:
        if request.profiles:
            raise WrongCommandLine("--profile and --profile-file exclude each other; leave one of them out.")
        return [read_profile(request.profile_file)]
    return [named(name) for name in request.profiles or (USUAL,)]


def run_seeds(request: Request) -> ExitCode:
    """Play them all and say what came of it."""
    profiles = profiles_of(request)
    jobs: list[Job] = [
        (profile, seed, request.hours)
        for profile in profiles
        for seed in range(request.seed, request.seed + request.seeds)
    ]
    if len(jobs) == 1:
        return _one(jobs[0], request)
    if request.until_step is not None or request.trace is not None:
        raise WrongCommandLine("--until-step and --trace are for one seed; name one with --seed and leave out --seeds.")
    began = system.monotonic_ns()
    outcomes: list[Outcome] = []
    for outcome in play_all(jobs, request.jobs or os.cpu_count() or 1, play_job):
        outcomes.append(outcome)
        if request.json:
            typer.echo(_line(as_object(outcome, _replay(outcome, request))))
        elif not outcome.is_good:
            _tell_failure(outcome, next(profile for profile in profiles if profile.name == outcome.profile), request)
    wall_s = (system.monotonic_ns() - began) / 1e9
    failed = [outcome for outcome in outcomes if not outcome.is_good]
    if request.json:
        typer.echo(_line(_summary(outcomes, wall_s)))
    else:
        typer.echo("\n".join(throughput(outcomes, wall_s)))
    return ExitCode.ERROR if failed else ExitCode.DONE


def _one(job: Job, request: Request) -> ExitCode:
    profile, seed, hours = job
    world = World(draw(profile, seed, hours))
    outcome = play(world, until_step=request.until_step)
    if request.trace is not None:
        count = write_trace(world, request.trace)
        tell(f"{count:,} moments are in {request.trace} now.")
    if not outcome.is_good:
        _tell_failure(outcome, profile, request)
    if request.json:
        typer.echo(_line(as_object(outcome, _replay(outcome, request))))
    else:
        typer.echo("\n".join(throughput([outcome], outcome.seconds)))
        typer.echo(f"The digest of seed {seed} is {outcome.digest}.")
    return ExitCode.DONE if outcome.is_good else ExitCode.ERROR


def _tell_failure(outcome: Outcome, profile: Profile, request: Request) -> None:
    smaller = None
    if request.until_step is None:
        smaller, _ = shrink(draw(profile, outcome.seed, request.hours), outcome, run)
    tell(*failure_report(outcome, _replay(outcome, request), smaller))


def _replay(outcome: Outcome, request: Request) -> str:
    return replay_command(outcome, request.profile_file, request.hours)


def as_object(outcome: Outcome, replay: str) -> dict[str, Any]:
    """For other programs; `replay` is the command that shows the run again."""
    failure = outcome.failure
    violations = []
    if failure is not None:
        violations = [
            {
                "invariant": failure.invariant,
                "sentence": failure.sentence,
                "step": failure.step,
                "time_s": failure.time_s,
                "replay": replay,
            }
        ]
    told = msgspec.to_builtins(outcome)
    del told["failure"]
    return {**told, "violations": violations}


def _summary(outcomes: Sequence[Outcome], wall_s: float) -> dict[str, Any]:
    return {
        "seeds": len(outcomes),
        "failed": [outcome.seed for outcome in outcomes if not outcome.is_good],
        "orders": sum(outcome.orders for outcome in outcomes),
        "kills": sum(outcome.kills for outcome in outcomes),
        "violations": sum(not outcome.is_good for outcome in outcomes),
        "wall_s": wall_s,
        "throughput": msgspec.to_builtins(rates(outcomes)),
    }


def _line(value: Any) -> str:
    return msgspec.json.encode(value).decode()
