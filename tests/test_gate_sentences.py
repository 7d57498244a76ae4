"""Every refusal of the gate word for word: its code, its sentence, its numbers by their names, and what would pass."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest

from engine.gate import Denial, OrderRequest
from risk import denials
from risk.limits import Limits
from tests.rehearsal import PERP, SPOT

D = Decimal
NOTHING = D(0)


def request(side: int = 1, quantity: str = "2", price: Decimal | None = None) -> OrderRequest:
    """An order for the perpetual."""
    return OrderRequest(symbol=PERP, side=side, quantity=D(quantity), price=price)


def denial(code: str, sentence: str, passes: str, **numbers: str | int) -> Denial:
    """As it should be."""
    return Denial(code, sentence, tuple((name, D(value)) for name, value in numbers.items()), passes)


TABLE: list[tuple[Callable[[], Denial], Denial]] = [  # as it is, and as it should be
    (
        lambda: denials.no_price(PERP),
        denial("NoPrice", f"{PERP} has no price yet", "it will be there with the first trade"),
    ),
    (
        lambda: denials.stale_data(PERP, 30.01, Limits(max_data_age_s=D(30))),
        denial(
            "StaleData",
            f"the newest price of {PERP} is 30.1 s old; 30 s is the limit",
            "the next price opens it again",
            age_s="30.1",
            limit_s=30,
        ),
    ),
    (
        lambda: denials.crossed_book(PERP, 100.5, 100.25),
        denial(
            "CrossedBook",
            f"the book of {PERP} is crossed: bid 100.5, ask 100.25",
            "a bid below the ask would pass",
            bid="100.5",
            ask="100.25",
        ),
    ),
    (
        lambda: denials.unknown_equity(SPOT),
        denial(
            "UnknownEquity",
            f"nobody knows what the account is worth: {SPOT} is held and has no price",
            "its first price opens it again",
        ),
    ),
    (
        lambda: denials.risk_too_large(D(1500), D("75.5"), "Hunter", D("1.250")),
        denial(
            "RiskTooLarge",
            "at its stop it would lose 1,500.00; a Hunter risks 75.50 a trade at most",
            "1.25 would pass, or a nearer stop",
            risk=1500,
            limit="75.5",
            fits="1.25",
        ),
    ),
    (
        lambda: denials.risk_too_large(D(1500), D("75.5"), "Hunter", NOTHING),
        denial(
            "RiskTooLarge",
            "at its stop it would lose 1,500.00; a Hunter risks 75.50 a trade at most",
            "a nearer stop would pass",
            risk=1500,
            limit="75.5",
            fits=0,
        ),
    ),
    (
        lambda: denials.position_too_large(PERP, D("1200.005"), D(1000), D(10)),
        denial(
            "PositionTooLarge",
            f"the position in {PERP} would be worth 1,200.00; the limit is 1,000.00",
            "10 would pass",
            after="1200.005",
            limit=1000,
            fits=10,
        ),
    ),
    (
        lambda: denials.position_too_large(PERP, D(1200), D(1000), NOTHING),
        denial(
            "PositionTooLarge",
            f"the position in {PERP} would be worth 1,200.00; the limit is 1,000.00",
            "what reduces would pass, nothing that adds",
            after=1200,
            limit=1000,
            fits=0,
        ),
    ),
    (
        lambda: denials.strategy_too_large("impulse", D(1200), D(1000), D(10)),
        denial(
            "StrategyTooLarge",
            "the positions of impulse would be worth 1,200.00; the limit is 1,000.00",
            "10 would pass",
            after=1200,
            limit=1000,
            fits=10,
        ),
    ),
    (
        lambda: denials.lease_used_up("impulse", D(1200), D(1000), D(10), "UTC"),
        denial(
            "LeaseUsedUp",
            "the positions of impulse would be worth 1,200.00; its share of the capital carries 1,000.00",
            "10 would pass; shares are drawn anew at the end of the day (UTC)",
            after=1200,
            limit=1000,
            fits=10,
        ),
    ),
    (
        lambda: denials.too_concentrated("BTC", D(1200), D(1000), D(10)),
        denial(
            "TooConcentrated",
            "all BTC together would be worth 1,200.00; the limit is 1,000.00",
            "10 would pass",
            after=1200,
            limit=1000,
            fits=10,
        ),
    ),
    (
        lambda: denials.leverage_too_high(D(35_000), D(10_000), D("3.0"), D(300)),
        denial(
            "LeverageTooHigh",
            "exposure would be 35,000.00 on an equity of 10,000.00; 3 times is the limit, so 30,000.00",
            "300 would pass",
            exposure=35_000,
            equity=10_000,
            limit=30_000,
            fits=300,
        ),
    ),
    (
        lambda: denials.daily_drawdown_limit(D(100), D(450), D(500), D(80), "UTC"),
        denial(
            "DailyDrawdownLimit",
            "the day has lost 100.00 and the stop could lose 450.00 more; 500.00 is the day's limit",
            "80 would pass, or a nearer stop",
            loss=100,
            risk=450,
            limit=500,
            fits=80,
        ),
    ),
    (
        lambda: denials.daily_drawdown_limit(D("499.99"), D(450), D(500), NOTHING, "UTC"),
        denial(
            "DailyDrawdownLimit",
            "the day has lost 499.99 and the stop could lose 450.00 more; 500.00 is the day's limit",
            "a nearer stop would pass",
            loss="499.99",
            risk=450,
            limit=500,
            fits=0,
        ),
    ),
    (
        lambda: denials.daily_drawdown_limit(D(500), D(450), D(500), NOTHING, "from 21:00 UTC"),
        denial(
            "DailyDrawdownLimit",
            "the day has lost 500.00 and the stop could lose 450.00 more; 500.00 is the day's limit",
            "a new day (from 21:00 UTC) opens it again",
            loss=500,
            risk=450,
            limit=500,
            fits=0,
        ),
    ),
    (
        lambda: denials.order_rate_too_high("impulse", 60, 12_345_000_000),
        denial(
            "OrderRateTooHigh",
            "impulse has entered 60 times within a minute, and that is the limit",
            "in 12.4 s the next one passes",
            limit=60,
            wait_s="12.4",
        ),
    ),
    (
        lambda: denials.price_collar(request(1, price=D(106)), D(100), D(105), D("0.05")),
        denial(
            "PriceCollar",
            "the limit 106 is more than 5 % above the fair price 100",
            "105 would pass",
            price=106,
            fair=100,
            bound=105,
        ),
    ),
    (
        lambda: denials.price_collar(request(-1, price=D(94)), D(100), D(95), D("0.05")),
        denial(
            "PriceCollar",
            "the limit 94 is more than 5 % below the fair price 100",
            "95 would pass",
            price=94,
            fair=100,
            bound=95,
        ),
    ),
    (
        lambda: denials.duplicate(request(), D("1.50")),
        denial(
            "Duplicate",
            f"an equal entry of 2 {PERP} was placed less than 1.5 s ago",
            "after 1.5 s it would pass",
            quantity=2,
            window_s="1.5",
        ),
    ),
    (
        lambda: denials.fat_finger(request(quantity="30"), D("1.2"), D(20), D(24)),
        denial(
            "FatFinger",
            f"30 {PERP} is more than 20 times the usual 1.2",
            "24 would pass",
            quantity=30,
            usual="1.2",
            limit=24,
            fits=24,
        ),
    ),
    (
        lambda: denials.not_enough_cash(D("1001.001"), D(900), D("8.99")),
        denial(
            "NotEnoughCash",
            "with its fee it costs 1,001.00, and 900.00 is free",
            "coins are paid for, not borrowed; 8.99 would pass",
            cost="1001.001",
            free=900,
            fits="8.99",
        ),
    ),
    (
        lambda: denials.not_enough_margin(D(2000), D(1900), D(10), D(190)),
        denial(
            "NotEnoughMargin",
            "margin at 10 times and the fee come to 2,000.00; 1,900.00 is there for it",
            "190 would pass",
            needed=2000,
            there=1900,
            fits=190,
        ),
    ),
    (
        lambda: denials.liquidation_too_close(D("0.0925"), D("0.10"), D(180)),
        denial(
            "LiquidationTooClose",
            "a move of 9.2 % against all positions would liquidate; 10 % has to be survived",
            "180 would pass",
            distance="0.0925",
            limit="0.1",
            fits=180,
        ),
    ),
    (
        lambda: denials.too_many_orders(51, D(50)),
        denial("TooManyOrders", "51 orders are open, and 50 is the limit", "cancel one first", open=51, limit=50),
    ),
    (
        lambda: denials.carry_too_thin(D("40.04"), D(14), D("0.002")),
        denial(
            "CarryTooThin",
            "the costs would be earned back in 40.0 days; 14 is the limit",
            "a rate of 0.0143 % a day would pass, or lower fees",
            limit=14,
            cost="0.002",
            least="0.000143",
        ),
    ),
    (
        lambda: denials.carry_too_thin(D("Infinity"), D(15), D("0.0021")),
        denial(
            "CarryTooThin",
            "holding it earns nothing, so the costs are never earned back; 15 days are the limit",
            "a rate of 0.014 % a day would pass, or lower fees",
            limit=15,
            cost="0.0021",
            least="0.00014",
        ),
    ),
    (
        lambda: denials.carry_too_thin(D(20), D(16), D("0.002002")),
        denial(
            "CarryTooThin",
            "the costs would be earned back in 20.0 days; 16 is the limit",
            "a rate of 0.0126 % a day would pass, or lower fees",  # 0.000125125, and never less than that
            limit=16,
            cost="0.002002",
            least="0.000126",
        ),
    ),
    *(
        (
            partial(denials.no_stop, D("100.50"), direction),
            denial(
                "NoStop",
                "without a stop there is no size",
                f"a stop {side} 100.5 would pass, or a default stop, or a fixed quantity",
                price="100.5",
            ),
        )
        for direction, side in ((1, "below"), (-1, "above"))
    ),
    *(
        (
            partial(denials.stop_on_wrong_side, D(stop), D(100), direction),
            denial(
                "StopOnWrongSide",
                f"the stop {stop} is on the winning side of 100",
                f"a stop {side} 100 would pass",
                stop=stop,
                price=100,
            ),
        )
        for direction, side, stop in ((1, "below", 101), (-1, "above", 99))
    ),
]


@pytest.mark.parametrize(("found", "expected"), TABLE, ids=[expected.code for _, expected in TABLE])
def test_a_refusal_says_what_it_should(found: Callable[[], Denial], expected: Denial) -> None:
    """Word for word and number for number."""
    assert found() == expected
    assert expected.code in denials.CODES


def test_a_limit_that_is_none_has_no_age() -> None:
    """Nobody refuses by it; whoever asks for the sentence all the same is told of nothing."""
    assert denials.stale_data(PERP, 1.0, Limits(max_data_age_s=None)).numbers == (("age_s", D(1)), ("limit_s", D(0)))


def test_an_order_without_a_limit_price_is_shown_with_none() -> None:
    """It meets no collar; the sentence does not fail for it."""
    assert denials.price_collar(request(), D(100), D(105), D("0.05")).numbers[0] == ("price", D(0))
