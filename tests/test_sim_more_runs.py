"""Simulated days on which one thing alone goes wrong, or nothing."""

import pytest

from hean_tui.sim.profiles import PROFILES
from tests.sim_days import check, seeds

ALONE = ("network", "storage", "operator", "clock", "quiet")


@pytest.mark.timeout(180)
@pytest.mark.parametrize("profile", ALONE)
def test_twenty_days_of_one_trouble_end_well(profile: str) -> None:
    """Each for itself."""
    check(seeds(profile, 0, 20))


def test_no_profile_is_forgotten() -> None:
    """Each is played twenty times a change, here or beside."""
    assert set(PROFILES) == {*ALONE, "crash", "dense", "wide", "slow", "exchange"}


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("profile", ALONE)
def test_five_hundred_days_of_one_trouble_end_well(profile: str) -> None:
    """The long version, on other seeds than every day's."""
    check(seeds(profile, 1_000, 500))
