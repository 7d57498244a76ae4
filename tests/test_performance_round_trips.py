"""Round trips by hand, and against exact fractions for any sequence of fills and funding."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.round_trips import RoundTrips, trip_figures

BTC = "BTC/USDT:USDT"


def fill(trips: RoundTrips, ts: int, side: int, quantity: str, price: str, fee: str, strategy: str = "one") -> None:
    """An execution of BTC."""
    trips.fill(ts, strategy, BTC, side, Decimal(quantity), Decimal(price), Decimal(fee))


def test_a_trip_in_two_entries_and_two_exits() -> None:
    """Bought 1 at 100 and 3 at 104 (103 on average), sold 2 at 110 and 2 at 100: +14 - 6, fees 1.0, funding -0.5."""
    trips = RoundTrips()
    fill(trips, 1, 1, "1", "100", "0.1")
    fill(trips, 2, 1, "3", "104", "0.4")
    trips.fund(BTC, Decimal("-0.5"))
    fill(trips, 3, -1, "2", "110", "0.3")
    assert trips.closed == []
    fill(trips, 4, -1, "2", "100", "0.2")
    (trip,) = trips.closed
    assert (trip.opened_ns, trip.closed_ns, trip.side, trip.quantity) == (1, 4, 1, Decimal(4))
    assert (trip.realised, trip.fees, trip.funding) == (Decimal(8), Decimal("1.0"), Decimal("-0.5"))
    assert trip.net == Decimal("6.5")


def test_turning_around_ends_one_trip_and_begins_the_next() -> None:
    """Long 2 at 50, sold 3 at 60: +20 with two thirds of the fee; short 1 at 60, bought back at 55: +5."""
    trips = RoundTrips()
    fill(trips, 1, 1, "2", "50", "0.2")
    fill(trips, 2, -1, "3", "60", "0.3")
    fill(trips, 3, 1, "1", "55", "0.1")
    first, second = trips.closed
    assert (first.side, first.realised, first.fees) == (1, Decimal(20), Decimal("0.4"))
    assert (second.side, second.realised, second.fees) == (-1, Decimal(5), Decimal("0.2"))
    assert (second.opened_ns, second.quantity) == (2, Decimal(1))


def test_funding_goes_to_who_held() -> None:
    """Two strategies long 1 and 3 pay a quarter and three quarters."""
    trips = RoundTrips()
    fill(trips, 1, 1, "1", "100", "0", "small")
    fill(trips, 1, 1, "3", "100", "0", "large")
    trips.fund(BTC, Decimal(-8))
    fill(trips, 2, -1, "1", "100", "0", "small")
    fill(trips, 2, -1, "3", "100", "0", "large")
    assert {trip.strategy: trip.funding for trip in trips.closed} == {"small": Decimal(-2), "large": Decimal(-6)}


def test_figures_by_hand() -> None:
    """Nets of +10, +20, -5 and 0: half won, 30 over 5, 6.25 a trade."""
    trips = RoundTrips()
    for index, price in enumerate(("110", "120", "95", "100")):
        fill(trips, 2 * index, 1, "1", "100", "0")
        fill(trips, 2 * index + 1, -1, "1", price, "0")
    figures = trip_figures(trips.closed)
    assert (figures.trades, figures.win_rate, figures.profit_factor) == (4, 0.5, 6.0)
    assert figures.expectancy == Decimal("6.25")


def test_nothing_to_divide_by_is_unknown() -> None:
    """No trip has no figures; winners alone have no profit factor."""
    nothing = trip_figures([])
    assert (nothing.trades, nothing.win_rate, nothing.profit_factor, nothing.expectancy) == (0, None, None, None)
    trips = RoundTrips()
    fill(trips, 1, 1, "1", "100", "0")
    fill(trips, 2, -1, "1", "101", "0")
    assert trip_figures(trips.closed).profit_factor is None


cents = st.integers(1, 10_000).map(lambda value: Decimal(value) / 100)
step = st.tuples(st.sampled_from([1, -1]), cents, cents, cents, st.integers(-500, 500).map(lambda v: Decimal(v) / 100))


@given(st.lists(step, max_size=25))
def test_trips_share_out_everything_exactly(steps: list[tuple[int, Decimal, Decimal, Decimal, Decimal]]) -> None:
    """What all trips earned is what a cash book in fractions says, once the last position is closed."""
    trips = RoundTrips()
    cash = held = Fraction(0)
    count = flips = 0
    for ts, (side, quantity, price, fee, funding) in enumerate(steps):
        trips.fill(ts, "one", BTC, side, quantity, price, fee)
        before, held = held, held + side * Fraction(quantity)
        flips += before * held < 0 or (before != 0 and held == 0)
        cash += -side * Fraction(quantity) * Fraction(price) - Fraction(fee)
        if held:
            trips.fund(BTC, funding)
            cash += Fraction(funding)
    if held:
        count = 1
        trips.fill(
            99,
            "one",
            BTC,
            -1 if held > 0 else 1,
            Decimal(abs(held).numerator) / abs(held).denominator,
            Decimal(7),
            Decimal(0),
        )
        cash += held * 7
    assert len(trips.closed) == flips + count
    assert float(sum((trip.net for trip in trips.closed), Decimal(0))) == pytest.approx(float(cash), abs=1e-9)
