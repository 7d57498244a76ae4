"""Naked seconds: how long a position in contracts lacked stops at the venue that cover all of it, to the nanosecond."""

from decimal import Decimal
from typing import Any

import pytest

from engine import events
from engine.commands import OrderType
from engine.facade import Ask, Verb
from engine.gate import OrderRequest
from engine.safety.naked import Naked, NakedSymbol, NakedView
from tests.rehearsal import PERP, SPOT
from tests.trading_floor import Floor

NEVER = NakedView(0.0, 0.0, 0.0, {})


class Measured(Floor):
    """A floor on which naked seconds are measured, in a run that wants stops or in one that does not."""

    def __init__(self, *, wants_stops: bool = True) -> None:
        super().__init__()
        self.rows: list[dict[str, Any]] = []
        self.kernel.start()
        self.naked = self.measure(wants_stops=wants_stops)
        self.changes: list[events.HealthChanged] = []
        self.kernel.bus.subscribe(events.HealthChanged, self.changes.append)

    def measure(self, *, wants_stops: bool) -> Naked:
        kernel = self.kernel
        return Naked(
            kernel.timeline,
            kernel.bus,
            kernel.account,
            kernel.health,
            wants_stops=wants_stops,
            note=lambda kind, body: self.rows.append({"kind": kind, **body}),
        )

    def said(self) -> list[tuple[str, str]]:
        """What was told of protection, in order."""
        return [(each.state, each.reason) for each in self.changes if each.component == "protection"]

    def protect(self, price: str) -> None:
        """Place a stop for the whole position, or move it."""
        self.operator.handle(Ask(verb=Verb.PROTECT, symbol=PERP, stop=Decimal(price)))

    def stop(self, quantity: str, price: str = "50") -> None:
        """Place a stop for a part of it."""
        request = OrderRequest(
            symbol=PERP,
            side=-1,
            quantity=Decimal(quantity),
            type=OrderType.STOP_MARKET,
            trigger_price=Decimal(price),
            reduce_only=True,
        )
        self.kernel.orders.place(request)


def test_a_position_without_a_stop_is_naked_until_one_rests() -> None:
    """From the fill that opened it to the venue's word that the stop is there: 3 s, and 70 ms for the stop."""
    floor = Measured()
    floor.do("buy", PERP, "2")
    began = floor.naked.view().now_s
    floor.pass_time(3 - began)
    assert floor.naked.view() == NakedView(3.0, 3.0, 3.0, {PERP: NakedSymbol(3.0, 3.0, 3.0, Decimal(2))})
    floor.protect("90")
    floor.pass_time(1)
    assert floor.naked.view() == NakedView(0.0, 3.07, 3.07, {PERP: NakedSymbol(0.0, 3.07, 3.07, Decimal(0))})


def test_an_entry_that_brings_its_stop_along_is_never_naked() -> None:
    """The stop is there with the fill, and stays until the position has gone."""
    floor = Measured()
    floor.do("buy", PERP, "2", stop=90)
    floor.pass_time(100)
    floor.do("close", PERP)
    floor.pass_time(100)
    assert floor.account.is_flat(PERP)
    assert floor.naked.view() == NEVER
    assert floor.said() == []


def test_stops_have_to_cover_all_of_it() -> None:
    """Two of three lots are not enough; a second stop for the rest is, and a part that was closed needs none."""
    floor = Measured()
    floor.do("buy", PERP, "3")
    floor.stop("2")
    floor.pass_time(1)
    assert floor.naked.view().symbols[PERP].missing == Decimal(1)
    floor.stop("1", "60")
    floor.pass_time(1)
    assert floor.naked.view().now_s == 0
    floor.do("buy", PERP, "1")
    assert floor.naked.view().symbols[PERP].missing == Decimal(1)
    floor.do("sell", PERP, "1", reduce_only=True)
    floor.pass_time(1)
    assert floor.naked.view().now_s == 0


def test_a_stop_that_goes_leaves_it_naked() -> None:
    """Whoever cancelled it: the time runs again from the venue's word, and the longest and the sum are kept."""
    floor = Measured()
    floor.do("buy", PERP, "2", stop=90)
    (stop,) = floor.account.stops(PERP)
    floor.venue.outside.cancel(stop.id)
    floor.pass_time(1.02)
    assert floor.naked.view().now_s == pytest.approx(1.0)
    floor.protect("90")
    floor.pass_time(1)
    (stop,) = floor.account.stops(PERP)
    floor.venue.outside.cancel(stop.id)
    floor.pass_time(0.52)
    view = floor.naked.view()
    assert (view.now_s, view.longest_s, view.total_s) == pytest.approx((0.5, 1.07, 1.57))


