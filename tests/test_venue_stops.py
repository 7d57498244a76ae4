"""Stops, trailing stops, and the exits that an entry brings along."""

import pytest

from tests.venue_stage import FOK, MARK, POST_ONLY, Stage


def long_one(price: float = 100.0, **options: object) -> Stage:
    """A long position of one, bought at the price."""
    stage = Stage(**options)  # type: ignore[arg-type]
    stage.tick(price)
    stage.buy("entry", 1)
    stage.tick(price)
    stage.news()
    return stage


def test_a_sell_stop_trades_at_the_trade_that_passed_it() -> None:
    """Ten basis points of slippage on 94.0 make 93.9 of it."""
    stage = long_one(slippage_bps=10.0)
    assert stage.sell("s", 1, type="stop_market", trigger_price=95) == ["s accepted"]
    assert stage.tick(95.1) == []
    assert stage.tick(94.0) == ["s triggered at 95", "s sold 1 at 93.9 as taker"]


def test_a_buy_stop_enters_above_the_market() -> None:
    """The trigger itself is enough."""
    stage = Stage()
    stage.tick(100.0)
    stage.buy("s", 1, type="stop_market", trigger_price=101)
    assert stage.tick(101.0) == ["s triggered at 101", "s bought 1 at 101 as taker"]


@pytest.mark.parametrize(("side", "trigger"), [(-1, "100"), (-1, "100.5"), (1, "100"), (1, "99.5")])
def test_a_stop_that_the_price_has_passed_already_is_refused(side: int, trigger: str) -> None:
    """At 100, a sale at or above and a purchase at or below 100 have had their moment."""
    stage = Stage()
    stage.tick(100.0)
    said = stage.order("s", side, 1, type="stop_market", trigger_price=trigger)
    assert said == ["s rejected: TriggerAlreadyPassed"]


def test_a_stop_limit_becomes_a_limit() -> None:
    """Triggered at 94.9 with a limit of 95: the market is below it, so it rests, and sells when the price is back."""
    stage = long_one()
    stage.sell("s", 1, "95", type="stop_limit", trigger_price=95.5)
    assert stage.tick(94.9) == ["s triggered at 95.5"]
    assert stage.tick(95.0, 0.3, +1) == ["s sold 0.3 at 95 as maker"]
    assert stage.tick(95.1) == ["s sold 0.7 at 95 as maker"]


def test_a_stop_limit_within_reach_takes_at_once() -> None:
    """Triggered at 95.4, it may sell down to 95."""
    stage = long_one()
    stage.sell("s", 1, "95", type="stop_limit", trigger_price=95.5)
    assert stage.tick(95.4) == ["s triggered at 95.5", "s sold 1 at 95.4 as taker"]


@pytest.mark.parametrize(
    ("terms", "end"), [(FOK, "s expired: FillOrKill"), (POST_ONLY, "s cancelled: PostOnlyWouldCross")]
)
def test_the_terms_of_a_stop_limit_hold_when_it_wakes(terms: object, end: str) -> None:
    """Fill-or-kill out of reach expires; post-only within reach is cancelled."""
    stage = long_one()
    limit = "95.3" if terms is FOK else "95"
    stage.sell("s", 1, limit, type="stop_limit", trigger_price=95.5, time_in_force=terms)
    assert stage.tick(95.2) == ["s triggered at 95.5", end]


def test_a_stop_by_mark_ignores_the_last_price() -> None:
    """Trades at 90 do not move it, a mark of 95 does; it sells at the last price."""
    stage = long_one()
    stage.mark(100.0)
    stage.sell("s", 1, type="stop_market", trigger_price=95, trigger_by=MARK)
    assert stage.tick(94.0) == []
    assert stage.mark(95.1) == []
    assert stage.mark(95.0) == ["s triggered at 95", "s sold 1 at 94 as taker"]


def test_on_a_book_a_woken_stop_takes_what_is_there() -> None:
    """Half a lot is bid; the rest of the stop finds nobody and says so."""
    stage = Stage()
    stage.book({99.9: 5.0}, {100.0: 5.0}, snapshot=True)
    stage.buy("entry", 1)
    stage.tick(100.0)
    stage.sell("s", 1, type="stop_market", trigger_price=95, reduce_only=True)
    stage.book({94.9: 0.5}, {95.0: 1.0}, snapshot=True)
    assert stage.tick(95.0) == ["s triggered at 95", "s sold 0.5 at 94.9 as taker", "s expired: NoLiquidity"]


def test_a_trailing_stop_follows_and_never_goes_back() -> None:
    """Two behind the best of 100, 104 and 103: it stands at 102."""
    stage = long_one()
    assert stage.sell("t", 1, type="trailing_stop", trail=2) == ["t accepted"]
    assert stage.tick(104.0) == []
    assert stage.tick(103.0) == []
    assert [str(order.trigger_price) for order in stage.venue.open_orders()] == ["102.0"]
    assert stage.tick(102.0) == ["t triggered at 102", "t sold 1 at 102 as taker"]


def test_a_trailing_stop_above_a_falling_market_buys_the_turn() -> None:
    """From 100 down to 97.5 and up to 99.5, two above the lowest."""
    stage = Stage()
    stage.tick(100.0)
    stage.buy("t", 1, type="trailing_stop", trail=2)
    assert stage.tick(97.5) == []
    assert stage.tick(99.4) == []
    assert stage.tick(99.5) == ["t triggered at 99.5", "t bought 1 at 99.5 as taker"]


