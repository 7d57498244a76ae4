"""What a person is told of a run that failed, and of many that did not."""

import shlex
from collections.abc import Sequence
from pathlib import Path

import msgspec

from hean_tui import __version__
from hean_tui.sim.outcome import Outcome
from hean_tui.sim.plan import Plan
from hean_tui.sim.profiles import PROFILES


def replay_command(outcome: Outcome, profile_file: Path | None = None, hours: float | None = None) -> str:
    """What a person types to see a run again."""
    words = ["hean-tui", "sim", "run", "--seed", str(outcome.seed)]
    words += ["--profile", outcome.profile] if profile_file is None else ["--profile-file", str(profile_file)]
    if hours is not None:
        words += ["--hours", str(hours)]  # to the last digit: another length is another run
    return shlex.join(words)


def failure_report(outcome: Outcome, replay: str, smaller: Plan | None = None) -> list[str]:
    """Everything that is needed to see it again; `replay` is the command for it."""
    failure = outcome.failure
    assert failure is not None, "only a run that fails has a report of it"
    lines = [
        f"Seed {outcome.seed} of the profile {outcome.profile} failed: {failure.invariant}, {failure.sentence}",
        f"at step {failure.step:,}, {failure.time_s:.6f} simulated seconds after the start.",
        f"The version is {__version__}, the digest of the run {outcome.digest[:16]}.",
    ]
    if failure.details:
        lines += ["", *failure.details.rstrip().splitlines()]
    if smaller is not None:
        lines += ["", f"It still fails with {len(smaller.faults)} of its faults:"]
        lines += [f"  {fault.sentence()}" for fault in smaller.faults]
    lines += ["", f"The last {len(failure.last_rows)} rows:", *(f"  {row}" for row in failure.last_rows)]
    lines += ["", f"See it again: {replay}"]
    return lines


def throughput(outcomes: Sequence[Outcome], wall_s: float) -> list[str]:
    """How much was simulated, a line for each profile, beside what it should be."""
    lines = [f"{'profile':<10} {'seeds':>6} {'failed':>6} {'sim h/s a core':>15} {'floor':>7} {'goal':>6}"]
    lines += [
        f"{rate.profile:<10} {rate.seeds:>6} {rate.failed:>6} {rate.hours_per_core_s:>15.2f} "
        f"{_or_dash(rate.floor):>7} {_or_dash(rate.goal):>6}"
        for rate in rates(outcomes)
    ]
    lines.append(
        f"{len(outcomes)} seeds in {wall_s:.1f} s, {60 * len(outcomes) / max(wall_s, 1e-9):.0f} a minute; "
        f"{sum(outcome.orders for outcome in outcomes):,} orders, {sum(outcome.kills for outcome in outcomes):,} kills"
    )
    return lines


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """How fast one profile was simulated: simulated hours for each second that a core worked."""

    profile: str
    seeds: int
    failed: int
    hours_per_core_s: float
    floor: float | None
    goal: float | None


def rates(outcomes: Sequence[Outcome]) -> list[Rate]:
    """One for each profile, in the order in which they were asked for."""
    found = []
    for name in dict.fromkeys(outcome.profile for outcome in outcomes):
        mine = [outcome for outcome in outcomes if outcome.profile == name]
        profile = PROFILES.get(name)
        found.append(
            Rate(
                profile=name,
                seeds=len(mine),
                failed=sum(not outcome.is_good for outcome in mine),
                hours_per_core_s=sum(outcome.hours for outcome in mine)
                / max(1e-9, sum(outcome.seconds for outcome in mine)),
                floor=None if profile is None else profile.floor,
                goal=None if profile is None else profile.goal,
            )
        )
    return found


def _or_dash(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"
