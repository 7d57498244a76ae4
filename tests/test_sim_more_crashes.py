"""The second hundred days of crashes, in a file of their own, so that they run beside the first."""

import pytest

from tests.sim_days import check, seeds


@pytest.mark.timeout(180)
@pytest.mark.parametrize("first", range(100, 200, 25))
def test_more_days_of_crashes_lose_nothing(first: int) -> None:
    """Twenty-five of them; a run without kills and orders would prove nothing."""
    outcomes = check(seeds("crash", first, 25))
    assert sum(outcome.kills for outcome in outcomes) > 500
    assert sum(outcome.orders for outcome in outcomes) > 2_500


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_thousands_more_days_of_crashes_lose_nothing() -> None:
    """The long version: the other half of five thousand days, on other seeds than every day's."""
    check(seeds("crash", 3_500, 2_500))
