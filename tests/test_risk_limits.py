"""Limits by name: which there are, what they take, and what is refused with a sentence."""

from decimal import Decimal

import msgspec
import pytest

from engine.errors import CommandRefused
from risk.limits import Limits, changed, named

FRACTIONS = (
    "daily_drawdown_limit",
    "risk_per_trade",
    "max_risk_per_trade",
    "default_stop",
    "price_collar",
    "liquidation_distance",
)
NUMBERS = tuple(name for name in Limits.__struct_fields__ if name not in (*FRACTIONS, "max_leverage", "day_start_h"))


@pytest.mark.parametrize("prefix", ["", "risk."])
@pytest.mark.parametrize("name", Limits.__struct_fields__)
def test_each_limit_is_set_by_its_name(prefix: str, name: str) -> None:
    """With or without the section; all others stay."""
    before = Limits()
    after = changed(before, prefix + name, "0.25")
    assert getattr(after, name) == Decimal("0.25")
    assert msgspec.structs.replace(after, **{name: getattr(before, name)}) == before


def test_a_per_cent_is_a_hundredth() -> None:
    """As people write it."""
    assert changed(Limits(), "risk_per_trade", "1.5%").risk_per_trade == Decimal("0.015")
    assert changed(Limits(), "orders_per_minute", "250%").orders_per_minute == Decimal("2.5")


@pytest.mark.parametrize("name", FRACTIONS)
def test_a_fraction_is_below_one(name: str) -> None:
    """Whole equities are never risked by a slip of the pen."""
    assert getattr(changed(Limits(), name, "0.999"), name) == Decimal("0.999")
    for value in ("1", "100%", "1.001", "5"):
        with pytest.raises(CommandRefused) as refusal:
            changed(Limits(), f"risk.{name}", value)
        assert str(refusal.value) == f"risk.{name} is a fraction below 1, as 0.05 or 5%; it was {value}"


@pytest.mark.parametrize("name", NUMBERS)
def test_other_limits_are_any_number_above_zero(name: str) -> None:
    """Amounts, counts, seconds and times."""
    for value in ("0.5", "1", "10.5", "1000"):
        assert getattr(changed(Limits(), name, value), name) == Decimal(value)


@pytest.mark.parametrize("value", ["0", "5.5", "5.75", "23.75", "00"])
def test_a_day_begins_at_a_quarter_of_an_hour(value: str) -> None:
    """As all time zones do."""
    assert changed(Limits(), "risk.day_start_h", value).day_start_h == Decimal(value)


@pytest.mark.parametrize("value", ["24", "-1", "0.3", "21.1", "NaN", "Infinity"])
def test_a_day_begins_within_a_day(value: str) -> None:
    """And nowhere between the quarters."""
    with pytest.raises(CommandRefused) as refusal:
        changed(Limits(), "risk.day_start_h", value)
    sentence = "risk.day_start_h is in hours after midnight UTC, from 0 to 23.75 in quarters"
    assert str(refusal.value) == f"{sentence}; it was {value}"


def test_leverage_has_a_ceiling() -> None:
    """Ten, and no setting goes beyond."""
    assert changed(Limits(), "max_leverage", "10").max_leverage == 10
    assert changed(Limits(), "max_leverage", "1000%").max_leverage == 10
    with pytest.raises(CommandRefused) as refusal:
        changed(Limits(), "risk.max_leverage", "10.01")
    assert str(refusal.value) == "risk.max_leverage may be 10 at most; it was 10.01"


@pytest.mark.parametrize("value", ["0", "-1", "-0.5%", "NaN", "Infinity", "-Infinity", "inf"])
def test_no_limit_is_zero_or_less_or_no_number(value: str) -> None:
    """Zero would be no limit to some and a wall to others."""
    with pytest.raises(CommandRefused) as refusal:
        changed(Limits(), "max_position_size", value)
    assert str(refusal.value) == f"max_position_size must be above zero; it was {value}"


@pytest.mark.parametrize("value", ["", "%", "ten", "5 %%", "0,5", "1e"])
def test_words_are_no_numbers(value: str) -> None:
    """The refusal repeats what was typed."""
    with pytest.raises(CommandRefused) as refusal:
        changed(Limits(), "risk.fat_finger", value)
    assert str(refusal.value) == f"risk.fat_finger takes a number; it was {value!r}"


@pytest.mark.parametrize("key", ["courage", "risk.", "", "risk.risk.fat_finger", "Max_leverage", "fat_finger "])
def test_an_unknown_name_is_refused_with_those_that_there_are(key: str) -> None:
    """All of them, in one sentence."""
    with pytest.raises(CommandRefused) as refusal:
        changed(Limits(), key, "1")
    assert str(refusal.value) == f"there is no limit {key!r}; there are {', '.join(Limits.__struct_fields__)}"


def test_named_are_those_that_hold() -> None:
    """What is None is not there; nothing else is left out."""
    limits = Limits(halt_loss=Decimal(3), price_collar=None)
    names = named(limits)
    assert {name: getattr(limits, name) for name in Limits.__struct_fields__} == {
        **dict.fromkeys(Limits.__struct_fields__),
        **names,
    }
    assert None not in names.values()
    assert names["halt_loss"] == 3
    assert "price_collar" not in names
    assert Limits(**names, price_collar=None) == limits
