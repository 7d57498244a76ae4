"""Recorded runs, broken off by faults and continued, are replayed to the same state wherever that is done."""

from itertools import product
from pathlib import Path

import pytest

from tests.crash_replays import HASH_SEEDS, LOCALES, ZONES, Environment, compare, line

_CORNERS = (
    Environment(HASH_SEEDS[0], ZONES[0], LOCALES[0]),
    Environment(HASH_SEEDS[1], ZONES[1], LOCALES[1]),
    Environment(HASH_SEEDS[2], ZONES[1], LOCALES[0]),
)


@pytest.mark.timeout(180)
def test_four_runs_are_the_same_in_three_environments(tmp_path: Path) -> None:
    """Hash seed, time zone and locale change nothing."""
    found = compare(tmp_path, 4, 7, _CORNERS)
    assert found["wrong"] == []
    assert found["replays"] == 12
    assert found["starts"] >= 8
    assert line(found).endswith("12 replays, all equal")


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_fifty_runs_are_the_same_in_every_environment(tmp_path: Path) -> None:
    """The same for patience: three hash seeds, two time zones, two locales."""
    environments = [Environment(*each) for each in product(HASH_SEEDS, ZONES, LOCALES)]
    found = compare(tmp_path, 50, 1, environments)
    assert found["wrong"] == []
    assert found["broken_off"] >= 40
