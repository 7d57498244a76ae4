"""Shocks on books that are small, flat in part or hedged in several coins: every figure by hand, and every name."""

import pytest

from risk.portfolio.book import Book
from risk.portfolio.crashes import MARCH_2020, NOVEMBER_2022
from risk.portfolio.stress import (
    REBOUND,
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

BTC, ETH = "BTC/USDT:USDT", "ETH/USDT:USDT"
BTC_SPOT, ETH_SPOT = "BTC/USDT", "ETH/USDT"


def book_of(holdings: dict[str, float], stops: tuple[float | None, ...] = ()) -> Book:
    """Symbols and notionals."""
    return Book(tuple(holdings), tuple(holdings.values()), 10_000.0, 500.0, stops)


def test_each_loss_carries_the_name_of_its_shock() -> None:
    """Also where nothing is lost, and where a replay was given a name by whoever asked for it."""
    shocks = (
        CrashShock(MARCH_2020),
        CrashShock(MARCH_2020, REBOUND),
        Gap(),
        AllAgainst(0.25),
        FundingSpike(),
        LostLeg(),
    )
    names = [
        "March 2020, the fall",
        "March 2020, the rebound",
        "a gap of 10 %",
        "everything 25 % against the book",
        "funding of 0.56 % for 3 settlements",
        "one leg lost, then 10 % against the rest",
    ]
    for holdings in ({}, {BTC: 100.0}, {BTC: 100.0, ETH: -90.0}):
        assert [struck.name for struck in stress(book_of(holdings), shocks)] == names
    assert replay("by hand", book_of({BTC: 100.0}), {BTC: [100.0, 90.0]}).name == "by hand"


@pytest.mark.parametrize("much", [1000.0, 0.5])
def test_half_a_dollar_is_struck_like_a_thousand(much: float) -> None:
    """Longs, shorts, funding, hedges and lost legs in proportion, however little is held."""
    fall, rebound = CrashShock(MARCH_2020), CrashShock(MARCH_2020, REBOUND)
    carry = book_of({BTC_SPOT: much, BTC: -much})
    (struck,) = stress(carry, [fall])
    assert (struck.basis, struck.funding) == pytest.approx((0.0972 * much, 0.00442 * much))
    assert struck.loss == pytest.approx((0.5132 - 0.4645 + 0.00442 + 0.0972) * much)
    (long,) = stress(book_of({BTC: much}), [fall])
    assert (long.loss, long.funding) == pytest.approx(((0.5132 + 0.00128) * much, 0.00128 * much))
    (short,) = stress(book_of({BTC: -much}), [rebound])
    assert (short.loss, short.funding) == pytest.approx(((0.3577 + 0.00442) * much, 0.00442 * much))
    (lost,) = stress(carry, [LostLeg(0.1)])
    assert lost.loss == pytest.approx(0.1 * much)


def test_a_coin_that_no_table_knows_rises_the_most_against_a_short_and_the_least_for_a_long() -> None:
    """In the rebound of November 2022: solana's 80.87 % against a short, bitcoin's 15.28 % for a long."""
    rebound = CrashShock(NOVEMBER_2022, REBOUND)
    for much in (1000.0, 0.5):
        (short,) = stress(book_of({"PEPE/USDT": -much}), [rebound])
        (long,) = stress(book_of({"PEPE/USDT": much}), [rebound])
        assert (short.loss, long.loss) == pytest.approx((0.8087 * much, -0.1528 * much))


def test_a_hedge_in_two_coins_parts_in_both() -> None:
    """1,000 of bitcoin and 300 of ether stand against themselves: the basis is paid on both."""
    book = book_of({BTC_SPOT: 1000.0, BTC: -1000.0, ETH_SPOT: 400.0, ETH: -300.0})
    (struck,) = stress(book, [CrashShock(MARCH_2020)])
    assert struck.basis == pytest.approx(0.0972 * 1300)


def test_a_small_long_hedges_no_other_long() -> None:
    """Half a dollar of the perpetual beside a thousand of the coin is the same side."""
    (struck,) = stress(book_of({BTC_SPOT: 1000.0, BTC: 0.5}), [CrashShock(MARCH_2020)])
    assert struck.basis == 0


def test_stops_do_not_save_funding_and_basis() -> None:
    """A carry with stops at 5 % on both legs: 50 at the one, the other gains, and both costs come on top."""
    (struck,) = stress(book_of({BTC_SPOT: 1000.0, BTC: -1000.0}, (0.05, 0.05)), [CrashShock(MARCH_2020)])
    assert struck.at_stops == pytest.approx(50.0 - 464.5 + 4.42 + 97.2)


# --- a lost leg


@pytest.mark.parametrize(
    ("holdings", "loss", "positions"),
    [
        # Without the long, 900 are left on the short side; without a short, 700 or 400 on the long one.
        ({BTC_SPOT: 1000.0, BTC: -600.0, ETH: -300.0}, 90.0, (0.0, 60.0, 30.0)),
        ({BTC_SPOT: -1000.0, BTC: 600.0, ETH: 300.0}, 90.0, (0.0, 60.0, 30.0)),
        # Of what is left, a part gains.
        ({BTC_SPOT: 1000.0, BTC: -900.0, ETH: -500.0}, 140.0, (0.0, 90.0, 50.0)),
        ({BTC_SPOT: 1000.0, BTC: 200.0, ETH: -500.0}, 120.0, (100.0, 20.0, 0.0)),
        # Two that are alike: the first one of the book is lost.
        ({BTC_SPOT: 1000.0, BTC: -1000.0}, 100.0, (0.0, 100.0)),
        ({BTC: -1000.0, BTC_SPOT: 1000.0}, 100.0, (0.0, 100.0)),
        ({BTC_SPOT: 0.5, BTC: -0.4}, 0.05, (0.05, 0.0)),
    ],
)
def test_the_leg_whose_loss_costs_the_most_is_lost(
    holdings: dict[str, float], loss: float, positions: tuple[float, ...]
) -> None:
    """Each leg in turn, and what is left moves against its own net by 10 %."""
    (struck,) = stress(book_of(holdings), [LostLeg(0.1)])
    assert struck.loss == pytest.approx(loss)
    assert struck.positions == pytest.approx(positions)


@pytest.mark.parametrize(
    "holdings",
    [
        {BTC: 0.0, ETH: -800.0},
        {BTC: 0.0, ETH: 800.0},
        {BTC: 0.5, ETH: 800.0},
        {BTC: -0.5, ETH: -800.0},
        {BTC: 800.0},
        {},
    ],
)
def test_one_side_alone_has_no_leg_to_lose(holdings: dict[str, float]) -> None:
    """What is flat stands against nobody, and what is small on the same side neither."""
    (struck,) = stress(book_of(holdings), [LostLeg(0.1)])
    assert (struck.loss, struck.positions) == (0.0, (0.0,) * len(holdings))


# --- the worst, and replays


def test_no_losses_have_no_worst_and_a_small_loss_is_one() -> None:
    """Half a dollar is lost money."""
    assert worst_of([]) is None
    small = StressLoss("a", 0.5, (0.5,), 0.5)
    assert worst_of([small]) is small
    assert worst_of([StressLoss("a", 0.0, (0.0,), 0.0)]) is None


def test_a_replay_shows_the_first_of_two_hours_that_are_equally_bad() -> None:
    """100 lost by the one and later by the other; at the first hour nothing is lost, by nobody."""
    book = book_of({BTC: 1000.0, ETH: 1000.0})
    struck = replay("twice", book, {BTC: [100.0, 90.0, 100.0], ETH: [10.0, 10.0, 9.0]})
    assert struck.loss == pytest.approx(100.0)
    assert struck.positions == pytest.approx((100.0, 0.0))
    level = replay("level", book, {BTC: [100.0, 110.0], ETH: [10.0, 9.0]})
    assert (level.loss, level.positions) == (0.0, (0.0, 0.0))


def test_a_replay_of_prices_that_do_not_belong_together_is_refused() -> None:
    """An hour that one symbol has and the other has not would compare two different moments."""
    with pytest.raises(ValueError, match="zip"):
        replay("crooked", book_of({BTC: 1.0, ETH: 1.0}), {BTC: [100.0, 90.0], ETH: [10.0]})
