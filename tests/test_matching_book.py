"""Fidelity A: orders against a kept book, level by level, with a place in the queue."""

from decimal import Decimal

from tests.venue_stage import FOK, IOC, POST_ONLY, Stage


def staged(**options: object) -> Stage:
    """A book of three levels on either side around 100."""
    stage = Stage(**options)  # type: ignore[arg-type]
    stage.book({99.9: 1.0, 99.8: 2.0, 99.7: 3.0}, {100.1: 1.0, 100.2: 2.0, 100.3: 3.0}, snapshot=True)
    return stage


def test_a_market_order_walks_the_levels_best_first() -> None:
    """Two and a half lots take all of the first level and three quarters of the second."""
    stage = staged()
    assert stage.buy("a", 2.5) == [
        "a accepted",
        "a bought 1 at 100.1 as taker",
        "a bought 1.5 at 100.2 as taker",
    ]
    assert stage.buy("b", 1, "100.2") == ["b accepted", "b bought 0.5 at 100.2 as taker"]
    assert stage.open_ids() == ["b"]


def test_what_the_book_cannot_give_expires() -> None:
    """Six lots are offered; the seventh finds nobody."""
    stage = staged()
    assert stage.buy("a", 7)[-2:] == ["a bought 3 at 100.3 as taker", "a expired: NoLiquidity"]
    assert stage.buy("b", 1) == ["b accepted", "b expired: NoLiquidity"]


def test_a_limit_takes_within_its_price_and_rests_with_what_is_left() -> None:
    """The rest is the new best bid, and the next seller meets it."""
    stage = staged()
    assert stage.buy("a", 3, "100.1") == ["a accepted", "a bought 1 at 100.1 as taker"]
    assert stage.tick(100.1, 0.5, -1) == ["a bought 0.5 at 100.1 as maker"]


def test_immediate_or_cancel_takes_what_is_there() -> None:
    """Three lots are within 100.2; the fourth expires."""
    stage = staged()
    assert stage.buy("a", 4, "100.2", time_in_force=IOC) == [
        "a accepted",
        "a bought 1 at 100.1 as taker",
        "a bought 2 at 100.2 as taker",
        "a expired: ImmediateOrCancel",
    ]


def test_fill_or_kill_is_all_or_nothing() -> None:
    """Three lots are within 100.2: four are killed untouched, three are filled."""
    stage = staged()
    assert stage.buy("a", 4, "100.2", time_in_force=FOK) == ["a accepted", "a expired: FillOrKill"]
    assert stage.buy("b", 3, "100.2", time_in_force=FOK)[1:] == [
        "b bought 1 at 100.1 as taker",
        "b bought 2 at 100.2 as taker",
    ]


def test_post_only_is_cancelled_where_it_would_take() -> None:
    """One tick lower it rests."""
    stage = staged()
    assert stage.buy("a", 1, "100.1", time_in_force=POST_ONLY) == ["a accepted", "a cancelled: PostOnlyWouldCross"]
    assert stage.buy("b", 1, "100", time_in_force=POST_ONLY) == ["b accepted"]


def test_trades_consume_the_queue_ahead_and_then_us() -> None:
    """Behind one lot at 99.9: a seller of 0.7 leaves 0.3 ahead, the next of 0.5 gives us 0.2."""
    stage = staged()
    stage.buy("a", 1, "99.9")
    assert stage.tick(99.9, 0.7, -1) == []
    assert stage.tick(99.9, 0.5, -1) == ["a bought 0.2 at 99.9 as maker"]


def test_a_level_that_shrinks_below_our_place_moves_us_forward() -> None:
    """Of two lots ahead 1.5 were withdrawn; a level that grows again grows behind us."""
    stage = staged()
    stage.buy("a", 1, "99.8")
    stage.book({99.9: 0.0})
    stage.book({99.8: 0.5})
    stage.book({99.8: 9.0})
    assert stage.tick(99.8, 0.6, -1) == ["a bought 0.1 at 99.8 as maker"]


def test_the_lots_between_two_own_orders_are_others_who_came_between() -> None:
    """Ahead of the first stand 1, then three more joined before the second: 1 + 1 + 3 lots until its turn."""
    stage = staged()
    stage.buy("a", 1, "99.9")
    stage.book({99.9: 4.0})
    stage.buy("b", 1, "99.9")
    assert stage.tick(99.9, 2.0, -1) == ["a bought 1 at 99.9 as maker"]
    assert stage.tick(99.9, 2.9, -1) == []
    assert stage.tick(99.9, 0.2, -1) == ["b bought 0.1 at 99.9 as maker"]


def test_others_who_cross_our_price_are_the_takers() -> None:
    """An ask of 0.4 appears at our bid: it trades with us at our price and is gone from the book."""
    stage = staged()
    stage.buy("a", 1, "100")
    assert stage.book(None, {100.0: 0.4}) == ["a bought 0.4 at 100 as maker"]
    assert stage.book(None, {99.9: 5.0}) == ["a bought 0.6 at 100 as maker"]


def test_an_own_order_stands_behind_others_at_its_level_and_stops_the_taker() -> None:
    """Our offer at 100.2 stands behind two lots: our purchase takes one and two, and expires before itself."""
    stage = staged()
    stage.sell("a", 1, "100.2")
    assert stage.buy("b", 6) == [
        "b accepted",
        "b bought 1 at 100.1 as taker",
        "b bought 2 at 100.2 as taker",
        "b expired: SelfMatch",
    ]
    assert stage.open_ids() == ["a"]


