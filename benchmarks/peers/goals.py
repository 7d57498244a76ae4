"""What hean-tui wants to reach beside the others, and whether it did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from benchmarks.peers.outcome import Dataset
from benchmarks.peers.runs import Bout


class Goal(NamedTuple):
    """At least so many times as fast as that entry, in that case."""

    dataset: Dataset
    fast: int
    against: str
    at_least: float


GOALS: Final = (
    Goal("ticks", 200, "nautilus_trader", 4.0),
    Goal("ticks", 200, "hftbacktest", 1 / 3),
    Goal("ticks", 200, "bare loop", 0.4),
    Goal("ticks", 10, "nautilus_trader", 20.0),
    Goal("bars", 200, "basana", 4.0),
    Goal("bars", 10, "basana", 4.0),
    Goal("bars", 200, "backtesting.py", 1.5),
    Goal("bars", 10, "backtesting.py", 1.5),
)


class Result(NamedTuple):
    """A goal and what was measured."""

    goal: Goal
    measured: float

    @property
    def met(self) -> bool:
        """Whether the goal was reached."""
        return self.measured >= self.goal.at_least


def results(bouts: Sequence[Bout]) -> list[Result]:
    """Every goal whose two sides were measured."""
    found = []
    for goal in GOALS:
        for bout in bouts:
            if (bout.case.dataset, bout.case.fast) != (goal.dataset, goal.fast):
                continue
            against = bout.find(goal.against)
            speed = None if against is None else bout.speed_of_ours(against)
            if speed is not None:
                found.append(Result(goal, speed))
    return found
