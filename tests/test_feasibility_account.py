"""What an account can trade, against sums done by hand from the tables of the instruments."""

from decimal import Decimal

import pytest

from engine.instruments import Instrument, Kind, MarginTier
from risk.feasibility import Feasible, Reach, Verdict, feasibility
from risk.limits import Limits
from risk.sizing import Stakes, least_quantity, smallest_account

D = Decimal
SERVER = D(6)
BTC = Instrument(
    symbol="BTC/USDT:USDT",
    kind=Kind.PERPETUAL,
    base="BTC",
    quote="USDT",
    tick=D("0.1"),
    lot=D("0.001"),
    min_quantity=D("0.001"),
    max_quantity=D(1190),
    max_market_quantity=D(119),
    min_notional=D(5),
    min_price=D("0.1"),
    max_price=D(10_000_000),
    fee_maker=D("0.0002"),
    fee_taker=D("0.00055"),
    tiers=(MarginTier(D(2_000_000), D(100), D("0.005")),),
)
BTC_SPOT = Instrument(
    symbol="BTC/USDT",
    kind=Kind.SPOT,
    base="BTC",
    quote="USDT",
    tick=D("0.01"),
    lot=D("0.000001"),
    min_quantity=D("0.000048"),
    max_quantity=D(83),
    max_market_quantity=D("41.5"),
    min_notional=D(5),
    min_price=D("0.01"),
    max_price=D(10_000_000),
    fee_maker=D("0.001"),
    fee_taker=D("0.001"),
    fee_in_base=True,
)
BTC_PRICE = D(88_000)


def coin(
    *,
    min_quantity: int = 1,
    min_notional: int = 5,
    fee: str = "0",
    tiers: tuple[MarginTier, ...] = (),
    most: int = 10_000,
    kind: Kind = Kind.PERPETUAL,
) -> Instrument:
    """Something that is sold in whole pieces."""
    return Instrument(
        symbol="OAK/USDT:USDT" if kind is Kind.PERPETUAL else "OAK/USDT",
        kind=kind,
        base="OAK",
        quote="USDT",
        tick=D("0.01"),
        lot=D(1),
        min_quantity=D(min_quantity),
        max_quantity=D(most),
        max_market_quantity=D(most),
        min_notional=D(min_notional),
        min_price=D("0.01"),
        max_price=D(1_000_000),
        fee_maker=D(fee),
        fee_taker=D(fee),
        tiers=tiers,
    )


def asked(balance: str, instrument: Instrument, price: Decimal | int | None, **limits: Decimal | None) -> Feasible:
    """One symbol for one account."""
    at = None if price is None else D(price)
    return feasibility(D(balance), [(instrument, at)], Limits(**limits), SERVER).symbols[0]  # type: ignore[arg-type]


# --- the smallest trade


def test_a_contract_is_too_large_for_the_risk_of_a_small_account() -> None:
    """0.001 BTC at 88,000: a third of 88 and 2 x 0.055 % of it; 5 % of it is lost, where 0.5 % of 612 may be."""
    told = asked("612", BTC, BTC_PRICE)
    assert told.smallest is not None
    assert told.smallest.quantity == D("0.001")
    assert told.smallest.value == D(88)
    assert told.smallest.fees == D("0.0968")
    assert round(told.smallest.needs, 6) == D("29.430133")
    assert told.smallest.lot == D(88)
    assert told.smallest.stop_loss == D("4.40")  # and 612 x 0.005 is 3.06
    assert (told.reach, told.size, told.begins_at) == (Reach.OVER_RISK, D(0), D("880.00"))


def test_coins_must_still_be_sold_at_the_stop_after_their_fee() -> None:
    """At 83,600 five USDT are 0.00005981, so 0.000060 BTC; 0.1 % of what is bought is the fee, so 0.000061."""
    told = asked("612", BTC_SPOT, BTC_PRICE)
    assert told.smallest is not None
    assert told.smallest.quantity == D("0.000061")
    assert told.smallest.value == D("5.368")
    assert told.smallest.fees == D("0.010736")
    assert told.smallest.needs == D("5.378736")  # coins are paid for in full
    assert told.smallest.lot == D("0.088")
    assert told.smallest.stop_loss == D("0.2684")
    assert (told.reach, told.begins_at) == (Reach.FITS, D("53.68"))
    assert told.size == D("0.000695")  # 3.06 / 4,400 is 0.00069545


