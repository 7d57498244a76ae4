"""Whole simulated days with faults: every seed must end with nothing lost, nothing doubled and nothing unknown."""

from pathlib import Path

import pytest

from hean_tui.sim.many import Job
from hean_tui.sim.profiles import PROFILES
from tests.sim_days import check, seeds

CORPUS = Path(__file__).with_name("sim_corpus.txt")
MARKETS = ("dense", "wide", "slow", "exchange")


def corpus() -> list[Job]:
    """What failed once."""
    lines = [line.partition("#")[0].split() for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    return [(PROFILES[words[0]], int(words[1]), None) for words in lines if words]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("profile", MARKETS)
def test_twenty_days_of_every_kind_of_market_end_well(profile: str) -> None:
    """Many trades, many symbols, few trades, and an exchange that does as it likes."""
    check(seeds(profile, 0, 20))


@pytest.mark.timeout(180)
def test_what_failed_once_does_not_fail_again() -> None:
    """Every seed of the corpus."""
    jobs = corpus()
    assert jobs
    check(jobs)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("profile", MARKETS)
def test_five_hundred_days_of_every_kind_of_market_end_well(profile: str) -> None:
    """The long version, on other seeds than every day's."""
    check(seeds(profile, 1_000, 500))
