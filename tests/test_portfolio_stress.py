"""Stress tests worked out by hand: falls, rebounds, gaps, funding, a lost leg, stops, and coins that no table knows."""

import pytest

from risk.portfolio.book import Book
from risk.portfolio.crashes import CRASHES, MARCH_2020, NOVEMBER_2022, OCTOBER_2025
from risk.portfolio.stress import (
    FALL,
    REBOUND,
    SHOCKS,
    AllAgainst,
    CrashShock,
    FundingSpike,
    Gap,
    LostLeg,
    StressLoss,
    replay,
    stress,
    worst_of,
)

BTC, ETH, SUI = "BTC/USDT:USDT", "ETH/USDT:USDT", "SUI/USDT:USDT"
BTC_SPOT, ETH_SPOT = "BTC/USDT", "ETH/USDT"


def book_of(holdings: dict[str, float], stops: tuple[float | None, ...] = ()) -> Book:
    """Symbols and notionals."""
    return Book(tuple(holdings), tuple(holdings.values()), 10_000.0, 500.0, stops)


def test_five_crashes_are_known_by_their_months() -> None:
    """Each with a fall and a rebound, and every shock has a name of its own."""
    assert [crash.name for crash in CRASHES] == [
        "March 2020",
        "May 2021",
        "November 2022",
        "August 2024",
        "October 2025",
    ]
    names = [shock.name for shock in SHOCKS]
    assert len(set(names)) == len(names) == 14
    assert names[:2] == ["March 2020, the fall", "March 2020, the rebound"]
    assert names[-4:] == [
        "a gap of 10 %",
        "everything 10 % against the book",
        "funding of 0.56 % for 3 settlements",
        "one leg lost, then 10 % against the rest",
    ]


def test_a_long_falls_to_the_low_and_a_short_gains_only_to_the_close() -> None:
    """1,000 of spot bitcoin in March 2020: a long loses 513.20 with the wick, a short gains 464.50 without it."""
    (long,) = stress(book_of({BTC_SPOT: 1000.0}), [CrashShock(MARCH_2020)])
    (short,) = stress(book_of({BTC_SPOT: -1000.0}), [CrashShock(MARCH_2020)])
    assert long.loss == pytest.approx(513.2)
    assert short.loss == pytest.approx(-464.5)


def test_a_perpetual_pays_funding_on_top() -> None:
    """A long of 1,000: 513.20 by the price and 1.28 of funding; a short in the rebound: 357.70 and 4.42."""
    fall, rebound = (CrashShock(MARCH_2020, phase) for phase in (FALL, REBOUND))
    (long,) = stress(book_of({BTC: 1000.0}), [fall])
    (short,) = stress(book_of({BTC: -1000.0}), [rebound])
    assert (long.loss, long.funding, *long.positions) == pytest.approx((514.48, 1.28, 513.2))
    assert (short.loss, short.funding) == pytest.approx((362.12, 4.42))


def test_a_carry_loses_its_basis_and_its_funding() -> None:
    """Long 1,000 spot, short 1,000 perpetual: 48.70 between wick and close, 4.42 of funding, 97.20 of basis."""
    (struck,) = stress(book_of({BTC_SPOT: 1000.0, BTC: -1000.0}), [CrashShock(MARCH_2020)])
    assert struck.basis == pytest.approx(97.2)
    assert struck.loss == pytest.approx(513.2 - 464.5 + 4.42 + 97.2)


def test_only_what_is_hedged_in_one_coin_has_a_basis() -> None:
    """Long 1,000 and short 300 of one coin are hedged with 300; two coins against each other with nothing."""
    (half,) = stress(book_of({BTC_SPOT: 1000.0, BTC: -300.0}), [CrashShock(MARCH_2020)])
    (other,) = stress(book_of({BTC_SPOT: 1000.0, ETH: -1000.0}), [CrashShock(MARCH_2020)])
    assert (half.basis, other.basis) == pytest.approx((0.0972 * 300, 0.0))


