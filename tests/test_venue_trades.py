"""Trades alone: what an order gets when only the prices of others are known."""

from engine.events import Execution
from engine.simulation.venue import Latency
from tests.venue_stage import FOK, IOC, POST_ONLY, Stage


def test_a_market_order_fills_at_the_next_trade_made_worse_by_the_slippage() -> None:
    """One basis point of 100 is 0.01, and a tick is 0.1: the buyer pays 100.2, the seller gets 99.9."""
    stage = Stage(slippage_bps=1.0)
    stage.tick(100.0)
    assert stage.buy("a", 2) == ["a accepted"]
    assert stage.tick(100.1) == ["a bought 2 at 100.2 as taker"]
    assert stage.sell("b", 2) == ["b accepted"]
    assert stage.tick(100.0) == ["b sold 2 at 99.9 as taker"]


def test_an_order_is_never_filled_by_a_trade_before_its_arrival() -> None:
    """With a latency of 10 us, trades a microsecond apart pass by until the order is there."""
    stage = Stage(latency=Latency(entry_ns=10_000, report_ns=5_000))
    stage.tick(100.0)
    sent_at = stage.timeline.now_ns
    stage.buy("a", 1)
    for price in (101.0, 102.0, 103.0, 104.0, 105.0, 106.0, 107.0, 108.0, 109.0):
        assert stage.tick(price) == []
    assert stage.tick(110.0) == []
    while len(stage.events) < 2:
        stage.tick(111.0)
    accepted, filled = stage.events
    assert (accepted.ts, filled.ts) == (sent_at + 10_000, sent_at + 10_000)
    assert stage.timeline.now_ns == sent_at + 15_000, "the answers take five microseconds back"
    assert isinstance(filled, Execution)
    assert filled.price == 110


def test_a_resting_limit_at_the_price_fills_by_what_sellers_bring() -> None:
    """Buyers at our bid mean nothing to it; a seller of 0.4 fills 0.4, an unknown taker the rest it has."""
    stage = Stage()
    stage.tick(101.0)
    assert stage.buy("a", 1, "100") == ["a accepted"]
    assert stage.tick(100.0, 5.0, +1) == []
    assert stage.tick(100.0, 0.4, -1) == ["a bought 0.4 at 100 as maker"]
    assert stage.tick(100.0, 0.5, 0) == ["a bought 0.5 at 100 as maker"]
    assert stage.tick(100.0, 9.0, -1) == ["a bought 0.1 at 100 as maker"]
    assert stage.tick(100.0, 9.0, -1) == []


def test_a_trade_through_the_price_fills_a_limit_whole_at_its_own_price() -> None:
    """However little was traded at 99.9, whoever bid 100 was served before."""
    stage = Stage()
    stage.tick(101.0)
    stage.buy("a", 3, "100")
    assert stage.tick(99.9, 0.001, +1) == ["a bought 3 at 100 as maker"]


def test_two_orders_at_one_price_are_served_in_the_order_of_their_arrival() -> None:
    """A trade of 1.5 fills the first of two orders of one, and half of the second."""
    stage = Stage()
    stage.tick(101.0)
    stage.buy("a", 1, "100")
    stage.buy("b", 1, "100")
    assert stage.tick(100.0, 1.5, -1) == ["a bought 1 at 100 as maker", "b bought 0.5 at 100 as maker"]


def test_a_better_price_is_served_before_an_older_order() -> None:
    """Price comes before time."""
    stage = Stage()
    stage.tick(101.0)
    stage.buy("a", 1, "100")
    stage.buy("b", 1, "100.5")
    assert stage.tick(100.0, 0.1, -1) == ["b bought 1 at 100.5 as maker", "a bought 0.1 at 100 as maker"]


def test_a_marketable_limit_takes_at_the_next_trade_but_never_beyond_its_limit() -> None:
    """Ten basis points on 100 would be 100.1; the limit of 100 keeps it at 100."""
    stage = Stage(slippage_bps=10.0)
    stage.tick(99.9)
    assert stage.buy("a", 1, "100") == ["a accepted"]
    assert stage.tick(100.0) == ["a bought 1 at 100 as taker"]


def test_a_limit_that_the_next_trade_left_behind_rests() -> None:
    """It was marketable when it arrived; the next price is above it, so it waits as a maker."""
    stage = Stage()
    stage.tick(99.9)
    stage.buy("a", 1, "100")
    assert stage.tick(100.5) == []
    assert stage.tick(99.9) == ["a bought 1 at 100 as maker"]


def test_immediate_orders_are_judged_at_the_next_trade() -> None:
    """Within the limit they fill whole, beyond it they expire by their own name."""
    stage = Stage()
    stage.tick(100.0)
    stage.buy("a", 1, "100", time_in_force=IOC)
    stage.buy("b", 1, "100", time_in_force=FOK)
    stage.buy("c", 1, "101", time_in_force=FOK)
    assert stage.tick(100.5) == [
        "a expired: ImmediateOrCancel",
        "b expired: FillOrKill",
        "c bought 1 at 100.5 as taker",
    ]


def test_a_post_only_order_at_the_last_price_is_cancelled_and_below_it_rests() -> None:
    """Without a book the last price is the best guess of where one would take."""
    stage = Stage()
    stage.tick(100.0)
    assert stage.buy("a", 1, "100", time_in_force=POST_ONLY) == ["a accepted", "a cancelled: PostOnlyWouldCross"]
    assert stage.buy("b", 1, "99.9", time_in_force=POST_ONLY) == ["b accepted"]
    assert stage.open_ids() == ["b"]


def test_orders_before_the_first_trade_wait_for_it() -> None:
    """No price is known: a market order and a limit both find out at the first trade."""
    stage = Stage()
    stage.buy("a", 1)
    stage.buy("b", 1, "99")
    assert stage.tick(100.0) == ["a bought 1 at 100 as taker"]
    assert stage.open_ids() == ["b"]


def test_an_order_before_the_first_trade_still_needs_its_margin() -> None:
    """What could not be checked at the door is checked when there is a price."""
    stage = Stage(capital=100)
    assert stage.buy("a", 2) == ["a accepted"]
    assert stage.tick(100.0) == ["a cancelled: InsufficientMargin"]
    assert stage.held == 0


def test_an_own_order_is_never_the_other_side_of_one() -> None:
    """A sale that would reach our own bid of 100 expires instead."""
    stage = Stage()
    stage.tick(101.0)
    stage.buy("a", 1, "100")
    stage.sell("b", 1)
    assert stage.tick(100.0, 0.2, +1) == ["b expired: SelfMatch"]
    assert stage.open_ids() == ["a"]


def test_prices_between_two_ticks_touch_only_what_they_reached() -> None:
    """100.04 is above a bid of 100.0, 99.96 is through it, though both are nearest to it."""
    stage = Stage()
    stage.tick(101.0)
    stage.buy("a", 1, "100")
    assert stage.tick(100.04, 9.0, -1) == []
    assert stage.tick(99.96, 0.001, -1) == ["a bought 1 at 100 as maker"]
