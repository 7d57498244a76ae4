"""Which tier holds: where it begins, when it changes, and what keeps it from changing."""

from decimal import Decimal

import pytest

from engine import events
from risk.limits import Limits
from tests.losses_stage import PRICE, Losing
from tests.rehearsal import MINUTE

CENT = Decimal("0.01")
HALTS = {"Sniper": 75, "Hunter": 400, "Strategist": 2_000}


def tiers(stage: Losing) -> list[str]:
    return [word for word in stage.heard() if word.startswith("tier")]


@pytest.mark.parametrize(
    ("capital", "tier", "is_noted"),
    [
        ("80", "Sniper", True),
        ("499.99", "Sniper", True),
        ("500", "Sniper", False),
        ("1999.99", "Sniper", False),
        ("2000", "Hunter", False),
        ("9999.99", "Hunter", False),
        ("10000", "Strategist", False),
        ("1000000", "Strategist", False),
    ],
)
def test_an_account_begins_in_the_tier_of_its_size(capital: str, tier: str, is_noted: bool) -> None:
    """At the cent; below the smallest it is the smallest, and says so."""
    stage = Losing(capital)
    view = stage.gate.view(stage.account)
    assert (stage.tier, view.tier) == (tier, tier)
    if is_noted:
        assert (
            view.note == f"with {capital}{'' if '.' in capital else '.00'} the account is under the smallest tier; "
            "the Sniper's levels hold"
        )
    else:
        assert view.note is None
    assert stage.heard() == []


@pytest.mark.parametrize(
    ("capital", "gain", "tier"),
    [
        ("1999", "100.99", "Sniper"),
        ("1999", "101", "Hunter"),
        ("1000", "9499.99", "Hunter"),
        ("1000", "9500", "Strategist"),
        ("9000", "1499.99", "Hunter"),
        ("9000", "1500", "Strategist"),
    ],
)
@pytest.mark.parametrize("by", ["profit", "deposit"])
def test_promotion_is_five_per_cent_above_at_the_roll_of_a_day(capital: str, gain: str, tier: str, by: str) -> None:
    """Never before midnight, and two steps at once where that is the tier."""
    stage = Losing(capital)
    before = stage.tier
    if by == "profit":
        stage.trade(1, 1)
        stage.price(PRICE + Decimal(gain))
    else:
        stage.transfer(gain)
    stage.pass_time(60 * 1_000_000_000)
    assert tiers(stage) == []
    stage.midnight()
    assert stage.tier == tier
    assert tiers(stage) == ([f"tier {tier}"] if tier != before else [])


@pytest.mark.parametrize(
    ("capital", "left", "tier"),
    [
        ("5000", "1900", "Hunter"),
        ("5000", "1899.99", "Sniper"),
        ("25000", "9500", "Strategist"),
        ("25000", "9499.99", "Hunter"),
        ("25000", "1900", "Hunter"),
        ("25000", "1899.99", "Sniper"),
    ],
)
def test_a_withdrawal_demotes_at_once_five_per_cent_below(capital: str, left: str, tier: str) -> None:
    """Levels for more money than there is would come too late."""
    stage = Losing(capital)
    before = stage.tier
    stage.transfer(Decimal(left) - Decimal(capital))
    assert stage.tier == tier
    assert tiers(stage) == ([f"tier {tier}"] if tier != before else [])
    stage.trade(1, 1)
    stage.price(PRICE - HALTS[tier] + CENT)
    assert stage.gate.losses.halted is None
    stage.price(PRICE - HALTS[tier])
    assert stage.gate.losses.halted is not None


@pytest.mark.parametrize(
    ("loss", "is_frozen"),
    [("9.99", False), ("10", True), ("10.01", True)],
)
def test_an_open_drawdown_keeps_promotion_away(loss: str, is_frozen: bool) -> None:
    """The Sniper's drawdown is open from its Info on; once it has closed, the next day promotes."""
    stage = Losing("1900", native_ns=MINUTE)
    stage.trade(1, 1)
    stage.price(PRICE + 300)
    stage.price(PRICE + 300 - Decimal(loss))
    stage.midnight()
    assert stage.tier == ("Sniper" if is_frozen else "Hunter")
    stage.price(PRICE + 301)
    assert stage.tier == ("Sniper" if is_frozen else "Hunter")
    stage.midnight()
    assert stage.tier == "Hunter"


