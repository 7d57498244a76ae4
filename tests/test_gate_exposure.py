"""What an order adds to the account, where it is not as plain as its size times its price."""

from decimal import Decimal
from typing import Any

import pytest

from tests.denial_cases import ETH, SOL, SOL_COIN, Stage

D = Decimal


def codes(stage: Stage) -> list[str]:
    """What was refused."""
    return [denied.code for denied in stage.denied]


def test_a_limit_against_a_position_may_fill_after_it_was_closed() -> None:
    """Long 200, a sale of 350 that waits: once the 200 are closed, it would be short 350, and 300 is the most."""
    stage = Stage()
    stage.hold(1, "200")
    stage.order(-1, "350", type="limit", price="101")
    assert codes(stage) == ["LeverageTooHigh"]
    stage.order(-1, "297", type="limit", price="100")
    stage.hold(-1, "200")
    stage.trade(100.0, SOL)
    stage.settle()
    assert abs(stage.account.held(SOL)) * 100 <= 3 * stage.account.equity()


def test_an_order_at_the_market_is_set_off_against_what_it_closes() -> None:
    """Long 200, and short 200 with one order over 400: the venue closes before it opens."""
    stage = Stage()
    stage.hold(1, "200")
    stage.hold(-1, "400")
    assert stage.account.held(SOL) == -200


def test_a_sale_below_the_mark_is_worth_the_mark() -> None:
    """At a limit of 50, with others buying at 100, it is filled at 100."""
    stage = Stage()
    stage.order(-1, "400", type="limit", price="50")
    assert codes(stage) == ["LeverageTooHigh"]
    assert dict(stage.denied[0].numbers)["fits"] == 300


def test_a_sale_below_the_mark_on_its_way_in_another_symbol_is_worth_the_mark() -> None:
    """200 at a limit of 50 are 20,000 until they are filled, and after it."""
    stage = Stage()
    stage.order(-1, "200", ETH, type="limit", price="50")
    stage.order(1, "101")
    assert codes(stage) == ["LeverageTooHigh"]


def test_what_waits_at_a_low_price_does_not_make_the_rest_cheap() -> None:
    """290 held at 100, and 1,000 more at 20: the position is not valued at 20."""
    stage = Stage()
    stage.hold(1, "290")
    stage.order(1, "400", type="limit", price="20")
    assert codes(stage) == ["LeverageTooHigh"]


@pytest.mark.parametrize(("coins", "fits"), [("0", "990.099"), ("90", "99.108")])
def test_coins_are_no_margin(coins: str, fits: str) -> None:
    """Of 10,000, 9,000 are in coins: the rest carries ten times as much, and not 100,000."""
    stage = Stage(max_leverage=D(20))
    if coins != "0":
        stage.hold(1, coins, SOL_COIN)
    stage.change(ETH, max_market_quantity=D(1_000))
    stage.order(1, "1000", ETH)
    assert codes(stage) == ["NotEnoughMargin"]
    # 10 x (cash - 0.1 q) = 100 q, where the cash is 10,000 or the 1,000 that 90 coins leave
    assert abs(dict(stage.denied[0].numbers)["fits"] - D(fits)) < D("0.1")


def test_a_wish_beside_an_unknown_price_is_refused_and_not_a_fault() -> None:
    """At a start the price of what is held may still be missing when a strategy wants something else."""
    stage = Stage()
    stage.hold(1, "2", ETH)
    stage.forget_price(ETH)
    stage.wish(1, stop=95.0)
    assert codes(stage) == ["UnknownEquity"]


@pytest.mark.parametrize(("rate", "within_a_minute"), [("0.5", 1), ("1.5", 2), ("3", 3)])
def test_a_rate_that_is_no_whole_number_is_rounded_up(rate: str, within_a_minute: int) -> None:
    """So many pass, and the next does not."""
    stage = Stage(orders_per_minute=D(rate))
    for number in range(5):
        stage.order(1, str(1 + number))
    assert len(stage.passed) == within_a_minute


@pytest.mark.parametrize("words", [{"type": "trailing_stop", "trail": D("2.3")}, {"target": "110.3"}])
def test_every_price_of_an_order_has_to_be_on_the_grid(words: dict[str, Any]) -> None:
    """Also the distance of a trailing stop, and the exits that an entry brings along."""
    stage = Stage()
    stage.order(1, "1", **words)
    assert codes(stage) == ["OffTick"]