def test_a_snapshot_forgets_the_old_book() -> None:
    """Only what the snapshot has can be bought."""
    stage = staged()
    stage.book({98.0: 1.0}, {98.5: 1.0}, snapshot=True)
    assert stage.buy("a", 2) == ["a accepted", "a bought 1 at 98.5 as taker", "a expired: NoLiquidity"]


def test_a_bid_that_overran_old_asks_removes_them() -> None:
    """The venue told the new bid first: the asks at and below it are gone, the rest stands."""
    stage = staged()
    stage.book({100.2: 4.0})
    assert stage.buy("a", 9) == ["a accepted", "a bought 3 at 100.3 as taker", "a expired: NoLiquidity"]


def test_a_limit_deeper_than_the_visible_book_does_not_know_its_place() -> None:
    """Nothing is known about 99.5 until it is shown: then everything shown there is ahead."""
    stage = staged()
    stage.buy("a", 1, "99.5")
    assert stage.tick(99.5, 50.0, -1) == []
    stage.book({99.9: 0.0, 99.8: 0.0, 99.7: 0.0, 99.5: 2.0})
    assert stage.tick(99.5, 2.5, -1) == ["a bought 0.5 at 99.5 as maker"]


def test_the_best_bid_alone_is_a_book_of_one_level() -> None:
    """From quotes, a market order gets the size that is quoted, once."""
    stage = Stage()
    stage.quote(99.9, 100.1, 2.0, 3.0)
    assert stage.buy("a", 2) == ["a accepted", "a bought 2 at 100.1 as taker"]
    assert stage.buy("b", 2) == ["b accepted", "b bought 1 at 100.1 as taker", "b expired: NoLiquidity"]
    stage.quote(99.9, 100.1, 2.0, 3.0)
    assert stage.sell("c", 3) == ["c accepted", "c sold 2 at 99.9 as taker", "c expired: NoLiquidity"]


def test_a_quote_that_comes_down_to_our_bid_trades_with_it() -> None:
    """The ask falls to our 100.0 with 0.5, and below it with the rest."""
    stage = Stage()
    stage.quote(99.9, 100.1, 2.0, 3.0)
    stage.buy("a", 1, "100")
    assert stage.quote(99.8, 100.0, 2.0, 0.5) == ["a bought 0.5 at 100 as maker"]
    assert stage.quote(99.7, 99.9, 2.0, 9.0) == ["a bought 0.5 at 100 as maker"]


def test_behind_a_quote_our_place_becomes_known_when_our_price_is_the_best() -> None:
    """At 99.8 below the best bid: when 99.8 is quoted with two lots, they are ahead of us."""
    stage = Stage()
    stage.quote(99.9, 100.1, 2.0, 3.0)
    stage.buy("a", 1, "99.8")
    assert stage.tick(99.8, 1.0, -1) == []
    stage.quote(99.8, 100.1, 2.0, 3.0)
    assert stage.tick(99.8, 2.25, -1) == ["a bought 0.25 at 99.8 as maker"]
    assert stage.tick(99.7, 0.01, -1) == ["a bought 0.75 at 99.8 as maker"]


class Wall:
    """A depth source with two levels of one lot on each side, always the same."""

    def levels(self, symbol: str, side: int, now_ns: int) -> list[tuple[int, int]]:
        """Ticks and lots, best first."""
        return [(999, 1_000), (998, 1_000)] if side > 0 else [(1_001, 1_000), (1_002, 1_000)]


def test_depth_is_asked_when_it_is_needed_and_remembers_what_we_took_in_that_instant() -> None:
    """A second order in the same instant finds the second level; a microsecond later the first is back."""
    stage = Stage(depth=Wall())
    assert stage.buy("a", 1) == ["a accepted", "a bought 1 at 100.1 as taker"]
    assert stage.buy("b", 2) == ["b accepted", "b bought 1 at 100.2 as taker", "b expired: NoLiquidity"]
    stage.pass_time()
    assert stage.buy("c", 1) == ["c accepted", "c bought 1 at 100.1 as taker"]


def test_an_order_joins_the_depth_that_is_there() -> None:
    """One lot stands at 99.9 before us."""
    stage = Stage(depth=Wall())
    stage.buy("a", 1, "99.9")
    assert stage.tick(99.9, 1.5, -1) == ["a bought 0.5 at 99.9 as maker"]


def test_an_order_that_came_before_any_data_meets_the_first_book() -> None:
    """It waits, and then takes what the first snapshot has."""
    stage = Stage()
    stage.buy("a", 1)
    assert stage.book({99.0: 1.0}, {100.0: 2.0}, snapshot=True) == ["a bought 1 at 100 as taker"]


def test_where_nobody_trades_the_middle_of_the_book_wakes_stops() -> None:
    """Book updates alone: the middle falls from 100 to 95."""
    stage = staged()
    stage.buy("e", 1)
    stage.sell("s", 1, type="stop_market", trigger_price=96, reduce_only=True)
    assert stage.book({95.9: 5.0}, {96.2: 5.0}, snapshot=True) == []
    assert stage.book({94.9: 5.0}, {95.1: 5.0}, snapshot=True) == ["s triggered at 96", "s sold 1 at 94.9 as taker"]


def test_where_only_quotes_are_told_the_middle_liquidates() -> None:
    """Twenty at 100 and 10x, isolated: at a middle of 91 they are gone."""
    stage = Stage(leverage=Decimal(10), margin="isolated")
    stage.quote(99.9, 100.0, 50.0, 50.0)
    stage.buy("e", 20)
    assert stage.quote(91.0, 91.1, 50.0, 50.0) == []
    assert stage.quote(90.9, 91.1, 50.0, 50.0) == ["liquidation-1 sold 20 at 90 as liquidation"]