def test_a_stop_of_which_nobody_knows_protects_nothing() -> None:
    """What became of it is asked; until it is known, it counts as not there."""
    floor = Measured()
    floor.do("buy", PERP, "2", stop=90)
    (stop,) = floor.account.stops(PERP)
    now = floor.timeline.now_ns
    floor.kernel.bus.publish(events.OrderUnknown(now, stop.id, PERP, "no answer came"))
    floor.pass_time(1)
    assert floor.naked.view().now_s == 1.0
    floor.kernel.bus.publish(events.OrderAccepted(now, stop.id, PERP, "x"))
    assert (floor.naked.view().now_s, floor.naked.view().total_s) == (0.0, 1.0)


def test_coins_have_no_say_here() -> None:
    """A stop would hold them: spot is not measured."""
    floor = Measured()
    floor.do("buy", SPOT, "2")
    floor.pass_time(100)
    assert floor.naked.view() == NEVER


def test_it_is_told_after_two_seconds_and_again_after_five() -> None:
    """Degraded, then down, then healthy again; each with a row, and not a moment earlier."""
    floor = Measured()
    floor.do("buy", PERP, "2")
    already_ns = int(floor.naked.view().now_s * 1e9)
    floor.timeline.advance(floor.timeline.now_ns + 2_000_000_000 - already_ns - 1)
    assert floor.said() == []
    floor.timeline.advance(floor.timeline.now_ns + 1)
    assert floor.said() == [("degraded", f"2 {PERP} had no stop at the venue for 2 s or longer")]
    floor.pass_time(3)
    assert floor.said()[1:] == [("down", f"2 {PERP} had no stop at the venue for 5 s or longer")]
    floor.protect("90")
    floor.pass_time(1)
    assert [state for state, _ in floor.said()] == ["degraded", "down", "healthy"]
    what = [(row["kind"], row["what"], row["seconds"]) for row in floor.rows]
    assert what == [("alarm", "naked", 2.0), ("alarm", "naked", 5.0), ("alarm", "naked.over", 5.07)]


def test_where_no_stops_are_wanted_it_is_told_once() -> None:
    """A run without default stops has chosen so: it is measured all the same, each time."""
    floor = Measured(wants_stops=False)
    for _ in range(5):
        floor.do("buy", PERP, "2")
        floor.pass_time(60)
        floor.do("close", PERP)
        floor.pass_time(1)
    assert [state for state, _ in floor.said()] == ["degraded", "healthy"]
    assert len(floor.rows) == 2
    assert 300 < floor.naked.view().total_s < 315


def test_a_short_moment_is_measured_and_not_told() -> None:
    """Less than two seconds: nobody is woken."""
    floor = Measured()
    for _ in range(5):
        floor.do("buy", PERP, "1")
        floor.protect("90")
        floor.pass_time(60)
    assert 0 < floor.naked.view().longest_s < 2
    assert floor.said() == []


def test_what_is_held_when_the_run_begins_counts_from_then() -> None:
    """An earlier run has left a position, with a stop or without."""
    floor = Measured()
    floor.do("buy", PERP, "2")
    floor.pass_time(100)
    later = floor.measure(wants_stops=True)
    floor.pass_time(2)
    assert later.view().now_s == 2.0
    floor.protect("90")
    floor.pass_time(10)
    assert floor.measure(wants_stops=True).view() == NEVER


def test_seconds_in_which_any_was_naked_are_counted_once() -> None:
    """Two at the same time are one second of the run, and a second each of their own."""
    other = "ETH/USDT:USDT"
    floor = Floor((PERP, other))
    kernel = floor.kernel
    naked = Naked(kernel.timeline, kernel.bus, kernel.account, kernel.health, wants_stops=True)
    for symbol in (PERP, other):
        assert "filled" in floor.do("buy", symbol, "1")
    floor.pass_time(10)
    view = naked.view()
    first, second = view.symbols[PERP].total_s, view.symbols[other].total_s
    assert 10 <= second < first
    assert (view.total_s, view.longest_s, view.now_s) == (first, first, first)
    floor.do("close", PERP)
    floor.do("close", other)
    floor.pass_time(5)
    after = naked.view()
    assert after.now_s == 0
    assert view.total_s < after.total_s < after.symbols[PERP].total_s + after.symbols[other].total_s
