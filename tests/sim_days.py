"""Many simulated days in one test, one after another: the tests themselves are spread over the cores."""

from collections.abc import Iterable

from hean_tui.sim.many import Job, play
from hean_tui.sim.outcome import Outcome
from hean_tui.sim.profiles import PROFILES
from hean_tui.sim.reporting import failure_report, replay_command


def seeds(profile: str, first: int, count: int) -> list[Job]:
    """So many runs of a profile."""
    return [(PROFILES[profile], seed, None) for seed in range(first, first + count)]


def check(jobs: Iterable[Job]) -> list[Outcome]:
    """Play them all; the report of the first that failed is what the test says."""
    return [_good(play(job)) for job in jobs]


def _good(outcome: Outcome) -> Outcome:
    assert outcome.is_good, "\n".join(failure_report(outcome, replay_command(outcome)))
    return outcome