def test_a_trailing_stop_may_start_at_a_trigger_of_its_own() -> None:
    """It starts at 97, a trail of two behind 99, and follows only from there."""
    stage = long_one()
    stage.sell("t", 1, type="trailing_stop", trail=2, trigger_price=97)
    assert [str(order.trigger_price) for order in stage.venue.open_orders()] == ["98.0"], "it follows what it sees"
    assert stage.tick(98.0) == ["t triggered at 98", "t sold 1 at 98 as taker"]


def test_exits_come_with_the_fill_and_one_ends_the_other() -> None:
    """The target fills; the stop is cancelled by its sibling."""
    stage = Stage()
    stage.tick(100.0)
    stage.buy("a", 1, stop=95, target=110)
    assert stage.tick(100.0) == [
        "a bought 1 at 100 as taker",
        "a.stop accepted",
        "a.stop amended to 1 at 95",
        "a.target accepted",
        "a.target amended to 1 at 110",
    ]
    assert stage.tick(110.1) == ["a.target sold 1 at 110 as maker", "a.stop cancelled: CancelledBySibling"]
    assert stage.open_ids() == []


def test_the_stop_of_a_short_ends_its_target() -> None:
    """Mirrored: the stop stands above."""
    stage = Stage()
    stage.tick(100.0)
    stage.sell("a", 1, stop=105, target=90)
    stage.tick(100.0)
    assert stage.tick(105.0) == [
        "a.stop triggered at 105",
        "a.stop bought 1 at 105 as taker",
        "a.target cancelled: CancelledBySibling",
    ]


def test_exits_grow_with_the_fills_of_the_entry() -> None:
    """0.4, then the remaining 0.6; each time the venue says how large they are."""
    stage = Stage()
    stage.tick(101.0)
    stage.buy("a", 1, "100", stop=95, target=110)
    assert stage.tick(100.0, 0.4, -1) == [
        "a bought 0.4 at 100 as maker",
        "a.stop accepted",
        "a.stop amended to 0.4 at 95",
        "a.target accepted",
        "a.target amended to 0.4 at 110",
    ]
    assert stage.tick(99.9) == [
        "a bought 0.6 at 100 as maker",
        "a.stop amended to 1 at 95",
        "a.target amended to 1 at 110",
    ]


def test_a_partly_filled_target_leaves_the_stop_with_the_rest() -> None:
    """0.3 sold at the target: the stop protects 0.7."""
    stage = Stage()
    stage.tick(100.0)
    stage.buy("a", 1, stop=95, target=110)
    stage.tick(100.0)
    assert stage.tick(110.0, 0.3, +1) == ["a.target sold 0.3 at 110 as maker", "a.stop amended to 0.7 at 95"]
    assert stage.tick(94.0) == [
        "a.stop triggered at 95",
        "a.stop sold 0.7 at 94 as taker",
        "a.target cancelled: CancelledBySibling",
    ]


def test_exits_go_when_the_position_is_closed_otherwise() -> None:
    """A sale by hand closes the position."""
    stage = Stage()
    stage.tick(100.0)
    stage.buy("a", 1, stop=95, target=110)
    stage.tick(100.0)
    stage.sell("b", 1)
    assert stage.tick(101.0) == [
        "b sold 1 at 101 as taker",
        "a.stop cancelled: PositionClosed",
        "a.target cancelled: PositionClosed",
    ]


def test_an_entry_that_fills_again_after_its_exits_were_closed_is_protected_again() -> None:
    """The first 0.4 are sold by hand; the next 0.6 get exits of their own."""
    stage = Stage()
    stage.tick(101.0)
    stage.buy("a", 1, "100", stop=95)
    stage.tick(100.0, 0.4, -1)
    stage.sell("b", 0.4)
    stage.tick(100.5)
    assert stage.open_ids() == ["a"]
    assert stage.tick(99.9) == [
        "a bought 0.6 at 100 as maker",
        "a.stop.2 accepted",
        "a.stop.2 amended to 0.6 at 95",
    ]


def test_a_gap_through_entry_and_stop_fills_both() -> None:
    """The bid of 100 is filled on the way; the price is 94 when its stop at 95 is placed, so that it sells there."""
    stage = Stage()
    stage.tick(101.0)
    stage.buy("a", 1, "100", stop=95, target=110)
    assert stage.tick(94.0) == [
        "a bought 1 at 100 as maker",
        "a.stop accepted",
        "a.stop amended to 1 at 95",
        "a.stop triggered at 95",
        "a.stop sold 1 at 94 as taker",
    ]
    assert stage.held == 0


@pytest.mark.parametrize(
    ("limit", "exits"),
    [
        (None, {"stop": 100}),
        (None, {"stop": 101}),
        ("99", {"stop": 99}),
        ("102", {"stop": 100.5}),
        (None, {"target": 100}),
        ("99", {"stop": 95, "target": 98}),
    ],
)
def test_an_entry_whose_exits_have_been_passed_is_refused(limit: str | None, exits: dict[str, float]) -> None:
    """At a price of 100: a stop at or above the entry or the market, or a target at or below the entry."""
    stage = Stage()
    stage.tick(100.0)
    assert stage.buy("a", 1, limit, **exits) == ["a rejected: TriggerAlreadyPassed"]
    assert stage.open_ids() == []
