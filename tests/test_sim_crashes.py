"""The first hundred days of crashes: killed some thirty times in half an hour, with everything else going wrong too."""

import pytest

from tests.sim_days import check, seeds


@pytest.mark.timeout(180)
@pytest.mark.parametrize("first", range(0, 100, 25))
def test_days_of_crashes_lose_nothing(first: int) -> None:
    """Twenty-five of them; a run without kills and orders would prove nothing."""
    outcomes = check(seeds("crash", first, 25))
    assert sum(outcome.kills for outcome in outcomes) > 500
    assert sum(outcome.orders for outcome in outcomes) > 2_500


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_thousands_of_days_of_crashes_lose_nothing() -> None:
    """The long version: half of five thousand days, on other seeds than every day's."""
    check(seeds("crash", 1_000, 2_500))