def test_coins_without_a_stop_must_be_sold_at_the_same_price() -> None:
    """5 / 88,000 is 0.0000568, so 0.000057; with the fee 0.000058."""
    told = asked("612", BTC_SPOT, BTC_PRICE, default_stop=None)
    assert told.smallest is not None
    assert told.smallest.quantity == D("0.000058")


def test_a_fee_in_money_takes_no_coin() -> None:
    """Three pieces at 2 are worth 6; at the stop, 1.90, two would be worth 3.80 and three 5.70."""
    told = asked("100", coin(fee="0.001", kind=Kind.SPOT), 2)
    assert told.smallest is not None
    assert told.smallest.quantity == 3


@pytest.mark.parametrize(
    ("price", "min_quantity", "quantity"),
    [(1, 1, 5), (2, 1, 3), (5, 1, 1), (4, 1, 2), (100, 1, 1), (1, 6, 6), (1, 5, 5)],
)
def test_the_smallest_trade_of_a_contract_is_large_enough_by_number_and_by_value(
    price: int, min_quantity: int, quantity: int
) -> None:
    """Whole pieces worth five at least; what a position in contracts has lost does not keep it from being closed."""
    told = asked("1000", coin(min_quantity=min_quantity), price)
    assert told.smallest is not None
    assert told.smallest.quantity == quantity


# --- what it needs


@pytest.mark.parametrize(
    ("limits", "needs"),
    [
        ({"max_leverage": D(1)}, "100.2"),
        ({"max_leverage": D(4)}, "25.2"),
        ({"max_leverage": D(10)}, "20.2"),  # the exchange allows five times
        ({"max_leverage": D(4), "max_strategy_exposure": D(2)}, "50.2"),
        ({"max_leverage": D(4), "max_concentration": D("0.5")}, "200.2"),
    ],
)
def test_the_margin_is_that_of_the_strictest_leverage(limits: dict[str, Decimal], needs: str) -> None:
    """One piece at 100 with a fee of 0.1 % on both ways."""
    ladder = (MarginTier(D(1_000), D(5), D("0.01")),)
    told = asked("1000", coin(fee="0.001", tiers=ladder), 100, **limits)
    assert told.smallest is not None
    assert told.smallest.needs == D(needs)


def test_a_larger_position_may_meet_a_stricter_step_of_the_ladder() -> None:
    """Two pieces at 100 are beyond the first step, which ends at 150."""
    ladder = (MarginTier(D(150), D(10), D("0.01")), MarginTier(D(1_000), D(4), D("0.02")))
    two = asked("1000", coin(min_quantity=2, tiers=ladder), 100, max_leverage=D(10))
    one = asked("1000", coin(min_quantity=1, tiers=ladder), 100, max_leverage=D(10))
    assert two.smallest is not None
    assert one.smallest is not None
    assert (one.smallest.needs, two.smallest.needs) == (D(10), D(50))


def test_coins_are_never_borrowed_for() -> None:
    """Ten times leverage, and one piece at 100 needs 100; half the leverage, and it needs 200."""
    for leverage, needs in (("10", 100), ("0.5", 200)):
        told = asked("1000", coin(kind=Kind.SPOT), 100, max_leverage=D(leverage))
        assert told.smallest is not None
        assert told.smallest.needs == needs


def test_what_cannot_be_paid_is_told_before_what_is_too_risky() -> None:
    """One piece at 100 needs 50: 49.99 is too little, 50.00 pays it and has too little for the risk."""
    for balance, reach in (("49.99", Reach.NO_FUNDS), ("50.00", Reach.OVER_RISK)):
        assert asked(balance, coin(), 100, max_leverage=D(2)).reach is reach


# --- from which account on


@pytest.mark.parametrize(
    ("pieces", "begins_at"),
    [
        (7, "1750.00"),  # a loss of 35 is 2 % of it, which is what the Sniper's tier allows
        (8, "2666.67"),  # 40 would be 2 % of 2,000, where the Hunter's 1.5 % begin
        (9, "3000.00"),
        (29, "9666.67"),
        (30, "15000.00"),  # 150 would be 1.5 % of 10,000, where the Strategist's 1 % begins
    ],
)
def test_the_smallest_account_knows_what_its_tier_allows(pieces: int, begins_at: str) -> None:
    """Each piece at 100 loses 5 at the stop; 5 % a trade are asked for, and no tier allows them."""
    told = asked("100000", coin(min_quantity=pieces), 100, risk_per_trade=D("0.05"), max_leverage=D(10))
    assert told.begins_at == D(begins_at)


