"""Parts and leases of strategies: by hand, and over random days with comings and goings."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import CommandRefused
from risk.allocation import DAYS_NEEDED, Allocation

DAY = 86_400_000_000_000
EQUITY = Decimal(10_000)


def seated(*names: str, **fixed: str) -> Allocation:
    """Strategies in their seats, with leases for the first day."""
    allocation = Allocation({name: Decimal(weight) for name, weight in fixed.items()})
    for name in names:
        allocation.seat(name)
    allocation.draw(0, DAY)
    return allocation


def live(allocation: Allocation, days: int, swings: dict[str, float], begin: int = 1) -> None:
    """Days on which each strategy makes and loses, in turn, this part of what it works with."""
    for day in range(begin, begin + days):
        sign = 1 if day % 2 else -1
        results = {
            name: Decimal(repr(swing)) * sign * EQUITY * allocation.share(name) for name, swing in swings.items()
        }
        allocation.roll(day * DAY, (day + 1) * DAY, results, EQUITY)


def test_parts_are_equal_while_there_are_few_days() -> None:
    """Three strategies, nine days: a third each, rounded down, however they did."""
    allocation = seated("a", "b", "c")
    live(allocation, 9, {"a": 0.001, "b": 0.02, "c": 0.05})
    assert {allocation.share(name) for name in "abc"} == {Decimal("0.333333")}
    assert allocation.says("a") == "a works with 33.3 % of the equity, an equal part: 9 of 10 days are known"


def test_calm_strategies_have_larger_parts() -> None:
    """After ten days with swings of 1, 2 and 4 %: 1/1, 1/2 and 1/4 of 7/4, so 4/7, 2/7 and 1/7."""
    allocation = seated("a", "b", "c")
    live(allocation, 10, {"a": 0.01, "b": 0.02, "c": 0.04})
    for name, sevenths in (("a", 4), ("b", 2), ("c", 1)):
        assert float(allocation.share(name)) == pytest.approx(sevenths / 7, abs=2e-6)
    assert allocation.says("a") == "a works with 57.1 % of the equity, by risk parity over 10 days"


def test_a_smaller_part_does_not_make_a_strategy_calmer() -> None:
    """Results are those of the part it works with: the parts stay where they are, week after week."""
    allocation = seated("a", "b")
    live(allocation, 10, {"a": 0.01, "b": 0.03})
    first = allocation.share("a")
    live(allocation, 40, {"a": 0.01, "b": 0.03}, begin=11)
    assert allocation.share("a") == pytest.approx(first, abs=Decimal("0.00001"))


def test_who_is_new_has_an_equal_part_and_the_others_share_the_rest() -> None:
    """A third joins two that are known as 2 to 1: at the next roll 1/3 for it, 4/9 and 2/9 for them."""
    allocation = seated("a", "b")
    live(allocation, 10, {"a": 0.01, "b": 0.02})
    allocation.seat("c")
    live(allocation, 1, {"a": -0.01, "b": -0.02}, begin=11)
    assert [round(float(allocation.share(name)), 4) for name in "abc"] == [0.4444, 0.2222, 0.3333]


def test_who_never_trades_is_not_thereby_safe() -> None:
    """Ten days without a result tell nothing: an equal part, not all of it."""
    allocation = seated("a", "b")
    live(allocation, 12, {"a": 0.02, "b": 0.0})
    assert (allocation.share("a"), allocation.share("b")) == (Decimal("0.5"), Decimal("0.5"))


def test_who_hardly_trades_counts_as_a_tenth_of_the_wildest() -> None:
    """A thousandth of the other's swing: ten to one, not a thousand to one."""
    allocation = seated("a", "b")
    live(allocation, 12, {"a": 0.02, "b": 0.00002})
    assert float(allocation.share("b")) == pytest.approx(10 / 11, abs=2e-6)


def test_chosen_weights_go_before() -> None:
    """0.5 and 0.2 are chosen; the two others share 0.3."""
    allocation = seated("a", "b", "c", "d", a="0.5", b="0.2")
    assert [allocation.share(name) for name in "abcd"] == [Decimal(part) for part in ("0.5", "0.2", "0.15", "0.15")]
    assert allocation.says("a") == "a works with 50 % of the equity, by choice"
    assert allocation.says("c") == "c works with 15 % of the equity, its part of what the chosen weights leave"


@pytest.mark.parametrize(
    ("fixed", "sentence"),
    [
        ({"a": "0.7", "b": "0.4"}, "the weights of a, b may be 1 together; they were 1.1"),
        ({"a": "-0.1"}, "the weight of a is a part of the equity, as 0.4; it was -0.1"),
        ({"a": "NaN"}, "the weight of a is a part of the equity, as 0.4; it was NaN"),
    ],
)
def test_weights_that_make_no_sense_are_refused(fixed: dict[str, str], sentence: str) -> None:
    """With the value and what would pass."""
    with pytest.raises(CommandRefused) as refused:
        Allocation({name: Decimal(weight) for name, weight in fixed.items()})
    assert str(refused.value) == sentence


