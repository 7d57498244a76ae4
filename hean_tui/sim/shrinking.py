"""Makes a failing run smaller: parts of its list of faults are left out for as long as it still fails the same way."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from hean_tui.sim.outcome import Outcome
from hean_tui.sim.plan import Plan
from hean_tui.sim.running import run

T = TypeVar("T")
TRIES_MAX = 200


def shrink(plan: Plan, outcome: Outcome, play: Callable[[Plan], Outcome] = run) -> tuple[Plan, Outcome]:
    """The same seed with as few faults as possible, and what becomes of it."""
    failure = outcome.failure
    assert failure is not None, "only a run that fails can be made smaller"
    best = outcome
    tries = 0

    def fails(faults: Sequence[object]) -> bool:
        nonlocal best, tries
        if tries >= TRIES_MAX:
            return False
        tries += 1
        found = play(msgspec.structs.replace(plan, faults=tuple(faults)))
        if found.failure is not None and found.failure.invariant == failure.invariant:
            best = found
            return True
        return False

    # What was still to come when it failed cannot be its cause.
    before = [fault for fault in plan.faults if fault.from_ns / 1e9 <= failure.time_s]
    faults = before if fails(before) else list(plan.faults)
    kept = smallest(faults, fails)
    return msgspec.structs.replace(plan, faults=tuple(kept)), best


def smallest(items: list[T], fails: Callable[[Sequence[T]], bool]) -> list[T]:
    """Leave halves out, then quarters, and so on, down to single ones."""
    pieces = 2
    while items:
        size = max(1, -(-len(items) // pieces))
        for start in range(0, len(items), size):
            rest = items[:start] + items[start + size :]
            if fails(rest):
                items = rest
                pieces = max(2, pieces - 1)
                break
        else:
            if size == 1:
                break
            pieces = min(len(items), pieces * 2)
    return items