@pytest.mark.parametrize(("loss", "is_frozen"), [("9.99", False), ("10", True), ("49.99", True), ("50", True)])
def test_an_open_drawdown_keeps_demotion_away(loss: str, is_frozen: bool) -> None:
    """The Hunter's levels hold until there is no loss that the Sniper would tell of, whatever is withdrawn."""
    stage = Losing("5000")
    stage.trade(1, 1)
    stage.price(PRICE - Decimal(loss))
    stage.transfer(-4_000)
    assert stage.tier == ("Hunter" if is_frozen else "Sniper")
    stage.price(PRICE - Decimal("9.99"))
    assert stage.tier == "Sniper"
    assert tiers(stage) == ["tier Sniper"]


def test_a_withdrawal_never_leads_into_a_halt() -> None:
    """A loss that is none to the Strategist would have halted the Sniper whose size is left."""
    stage = Losing("10300")
    stage.trade(1, 1)
    stage.price(PRICE - 100)
    stage.transfer(-9_000)
    assert (stage.tier, stage.heard()) == ("Strategist", [])
    stage.price(PRICE)
    assert (stage.tier, stage.heard()) == ("Sniper", ["tier Sniper"])


def test_a_frozen_tier_judges_by_its_own_levels_however_little_is_left() -> None:
    """The Hunter loses 50, withdraws all but 1,000, and goes on losing: 400 halt it, as they always would."""
    stage = Losing("5000")
    stage.trade(1, 1)
    stage.price(PRICE - 50)
    stage.transfer(-3_950)
    stage.price(PRICE - Decimal("399.99"))
    assert stage.heard() == ["info 50", "warning 399.99", "critical 399.99"]
    stage.price(PRICE - 400)
    assert stage.heard()[3:] == ["halt 400", "halt account"]


@pytest.mark.parametrize("how", ["not at all", "fold", "snapshot"])
def test_promotion_waits_for_a_clean_day(how: str) -> None:
    """A Warning, also one that was made good, costs the promotion of that day; the next day is another."""
    stage = Losing("1990", native_ns=MINUTE)
    stage.trade(1, 1)
    stage.price(PRICE - 25)
    stage.price(PRICE + 200)
    if how != "not at all":
        stage.end_and_go_on(how)
    stage.midnight()
    assert stage.tier == "Sniper"
    if how != "not at all":
        stage.end_and_go_on(how)
    stage.midnight()
    assert stage.tier == "Hunter"
    assert tiers(stage) == ["tier Hunter"]


def test_a_warning_is_a_stain_on_one_day_only() -> None:
    """It still stands at midnight; the day after is measured anew, and is a clean one."""
    stage = Losing("1990", native_ns=MINUTE)
    stage.trade(1, 1)
    stage.price(PRICE - 25)
    stage.transfer(2_000)
    stage.midnight()
    stage.price(PRICE)
    assert stage.tier == "Sniper"
    stage.midnight()
    assert stage.tier == "Hunter"
    change = stage.told[-1]
    assert change == events.TierChanged(stage.now, "Sniper", "Hunter", "the highest equity is 3,990.00")


@pytest.mark.parametrize(("loss", "tier"), [("24.99", "Hunter"), ("25", "Sniper")])
def test_an_info_is_no_stain_on_a_day(loss: str, tier: str) -> None:
    """One trade may lose its Info; only what the day loses counts."""
    stage = Losing("1990")
    stage.trade(1, 1)
    stage.price(PRICE - Decimal(loss))
    stage.price(PRICE + 200)
    stage.midnight()
    assert stage.tier == tier


@pytest.mark.parametrize("how", ["fold", "snapshot"])
def test_after_a_promotion_the_new_levels_hold(how: str) -> None:
    """Before it 75 would have halted; after it, and after a restart, 400 do."""
    stage = Losing("1990")
    stage.trade(1, 1)
    stage.price(PRICE + 200)
    stage.midnight()
    stage.end_and_go_on(how)
    stage.price(PRICE + 200 - Decimal("399.99"))
    assert stage.heard() == ["tier Hunter", "info 199.99", "warning 399.99", "critical 399.99"]
    stage.price(PRICE - 200)
    assert stage.heard()[4:] == ["halt 400", "halt account"]


def test_own_levels_are_read_with_each_tier() -> None:
    """An own Halt of 100 is tighter than the Hunter's and looser than the Sniper's, and never more than either."""
    stage = Losing("5000", Limits(halt_loss=Decimal(100), daily_drawdown_limit=Decimal("0.99")))
    assert stage.gate.losses.amounts.halt == 100
    stage.transfer(-4_000)
    assert stage.gate.losses.amounts.halt == 75
