"""What a number of runs reached: fault points, faults, and the rows of the table that an order's life goes by."""

from collections import Counter
from typing import Any

from engine import faultpoints
from engine.orders import TRANSITIONS, Order, Status, Step
from hean_tui.sim.many import Job, play
from hean_tui.sim.outcome import Outcome


class Reach:
    """Counts that can be added up."""

    def __init__(self) -> None:
        self.points: Counter[str] = Counter()
        self.kills: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.acts: Counter[str] = Counter()
        self.steps: Counter[str] = Counter()

    def add(self, other: "Reach") -> None:
        """What another one reached too."""
        for name in ("points", "kills", "faults", "acts", "steps"):
            getattr(self, name).update(getattr(other, name))

    def take(self, outcome: Outcome) -> None:
        """What one run says of itself."""
        self.points.update(outcome.reached)
        self.kills.update(outcome.points)
        self.faults.update(outcome.faults)
        self.acts.update(outcome.acts)

    def as_object(self) -> dict[str, dict[str, int]]:
        """Everything there is, also what nobody reached."""
        table = [_row(status, step) for status, steps in TRANSITIONS.items() for step in steps]
        return {
            "fault_points": {name: self.points[name] for name in faultpoints.POINTS},
            "kills_at_points": {name: self.kills[name] for name in faultpoints.POINTS},
            "state_table": {name: self.steps[name] for name in table},
            "faults": dict(sorted(self.faults.items())),
            "operator": dict(sorted(self.acts.items())),
        }


def reach_of(job: Job) -> Reach:
    """Play one run and count what it reaches."""
    reached = Reach()
    taken = Order.take

    def counted(order: Order, step: Step) -> None:
        reached.steps[_row(order.status, step)] += 1
        taken(order, step)

    _put_in_place(Order, "take", counted)
    try:
        reached.take(play(job))
    finally:
        _put_in_place(Order, "take", taken)
    return reached


def _put_in_place(kind: type, name: str, value: Any) -> None:
    setattr(kind, name, value)


def _row(status: Status, step: Step) -> str:
    return f"{status.value}: {step.value}"
