"""From what may be lost to a quantity: by hand, and what no combination of circumstances may ever do."""

import json
from decimal import Decimal

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.instruments import Instrument, Kind
from risk.dynamic_risk import DynamicRisk, Scaling
from risk.kelly import Basis, Kelly
from risk.sizing import Sizer, Stakes, least_quantity, size_of, smallest_account
from risk.tiers import HUNTER, TIERS, tier_of

CENT = Decimal("0.01")
BITCOIN = Instrument(
    symbol="BTC/USDT:USDT",
    kind=Kind.PERPETUAL,
    base="BTC",
    quote="USDT",
    tick=Decimal("0.1"),
    lot=Decimal("0.001"),
    min_quantity=Decimal("0.001"),
    max_quantity=Decimal(1000),
    max_market_quantity=Decimal(100),
    min_notional=Decimal(5),
    min_price=Decimal("0.1"),
    max_price=Decimal(1_000_000),
    fee_maker=Decimal("0.0002"),
    fee_taker=Decimal("0.00055"),
)


def amounts(least: str, most: str, places: int) -> st.SearchStrategy[Decimal]:
    """Decimals with so many places."""
    return st.decimals(Decimal(least), Decimal(most), places=places)


parts = amounts("0", "1", 6)
stakes = st.builds(
    Stakes,
    equity=amounts("-1000", "1000000", 4),
    price=amounts("0.01", "200000", 2),
    distance=amounts("0.01", "50000", 2),
    risk_per_trade=amounts("0.0001", "0.2", 6),
    risk_max=st.sampled_from([tier.risk_per_trade_max for tier in TIERS]),
    conviction=parts,
    kelly=st.none() | st.builds(Kelly, amounts("0", "1", 6), st.integers(0, 500), st.sampled_from(Basis)),
    scaling=st.builds(Scaling, factor=amounts("0.03125", "1", 6)),
    share=parts,
    value_share=st.none() | amounts("0", "5", 6),
)


def trade(**other: Decimal | Kelly | Scaling | None) -> Stakes:
    """A Hunter's plain trade: 10,000 dollars, a half per cent, a price of 100, a stop 5 away."""
    plain = Stakes(
        equity=Decimal(10_000),
        price=Decimal(100),
        distance=Decimal(5),
        risk_per_trade=Decimal("0.005"),
        risk_max=HUNTER.risk_per_trade_max,
    )
    return msgspec.structs.replace(plain, **other)


def test_the_distance_of_the_stop_decides() -> None:
    """Half a per cent of 10,000 is 50; with a stop 5 away that is 10, with a stop 2 away 25."""
    assert size_of(trade()).quantity == 10
    assert size_of(trade(distance=Decimal(2))).quantity == 25
    assert size_of(trade()).risk == 50
    assert size_of(trade()).reasons() == ("0.5 % a trade",)


def test_the_record_speaks_and_the_tier_has_the_last_word() -> None:
    """Quarter Kelly of 0.8 % is 16; one of 6 % is cut to the tier's 1.5 %, 30."""
    proven = Kelly(Decimal("0.008"), 41, Basis.PROVEN)
    assert size_of(trade(kelly=proven)).quantity == 16
    assert size_of(trade(kelly=proven)).reasons() == ("quarter Kelly of 41 trades: 0.8 %",)
    great = Kelly(Decimal("0.06"), 200, Basis.PROVEN)
    assert size_of(trade(kelly=great)).quantity == 30
    assert size_of(trade(kelly=great)).reasons()[1] == "capped at the tier's 1.5 %"


def test_what_shrinks_a_size_does_so_below_the_cap_too() -> None:
    """A wish of four times the cap and a halving make half of the cap, not the cap."""
    dynamic = DynamicRisk()
    dynamic.judge(1, Decimal(60), Decimal(0), HUNTER.amounts)
    size = size_of(trade(kelly=Kelly(Decimal("0.06"), 200, Basis.PROVEN), scaling=dynamic.scaling))
    assert size.quantity == 15
    assert size.reasons()[2] == "halved: the day has lost 60 % of its Warning"


