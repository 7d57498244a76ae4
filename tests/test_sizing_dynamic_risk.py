"""Losses make sizes smaller at once and are given back by the day: by hand, and over random days."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.dynamic_risk import STEPS, DynamicRisk, line_for, step_for
from risk.tiers import HUNTER, SNIPER, TIERS, Tier

ONE = Decimal(1)
NONE = Decimal(0)
AMOUNTS = HUNTER.amounts  # Warning 100, Critical 300, HALT 400
money = st.integers(-20_000, 60_000).map(lambda cents: Decimal(cents) / 100)
moments = st.lists(st.tuples(st.integers(-1, 2), money, money), max_size=40)


@pytest.mark.parametrize("tier", TIERS, ids=lambda tier: tier.name)
@pytest.mark.parametrize(
    ("part", "before", "after"), [("0.25", "1", "0.75"), ("0.5", "0.75", "0.5"), ("1", "0.5", "0.25")]
)
def test_each_step_comes_at_its_cent(tier: Tier, part: str, before: str, after: str) -> None:
    """One cent before a threshold the step above it holds, at it and after it the step itself."""
    amounts = tier.amounts
    threshold = amounts.warning * Decimal(part)
    for loss, step in ((threshold - Decimal("0.01"), before), (threshold, after), (threshold + Decimal("0.01"), after)):
        dynamic = DynamicRisk()
        dynamic.judge(1, loss, NONE, amounts)
        assert dynamic.scaling.factor == Decimal(step)


def test_a_bounce_gives_nothing_back_before_the_next_day() -> None:
    """60 of 100 are lost, then won again: half the size until midnight, three quarters for a day, then all of it."""
    dynamic = DynamicRisk()
    assert dynamic.judge(10, Decimal(60), NONE, AMOUNTS)
    assert dynamic.scaling.says() == ("halved: the day has lost 60 % of its Warning",)
    assert not dynamic.judge(10, Decimal(-40), NONE, AMOUNTS)
    assert dynamic.scaling.factor == Decimal("0.5")
    assert dynamic.judge(11, NONE, NONE, AMOUNTS)
    assert dynamic.scaling.factor == Decimal("0.75")
    assert dynamic.scaling.says() == ("three quarters: losses of the days before are given back one step a day",)
    dynamic.judge(12, NONE, NONE, AMOUNTS)
    assert dynamic.scaling.factor == ONE
    assert dynamic.scaling.says() == ()


def test_a_new_day_that_loses_too_goes_down_from_where_it_is() -> None:
    """The step that the night gave back is lost again at the new day's own thresholds."""
    dynamic = DynamicRisk()
    dynamic.judge(1, Decimal(100), NONE, AMOUNTS)
    dynamic.judge(2, Decimal(30), NONE, AMOUNTS)
    assert dynamic.scaling.factor == Decimal("0.5")
    dynamic.judge(2, Decimal(110), NONE, AMOUNTS)
    assert dynamic.scaling.factor == Decimal("0.25")


def test_a_clock_that_was_moved_gives_back_one_step_at_most() -> None:
    """Set back it is no new day; set forward by a year it is one."""
    dynamic = DynamicRisk()
    dynamic.judge(100, Decimal(100), NONE, AMOUNTS)
    dynamic.judge(99, NONE, NONE, AMOUNTS)
    assert dynamic.scaling.factor == Decimal("0.25")
    dynamic.judge(465, NONE, NONE, AMOUNTS)
    assert dynamic.scaling.factor == Decimal("0.5")
    dynamic.judge(465, NONE, NONE, AMOUNTS)
    assert dynamic.scaling.factor == Decimal("0.5")


@pytest.mark.parametrize(
    ("drawdown", "factor"),
    [
        ("0", "1"),
        ("100", "0.8125"),
        ("200", "0.625"),
        ("299.99", "0.437518"),  # 1 - 0.75 × 299.99 / 400 = 0.43751875, rounded down
        ("300", "0.21875"),  # Critical: 0.4375 halved
        ("400", "0.125"),  # HALT: a quarter halved
        ("900", "0.125"),
    ],
)
def test_the_line_of_the_drawdown(drawdown: str, factor: str) -> None:
    """From 1 to a quarter at HALT, and halved from Critical on."""
    dynamic = DynamicRisk()
    dynamic.judge(1, NONE, Decimal(drawdown), AMOUNTS)
    assert dynamic.scaling.factor == Decimal(factor)


