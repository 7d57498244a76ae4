"""Haste exactly at its borders: the rate to the nanosecond, the collar on both sides, and the usual quantity."""

from decimal import Decimal
from typing import Any

import pytest

from engine.commands import OrderType, SubmitOrder
from engine.gate import Denial, OrderRequest
from engine.orders import Order
from risk.checks import against_haste
from risk.hands import Hand
from risk.limits import Limits
from tests.denial_cases import BARE, SOL, Stage
from tests.rehearsal import SECOND, START

D = Decimal
MINUTE = 60 * SECOND


def hand_of(*entries: tuple[int, str]) -> Hand:
    """One that entered these quantities at these moments."""
    hand = Hand()
    for ns, quantity in entries:
        command = SubmitOrder(order_id="x", symbol=SOL, side=1, type=OrderType.MARKET, quantity=D(quantity))
        hand.entered(Order(command, "impulse", START + ns, ""))
    return hand


def asked(
    hand: Hand, ns: int, quantity: str = "9", side: int = 1, price: str | None = None, **limits: Any
) -> Denial | None:
    """What is said of an order at a moment, where every price is 100."""
    words: dict[str, Any] = {} if price is None else {"type": OrderType.LIMIT, "price": D(price)}
    request = OrderRequest(symbol=SOL, side=side, quantity=D(quantity), strategy="impulse", **words)
    return against_haste(request, Stage().account, Limits(**{**BARE, **limits}), hand, START + ns)


@pytest.mark.parametrize(
    ("rate", "ns", "told"),
    [
        ("3", MINUTE - 1, ("3", "0.1")),
        ("3", MINUTE, None),
        ("3", 50 * SECOND, ("3", "10")),
        ("2.4", MINUTE - 1, ("3", "0.1")),  # a part of an entry counts as a whole one
        ("2.6", MINUTE, None),
        ("2", MINUTE, ("2", "10")),
        ("1", MINUTE + 10 * SECOND, ("1", "10")),
        ("4", 21 * SECOND, None),
    ],
)
def test_so_many_within_a_minute(rate: str, ns: int, told: tuple[str, str] | None) -> None:
    """Three entries, ten seconds apart; the one that makes room is told by its wait."""
    hand = hand_of((0, "1"), (10 * SECOND, "2"), (20 * SECOND, "3"))
    denial = asked(hand, ns, orders_per_minute=D(rate))
    if told is None:
        assert denial is None
    else:
        assert denial is not None
        assert denial.code == "OrderRateTooHigh"
        assert denial.numbers == (("limit", D(told[0])), ("wait_s", D(told[1])))


@pytest.mark.parametrize(
    ("side", "price", "collar", "bound"),
    [
        (1, "105", "0.05", None),
        (1, "105.5", "0.05", "105"),
        (-1, "95", "0.05", None),
        (-1, "94.5", "0.05", "95"),
        (1, "105.5", "0.052", "105"),  # 105.2, which is not on the grid
        (-1, "94.5", "0.052", "95"),  # 94.8
        (1, "50", "0.05", None),  # beyond on the other side is only patient
        (-1, "150", "0.05", None),
    ],
)
def test_the_collar_on_both_sides(side: int, price: str, collar: str, bound: str | None) -> None:
    """What would pass lies on the grid, and within."""
    denial = asked(Hand(), 0, side=side, price=price, price_collar=D(collar))
    if bound is None:
        assert denial is None
    else:
        assert denial is not None
        assert denial.numbers == (("price", D(price)), ("fair", D(100)), ("bound", D(bound)))
        assert asked(Hand(), 0, side=side, price=bound, price_collar=D(collar)) is None


@pytest.mark.parametrize(
    ("quantities", "times", "quantity", "fits"),
    [
        (["2"] * 5, "20", "40", None),
        (["2"] * 5, "20", "40.001", "40"),
        (["0.5"] * 5, "20", "10", None),
        (["0.5"] * 5, "20", "10.001", "10"),
        (["1", "1", "0.5", "0.5", "0.5", "0.5"], "20", "14", "13.333"),  # two thirds are usual
        # The usual is shown with eight digits, rounded up; two would be a billionth more than it allows.
        (["1", "1", "0.5", "0.5", "0.5", "0.5"], "2.9999999985", "3", "1.999"),
    ],
)
def test_many_times_the_usual(quantities: list[str], times: str, quantity: str, fits: str | None) -> None:
    """Just so many times passes, and what is said to pass does."""
    hand = hand_of(*((count, each) for count, each in enumerate(quantities)))
    denial = asked(hand, MINUTE, quantity, fat_finger=D(times))
    if fits is None:
        assert denial is None
    else:
        assert denial is not None
        assert (denial.code, dict(denial.numbers)["fits"]) == ("FatFinger", D(fits))
        assert asked(hand, MINUTE, fits, fat_finger=D(times)) is None
        assert asked(hand, MINUTE, str(D(fits) + D("0.001")), fat_finger=D(times)) is not None