def test_conviction_and_lease_multiply() -> None:
    """Four fifths of the conviction, half of the equity: 10 × 0.8 × 0.5."""
    size = size_of(trade(conviction=Decimal("0.8"), share=Decimal("0.5")))
    assert size.quantity == 4
    assert size.reasons()[1:] == (
        "times 0.8: the conviction of the signal",
        "of the 50 % of the equity that the strategy works with",
    )


def test_volatility_caps_the_value() -> None:
    """At most 0.04 of 10,000 is 400 of value, so 4 of the 10 that the stop would allow."""
    size = size_of(trade(value_share=Decimal("0.04")))
    assert size.quantity == 4
    assert size.is_capped_by_value
    assert size.reasons()[-1] == "capped by volatility at 0.04 times the equity"
    assert size_of(trade(value_share=Decimal("0.4"))).quantity == 10


@pytest.mark.parametrize("nothing", ["equity", "distance", "share", "conviction", "value_share"])
def test_where_there_is_nothing_the_size_is_nothing(nothing: str) -> None:
    """No equity, no stop, no lease, no conviction, no room."""
    assert size_of(trade(**{nothing: Decimal(0)})).quantity == 0


@given(stakes)
def test_no_trade_ever_risks_more_than_its_caps(of: Stakes) -> None:
    """Zero or more; at the stop no more than the tier's part of the equity is lost, and no more value than may be."""
    quantity = BITCOIN.quantity_below(size_of(of).quantity)
    assert quantity >= 0
    equity = max(Decimal(0), of.equity)
    assert quantity * of.distance <= equity * of.risk_max
    assert quantity * of.distance <= equity * of.wished
    assert quantity * of.distance <= equity * of.risk_max * of.share
    if of.value_share is not None:
        assert quantity * of.price <= equity * of.value_share


@given(stakes, amounts("0", "100000", 4))
def test_more_equity_never_means_less(of: Stakes, more: Decimal) -> None:
    """Within one tier."""
    richer = msgspec.structs.replace(of, equity=of.equity + more)
    assert size_of(richer).quantity >= size_of(of).quantity


@given(stakes, amounts("1", "10", 4))
def test_a_farther_stop_never_means_more(of: Stakes, farther: Decimal) -> None:
    """The same money over a longer way."""
    assert size_of(msgspec.structs.replace(of, distance=of.distance * farther)).quantity <= size_of(of).quantity


@given(stakes, parts)
def test_worse_losses_never_mean_more(of: Stakes, factor: Decimal) -> None:
    """A smaller scaling, a smaller size or the same."""
    worse = msgspec.structs.replace(of, scaling=Scaling(factor=of.scaling.factor * factor))
    assert size_of(worse).quantity <= size_of(of).quantity


# --- the smallest account


def test_the_smallest_order_by_quantity_and_by_value() -> None:
    """0.001 of a coin at 60,000 is worth 60; at 1,000 five dollars are 0.005, at 999 0.006."""
    assert least_quantity(BITCOIN, Decimal(60_000)) == Decimal("0.001")
    assert least_quantity(BITCOIN, Decimal(1_000)) == Decimal("0.005")
    assert least_quantity(BITCOIN, Decimal(999)) == Decimal("0.006")


def test_the_smallest_account_by_hand() -> None:
    """0.001 with a stop 1,200 away loses 1.2: half a per cent of 240. With leverage 1 the 60 dollars fit already."""
    of = trade(price=Decimal(60_000), distance=Decimal(1_200))
    assert smallest_account(of, Decimal("0.001")) == 240
    assert smallest_account(of, Decimal("0.001"), leverage=Decimal("0.2")) == 300


def test_a_tier_with_a_lower_cap_is_no_way_out() -> None:
    """39.9 at risk is 2 % of 1,995, still Sniper. 41 would be 2 % of 2,050, Hunter by then: 1.5 % of 2,733.34."""
    great = Kelly(Decimal("0.06"), 200, Basis.PROVEN)
    assert smallest_account(trade(kelly=great, distance=Decimal("39.9")), Decimal(1)) == 1_995
    assert smallest_account(trade(kelly=great, distance=Decimal(41)), Decimal(1)) == Decimal("2733.34")


