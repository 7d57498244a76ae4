"""The steps of a start as a list that a person can follow."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

NAMES = (
    "process",
    "lock",
    "storage",
    "chain",
    "state",
    "run",
    "clock",
    "account",
    "picture",
    "unknown orders",
    "orphans",
    "books",
    "protection",
    "unfinished",
    "market data",
    "arming",
)
FIRST_AT_EXCHANGE = 6  # the steps before are done before there is an engine


class StepState(StrEnum):
    """How far a step is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    DOUBTFUL = "doubtful"  # done, with something that speaks against arming
    REFUSED = "refused"  # the start ends here


class Step(msgspec.Struct, frozen=True, gc=False):
    """One line of the list."""

    step: int
    name: str
    state: StepState
    sentence: str


class CheckList:
    """All steps in their order."""

    def __init__(self, facts: Mapping[int, str]) -> None:
        self._steps = [
            Step(
                number, name, StepState.DONE if number < FIRST_AT_EXCHANGE else StepState.WAITING, facts.get(number, "")
            )
            for number, name in enumerate(NAMES)
        ]

    @property
    def steps(self) -> tuple[Step, ...]:
        """The list as it is now."""
        return tuple(self._steps)

    def mark(self, number: int, state: StepState, sentence: str) -> None:
        """A step has come so far."""
        self._steps[number] = Step(number, NAMES[number], state, sentence)
