"""Many seeds on all cores: each is a run of its own, so that the order in which they end means nothing."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from hean_tui.sim.outcome import Outcome
from hean_tui.sim.plan import draw
from hean_tui.sim.profiles import Profile
from hean_tui.sim.running import run

T = TypeVar("T")
R = TypeVar("R")
Job = tuple[Profile, int, float | None]


def play(job: Job) -> Outcome:
    """One of them."""
    profile, seed, hours = job
    return run(draw(profile, seed, hours))


def play_all(jobs: Sequence[T], processes: int, work: Callable[[T], R]) -> Iterator[R]:
    """All of them, in the order in which they were asked for."""
    if processes <= 1 or len(jobs) <= 1:
        yield from map(work, jobs)
        return
    # Fresh interpreters: nothing that this process has armed, opened or imported can leak into a run.
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap(work, jobs, chunksize=max(1, min(8, len(jobs) // (4 * processes))))