def test_a_coin_that_the_table_does_not_know_has_the_worst_of_it() -> None:
    """In November 2022 an unknown long falls as solana did; an unknown short gains only what bitcoin's close gave."""
    (long,) = stress(book_of({"PEPE/USDT": 1000.0}), [CrashShock(NOVEMBER_2022)])
    (short,) = stress(book_of({"PEPE/USDT": -1000.0}), [CrashShock(NOVEMBER_2022)])
    assert long.loss == pytest.approx(627.8)
    assert short.loss == pytest.approx(-161.8)


def test_stops_limit_a_fall_that_takes_hours() -> None:
    """With a stop at 5 %, the fall of 513.20 would be 50 if it were filled there; what gains is not stopped."""
    (struck,) = stress(book_of({BTC_SPOT: 1000.0, ETH_SPOT: -100.0}, (0.05, 0.05)), [CrashShock(MARCH_2020)])
    assert struck.loss == pytest.approx(513.2 - 47.78)
    assert struck.at_stops == pytest.approx(50.0 - 47.78)


def test_a_gap_strikes_the_net_and_everything_against_strikes_the_gross() -> None:
    """Long 1,000 and short 400: a gap of 10 % costs 60, everything against the book 140."""
    for holdings in ({BTC: 1000.0, ETH: -400.0}, {BTC: -1000.0, ETH: 400.0}):
        gap, against = stress(book_of(holdings), [Gap(0.1), AllAgainst(0.1)])
        assert (gap.loss, against.loss) == pytest.approx((60.0, 140.0))


def test_a_funding_spike_strikes_perpetuals_of_both_sides() -> None:
    """Three settlements of 0.56 % on 1,400 of perpetuals; spot pays none."""
    (struck,) = stress(book_of({BTC: 1000.0, ETH: -400.0, BTC_SPOT: 500.0}), [FundingSpike()])
    assert struck.loss == struck.funding == pytest.approx(1400 * 0.0056 * 3)


def test_a_lost_leg_leaves_the_other_alone() -> None:
    """Long 1,000 spot against 800 short: without the short, 10 % cost 100; without the long, 80."""
    (struck,) = stress(book_of({BTC_SPOT: 1000.0, BTC: -800.0}), [LostLeg(0.1)])
    assert struck.loss == pytest.approx(100.0)
    assert struck.positions == pytest.approx((100.0, 0.0))


def test_a_book_without_a_hedge_has_no_leg_to_lose() -> None:
    """Two longs are no pair."""
    (struck,) = stress(book_of({BTC: 1000.0, ETH: 800.0}), [LostLeg(0.1)])
    assert struck.loss == 0


def test_an_empty_book_is_struck_by_nothing() -> None:
    """Every shock costs zero, and there is no worst."""
    losses = stress(book_of({}))
    assert [each.loss for each in losses] == [0] * len(SHOCKS)
    assert worst_of(losses) is None


def test_the_worst_is_the_largest_loss() -> None:
    """A book that gains in all but one has that one; a book that only gains has none."""
    losses = [StressLoss("a", -5.0, (), -5.0), StressLoss("b", 3.0, (), 3.0), StressLoss("c", 1.0, (), 1.0)]
    assert worst_of(losses) == losses[1]
    assert worst_of(losses[:1]) is None


def test_one_coin_fell_most_in_october_2025() -> None:
    """SUI's fall of 83.7 % is what strikes a long in it, and any coin that the table does not have."""
    known, unknown = (
        stress(book_of({symbol: 100.0}), [CrashShock(OCTOBER_2025)])[0] for symbol in (SUI, "NEW/USDT:USDT")
    )
    assert known.loss == unknown.loss == pytest.approx(83.7 + 0.03)


def test_a_replay_stops_where_the_book_has_lost_the_most() -> None:
    """Long 1,000, short 500: hour two (-20 %, -10 %) is the worst, 150; later it recovers."""
    book = book_of({BTC: 1000.0, ETH: -500.0})
    struck = replay("by hand", book, {BTC: [100.0, 90.0, 80.0, 95.0], ETH: [10.0, 10.0, 9.0, 9.0]})
    assert struck.loss == pytest.approx(150.0)
    assert struck.positions == pytest.approx((200.0, -50.0))
    assert replay("a gain", book, {BTC: [100.0, 110.0], ETH: [10.0, 10.0]}).loss == 0
