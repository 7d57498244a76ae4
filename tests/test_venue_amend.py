"""Amendments: what may change, what it costs in the queue, and what is refused."""

from decimal import Decimal

from tests.venue_stage import POST_ONLY, Stage


def resting(quantity: str = "1") -> Stage:
    """Our bid at 99.9 behind one lot of others."""
    stage = Stage()
    stage.book({99.9: 1.0}, {100.1: 5.0}, snapshot=True)
    stage.buy("a", quantity, "99.9")
    stage.book({99.9: 3.0})
    return stage


def test_a_smaller_size_keeps_the_place() -> None:
    """One lot is ahead, as before."""
    stage = resting()
    assert stage.amend("a", quantity="0.5") == ["a amended to 0.5 at 99.9"]
    assert stage.tick(99.9, 1.2, -1) == ["a bought 0.2 at 99.9 as maker"]


def test_a_larger_size_goes_to_the_end_of_the_queue() -> None:
    """All three lots of others are ahead now."""
    stage = resting()
    assert stage.amend("a", quantity="2") == ["a amended to 2 at 99.9"]
    assert stage.tick(99.9, 3.0, -1) == []
    assert stage.tick(99.9, 1.2, -1) == ["a bought 1.2 at 99.9 as maker"]


def test_another_price_is_a_new_arrival_there_and_back() -> None:
    """Going away and coming back costs the place."""
    stage = resting()
    assert stage.amend("a", price="99.8") == ["a amended to 1 at 99.8"]
    assert stage.amend("a", price="99.9") == ["a amended to 1 at 99.9"]
    assert stage.tick(99.9, 3.5, -1) == ["a bought 0.5 at 99.9 as maker"]


def test_a_price_across_the_spread_takes() -> None:
    """It is told first, then filled."""
    stage = resting()
    assert stage.amend("a", price="100.2") == ["a amended to 1 at 100.2", "a bought 1 at 100.1 as taker"]


def test_a_post_only_order_that_is_moved_across_is_cancelled() -> None:
    """As at its arrival."""
    stage = Stage()
    stage.book({99.9: 1.0}, {100.1: 5.0}, snapshot=True)
    stage.buy("a", 1, "99.9", time_in_force=POST_ONLY)
    assert stage.amend("a", price="100.1") == ["a amended to 1 at 100.1", "a cancelled: PostOnlyWouldCross"]


def test_the_quantity_is_the_whole_and_cannot_go_below_what_is_filled() -> None:
    """0.4 of one are filled: 0.4 and less are refused, 0.5 leaves 0.1."""
    stage = resting()
    stage.tick(99.9, 1.4, -1)
    assert stage.amend("a", quantity="0.3") == ["a refused: AmendBelowFilled"]
    assert stage.amend("a", quantity="0.4") == ["a refused: AmendBelowFilled"]
    assert stage.amend("a", quantity="0.5") == ["a amended to 0.5 at 99.9"]
    assert stage.tick(99.8, 9.0, -1) == ["a bought 0.1 at 99.9 as maker"]


def test_nothing_to_change_and_nothing_that_exists_is_refused() -> None:
    """The same values, a trigger of a plain limit, and filters as at arrival."""
    stage = resting()
    assert stage.amend("a", quantity="1", price="99.9") == ["a refused: NothingToAmend"]
    assert stage.amend("a") == ["a refused: NothingToAmend"]
    assert stage.amend("a", trigger_price="98") == ["a refused: NothingToAmend"]
    assert stage.amend("a", price="99.95") == ["a refused: OffTick"]
    assert stage.amend("a", quantity="0.0001") == ["a refused: OffLot"]
    assert stage.amend("a", quantity="0.04") == ["a refused: BelowMinimumNotional"]
    assert stage.amend("b", quantity="2") == ["b refused: UnknownOrder"]
    assert stage.tick(99.9, 1.2, -1) == ["a bought 0.2 at 99.9 as maker"], "after all these it stands where it stood"


def test_more_than_the_margin_carries_is_refused_and_the_order_stays() -> None:
    """100 would cost 9990; at 99.9 the 10000 carry a hundred and no more."""
    stage = resting()
    free = stage.venue.available()
    assert stage.amend("a", quantity="101") == ["a refused: InsufficientMargin"]
    assert stage.venue.available() == free
    assert stage.tick(99.9, 1.2, -1) == ["a bought 0.2 at 99.9 as maker"]


def test_a_stop_can_be_moved_but_not_onto_the_market() -> None:
    """From 90 to 95, and not to 100."""
    stage = Stage()
    stage.tick(100.0)
    stage.buy("e", 1, stop=90)
    stage.tick(100.0)
    stage.news()
    assert stage.amend("e.stop", trigger_price="95") == ["e.stop amended to 1 at 95"]
    assert stage.amend("e.stop", trigger_price="100") == ["e.stop refused: TriggerAlreadyPassed"]
    assert stage.amend("e.stop", price="94") == ["e.stop refused: NothingToAmend"]
    assert stage.tick(94.9) == ["e.stop triggered at 95", "e.stop sold 1 at 94.9 as taker"]


def test_a_reducing_order_cannot_be_made_larger_than_the_position() -> None:
    """Five are asked for, one is held."""
    stage = Stage()
    stage.tick(100.0)
    stage.buy("e", 1)
    stage.tick(100.0)
    stage.sell("r", "0.5", "110", reduce_only=True)
    assert stage.amend("r", quantity="5") == ["r amended to 1 at 110"]


def test_a_stop_limit_changes_both_of_its_prices() -> None:
    """Trigger and limit in one amendment."""
    stage = Stage()
    stage.tick(100.0)
    stage.buy("s", 1, "106", type="stop_limit", trigger_price=105)
    assert stage.amend("s", price="104", trigger_price="103", quantity="2") == ["s amended to 2 at 103 104"]
    assert stage.tick(103.5) == ["s triggered at 103", "s bought 2 at 103.5 as taker"]


def test_an_order_that_waits_for_its_price_can_still_change() -> None:
    """It was sent at the market and made smaller before the next trade."""
    stage = Stage()
    stage.tick(100.0)
    stage.buy("a", 2)
    assert stage.amend("a", quantity="1") == ["a amended to 1 at market"]
    assert stage.tick(100.0) == ["a bought 1 at 100 as taker"]
    assert stage.held == Decimal(1)
