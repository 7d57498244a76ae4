"""Funding: at the announced moment, on what is held then, at the mark, to eight decimals."""

from decimal import Decimal

import pytest

from engine.instruments import HOUR_NS
from tests.venue_stage import MINUTE, Stage, spot

DUE = 8 * HOUR_NS


def holding(side: int, quantity: str = "2") -> Stage:
    """A position entered at 100."""
    stage = Stage()
    stage.tick(100.0)
    stage.order("e", side, quantity)
    stage.tick(100.0)
    stage.news()
    return stage


@pytest.mark.parametrize(
    ("side", "rate", "amount"), [(1, 0.0001, "-0.022"), (1, -0.0001, "0.022"), (-1, 0.0001, "0.022")]
)
def test_a_positive_rate_is_paid_by_longs_to_shorts(side: int, rate: float, amount: str) -> None:
    """Two at a mark of 110 and one basis point: 0.022."""
    stage = holding(side)
    stage.announce_funding(rate, DUE)
    stage.mark(110.0)
    stage.pass_time(DUE)
    assert stage.news() == [f"funding {amount}"]
    assert stage.venue.account.funding == Decimal(amount)
    assert stage.events[-1].ts == DUE


def test_the_rate_announced_last_is_the_one_that_is_settled_and_only_once() -> None:
    """Three announcements for one moment, and none for the next."""
    stage = holding(1)
    for rate in (0.0001, 0.0002, 0.0003):
        assert stage.announce_funding(rate, DUE) == []
    stage.pass_time(3 * DUE)
    assert stage.news() == ["funding -0.06"]


def test_a_settlement_that_is_moved_happens_at_its_new_time() -> None:
    """An exchange shortens the interval from eight hours to one."""
    stage = holding(1)
    stage.announce_funding(0.0001, DUE)
    stage.announce_funding(0.0001, HOUR_NS)
    stage.pass_time(HOUR_NS)
    assert stage.news() == ["funding -0.02"]
    stage.pass_time(DUE)
    assert stage.news() == []


def test_only_what_is_held_at_the_moment_counts() -> None:
    """Closed before, nothing; opened after, nothing."""
    stage = holding(1)
    stage.announce_funding(0.0001, DUE)
    stage.sell("x", 2)
    stage.tick(100.0)
    stage.news()
    stage.pass_time(DUE)
    assert stage.news() == []
    stage.buy("y", 2)
    assert stage.tick(100.0) == ["y bought 2 at 100 as taker"]


def test_without_a_mark_the_last_price_is_used() -> None:
    """At 120: two times 120 times a basis point."""
    stage = holding(1)
    stage.tick(120.0)
    stage.announce_funding(0.0001, DUE)
    stage.pass_time(DUE)
    assert stage.news() == ["funding -0.024"]


def test_the_amount_is_rounded_to_the_even_eighth_decimal() -> None:
    """0.2 x 33.3 x 0.00012345 = 0.000822177, which is 0.00082218."""
    stage = Stage()
    stage.tick(33.3)
    stage.buy("e", "0.5")
    stage.tick(33.3)
    stage.sell("x", "0.3")
    stage.tick(33.3)
    stage.news()
    stage.venue.settle_funding(stage.symbol, Decimal("0.00012345"), stage.timeline.now_ns)
    assert stage.news() == ["funding -0.00082218"]


def test_on_bars_what_the_bar_did_comes_before_the_funding_at_its_end() -> None:
    """The stop inside the bar that ends at the settlement has closed the position; a bar later it would have paid."""
    stage = holding(1)
    stage.sell("s", 2, type="stop_market", trigger_price=95, reduce_only=True)
    stage.bar(100.0, 101.0, 99.0, 100.0)
    stage.announce_funding(0.0001, 4 * MINUTE)
    assert stage.bar(100.0, 101.0, 94.0, 96.0) == ["s triggered at 95", "s sold 2 at 95 as taker"]
    assert stage.timeline.now_ns == 4 * MINUTE


def test_on_bars_a_position_that_is_held_to_the_end_pays_at_the_close() -> None:
    """Two at a close of 104."""
    stage = holding(1)
    stage.bar(100.0, 101.0, 99.0, 100.0)
    stage.announce_funding(0.0001, 4 * MINUTE)
    assert stage.bar(100.0, 105.0, 99.0, 104.0) == ["funding -0.0208"]


def test_on_longer_bars_funding_in_the_middle_is_paid_when_it_is_due() -> None:
    """Half a minute into the bar, at the open, because nothing else is known."""
    stage = holding(1)
    stage.bar(100.0, 101.0, 99.0, 100.0)
    stage.open_bar(102.0)
    stage.announce_funding(0.0001, stage.timeline.now_ns + MINUTE // 2)
    assert stage.close_bar(102.0, 120.0, 101.0, 119.0) == ["funding -0.0204"]
    assert stage.events[-1].ts % MINUTE == MINUTE // 2


def test_spot_knows_no_funding() -> None:
    """Coins pay nobody."""
    stage = Stage(spot())
    stage.tick(100.0)
    stage.buy("e", 2)
    stage.tick(100.0)
    stage.news()
    stage.announce_funding(0.01, DUE)
    stage.pass_time(DUE)
    assert stage.news() == []
