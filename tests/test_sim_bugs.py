"""Planted bugs: what the simulation says is only worth something as long as it finds these."""

import pytest

from hean_tui.sim.bugs import BUGS
from hean_tui.sim.hunting import Bug, hunt, planted, run_with
from hean_tui.sim.outcome import Outcome
from hean_tui.sim.plan import Plan, draw
from hean_tui.sim.profiles import PROFILES
from hean_tui.sim.running import play
from hean_tui.sim.shrinking import shrink
from hean_tui.sim.world import World


@pytest.mark.timeout(180)
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name.replace(" ", "-"))
def test_a_planted_bug_is_found_within_its_seeds(bug: Bug) -> None:
    """An engine with one mistake, and as many seeds as it may take."""
    assert hunt(bug).seeds is not None


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