def test_at_the_border_of_two_tiers_the_higher_one_decides() -> None:
    """1.1 % a trade: 100 lost are that of 9,090.91, 110 that of 10,000, where only 1 % is allowed."""
    assert asked("1000", coin(min_quantity=20), 100, risk_per_trade=D("0.011")).begins_at == D("9090.91")
    assert asked("1000", coin(min_quantity=22), 100, risk_per_trade=D("0.011")).begins_at == D("11000.00")
    assert asked("1000", coin(min_quantity=20), 100, risk_per_trade=D("0.010")).begins_at == D("10000.00")


def test_the_smallest_account_may_be_a_matter_of_margin() -> None:
    """A stop 0.1 % away loses ten cents of 100; a third of that and no fee is 33.34 to the cent above."""
    assert asked("1000", coin(), 100, default_stop=D("0.001")).begins_at == D("33.34")


def test_an_account_of_that_size_takes_it_and_a_cent_less_does_not() -> None:
    """880 for the contract of 88."""
    at, below = asked("880", BTC, BTC_PRICE), asked("879.99", BTC, BTC_PRICE)
    assert (at.reach, at.size, below.reach) == (Reach.FITS, D("0.001"), Reach.OVER_RISK)


def test_a_denial_of_a_size_names_the_same_account() -> None:
    """What is told before a run is what an order is told that is too small in it."""
    stakes = Stakes(equity=D(612), price=BTC_PRICE, distance=D(4_400), risk_per_trade=D("0.005"), risk_max=D("0.02"))
    told = asked("612", BTC, BTC_PRICE)
    assert told.begins_at == smallest_account(stakes, least_quantity(BTC, BTC_PRICE), D(3))


# --- the size


@pytest.mark.parametrize(
    ("limits", "size"),
    [
        ({}, 20),  # 100 at risk, 5 lost a piece
        ({"risk_per_trade": D("0.0099")}, 19),
        ({"default_stop": D("0.001")}, 298),  # ten pieces a unit of margin: three times 10,000 less fees on both ways
        ({"max_position_size": D(1_050)}, 10),
    ],
)
def test_a_size_is_what_the_risk_buys_within_every_limit(limits: dict[str, Decimal], size: int) -> None:
    """10,000 at 1 %, pieces at 100 with a fee of 0.1 %: 30,000 / 1.006 are 298 pieces."""
    told = asked("10000", coin(fee="0.001"), 100, **{"risk_per_trade": D("0.01"), **limits})
    assert told.size == size


def test_a_size_keeps_to_the_largest_order_and_to_the_ladder() -> None:
    """Seven pieces an order; and five times up to 500 is worth less than twice up to 1,500, which 1,000 reach."""
    assert asked("10000", coin(most=7), 100).size == 7
    ladder = (MarginTier(D(500), D(5), D("0.01")), MarginTier(D(1_500), D(2), D("0.02")))
    limits = {"max_leverage": D(10), "default_stop": D("0.001"), "risk_per_trade": D("0.01")}
    assert asked("1000", coin(tiers=ladder), 100, **limits).size == 15
    assert asked("600", coin(tiers=ladder), 100, **limits).size == 12
    assert asked("200", coin(tiers=ladder), 100, **limits).size == 5


# --- where nothing helps, and where nothing is known


def test_a_limit_on_positions_leaves_no_account_that_could() -> None:
    """88 is above 87.99, whatever the account; 88.00 allows it."""
    told = asked("1000000", BTC, BTC_PRICE, max_position_size=D("87.99"))
    assert (told.reach, told.begins_at, told.size) == (Reach.OVER_LIMIT, None, D(0))
    assert asked("1000000", BTC, BTC_PRICE, max_position_size=D("88.00")).reach is Reach.FITS


def test_an_exchange_that_takes_nothing_so_large_leaves_none_either() -> None:
    """Five pieces at least and four at most; or one piece of 100 on a ladder that ends at 99."""
    assert asked("1000000", coin(min_quantity=5, most=4), 100).reach is Reach.OVER_LIMIT
    assert asked("1000000", coin(min_quantity=5, most=5), 100).reach is Reach.FITS
    for end, reach in ((99, Reach.OVER_LIMIT), (100, Reach.FITS)):
        ladder = (MarginTier(D(end), D(5), D("0.01")),)
        assert asked("1000000", coin(tiers=ladder), 100).reach is reach


