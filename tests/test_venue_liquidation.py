"""Liquidation: isolated by price, cross by balance, and what goes first."""

from decimal import Decimal

import pytest

from engine.events import Execution
from tests.venue_stage import MARK, OTHER, Stage, perpetual


def position(side: int, quantity: str | int, leverage: int, **options: object) -> Stage:
    """A position entered at 100, without fees."""
    free = perpetual(fee_taker=Decimal(0), fee_maker=Decimal(0))
    stage = Stage(free, leverage=Decimal(leverage), **options)  # type: ignore[arg-type]
    stage.tick(100.0)
    stage.order("e", side, quantity)
    stage.tick(100.0)
    stage.mark(100.0)
    stage.news()
    return stage


def test_an_isolated_long_is_liquidated_at_its_price_and_closed_at_its_bankruptcy() -> None:
    """20 at 100 and 10x: IM 200, MM 2000 x 1 % = 20, so 100 - 180/20 = 91; all 200 are lost at 90, and the fee."""
    stage = position(1, 20, 10, capital=1_000, margin="isolated")
    assert stage.venue.liquidation_price(stage.symbol) == 91
    assert stage.mark(91.1) == []
    assert stage.mark(91.0) == ["liquidation-1 sold 20 at 90 as liquidation"]
    (execution,) = [event for event in stage.events[-1:] if isinstance(event, Execution)]
    assert execution.fee == 9, "20 x 90 x 0.5 %"
    assert stage.venue.equity() == 1_000 - 200 - 9
    assert stage.held == 0


def test_an_isolated_short_is_the_mirror() -> None:
    """At 109, closed at 110."""
    stage = position(-1, 20, 10, capital=1_000, margin="isolated")
    assert stage.venue.liquidation_price(stage.symbol) == 109
    assert stage.mark(108.9) == []
    assert stage.mark(109.0) == ["liquidation-1 bought 20 at 110 as liquidation"]


def test_a_larger_position_stands_in_a_higher_tier() -> None:
    """200 at 100: MM 20000 x 2 % - 100 = 300, IM 2000: 100 - 1700/200 = 91.5."""
    stage = position(1, 200, 10, margin="isolated")
    assert stage.venue.liquidation_price(stage.symbol) == Decimal("91.5")
    assert stage.mark(91.6) == []
    assert stage.mark(91.5) == ["liquidation-1 sold 200 at 90 as liquidation"]


def test_without_marks_the_last_price_stands_in() -> None:
    """The same figures on trades alone."""
    stage = Stage(perpetual(fee_taker=Decimal(0)), leverage=Decimal(10), margin="isolated")
    stage.tick(100.0)
    stage.buy("e", 20)
    stage.tick(100.0)
    assert stage.tick(91.1) == []
    assert stage.tick(91.0) == ["liquidation-1 sold 20 at 90 as liquidation"]


def test_orders_of_the_symbol_are_cancelled_by_that_name() -> None:
    """Before the position goes."""
    stage = position(1, 20, 10, margin="isolated")
    stage.sell("t", 20, "120", reduce_only=True)
    stage.buy("b", 1, "80")
    assert stage.mark(90.5) == [
        "t cancelled: Liquidation",
        "b cancelled: Liquidation",
        "liquidation-1 sold 20 at 90 as liquidation",
    ]


def test_cross_lends_the_whole_balance() -> None:
    """1000 behind 20 at 100: 1000 + 20(p - 100) meets 20p x 1 % at 1000 / 19.8 = 50.505...; closed at the mark."""
    stage = position(1, 20, 10, capital=1_000)
    price = stage.venue.liquidation_price(stage.symbol)
    assert price is not None
    assert price == pytest.approx(Decimal(1000) / Decimal("19.8"), abs=Decimal("1e-20"))
    assert stage.mark(50.6) == []
    assert stage.mark(50.5) == ["liquidation-1 sold 20 at 50.5 as liquidation"]
    assert stage.venue.equity() == Decimal(1000) - 20 * Decimal("49.5") - Decimal("5.05")


def test_a_jump_beyond_the_end_closes_where_nothing_is_left() -> None:
    """At 40 the account would owe 200; it is closed at 50, where it has nothing, and the fund bears the rest."""
    stage = position(1, 20, 10, capital=1_000)
    assert stage.mark(40.0) == ["liquidation-1 sold 20 at 50 as liquidation"]
    assert stage.venue.equity() == 0


