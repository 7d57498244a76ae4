"""Parts of the capital where rounding, windows and restarts decide: by hand, and against the statistics module."""

import json
from collections import deque
from decimal import Decimal
from statistics import stdev

import pytest

from risk.allocation import DAYS_KEPT, DAYS_NEEDED, Allocation, deviation

D = Decimal
DAY = 86_400_000_000_000
EQUITY = D(10_000)


def seated(*names: str, **fixed: str) -> Allocation:
    """In their seats, with leases for the first day."""
    allocation = Allocation({name: D(weight) for name, weight in fixed.items()})
    for name in names:
        allocation.seat(name)
    allocation.draw(0, DAY)
    return allocation


def shares(allocation: Allocation, names: str) -> list[Decimal]:
    """Of each."""
    return [allocation.share(name) for name in names]


def again(allocation: Allocation) -> Allocation:
    """After a restart."""
    loaded = Allocation()
    loaded.load(json.loads(json.dumps(allocation.saved())))
    return loaded


def test_equal_parts_are_rounded_down() -> None:
    """A sixth is 0.1666666…: rounded to the nearest, six of them would be more than there is."""
    assert shares(seated(*"abcdef"), "abcdef") == [D("0.166666")] * 6


@pytest.mark.parametrize(
    ("names", "chosen", "part"), [("ab", "0.4", "0.6"), ("abcd", "0.4", "0.2"), ("abcd", "0.5", "0.166666")]
)
def test_who_has_no_chosen_weight_shares_what_is_left(names: str, chosen: str, part: str) -> None:
    """One alone has all of it, three have a third each, rounded down."""
    assert shares(seated(*names, a=chosen), names) == [D(chosen), *[D(part)] * (len(names) - 1)]


def test_a_weight_may_be_nothing() -> None:
    """Who is given nothing has a lease of nothing, and the other has the rest."""
    allocation = seated("a", "b", a="0")
    assert shares(allocation, "ab") == [0, 1]
    assert allocation.leases.get("a") is not None
    assert allocation.says("a") == "a works with 0 % of the equity, by choice"


def test_two_who_join_at_noon_do_not_get_the_same_part_twice() -> None:
    """One of two has left: a third is for the first who comes, and the second has what that leaves of the half."""
    allocation = seated("a", "b")
    allocation.unseat("b")
    allocation.seat("c")
    allocation.seat("d")
    allocation.draw(DAY // 2, DAY)
    assert shares(allocation, "acd") == [D("0.5"), D("0.333333"), D("0.166667")]


def test_who_was_seated_and_not_drawn_for_is_so_after_a_restart() -> None:
    """No lease, and none made up; the next draw gives one."""
    allocation = seated("a")
    allocation.seat("b")
    loaded = again(allocation)
    assert (loaded.leases.get("a"), loaded.leases.get("b")) == (allocation.leases.get("a"), None)
    assert loaded.saved() == allocation.saved()
    loaded.draw(DAY, 2 * DAY)
    assert shares(loaded, "ab") == [D("0.5"), D("0.5")]


@pytest.mark.parametrize("restarts", [False, True])
def test_sixty_days_are_kept(restarts: bool) -> None:
    """The sixty-first day takes the place of the first, also after a restart."""
    allocation = seated("a")
    for day in range(1, DAYS_KEPT + 6):
        if restarts and day == DAYS_KEPT - 5:
            allocation = again(allocation)
        allocation.roll(day * DAY, (day + 1) * DAY, {"a": D(day)}, EQUITY)
    made = allocation.saved()["days"]["a"]
    assert made == pytest.approx([day / 10_000 for day in range(6, DAYS_KEPT + 6)])
    assert allocation.says("a") == "a works with 100 % of the equity, by risk parity over 60 days"


@pytest.mark.parametrize("days", [DAYS_NEEDED, 23, DAYS_KEPT])
def test_the_deviation_of_days_is_that_of_a_sample(days: int) -> None:
    """Uneven days with a mean that is not zero, as the statistics module has it."""
    made = [0.01 * (day % 7) - 0.003 * (day % 3) + 0.02 for day in range(days)]
    assert deviation(deque(made)) == pytest.approx(stdev(made), rel=1e-12)
    assert deviation(deque(made[: DAYS_NEEDED - 1])) is None


def test_parts_do_not_depend_on_how_long_somebody_is_known() -> None:
    """Ten days of one and sixty of the other, with the same swing: nearly half each, by samples of their own size."""
    allocation = seated("a")
    for day in range(1, 51):
        allocation.roll(day * DAY, (day + 1) * DAY, {"a": D(100 if day % 2 else -100)}, EQUITY)
    allocation.seat("b")
    allocation.roll(51 * DAY, 52 * DAY, {"a": D(100)}, EQUITY)
    for day in range(52, 62):
        sign = 1 if day % 2 else -1
        results = {name: sign * D("0.01") * EQUITY * allocation.share(name) for name in "ab"}
        allocation.roll(day * DAY, (day + 1) * DAY, results, EQUITY)
    of_a = stdev([0.01 if day % 2 else -0.01 for day in range(2, 62)])
    of_b = stdev([0.01 if day % 2 else -0.01 for day in range(52, 62)])
    assert float(allocation.share("a")) == pytest.approx(of_b / (of_a + of_b), abs=2e-6)
