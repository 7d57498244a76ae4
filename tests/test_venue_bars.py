"""Bars: the next open, gaps, and the worst order of what happens inside."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.events import Execution
from engine.simulation.venue import Latency
from tests.venue_stage import FOK, IOC, MARK, MINUTE, POST_ONLY, Stage, perpetual


def after_one_bar(**options: object) -> Stage:
    """A first bar around 100 is over; it is the moment at which the next one opens."""
    stage = Stage(**options)  # type: ignore[arg-type]
    stage.bar(100.0, 101.0, 99.0, 100.0)
    return stage


def long_one(**options: object) -> Stage:
    """A long position of one, bought at the open of the second bar, which is over."""
    stage = after_one_bar(**options)
    stage.buy("entry", 1)
    stage.bar(100.0, 100.5, 99.5, 100.0)
    stage.news()
    return stage


def test_an_order_fills_at_the_next_open_with_slippage() -> None:
    """Ten basis points on 102.0 are 102.102, rounded against the buyer: 102.2."""
    stage = after_one_bar(slippage_bps=10.0)
    assert stage.buy("a", 1) == ["a accepted"]
    assert stage.open_bar(102.0) == ["a bought 1 at 102.2 as taker"]


def test_an_order_that_arrives_inside_a_bar_waits_for_the_next_open() -> None:
    """Latency carries it past the open; what the bar does in between is nothing it could have seen."""
    stage = after_one_bar(latency=Latency(entry_ns=1_000_000))
    stage.buy("a", 1)
    stage.buy("b", 1, "99")
    assert stage.open_bar(100.0) == []
    assert stage.close_bar(100.0, 105.0, 90.0, 104.0) == ["a accepted", "b accepted"]
    assert stage.open_bar(104.0) == ["a bought 1 at 104 as taker"]
    assert stage.close_bar(104.0, 105.0, 99.0, 100.0) == ["b bought 1 at 99 as maker"]


def test_an_order_at_the_very_moment_of_the_open_gets_the_open() -> None:
    """The first bar that starts at or after the order is this one."""
    stage = after_one_bar()
    stage.open_bar(102.0)
    assert stage.buy("a", 1) == ["a accepted", "a bought 1 at 102 as taker"]


def test_a_limit_at_or_beyond_the_open_takes_it_and_never_pays_more_than_its_limit() -> None:
    """A limit of 103 at an open of 102 pays 102; with ten basis points of slippage a limit of 102 still pays 102."""
    stage = after_one_bar()
    stage.buy("a", 1, "103")
    assert stage.open_bar(102.0) == ["a bought 1 at 102 as taker"]
    stage = after_one_bar(slippage_bps=10.0)
    stage.buy("a", 1, "102")
    assert stage.open_bar(102.0) == ["a bought 1 at 102 as taker"]


def test_a_resting_limit_fills_inside_the_bar_when_it_is_touched() -> None:
    """The low is exactly its price."""
    stage = after_one_bar()
    stage.buy("a", 1, "98")
    assert stage.bar(100.0, 101.0, 98.1, 100.0) == []
    assert stage.bar(100.0, 101.0, 98.0, 100.0) == ["a bought 1 at 98 as maker"]


def test_a_resting_limit_that_a_gap_jumped_over_fills_at_its_own_price() -> None:
    """Sellers met it on their way down to 95."""
    stage = after_one_bar()
    stage.buy("a", 1, "98")
    stage.bar(100.0, 101.0, 99.0, 100.0)
    assert stage.open_bar(95.0) == ["a bought 1 at 98 as maker"]


@pytest.mark.parametrize(("terms", "end"), [(IOC, "a expired: ImmediateOrCancel"), (FOK, "a expired: FillOrKill")])
def test_immediate_orders_are_judged_at_the_open(terms: object, end: str) -> None:
    """99 is not reached by an open of 100."""
    stage = after_one_bar()
    stage.buy("a", 1, "99", time_in_force=terms)
    assert stage.open_bar(100.0) == [end]


def test_post_only_is_judged_by_the_last_close() -> None:
    """At 100 it would take; at 99.9 it rests, and is filled as a maker."""
    stage = after_one_bar()
    assert stage.buy("a", 1, "100", time_in_force=POST_ONLY)[1:] == ["a cancelled: PostOnlyWouldCross"]
    stage.buy("b", 1, "99.9", time_in_force=POST_ONLY)
    assert stage.open_bar(99.0) == ["b bought 1 at 99.9 as maker"]


def test_a_stop_inside_the_bar_trades_at_its_trigger_with_slippage() -> None:
    """Ten basis points below 95 are 94.905, rounded against the seller: 94.9."""
    stage = long_one(slippage_bps=10.0)
    stage.sell("s", 1, type="stop_market", trigger_price=95)
    assert stage.bar(100.0, 101.0, 94.0, 99.0) == ["s triggered at 95", "s sold 1 at 94.9 as taker"]


def test_a_stop_that_a_gap_jumped_over_trades_at_the_open() -> None:
    """Nothing between 95 and 90 could be had."""
    stage = long_one()
    stage.sell("s", 1, type="stop_market", trigger_price=95)
    assert stage.open_bar(90.0) == ["s triggered at 95", "s sold 1 at 90 as taker"]


def test_where_both_were_touched_the_stop_goes_before_the_target() -> None:
    """The worse of the two is assumed."""
    stage = after_one_bar()
    stage.buy("a", 1, stop=95, target=105)
    stage.bar(100.0, 101.0, 99.0, 100.0)
    stage.news()
    assert stage.bar(100.0, 106.0, 94.0, 105.0) == [
        "a.stop triggered at 95",
        "a.stop sold 1 at 95 as taker",
        "a.target cancelled: CancelledBySibling",
    ]


def test_a_target_alone_is_filled_at_its_price() -> None:
    """The stop was not touched."""
    stage = after_one_bar()
    stage.buy("a", 1, stop=95, target=105)
    stage.open_bar(100.0)
    assert stage.close_bar(100.0, 106.0, 96.0, 105.0) == [
        "a.target sold 1 at 105 as maker",
        "a.stop cancelled: CancelledBySibling",
    ]


def test_exits_of_an_entry_at_the_open_work_in_the_same_bar() -> None:
    """They were placed at the open, before anything else happened in the bar."""
    stage = after_one_bar()
    stage.buy("a", 1, stop=95, target=105)
    stage.open_bar(100.0)
    assert stage.close_bar(100.0, 104.0, 94.0, 100.0) == [
        "a.stop triggered at 95",
        "a.stop sold 1 at 95 as taker",
        "a.target cancelled: CancelledBySibling",
    ]


def test_an_entry_inside_the_bar_meets_its_stop_in_the_same_bar() -> None:
    """The price fell through 98 on its way to 94, so that the stop at 95 came after the entry."""
    stage = after_one_bar()
    stage.buy("a", 1, "98", stop=95, target=105)
    said = stage.bar(100.0, 106.0, 94.0, 105.5)
    assert [line for line in said if "accepted" not in line and "amended" not in line] == [
        "a bought 1 at 98 as maker",
        "a.stop triggered at 95",
        "a.stop sold 1 at 95 as taker",
        "a.target cancelled: CancelledBySibling",
    ]


@pytest.mark.parametrize(("close", "is_filled"), [(105.5, True), (104.9, False)])
def test_a_target_born_inside_the_bar_needs_the_close_beyond_it(close: float, is_filled: bool) -> None:
    """The high of 106 may have been before the entry; a close beyond 105 is certainly after it."""
    stage = after_one_bar()
    stage.buy("a", 1, "98", stop=95, target=105)
    said = stage.bar(100.0, 106.0, 97.0, close)
    assert ("a.target sold 1 at 105 as maker" in said) is is_filled


def test_a_limit_that_adds_fills_before_the_liquidation_and_a_target_after_it() -> None:
    """Long twenty at 100 and 10x: at 91 it is lost; the bid at 95 was on the way, the target at 105 is not believed."""
    stage = after_one_bar(leverage=Decimal(10), margin="isolated", capital=1_000)
    stage.buy("a", 20)
    stage.bar(100.0, 100.0, 100.0, 100.0)
    stage.buy("b", 1, "95")
    stage.sell("t", 20, "105", reduce_only=True)
    stage.open_bar(100.0)
    assert stage.close_bar(100.0, 106.0, 88.0, 104.0)[:3] == [
        "b bought 1 at 95 as maker",
        "t cancelled: Liquidation",
        "liquidation-1 sold 21 at 89.8 as liquidation",
    ]


def test_a_stop_nearer_than_the_liquidation_saves_the_rest() -> None:
    """Liquidation at 91, stop at 92, and a low of 80."""
    stage = after_one_bar(leverage=Decimal(10), margin="isolated", capital=1_000)
    stage.buy("a", 20, stop=92)
    stage.bar(100.0, 100.0, 100.0, 100.0)
    stage.news()
    assert stage.bar(100.0, 101.0, 80.0, 90.0) == ["a.stop triggered at 92", "a.stop sold 20 at 92 as taker"]


def test_a_stop_farther_than_the_liquidation_comes_too_late() -> None:
    """Liquidation at 91, stop at 90.5."""
    stage = after_one_bar(leverage=Decimal(10), margin="isolated", capital=1_000)
    stage.buy("a", 20, stop="90.5")
    stage.bar(100.0, 100.0, 100.0, 100.0)
    stage.news()
    assert stage.bar(100.0, 101.0, 80.0, 90.0) == [
        "a.stop cancelled: Liquidation",
        "liquidation-1 sold 20 at 90 as liquidation",
    ]


def test_in_cross_a_bar_liquidates_at_the_price_where_it_happened() -> None:
    """1000 behind 20 at 100 end at 1000 / 19.8 = 50.505..., on the grid 50.5, though the low was 20."""
    free = perpetual(fee_taker=Decimal(0))
    stage = Stage(free, leverage=Decimal(10), capital=1_000)
    stage.bar(100.0, 101.0, 99.0, 100.0)
    stage.buy("a", 20)
    stage.bar(100.0, 100.0, 100.0, 100.0)
    stage.news()
    assert stage.bar(100.0, 101.0, 20.0, 90.0) == ["liquidation-1 sold 20 at 50.5 as liquidation"]


def test_bars_of_the_mark_decide_about_liquidation() -> None:
    """The trades dipped to 80, the mark only to 95: nothing. In the next bar the mark dips to 91."""
    stage = after_one_bar(leverage=Decimal(10), margin="isolated", capital=1_000)
    stage.buy("a", 20)
    stage.open_bar(100.0)
    stage.close_mark_bar(100.0, 100.0, 95.0, 99.0)
    assert stage.close_bar(100.0, 100.0, 80.0, 99.0) == []
    stage.open_bar(99.0)
    stage.close_mark_bar(99.0, 99.0, 91.0, 98.0)
    assert stage.close_bar(99.0, 99.0, 95.0, 98.0) == ["liquidation-1 sold 20 at 90 as liquidation"]


def test_a_stop_by_mark_trades_at_its_trigger_as_far_as_the_bar_went() -> None:
    """The mark touched 95 while trades stayed at or above 96."""
    stage = long_one()
    stage.mark(100.0)
    stage.sell("s", 1, type="stop_market", trigger_price=95, trigger_by=MARK)
    stage.open_bar(100.0)
    stage.close_mark_bar(100.0, 100.0, 95.0, 99.0)
    assert stage.close_bar(100.0, 101.0, 96.0, 99.0) == ["s triggered at 95", "s sold 1 at 96 as taker"]


def test_a_trailing_stop_is_held_against_the_low_before_it_follows_the_high() -> None:
    """Three behind 100, a low of 97.5 is above 97; then it follows the high of 106, and only a close can come after."""
    stage = long_one()
    stage.sell("t", 1, type="trailing_stop", trail=3)
    assert stage.bar(100.0, 100.0, 97.5, 99.0) == []
    assert stage.bar(99.0, 106.0, 97.5, 104.0) == []
    assert [str(order.trigger_price) for order in stage.venue.open_orders()] == ["103.0"]
    assert stage.bar(104.0, 106.0, 103.5, 104.0) == []
    assert stage.bar(104.0, 110.0, 104.0, 106.0) == ["t triggered at 107", "t sold 1 at 107 as taker"]


def test_a_stop_limit_woken_inside_the_bar_rests_when_its_limit_is_not_there() -> None:
    """Triggered at 95 with a limit of 96: the close decides whether the price came back."""
    stage = long_one()
    stage.sell("s", 1, "96", type="stop_limit", trigger_price=95)
    assert stage.bar(100.0, 100.5, 94.0, 95.5) == ["s triggered at 95"]
    assert stage.bar(95.5, 96.0, 95.0, 95.0) == ["s sold 1 at 96 as maker"]
    stage = long_one()
    stage.sell("s", 1, "96", type="stop_limit", trigger_price=95)
    assert stage.bar(100.0, 100.5, 94.0, 96.5) == ["s triggered at 95", "s sold 1 at 96 as maker"]


def test_a_limit_that_is_moved_inside_a_bar_does_not_see_that_bar() -> None:
    """It goes to 99 while the bar is on; the low of 98 may have been before."""
    stage = after_one_bar()
    stage.buy("a", 1, "90")
    stage.open_bar(100.0)
    stage.pass_time(MINUTE // 2)
    assert stage.amend("a", price="99") == ["a amended to 1 at 99"]
    assert stage.close_bar(100.0, 101.0, 98.0, 100.0) == []
    assert stage.bar(100.0, 101.0, 99.0, 100.0) == ["a bought 1 at 99 as maker"]


def test_both_sides_of_a_grid_fill_in_one_bar_nearest_first() -> None:
    """From flat: the sale at 100.5 is nearer to the open than the purchase at 99."""
    stage = after_one_bar()
    stage.buy("a", 1, "99")
    stage.sell("b", 1, "100.5")
    assert stage.bar(100.0, 101.0, 98.0, 100.0) == ["b sold 1 at 100.5 as maker", "a bought 1 at 99 as maker"]
    assert stage.held == 0


STORIES = st.lists(
    st.tuples(
        st.sampled_from(("bar", "bar", "bar", "market", "limit", "stop", "bracket", "trail", "reduce", "late")),
        st.sampled_from((1, -1)),
        st.integers(1, 3_000),
        st.lists(st.integers(-60, 60), min_size=4, max_size=4),
    ),
    max_size=40,
)


@given(story=STORIES)
def test_on_bars_the_books_hold_and_nothing_is_filled_at_a_price_that_was_not_there(
    story: list[tuple[str, int, int, list[int]]],
) -> None:
    """Takers pay what the bar had; makers get their own price; and every unit of money is where the fills put it."""
    stage = Stage(capital=2_000, leverage=Decimal(10))
    stage.bar(100.0, 101.0, 99.0, 100.0)
    limits: dict[str, Decimal] = {}
    money, held = Decimal(2_000), Decimal(0)
    seen = 0
    for number, (kind, side, lots, offsets) in enumerate(story):
        name, quantity = f"o{number}", f"{lots / 1_000:.3f}"
        prices = [100 + offset / 10 for offset in offsets]
        near = f"{prices[0]:.1f}"
        low = high = 0.0
        match kind:
            case "bar":
                low, high = min(prices), max(prices)
                stage.bar(prices[0], high, low, prices[3])
            case "market" | "reduce":
                stage.order(name, side, quantity, reduce_only=kind == "reduce")
            case "limit":
                limits[name] = Decimal(near)
                stage.order(name, side, quantity, near)
            case "late":
                limits[name] = Decimal(near)
                stage.pass_time(1)
                stage.order(name, side, quantity, near)
            case "stop":
                stage.order(name, side, quantity, type="stop_market", trigger_price=near)
            case "trail":
                stage.order(name, side, quantity, type="trailing_stop", trail=abs(offsets[0]) / 10 + 0.1)
            case _:
                limits[f"{name}.target"] = 100 + side * Decimal(3)
                stage.order(name, side, quantity, stop=100 - side * 4, target=100 + side * 3)
        for event in stage.events[seen:]:
            if isinstance(event, Execution):
                signed = event.side * event.quantity
                money -= signed * event.price + event.fee
                held += signed
                if event.maker:
                    assert event.price == limits[event.order_id]
                elif event.kind == "trade":
                    assert low - 0.05 <= float(event.price) <= high + 0.05
        seen = len(stage.events)
    assert stage.held == held
    assert stage.venue.account.equity(lambda _: Decimal("77.7")) == money + held * Decimal("77.7")
