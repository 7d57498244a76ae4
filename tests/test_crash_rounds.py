"""kill -9 of the real program under load, at random moments and at every fault point, and what is found afterwards."""

import json
from pathlib import Path

import pytest

from engine.faultpoints import POINTS
from tests.crash_lives import Life, Round
from tests.crash_points import ELSEWHERE, reachable
from tests.crash_report import FLOOR_PER_MINUTE, report, table
from tests.crash_rounds import Lived, Plan, plans_again, plans_of, run_until_reached

pytestmark = pytest.mark.timeout(300)


def checked(root: Path, rounds: int, times: int, seed: int, rounds_a_life: int, lanes: int) -> dict[str, object]:
    """Go through all of it, print what was hit, and insist that nothing was wrong."""
    points = reachable()
    plans = plans_of(rounds, times, points, rounds_a_life)
    lived, took_s = run_until_reached(plans, times, points, root, seed, lanes)
    found = report(lived, took_s, times)
    shown = table(found)
    assert found["wrong"] == [], shown
    assert found["rounds"] >= rounds + times * len(reachable())
    assert found["cash_compared"] > found["rounds"] / 2, shown
    json.dumps(found)
    return found


def test_twenty_kills_and_one_at_every_point_lose_nothing(tmp_path: Path) -> None:
    """Money, orders, halts and stops are what they were; a restart goes on where the kill came."""
    found = checked(tmp_path, 20, 1, 20261121, 10, 6)
    assert found["states"]["submitted"]["visited"] > 100  # type: ignore[index]


def test_every_fault_point_is_tried_or_said_to_be_elsewhere() -> None:
    """A point that is new is killed at from then on."""
    assert set(reachable()) | set(ELSEWHERE) == set(POINTS)


def test_what_was_missed_is_tried_again_over_new_accounts(tmp_path: Path) -> None:
    """Each point as often as it is missing, the first time that the program is there, and a halt last."""
    rounds = [
        Round("20x", "halt.append", reached=False),
        Round("20x", "halt.append", reached=False),
        Round("20x", "stop.before"),
        Round("20x", "stop.before", reached=False),
        *(Round("60x", "terminal") for _ in range(3)),
        Round("20x"),
    ]
    plans = plans_again([Lived(Life(tmp_path / "life", 1), rounds, [])], 2, ["halt.append", "stop.before", "terminal"])
    assert plans == [
        Plan(1, points=("stop.before", "halt.append"), waits=False),
        Plan(2, points=("halt.append",), waits=False),
    ]
    assert plans_again([Lived(Life(tmp_path / "other", 1), rounds, [])], 1, ["stop.before", "terminal"]) == []


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_two_hundred_kills_and_ten_at_every_point_lose_nothing(tmp_path: Path) -> None:
    """The same for patience, and every point is reached as often as it should be."""
    found = checked(tmp_path, 200, 10, 1, 20, 4)
    assert found["not_reached"] == []
    assert found["cycles_per_minute"] >= FLOOR_PER_MINUTE  # type: ignore[operator]
