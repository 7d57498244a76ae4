"""Whatever an operator asks while prices move, our books and the venue's are the same once everything has arrived."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.orders import TERMINAL
from tests.rehearsal import PERP, SPOT
from tests.trading_floor import Floor

SYMBOLS = st.sampled_from((PERP, SPOT))
SIZES = st.integers(1, 60).map(lambda tenths: str(Decimal(tenths) / 10))
OFFSETS = st.integers(-8, 8)

steps = st.one_of(
    st.tuples(st.just("trade"), SYMBOLS, st.integers(-12, 12)),
    st.tuples(st.just("trade"), SYMBOLS, st.integers(-3, 3)),
    st.tuples(st.just("pass"), st.sampled_from((0.01, 0.06, 0.3, 5.0))),
    st.tuples(st.sampled_from(("buy", "sell")), SYMBOLS, SIZES),
    st.tuples(st.sampled_from(("buy", "sell")), SYMBOLS, SIZES, OFFSETS),
    st.tuples(st.sampled_from(("bracket long", "bracket short")), SYMBOLS, SIZES),
    st.tuples(st.sampled_from(("reduce by buying", "reduce by selling")), SYMBOLS, SIZES),
    st.tuples(st.sampled_from(("close", "protect")), SYMBOLS),
    st.tuples(st.just("cancel"), st.integers(0, 5)),
    st.tuples(st.sampled_from(("flatten", "stop", "start", "pause", "resume"))),
    st.tuples(st.sampled_from(("deposit", "withdraw")), st.sampled_from(("500", "1234.56"))),
    st.tuples(st.just("outage"), st.booleans()),
)


def play(floor: Floor, word: str, *words: Any) -> None:
    """One step, without waiting for what comes of it."""
    if word == "trade":
        symbol, half_points = words
        last = floor.account.market(symbol).last or 100.0
        floor.trade(max(40.0, last + half_points / 2), symbol)
    elif word == "pass":
        floor.pass_time(words[0])
    elif word == "outage":
        floor.venue.outage(words[0])
    elif word == "cancel":
        ids = list(floor.account.open_orders)
        if ids:
            floor.ask("cancel", order_id=ids[words[0] % len(ids)])
    elif word in ("deposit", "withdraw"):
        floor.ask(word, quantity=words[0])
    elif word == "protect":
        last = floor.account.market(words[0]).last or 100.0
        floor.ask(word, words[0], stop=last - 5 if floor.account.held(words[0]) > 0 else last + 5)
    elif word in ("buy", "sell") and len(words) == 3:
        last = floor.account.market(words[0]).last or 100.0
        floor.ask(word, words[0], words[1], limit=last + words[2])
    elif word.startswith("bracket"):
        side = 1 if word.endswith("long") else -1
        last = floor.account.market(words[0]).last or 100.0
        verb = "buy" if side > 0 else "sell"
        floor.ask(verb, *words, stop=last - side * 4, target=last + side * 6)
    elif word.startswith("reduce"):
        floor.ask("buy" if word.endswith("buying") else "sell", *words, reduce_only=True)
    else:
        floor.ask(word, *words)


@given(st.lists(steps, min_size=10, max_size=40))
def test_our_books_are_the_venues_books(script: list[tuple[Any, ...]]) -> None:
    """Positions, cash, fees, profit and open orders agree to the last digit, and nothing was unexplained on the way."""
    floor = Floor()
    for step in script:
        play(floor, *step)
    floor.venue.outage(False)
    floor.pass_time(15)
    assert floor.difference() == []
    assert floor.kernel.orders.counts["discrepancies"] == floor.kernel.errors == 0
    for symbol in (PERP, SPOT):
        shares = [share.quantity for (_, held), share in floor.account.owned.items() if held == symbol]
        assert sum(shares, Decimal(0)) == floor.account.held(symbol)
    for order in floor.kernel.orders.recent.values():
        assert order.status in TERMINAL
        assert 0 <= order.filled <= order.quantity


@given(st.lists(steps, min_size=10, max_size=40))
def test_a_kill_ends_flat_from_anywhere(script: list[tuple[Any, ...]]) -> None:
    """With a venue that answers, nothing that was asked before keeps a kill from ending flat and without orders."""
    floor = Floor()
    for step in script:
        play(floor, *step)
    floor.venue.outage(False)
    answer = floor.ask("kill", reason="enough")
    for _ in range(30):
        for symbol in (PERP, SPOT):
            floor.trade(floor.account.market(symbol).last or 100.0, symbol, after_ns=10**8)
    floor.pass_time(15)
    assert floor.told_of(answer) == "enough: flat, no position and no order is left"
    assert floor.account.is_flat(PERP)
    assert floor.account.is_flat(SPOT)
    assert floor.difference() == []
