"""Hands by themselves: how often, how much and what they entered lately, and what of it a restart keeps."""

from decimal import Decimal
from typing import Any

import pytest

from engine.commands import OrderType, SubmitOrder
from engine.gate import OrderRequest
from engine.orders import Order
from risk.hands import Hand, shape_of
from tests.rehearsal import PERP, SECOND, SPOT, START

MINUTE = 60 * SECOND


def order_at(ns: int, quantity: str = "1", symbol: str = PERP, **more: Any) -> Order:
    words = {"side": 1, "type": OrderType.MARKET, **more}
    command = SubmitOrder(order_id="x", symbol=symbol, quantity=Decimal(quantity), **words)
    return Order(command, "one", ns, "")


def usual_of(hand: Hand, symbol: str) -> float | None:
    """Whatever is entered is more than nothing of the usual, so it is told where it is known."""
    return hand.beyond(OrderRequest(symbol=symbol, side=1, quantity=Decimal(1)), 0.0)


def test_a_minute_is_counted_from_its_last_entry() -> None:
    """Whatever is a minute old or older is forgotten, to the nanosecond."""
    hand = Hand()
    assert (list(hand.times), hand.last_ns) == ([], 0)
    for ns in (0, 1, MINUTE - 1, MINUTE):
        hand.entered(order_at(START + ns))
    assert [ns - START for ns in hand.times] == [1, MINUTE - 1, MINUTE]
    assert hand.last_ns == START + MINUTE
    hand.entered(order_at(START + MINUTE))
    assert [ns - START for ns in hand.times] == [1, MINUTE - 1, MINUTE, MINUTE]


@pytest.mark.parametrize(("rate", "left_s"), [(1, 50), (2, 40), (3, 30)])
def test_the_wait_is_for_the_oldest_of_so_many(rate: int, left_s: int) -> None:
    """Three entries ten seconds apart; ten seconds after the last one."""
    hand = Hand()
    for seconds in (0, 10, 20):
        hand.entered(order_at(START + seconds * SECOND))
    assert hand.wait_ns(rate, START + 30 * SECOND) == left_s * SECOND


def test_an_equal_entry_is_found_among_those_after_a_moment() -> None:
    """Also behind others; not one of the moment itself, and none that differs in a figure."""
    hand = Hand()
    hand.entered(order_at(START, "1"))
    hand.entered(order_at(START + 5, "2"))
    one, two = shape_of(order_at(0, "1").command), shape_of(order_at(0, "2").command)
    assert hand.has_entered(one, START - 1)
    assert not hand.has_entered(one, START)
    assert hand.has_entered(two, START + 4)
    assert not hand.has_entered(two, START + 5)
    for other in (
        order_at(0, "3"),
        order_at(0, "1", SPOT),
        order_at(0, "1", side=-1),
        order_at(0, "1", type=OrderType.LIMIT, price=Decimal(1)),
        order_at(0, "1", trigger_price=Decimal(1)),
    ):
        assert not hand.has_entered(shape_of(other.command), 0)
    assert not Hand().has_entered(one, 0)


def test_what_is_usual_is_known_after_five() -> None:
    """The mean of the entries, of each symbol by itself."""
    hand = Hand()
    for count, quantity in enumerate(("2", "4", "6", "8"), 1):
        hand.entered(order_at(START + count, quantity))
        hand.entered(order_at(START + count, "100", SPOT))
        assert usual_of(hand, PERP) is None
    hand.entered(order_at(START + 5, "10"))
    assert usual_of(hand, PERP) == pytest.approx(6)
    assert usual_of(hand, SPOT) is None
    hand.entered(order_at(START + 6, "100", SPOT))
    assert usual_of(hand, SPOT) == pytest.approx(100)
    assert usual_of(hand, "ETH/USDT:USDT") is None


def test_the_usual_goes_with_the_last_twenty() -> None:
    """Twenty of one, then each new one counts for a twentieth, however many there were."""
    hand = Hand()
    for count in range(20):
        hand.entered(order_at(START + count, "1"))
    usual = 1.0
    for count in range(30):
        hand.entered(order_at(START + 20 + count, "21"))
        usual += (21 - usual) / 20
        assert usual_of(hand, PERP) == pytest.approx(usual)


def test_a_hand_is_kept_but_for_the_shapes() -> None:
    """Times, the last moment and what is usual come back; a start takes longer than equal entries are looked for."""
    hand = Hand()
    for count in range(6):
        hand.entered(order_at(START + count, "3"))
        hand.entered(order_at(START + count, "1", "ETH/USDT:USDT"))
    again = Hand()
    again.load(hand.saved())
    assert again.saved() == hand.saved()
    assert again.times == hand.times
    assert again.last_ns == START + 5
    assert usual_of(again, PERP) == 3
    assert [row[0] for row in hand.saved()["usual"]] == sorted([PERP, "ETH/USDT:USDT"])
    assert not again.has_entered(shape_of(order_at(0, "3").command), 0)
    again.entered(order_at(START + MINUTE, "3"))
    assert len(again.times) == 11