def test_a_fee_is_at_most_what_is_left() -> None:
    """At 50.2 four are left, and the fee would be 5.02."""
    stage = position(1, 20, 10, capital=1_000)
    assert stage.mark(50.2) == ["liquidation-1 sold 20 at 50.2 as liquidation"]
    assert stage.venue.equity() == 0


def test_cross_closes_the_largest_loss_first_and_stops_when_it_is_enough() -> None:
    """Long ten of each at 100 with 200: at 82 and 99.5 a balance of 15 meets a maintenance of 18.15; after the loser
    is closed for a fee of 4.1, 10.9 are left above the 9.95 of the other."""
    markets = perpetual(fee_taker=Decimal(0)), perpetual(OTHER, fee_taker=Decimal(0))
    stage = Stage(*markets, capital=200, leverage=Decimal(20))
    for symbol in (stage.symbol, OTHER):
        stage.tick(100.0, symbol=symbol)
        stage.buy(f"e-{symbol}", 10, symbol=symbol)
        stage.tick(100.0, symbol=symbol)
    assert stage.tick(99.5, symbol=OTHER) == []
    assert stage.tick(82.4) == []
    assert stage.tick(82.0) == ["liquidation-1 sold 10 at 82 as liquidation"]
    assert stage.venue.position(OTHER).quantity == 10
    assert stage.venue.equity() == Decimal(200) - 180 - 5 - Decimal("4.1")


def test_a_gain_elsewhere_carries_a_loss_in_cross() -> None:
    """Long one and short the other, both fall together to a fifth: nothing happens."""
    markets = perpetual(fee_taker=Decimal(0)), perpetual(OTHER, fee_taker=Decimal(0))
    stage = Stage(*markets, capital=200, leverage=Decimal(20))
    for symbol, side in ((stage.symbol, 1), (OTHER, -1)):
        stage.tick(100.0, symbol=symbol)
        stage.order(f"e-{symbol}", side, 10, symbol=symbol)
        stage.tick(100.0, symbol=symbol)
    for price in range(99, 20, -1):
        assert stage.tick(float(price), symbol=OTHER) == []
        assert stage.tick(float(price)) == []
    assert stage.venue.equity() == 200


def test_a_stop_nearer_than_the_liquidation_goes_first_and_a_farther_one_never() -> None:
    """Liquidation at 91: a stop at 92 sells on a jump to 90, a stop at 90.5 comes too late."""
    stage = position(1, 20, 10, margin="isolated")
    stage.sell("s", 20, type="stop_market", trigger_price=92, trigger_by=MARK, reduce_only=True)
    assert stage.mark(90.0) == ["s triggered at 92", "s sold 20 at 100 as taker"]
    stage = position(1, 20, 10, margin="isolated")
    stage.sell("s", 20, type="stop_market", trigger_price="90.5", trigger_by=MARK, reduce_only=True)
    assert stage.mark(90.0) == ["s cancelled: Liquidation", "liquidation-1 sold 20 at 90 as liquidation"]


def test_funding_can_be_the_last_straw() -> None:
    """24 against a maintenance of 18.24, and 18.24 to pay."""
    stage = position(1, 20, 10, capital=200)
    assert stage.mark(91.2) == []
    stage.venue.settle_funding(stage.symbol, Decimal("0.01"), stage.timeline.now_ns)
    assert stage.news() == ["funding -18.24", "liquidation-1 sold 20 at 91.2 as liquidation"]
    assert stage.venue.equity() == 0


def test_a_fully_paid_position_is_never_liquidated_while_the_price_is_above_its_maintenance() -> None:
    """At 1x the price is 100 - (2000 - 20)/20 = 1."""
    stage = position(1, 20, 1, capital=2_000, margin="isolated")
    assert stage.venue.liquidation_price(stage.symbol) == 1
    assert stage.mark(1.1) == []
    assert stage.held == 20


def test_an_instrument_without_tiers_is_liquidated_at_its_bankruptcy() -> None:
    """No maintenance is asked for."""
    stage = Stage(perpetual(tiers=(), fee_taker=Decimal(0)), leverage=Decimal(10), capital=200, margin="isolated")
    stage.tick(100.0)
    stage.buy("e", 20)
    stage.tick(100.0)
    assert stage.tick(90.1) == []
    assert stage.tick(90.0) == ["liquidation-1 sold 20 at 90 as liquidation"]
    assert stage.venue.equity() == 0
