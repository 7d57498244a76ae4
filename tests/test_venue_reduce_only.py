"""Orders that can only reduce: judged at the door and for the rest of their lives."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from engine.events import Execution
from tests.venue_stage import Stage, spot


def long_two() -> Stage:
    """A long position of two."""
    stage = Stage()
    stage.tick(100.0)
    stage.buy("entry", 2)
    stage.tick(100.0)
    stage.news()
    return stage


def test_flat_or_on_the_wrong_side_there_is_nothing_to_reduce() -> None:
    """A sale while flat, and a purchase while long."""
    stage = Stage()
    stage.tick(100.0)
    assert stage.sell("a", 1, reduce_only=True) == ["a rejected: NothingToReduce"]
    stage = long_two()
    assert stage.buy("b", 1, reduce_only=True) == ["b rejected: NothingToReduce"]
    assert stage.buy("c", 1, type="stop_market", trigger_price=110, reduce_only=True) == ["c rejected: NothingToReduce"]


def test_what_is_larger_than_the_position_is_cut_to_it() -> None:
    """Five are asked for and two are held: the order says so and closes two."""
    stage = long_two()
    assert stage.sell("a", 5, reduce_only=True) == ["a accepted", "a amended to 2 at market"]
    assert stage.tick(100.0) == ["a sold 2 at 100 as taker"]
    assert stage.held == 0


def test_a_resting_order_shrinks_with_the_position_and_goes_with_it() -> None:
    """A sale of 1.5 leaves 0.5; another 0.5 leaves nothing."""
    stage = long_two()
    stage.sell("a", 2, "110", reduce_only=True)
    stage.sell("b", 1.5)
    assert stage.tick(100.0) == ["b sold 1.5 at 100 as taker", "a amended to 0.5 at 110"]
    stage.sell("c", 0.5)
    assert stage.tick(100.0) == ["c sold 0.5 at 100 as taker", "a cancelled: ReduceOnly"]


def test_a_position_that_flips_takes_its_reducing_orders_with_it() -> None:
    """Long two, sold three: the resting sale is on the wrong side now."""
    stage = long_two()
    stage.sell("a", 2, "110", reduce_only=True)
    stage.sell("s", 2, type="stop_market", trigger_price=90, reduce_only=True)
    stage.sell("b", 3)
    assert stage.tick(100.0) == ["b sold 3 at 100 as taker", "a cancelled: ReduceOnly", "s cancelled: ReduceOnly"]
    assert stage.held == -1


def test_an_order_that_waits_for_its_price_is_cut_as_well() -> None:
    """Two sales are on their way in one instant; the second finds half of what it wanted."""
    stage = long_two()
    stage.sell("a", 1.5)
    stage.sell("b", 1, reduce_only=True)
    assert stage.tick(100.0) == [
        "a sold 1.5 at 100 as taker",
        "b amended to 0.5 at market",
        "b sold 0.5 at 100 as taker",
    ]


def test_one_trade_through_many_reducing_orders_never_flips() -> None:
    """Three sales of two each rest above a position of two; a jump through all of them sells two."""
    stage = long_two()
    for name, price in (("a", "110"), ("b", "111"), ("c", "110")):
        stage.sell(name, 2, price, reduce_only=True)
    assert stage.tick(120.0) == ["a sold 2 at 110 as maker", "b cancelled: ReduceOnly", "c cancelled: ReduceOnly"]
    assert stage.held == 0
    assert stage.open_ids() == []


def test_on_spot_reducing_means_selling_what_is_held() -> None:
    """Ten coins are not held; the two that are, less their fee in coin, are sold in whole lots."""
    stage = Stage(spot())
    stage.tick(100.0)
    assert stage.sell("a", 1, reduce_only=True) == ["a rejected: NothingToReduce"]
    stage.buy("b", 2)
    stage.tick(100.0)
    assert stage.held == Decimal("1.998")
    assert stage.sell("c", 10, reduce_only=True) == ["c accepted", "c amended to 1.998 at market"]
    stage.tick(100.0)
    assert stage.held == 0


SIDES = st.sampled_from((1, -1))
QUANTITIES = st.integers(1, 3_000).map(lambda lots: lots / 1_000)
OFFSETS = st.integers(-30, 30)
KINDS = st.sampled_from(("market", "limit", "reduce market", "reduce limit", "reduce stop", "tick"))
ACTS = st.tuples(KINDS, SIDES, QUANTITIES, OFFSETS)


@given(st.lists(ACTS, max_size=40))
def test_a_reducing_order_never_makes_a_position_larger_or_turns_it(story: list[tuple[str, int, float, int]]) -> None:
    """Whatever else fills meanwhile: before each fill of a reducing order there is at least as much to close."""
    stage = Stage(capital=1_000_000)
    stage.tick(100.0)
    for number, (kind, side, quantity, offset) in enumerate(story):
        price = f"{100 + offset / 10:.1f}"
        if kind == "tick":
            stage.tick(float(price), quantity, side)
        elif kind == "reduce stop":
            stage.order(f"reduce-{number}", side, quantity, type="stop_market", trigger_price=price, reduce_only=True)
        else:
            limit = price if kind.endswith("limit") else None
            is_reducing = kind.startswith("reduce")
            name = f"reduce-{number}" if is_reducing else f"free-{number}"
            stage.order(name, side, quantity, limit, reduce_only=is_reducing)
    stage.tick(90.0)
    stage.tick(110.0)
    held = Decimal(0)
    for event in stage.events:
        if isinstance(event, Execution):
            signed = event.quantity * event.side
            if event.order_id.startswith("reduce"):
                assert held * signed < 0, "it would have made the position larger"
                assert abs(signed) <= abs(held), "it would have turned the position around"
            held += signed
    assert held == stage.held
