"""Margin: what orders and positions tie up, leverage and its tiers, transfers."""

from decimal import Decimal

import pytest

from engine.errors import CommandRefused
from tests.venue_stage import OTHER, Stage, perpetual


def leveraged(leverage: int = 10, capital: int = 1_000, **options: object) -> Stage:
    """A market at 100 at this leverage."""
    stage = Stage(capital=capital, leverage=Decimal(leverage), **options)
    stage.tick(100.0)
    return stage


def test_an_order_reserves_its_initial_margin_and_the_fee_it_may_cost() -> None:
    """Ten at 99: 990 / 10 = 99, and a taker's fee of 0.99; a cancellation gives both back."""
    stage = leveraged()
    stage.buy("a", 10, "99")
    assert stage.venue.available() == Decimal("900.01")
    stage.cancel("a")
    assert stage.venue.available() == 1_000


def test_a_position_ties_up_its_margin_at_the_mark() -> None:
    """Ten bought at 100 cost a fee of 1; at 110 the margin is 110 and the profit 100: 1000 - 1 + 100 - 110."""
    stage = leveraged()
    stage.buy("a", 10)
    stage.tick(100.0)
    assert stage.venue.available() == 899
    stage.tick(110.0)
    assert stage.venue.available() == 989


def test_isolated_positions_tie_up_their_margin_at_entry_and_lend_no_profit() -> None:
    """The same position: 1000 - 1 - 100, whatever the price does."""
    stage = leveraged(margin="isolated")
    stage.buy("a", 10)
    stage.tick(100.0)
    stage.tick(110.0)
    assert stage.venue.available() == 899


def test_the_last_order_that_fits_is_let_in_and_one_lot_more_is_not() -> None:
    """1000 / (100 x (1/10 + 0.001)) = 99.0099...: 99.009 pass, 99.010 do not."""
    stage = leveraged()
    assert stage.buy("a", "99.010") == ["a rejected: InsufficientMargin"]
    assert stage.buy("b", "99.009") == ["b accepted"]


def test_closing_needs_no_margin_and_turning_around_only_what_is_added() -> None:
    """With everything in a long of 99, a sale of 198 turns it into a short of 99, and 210 are too many."""
    stage = leveraged()
    stage.buy("a", 99)
    stage.tick(100.0)
    assert stage.sell("b", 210) == ["b rejected: InsufficientMargin"]
    assert stage.sell("c", 198) == ["c accepted"]
    stage.tick(100.0)
    assert stage.held == -99


def test_several_orders_that_each_would_only_reduce_are_counted_together() -> None:
    """Long fifty, with all but 500 of margin free: a first sale of fifty is free, two more of fifty each are not."""
    stage = leveraged()
    stage.buy("a", 50)
    stage.tick(100.0)
    free = stage.venue.available()
    stage.sell("b", 50, "101")
    assert stage.venue.available() == free
    stage.sell("c", 50, "101")
    assert stage.venue.available() == free, "down to a short of fifty the margin stays the same"
    stage.sell("d", 40, "101")
    assert stage.venue.available() == free - 40 * 101 * (Decimal("0.1") + Decimal("0.001"))
    assert stage.sell("e", 60, "101") == ["e rejected: InsufficientMargin"]


def test_buys_and_sells_on_both_sides_reserve_the_larger_of_the_two() -> None:
    """Only one of them can become the position."""
    stage = leveraged()
    stage.buy("a", 10, "99")
    stage.sell("b", 10, "101")
    assert stage.venue.available() == 1_000 - 10 * 101 * (Decimal("0.1") + Decimal("0.001"))


def test_a_woken_stop_needs_its_margin_then() -> None:
    """A conditional order reserves nothing; when it wakes and the money is gone, it is cancelled by that name."""
    stage = leveraged()
    stage.buy("s", 50, type="stop_market", trigger_price=105)
    assert stage.venue.available() == 1_000
    stage.buy("a", 80, "99.9")
    assert stage.tick(105.0) == ["s triggered at 105", "s cancelled: InsufficientMargin"]


def test_more_leverage_than_the_tier_of_the_resulting_position_allows_is_refused() -> None:
    """At 50x up to 10,000 of value; 110 at 100 would be 11,000, where 20x are the most."""
    stage = leveraged(50)
    assert stage.buy("a", 110) == ["a rejected: LeverageAboveTier"]
    assert stage.buy("b", 90, "100") == ["b accepted"]
    assert stage.buy("c", 20, "100") == ["c rejected: LeverageAboveTier"]


def test_leverage_can_be_changed_as_far_as_tier_and_margin_allow() -> None:
    """With 50 at 100: not 101x, not 4x for want of margin, but 20x."""
    stage = leveraged()
    stage.buy("a", 50)
    stage.tick(100.0)
    with pytest.raises(CommandRefused, match="the leverage 101 of BTC/USDT:USDT was not between 1 and 100"):
        stage.venue.set_leverage(stage.symbol, Decimal(101))
    with pytest.raises(CommandRefused, match="the margin does not reach for 4x"):
        stage.venue.set_leverage(stage.symbol, Decimal(4))
    assert stage.venue.leverage(stage.symbol) == 10
    stage.venue.set_leverage(stage.symbol, Decimal(20))
    assert stage.venue.available() == 1_000 - 5 - 250


def test_money_comes_and_goes_as_far_as_it_is_free() -> None:
    """899 are free beside the position; 900 are not."""
    stage = leveraged()
    stage.buy("a", 10)
    stage.tick(100.0)
    with pytest.raises(CommandRefused, match="a withdrawal of 900 was more than the 899 that were free"):
        stage.venue.transfer(Decimal(-900))
    stage.news()
    stage.venue.transfer(Decimal(-899))
    assert stage.news() == ["transferred -899"]
    assert stage.venue.equity() == 100
    assert stage.venue.account.deposits == 101


def test_margin_is_shared_by_all_symbols() -> None:
    """What one market ties up, another cannot use."""
    stage = Stage(perpetual(), perpetual(OTHER), capital=1_000, leverage=Decimal(10))
    stage.tick(100.0)
    stage.tick(50.0, symbol=OTHER)
    stage.buy("a", 90, "100")
    assert stage.buy("b", 20, symbol=OTHER) == ["b rejected: InsufficientMargin"]
    assert stage.buy("c", 10, symbol=OTHER) == ["c accepted"]
