"""The power goes, the disk is full or fails, at every moment there is: what was told durable is there afterwards.

The real journal runs on a disk that forgets what was not synced (`tests/lossy_disk.py`), in processes of their own;
what comes back is opened, continued and verified by plain SQLite (`tests/disk_trials.py`).
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
POWER_LOST = 9
Outcome = dict[str, Any]


def outcomes(name: str, first: int, count: int, *pragmas: str) -> list[Outcome]:
    """What came of so many trials, run by two processes."""
    half = count // 2
    command = [sys.executable, "-m", "tests.disk_trials", name]
    shares = [(first, half), (first + half, count - half)]
    trials = [
        subprocess.Popen(
            [*command, str(begin), str(number), *pragmas],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for begin, number in shares
    ]
    told = [trial.communicate() for trial in trials]
    assert [(trial.returncode, complaint) for trial, (_, complaint) in zip(trials, told, strict=True)] == [(0, "")] * 2
    found: list[Outcome] = [json.loads(line) for lines, _ in told for line in lines.splitlines()]
    assert len(found) == count
    return found


def nothing_is_lost(found: list[Outcome]) -> bool:
    """Every trial ended without power, every row that was told is there, and the journal goes on and verifies."""
    wrong = [one for one in found if one["ended"] != POWER_LOST or one["lost"] or one["fault"] is not None]
    assert wrong == []
    assert sum(one["told"] for one in found) > 0
    return True


TRIALS = {
    "power_loss": (30, 1_000),
    "birth": (40, 400),
    "full_disk": (20, 1_000),
    "failing_write": (20, 1_000),
    "failing_sync": (20, 200),
    "slow_disk": (2, 10),
}


@pytest.mark.parametrize("name", TRIALS)
def test_no_row_that_was_told_durable_is_lost(name: str) -> None:
    """Whichever version of each sector comes back, and at whichever write or sync it happened."""
    assert nothing_is_lost(outcomes(name, 1, TRIALS[name][0]))


@pytest.mark.parametrize("name", ["full_disk", "failing_write", "failing_sync"])
def test_a_failure_in_the_middle_of_work_loses_nothing_either(name: str) -> None:
    """Long after the opening, where logs are copied into the database."""
    assert nothing_is_lost(outcomes(name, 60 if name == "failing_sync" else 400, 10))


@pytest.mark.soak
@pytest.mark.parametrize("name", TRIALS)
def test_a_thousand_losses_lose_nothing(name: str) -> None:
    """The same for patience; the failures at each write and each sync that a trial has."""
    assert nothing_is_lost(outcomes(name, 1, TRIALS[name][1]))


@pytest.mark.parametrize(
    ("name", "pragmas"),
    [("lying", ()), ("power_loss", ("synchronous = OFF",)), ("power_loss", ("synchronous = NORMAL",))],
    ids=["a disk that lies", "without syncs", "with syncs now and then"],
)
def test_the_trials_would_notice_a_loss(name: str, pragmas: tuple[str, ...]) -> None:
    """A disk or a database that does not sync each commit loses rows here, so the trials above mean something."""
    found = outcomes(name, 1, 20, *pragmas)
    assert sum(one["lost"] > 0 for one in found) >= 3
