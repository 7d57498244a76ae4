"""Planted bugs: what the simulation says is only worth something as long as it finds these."""

import os

import pytest

from hean_tui.sim.bugs import BUGS, Found, hunt_named, planted, run_with
from hean_tui.sim.many import play_all
from hean_tui.sim.outcome import Outcome
from hean_tui.sim.plan import Plan, draw
from hean_tui.sim.profiles import PROFILES
from hean_tui.sim.running import play
from hean_tui.sim.shrinking import shrink
from hean_tui.sim.world import World


@pytest.mark.timeout(180)
def test_every_planted_bug_is_found_within_its_seeds() -> None:
    """One engine after another with one mistake each, and as many seeds as each may take."""
    found: list[Found] = list(play_all([bug.name for bug in BUGS], min(4, os.cpu_count() or 1), hunt_named))
    missed = [f"{each.bug}: not within {each.allowed}" for each in found if each.seeds is None]
    assert missed == []


def test_a_report_of_a_planted_bug_can_be_made_smaller() -> None:
    """Faults that have nothing to do with it are left out, and what stays fails in the same way."""
    bug = next(bug for bug in BUGS if bug.name == "halt kept only in memory")
    seed = next(seed for seed in range(bug.allowed) if not run_with(bug, seed).is_good)
    outcome = run_with(bug, seed)
    assert outcome.failure is not None

    def replay(plan: Plan) -> Outcome:
        world = World(plan)
        world.process.tamper = planted(bug)
        return play(world)

    plan = draw(PROFILES[bug.profile], seed)
    smaller, last = shrink(plan, outcome, replay)
    assert last.failure is not None
    assert last.failure.invariant == outcome.failure.invariant
    assert 1 <= len(smaller.faults) < len(plan.faults) / 4
    assert any(fault.name in ("kill", "kill_at_point", "operator") for fault in smaller.faults)