def test_without_a_price_nothing_is_known() -> None:
    """Neither a size nor an account."""
    assert asked("612", BTC, None) == Feasible(BTC, Reach.NO_PRICE)


def test_without_a_stop_there_is_no_size_and_no_loss() -> None:
    """Whether it is paid for is known all the same."""
    told = asked("612", BTC, BTC_PRICE, default_stop=None)
    assert told.smallest is not None
    assert (told.reach, told.smallest.stop_loss, told.size) == (Reach.FITS, None, None)
    assert told.begins_at == D("29.44")  # 29.430133 to the cent above


# --- the account


@pytest.mark.parametrize(
    ("balance", "tier", "halt", "risk"),
    [("80", "Sniper", 75, "0.02"), ("2000", "Hunter", 400, "0.015"), ("25000", "Strategist", 2000, "0.01")],
)
def test_the_account_is_told_its_tier(balance: str, tier: str, halt: int, risk: str) -> None:
    """Its levels, and the part that a trade may lose however much is asked for."""
    told = feasibility(D(balance), [], Limits(risk_per_trade=D("0.05")), SERVER)
    assert (told.tier.name, told.amounts.halt, told.risk_per_trade) == (tier, D(halt), D(risk))


def test_a_most_that_is_set_stands_in_place_of_the_tiers() -> None:
    """5 % asked for and 3 % allowed; one piece at 100 that loses 5 begins at 166.67, whatever the tier."""
    rules = {"risk_per_trade": D("0.05"), "max_risk_per_trade": D("0.03")}
    assert feasibility(D(25_000), [], Limits(**rules), SERVER).risk_per_trade == D("0.03")
    assert asked("100", coin(), 100, **rules).begins_at == D("166.67")


def test_tighter_levels_and_a_tier_that_is_held_are_told_as_they_are() -> None:
    """9,900 after 10,100 is still a Strategist's account, and 100 is a tighter HALT than his."""
    strategist = feasibility(D(10_100), [], Limits(), SERVER).tier
    told = feasibility(D(9_900), [], Limits(halt_loss=D(100)), SERVER, strategist)
    assert (told.tier.name, told.amounts.halt, told.amounts.critical) == ("Strategist", D(100), D(100))


def test_parts_are_told_of_the_account() -> None:
    """6 of 612 are 0.98 %, 75 of 80 are 93.75 %."""
    assert round(feasibility(D(612), [], Limits(), SERVER).percent(SERVER), 4) == D("0.9804")
    assert feasibility(D(80), [], Limits(), SERVER).percent(D(75)) == D("93.75")


@pytest.mark.parametrize(
    ("balance", "server", "verdict"),
    [
        ("3", 6, Verdict.NOTHING),
        ("53.67", 6, Verdict.NOTHING),
        ("53.68", 6, Verdict.HARDLY),  # under the smallest tier
        ("499.99", 6, Verdict.HARDLY),
        ("500", 6, Verdict.SOME),
        ("879.99", 6, Verdict.SOME),
        ("880", 6, Verdict.ALL),
        ("880", "17.60", Verdict.ALL),
        ("880", "17.61", Verdict.HARDLY),  # more than 2 % a month
    ],
)
def test_the_verdict_is_about_what_fits_and_about_what_is_around_it(
    balance: str, server: int | str, verdict: Verdict
) -> None:
    """A contract that begins at 880 and coins that begin at 53.68."""
    markets = [(BTC, BTC_PRICE), (BTC_SPOT, BTC_PRICE)]
    assert feasibility(D(balance), markets, Limits(), D(server)).verdict is verdict


def test_a_symbol_without_a_price_is_none_that_can_be_traded() -> None:
    """Not all, and alone nothing; nor is there anything without symbols."""
    assert feasibility(D(10_000), [(BTC, BTC_PRICE), (BTC_SPOT, None)], Limits(), SERVER).verdict is Verdict.SOME
    assert feasibility(D(10_000), [(BTC_SPOT, None)], Limits(), SERVER).verdict is Verdict.NOTHING
    assert feasibility(D(10_000), [], Limits(), SERVER).verdict is Verdict.NOTHING
