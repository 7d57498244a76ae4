"""Sizes at their borders: a wish exactly at the cap, a bound that just does not bind, an account between two tiers."""

from decimal import Decimal

import msgspec
import pytest

from risk.dynamic_risk import DynamicRisk
from risk.kelly import Basis, Kelly
from risk.sizing import Sizer, Stakes, size_of, smallest_account
from risk.tiers import HUNTER, SNIPER, Tier
from tests.rehearsal import PERP

D = Decimal
PLAIN = Stakes(
    equity=D(10_000), price=D(100), distance=D(5), risk_per_trade=D("0.005"), risk_max=HUNTER.risk_per_trade_max
)


def trade(**other: Decimal | Kelly | None) -> Stakes:
    """Half a per cent of 10,000, at a price of 100 with a stop 5 away: ten of them."""
    return msgspec.structs.replace(PLAIN, **other)


def stakes_of(sizer: Sizer, strategy: str = "one", **other: Decimal) -> Stakes:
    """The same, as the sizer makes it."""
    words = {
        "equity": D(10_000),
        "price": D(100),
        "distance": D(5),
        "conviction": D(1),
        "risk_per_trade": D("0.005"),
        "risk_max": HUNTER.risk_per_trade_max,
        **other,
    }
    return sizer.stakes(strategy, PERP, **words)  # type: ignore[arg-type]


# --- what is said


@pytest.mark.parametrize(("wish", "is_capped"), [("0.015", False), ("0.015001", True)])
def test_a_wish_exactly_at_the_cap_is_not_capped(wish: str, is_capped: bool) -> None:
    """A Hunter's trade may lose 1.5 %: who wishes that has it, and nothing is said of a cap."""
    size = size_of(trade(kelly=Kelly(D(wish), 200, Basis.PROVEN)))
    assert size.quantity == 30
    assert [reason for reason in size.reasons() if "capped" in reason] == (
        ["capped at the tier's 1.5 %"] if is_capped else []
    )


@pytest.mark.parametrize(("value_share", "is_capped"), [("0.1", False), ("0.099999", True)])
def test_a_bound_that_does_not_bind_is_not_told(value_share: str, is_capped: bool) -> None:
    """Ten at 100 are worth a tenth of the equity: a bound of just that changes nothing."""
    size = size_of(trade(value_share=D(value_share)))
    assert size.is_capped_by_value is is_capped
    assert size.reasons() == (
        ("0.5 % a trade", "capped by volatility at 0.1 times the equity") if is_capped else ("0.5 % a trade",)
    )


@pytest.mark.parametrize(
    ("conviction", "shown"), [("0.123449", "0.123"), ("0.1235", "0.124"), ("0.1225", "0.122"), ("0.99999", "1")]
)
def test_a_conviction_is_shown_to_the_thousandth(conviction: str, shown: str) -> None:
    """Ties go to the even digit."""
    assert size_of(trade(conviction=D(conviction))).reasons()[1] == f"times {shown}: the conviction of the signal"


# --- the smallest account


def test_an_account_exactly_where_a_tier_begins_is_in_that_tier() -> None:
    """40 are 2 % of 2,000, which is a Hunter's already: at 1.5 % it takes 2,666.67. A cent less is a Sniper's."""
    great = Kelly(D("0.06"), 200, Basis.PROVEN)
    assert smallest_account(trade(kelly=great, distance=D(40)), D(1)) == D("2666.67")
    assert smallest_account(trade(kelly=great, distance=D("39.9998")), D(1)) == D("1999.99")


def test_a_tier_with_a_higher_cap_has_to_be_reached_first() -> None:
    """Where tiers were made the other way round: 15 would be 2 % of 750, and 2 % are allowed from 1,000 on."""
    tiers = [_tier(D(0), "0.01"), _tier(D(1_000), "0.02")]
    great = trade(kelly=Kelly(D("0.06"), 200, Basis.PROVEN), distance=D(15))
    assert smallest_account(great, D(1), tiers=tiers) == 1_000
    assert smallest_account(msgspec.structs.replace(great, distance=D(21)), D(1), tiers=tiers) == 1_050
    assert smallest_account(msgspec.structs.replace(great, distance=D(9)), D(1), tiers=tiers) == 900


def _tier(begins_at: Decimal, risk: str) -> Tier:
    return msgspec.structs.replace(SNIPER, begins_at=begins_at, risk_per_trade_max=D(risk))


@pytest.mark.parametrize(("leverage", "account"), [("1", "3000"), ("2", "1500"), ("3", "1500")])
def test_the_tighter_bound_of_value_and_leverage_decides(leverage: str, account: str) -> None:
    """Thirty at 100, and a stop so near that only the value counts: with 2 by volatility and so much by leverage."""
    of = trade(distance=D("0.01"), value_share=D(2))
    assert smallest_account(of, D(30), leverage=D(leverage)) == D(account)


# --- the sizer


def test_everything_that_is_asked_is_in_the_stakes() -> None:
    """Each figure comes through, and what nobody said is as it would be without it."""
    sizer = Sizer(part=D(0))
    assert stakes_of(sizer, conviction=D("0.7"), risk_per_trade=D("0.004"), risk_max=D("0.02")) == Stakes(
        equity=D(10_000),
        price=D(100),
        distance=D(5),
        risk_per_trade=D("0.004"),
        risk_max=D("0.02"),
        conviction=D("0.7"),
        kelly=None,
        scaling=DynamicRisk().scaling,
        share=D(1),
        value_share=None,
    )


def test_where_kelly_is_not_looked_at_the_default_is_told_as_it_is() -> None:
    """A hundred great trades, and a part of nothing: half a per cent a trade, and no word of a record."""
    sizer = Sizer(part=D(0))
    for _ in range(100):
        sizer.close_trade("one", D(150), D(50))
    stakes = stakes_of(sizer)
    assert stakes.kelly is None
    assert size_of(stakes).reasons() == ("0.5 % a trade",)


def test_a_trade_counts_by_what_it_made_over_what_it_risked() -> None:
    """150 on 50 are three R, a loss of 25 is half of one; what risked nothing is not there."""
    sizer = Sizer()
    for pnl, risked in ((150, 50), (-25, 50), (10, 0)):
        sizer.close_trade("one", D(pnl), D(risked))
    assert list(sizer.records["one"].outcomes) == [3.0, -0.5]


def test_a_record_is_read_with_the_sizers_part() -> None:
    """Half of Kelly, for whoever has a record, for whoever gets one, and after a restart."""
    sizer = Sizer(part=D("0.5"))
    for _ in range(100):
        sizer.close_trade("one", D(100), D(50))
        sizer.close_trade("one", D(-50), D(50))
    again = Sizer(part=D("0.5"))
    again.load(sizer.saved())
    for each in (sizer, again):
        kelly = stakes_of(each).kelly
        assert kelly is not None
        assert kelly.sentence.startswith("half Kelly of 200 trades: ")
        blank = stakes_of(each, "nobody").kelly
        assert blank is not None
        assert blank.part == D("0.5")
    assert "nobody" not in sizer.records