def test_without_a_lease_nobody_has_anything() -> None:
    """Unknown, or seated and not drawn for yet."""
    allocation = Allocation()
    allocation.seat("a")
    assert allocation.share("a") == allocation.share("nobody") == 0
    assert allocation.leases.get("a") is None
    assert allocation.says("a") == "a has no lease yet; the next draw gives it one"


def test_a_lease_runs_to_its_end_whatever_is_chosen_meanwhile() -> None:
    """At noon the weights are turned around; until midnight nothing changes."""
    allocation = seated("a", "b", a="0.8", b="0.2")
    allocation.fix({"a": Decimal("0.2"), "b": Decimal("0.8")})
    allocation.draw(DAY // 2, DAY)
    assert (allocation.share("a"), allocation.share("b")) == (Decimal("0.8"), Decimal("0.2"))
    allocation.draw(DAY, 2 * DAY)
    assert (allocation.share("a"), allocation.share("b")) == (Decimal("0.2"), Decimal("0.8"))


def test_who_joins_at_noon_gets_what_is_free() -> None:
    """One left its half, which goes to the next at once. Who comes after that waits until midnight."""
    allocation = seated("a", "b", a="0.5", b="0.5")
    allocation.fix({})
    allocation.unseat("b")
    allocation.seat("c")
    allocation.draw(DAY // 2, DAY)
    assert (allocation.share("a"), allocation.share("c")) == (Decimal("0.5"), Decimal("0.5"))
    allocation.seat("d")
    allocation.draw(DAY // 2, DAY)
    assert allocation.share("d") == 0
    allocation.roll(DAY, 2 * DAY, {}, EQUITY)
    assert {allocation.share(name) for name in "acd"} == {Decimal("0.333333")}


def test_a_smaller_lease_sells_nothing_and_lets_nothing_grow() -> None:
    """9,000 are held; half of 10,000 at leverage 2 leaves 1,000, a fifth nothing, and never less than nothing."""
    allocation = seated("a", "b", a="0.5", b="0.5")
    held, leverage = Decimal(9_000), Decimal(2)
    assert allocation.room("a", EQUITY, leverage, held) == 1_000
    allocation.fix({"a": Decimal("0.2"), "b": Decimal("0.8")})
    allocation.roll(DAY, 2 * DAY, {}, EQUITY)
    assert allocation.room("a", EQUITY, leverage, held) == 0


def test_a_day_without_equity_is_no_day() -> None:
    """Nothing to work with, no result to learn from."""
    allocation = seated("a")
    for day in range(1, DAYS_NEEDED + 3):
        allocation.roll(day * DAY, (day + 1) * DAY, {"a": Decimal(day)}, Decimal(0))
    assert "0 of 10 days" in allocation.says("a")


steps = st.lists(
    st.one_of(
        st.tuples(st.just("seat"), st.sampled_from("abcd")),
        st.tuples(st.just("unseat"), st.sampled_from("abcd")),
        st.tuples(st.just("draw"), st.just("")),
        st.tuples(st.just("fix"), st.sampled_from(["", "a", "ab", "bcd"])),
        st.tuples(st.just("roll"), st.just("")),
        st.tuples(st.just("save"), st.just("")),
    ),
    max_size=60,
)


@given(steps, st.lists(st.integers(-500, 500), min_size=8, max_size=8))
def test_parts_are_never_more_than_all_and_leases_are_kept(story: list[tuple[str, str]], results: list[int]) -> None:
    """Whoever comes, goes, chooses or restarts: the sum is 1 at most, and no running lease ever changes."""
    allocation, day = Allocation(), 0
    for verb, what in story:
        now = day * DAY + DAY // 2
        before = {name: allocation.leases.get(name) for name in "abcd"}
        if verb == "seat":
            allocation.seat(what)
        elif verb == "unseat":
            allocation.unseat(what)
        elif verb == "fix":
            allocation.fix({name: Decimal(1) / (len(what) + 1) for name in what})
        elif verb == "draw":
            allocation.draw(now, (day + 1) * DAY)
        elif verb == "save":
            again = Allocation()
            again.load(json.loads(json.dumps(allocation.saved())))
            assert again.saved() == allocation.saved()
        else:
            day += 1
            now = day * DAY
            made = {name: Decimal(results[(day + index) % 8]) for index, name in enumerate("abcd")}
            allocation.roll(now, (day + 1) * DAY, made, EQUITY)
        assert sum(allocation.share(name) for name in "abcd") <= 1
        assert all(allocation.share(name) >= 0 for name in "abcd")
        for name, lease in before.items():
            if lease is not None and lease.until_ns > now and (verb, what) != ("unseat", name):
                assert allocation.leases.get(name) == lease


def test_what_was_saved_draws_the_same_parts() -> None:
    """A restart between two days: the next roll gives what it would have given."""
    whole = seated("a", "b", "c")
    live(whole, 12, {"a": 0.01, "b": 0.025, "c": 0.013})
    again = Allocation()
    again.load(json.loads(json.dumps(whole.saved())))
    for allocation in (whole, again):
        live(allocation, 3, {"a": 0.03, "b": 0.01, "c": 0.02}, begin=13)
    assert again.saved() == whole.saved()