def test_day_and_drawdown_multiply_and_are_both_named() -> None:
    """Half for the day, 0.4375 for the drawdown, half for Critical."""
    dynamic = DynamicRisk()
    dynamic.judge(1, Decimal(55), Decimal(300), AMOUNTS)
    assert dynamic.scaling.factor == Decimal("0.5") * Decimal("0.4375") / 2
    assert dynamic.scaling.says() == (
        "halved: the day has lost 55 % of its Warning",
        "times 0.438: the drawdown has reached 75 % of HALT",
        "halved: the drawdown has reached Critical",
    )


def test_the_drawdown_of_a_new_day_is_taken_as_it_is() -> None:
    """It recovered overnight: the line is that of the recovered drawdown."""
    dynamic = DynamicRisk()
    dynamic.judge(1, NONE, Decimal(320), AMOUNTS)
    dynamic.judge(1, NONE, Decimal(10), AMOUNTS)
    assert dynamic.scaling.is_critical
    dynamic.judge(2, NONE, Decimal(100), AMOUNTS)
    assert dynamic.scaling.factor == Decimal("0.8125")


def test_tighter_amounts_count_at_once_and_wider_ones_tomorrow() -> None:
    """The same losses under Sniper's amounts are far beyond them; back under Hunter's nothing is given back today."""
    dynamic = DynamicRisk()
    dynamic.judge(1, Decimal(20), Decimal(20), AMOUNTS)
    assert dynamic.scaling.step == ONE
    dynamic.judge(1, Decimal(20), Decimal(20), SNIPER.amounts)
    tight = dynamic.scaling.factor
    assert tight == Decimal("0.5") * Decimal("0.8")
    dynamic.judge(1, Decimal(20), Decimal(20), AMOUNTS)
    assert dynamic.scaling.factor == tight


def test_a_look_is_exact_and_leaves_no_trace() -> None:
    """Between two judgements an order is sized by the losses of now; only a judgement remembers them."""
    dynamic = DynamicRisk()
    dynamic.judge(1, Decimal(10), NONE, AMOUNTS)
    before = dynamic.saved()
    assert dynamic.at(1, Decimal(50), NONE, AMOUNTS).factor == Decimal("0.5")
    assert dynamic.saved() == before


def test_it_names_the_loss_at_which_to_look_again() -> None:
    """25, 50, 100 of a Warning of 100, and then nothing."""
    dynamic = DynamicRisk()
    named = []
    while (loss := dynamic.next_loss(AMOUNTS)) is not None:
        named.append(loss)
        dynamic.judge(1, loss, NONE, AMOUNTS)
    assert named == [25, 50, 100]


@given(moments)
def test_sizes_shrink_at_once_and_grow_on_no_day_they_shrank(story: list[tuple[int, Decimal, Decimal]]) -> None:
    """Over random days: never above what the losses of now allow, never larger within a day, one step a day at most."""
    dynamic, day, latest = DynamicRisk(), 100, 0
    for passed, loss, drawdown in story:
        day += passed
        before = dynamic.scaling
        dynamic.judge(day, loss, drawdown, AMOUNTS)
        after = dynamic.scaling
        assert after.step in STEPS
        assert after.step <= step_for(loss / AMOUNTS.warning)
        assert after.line <= max(Decimal("0.25"), 1 - Decimal("0.75") * drawdown / AMOUNTS.halt)
        assert after.is_critical or drawdown < AMOUNTS.critical
        assert Decimal("0.03125") <= after.factor <= ONE
        if day <= latest:
            assert after.factor <= before.factor
        assert STEPS.index(after.step) <= STEPS.index(before.step) + 1
        latest = max(day, latest)


@given(moments, st.integers(0, 40))
def test_what_was_saved_goes_on_as_if_nothing_had_happened(story: list[tuple[int, Decimal, Decimal]], at: int) -> None:
    """Saved to JSON and loaded in the middle, every later judgement is the same."""
    whole, day = DynamicRisk(), 100
    for index, (passed, loss, drawdown) in enumerate(story):
        if index == at:
            again = DynamicRisk()
            again.load(json.loads(json.dumps(whole.saved())))
            assert again.scaling == whole.scaling
            whole_after, again_after = whole.at(day, loss, drawdown, AMOUNTS), again.at(day, loss, drawdown, AMOUNTS)
            assert whole_after == again_after
            whole = again
        day += passed
        whole.judge(day, loss, drawdown, AMOUNTS)


@given(st.decimals(0, 3, places=6))
def test_the_line_is_never_above_itself(drawn: Decimal) -> None:
    """Rounded against us, and never below a quarter."""
    assert Decimal("0.25") <= line_for(drawn) <= max(Decimal("0.25"), 1 - Decimal("0.75") * drawn)