@pytest.mark.parametrize("nothing", ["distance", "share", "conviction", "value_share"])
def test_where_no_equity_is_enough_there_is_no_smallest_account(nothing: str) -> None:
    """Nothing times anything."""
    assert smallest_account(trade(**{nothing: Decimal(0)}), Decimal(1)) is None


@given(stakes, st.integers(1, 2000))
def test_the_smallest_account_takes_the_trade_and_a_cent_less_does_not(of: Stakes, lots: int) -> None:
    """Held against the sizing itself, under the cap of the tier that this equity is in."""
    least = BITCOIN.lot * lots
    equity = smallest_account(of, least)
    assume(equity is not None)
    assert equity is not None

    def reached(at: Decimal) -> Decimal:
        with_cap = msgspec.structs.replace(of, equity=at, risk_max=tier_of(at).risk_per_trade_max)
        return BITCOIN.quantity_below(size_of(with_cap).quantity)

    assert reached(equity) >= least
    assert reached(equity - CENT) < least


# --- all together


def sizer() -> Sizer:
    """Two strategies with half of the equity each, on their first day."""
    sizer = Sizer()
    for name in ("lucky", "other"):
        sizer.allocation.seat(name)
    sizer.allocation.draw(0, 1)
    return sizer


def ask(sizer: Sizer, strategy: str = "lucky") -> Stakes:
    """The plain trade, as this strategy would make it."""
    return sizer.stakes(
        strategy,
        BITCOIN.symbol,
        equity=Decimal(10_000),
        price=Decimal(100),
        distance=Decimal(5),
        conviction=Decimal(1),
        risk_per_trade=Decimal("0.005"),
        risk_max=HUNTER.risk_per_trade_max,
    )


def test_ten_trades_of_pure_luck_change_no_size() -> None:
    """Before, after each of them, and after a restart: half of 10, for half of the equity."""
    lucky = sizer()
    for _ in range(10):
        assert size_of(ask(lucky)).quantity == 5
        lucky.close_trade("lucky", Decimal(150), Decimal(50))
    assert size_of(ask(lucky)).quantity == 5
    assert "10 trades" in size_of(ask(lucky)).reasons()[0]
    again = Sizer()
    again.load(json.loads(json.dumps(lucky.saved())))
    assert ask(again) == ask(lucky)


def test_a_strategy_stands_on_its_own_record() -> None:
    """A hundred bad trades of one make only its own sizes smaller."""
    both = sizer()
    for turn in range(100):
        both.close_trade("lucky", Decimal(25 if turn % 2 else -50), Decimal(50))
    assert size_of(ask(both)).quantity == Decimal("1.25")
    assert size_of(ask(both, "other")).quantity == 5


def test_a_trade_without_a_stop_is_no_evidence() -> None:
    """Nothing was risked that could be counted."""
    plain = sizer()
    plain.close_trade("lucky", Decimal(100), Decimal(0))
    stakes = ask(plain)
    assert stakes.kelly is not None
    assert stakes.kelly.trades == 0


def test_a_wild_price_makes_positions_smaller() -> None:
    """Up and down by 3 % in turn is 279 % a year: 0.4 over that is 0.143 times the equity."""
    wild = sizer()
    assert ask(wild).value_share is None
    for turn in range(60):
        wild.sample(BITCOIN.symbol, 100.0 if turn % 2 else 103.0)
    assert ask(wild).value_share == pytest.approx(Decimal("0.1434"), abs=Decimal("0.0001"))


def test_an_order_between_two_judgements_is_sized_by_the_losses_of_now() -> None:
    """The scaling that was looked at goes before the one that is remembered."""
    looked = sizer()
    now = looked.dynamic.at(1, Decimal(100), Decimal(0), HUNTER.amounts)
    asked = looked.stakes(
        "lucky",
        BITCOIN.symbol,
        equity=Decimal(10_000),
        price=Decimal(100),
        distance=Decimal(5),
        conviction=Decimal(1),
        risk_per_trade=Decimal("0.005"),
        risk_max=HUNTER.risk_per_trade_max,
        scaling=now,
    )
    assert size_of(asked).quantity == Decimal("1.25")
    assert size_of(ask(looked)).quantity == 5
