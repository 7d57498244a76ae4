"""What must hold of every book after everything that happens to it."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from engine.commands import TimeInForce
from engine.events import Execution
from engine.simulation.book import Book
from engine.simulation.orders import Place
from tests.venue_stage import Stage

KINDS = st.sampled_from(
    ("bid", "ask", "snapshot", "trade", "limit", "limit", "market", "ioc", "post", "cancel", "amend")
)
ACTS = st.lists(st.tuples(KINDS, st.sampled_from((1, -1)), st.integers(0, 3_000), st.integers(-12, 12)), max_size=60)


def play(stage: Stage, story: list[tuple[str, int, int, int]]) -> None:
    """Tell the market and send the orders, looking at the book after each."""
    stage.book({99.0: 2.0, 98.9: 1.0}, {101.0: 2.0, 101.1: 1.0}, snapshot=True)
    for number, (kind, side, lots, offset) in enumerate(story):
        price, size, name = 100 + offset / 10, lots / 1_000, f"o{number}"
        limit, quantity = f"{price:.1f}", f"{size:.3f}"
        match kind:
            case "bid":
                stage.book({price: size})
            case "ask":
                stage.book(None, {price: size})
            case "snapshot":
                stage.book({price: size, price - 0.3: 1.0}, {price + 0.2: size}, snapshot=True)
            case "trade":
                stage.tick(price, size or 0.001, side)
            case "market":
                stage.order(name, side, quantity)
            case "ioc":
                stage.order(name, side, quantity, limit, time_in_force=TimeInForce.IOC)
            case "post":
                stage.order(name, side, quantity, limit, time_in_force=TimeInForce.POST_ONLY)
            case "cancel":
                stage.cancel(f"o{lots % (number + 1)}")
            case "amend":
                stage.amend(f"o{lots % (number + 1)}", price=limit, quantity=quantity)
            case _:
                stage.order(name, side, quantity, limit)
        look_at(stage)


def look_at(stage: Stage) -> None:
    """Never crossed, no empty level, sorted, and every order where it says it is."""
    market = stage.venue._markets[stage.symbol]
    book: Book = market.book
    best = {}
    for side in (1, -1):
        levels, queue = book.levels(side), book.queue(side)
        assert levels.keys == sorted(levels.lots)
        assert all(lots > 0 for lots in levels.lots.values())
        assert queue.keys == sorted(queue.at)
        for key, line in queue.at.items():
            assert line
            assert all(order.place is Place.RESTING and order.ticks * side == key and order.left > 0 for order in line)
            aheads = [order.ahead for order in line]
            assert aheads == sorted(aheads), "who came later cannot have less before him"
        prices = [ticks for ticks in (levels.best_ticks(), queue.best_ticks()) if ticks]
        best[side] = max(prices) if side > 0 and prices else min(prices) if prices else None
    if best[1] is not None and best[-1] is not None:
        assert best[1] < best[-1]
    resting = [order for side in (1, -1) for order in book.queue(side)]
    assert sorted(order.order_id for order in resting) == sorted(market.orders)


@given(story=ACTS)
def test_a_book_is_never_crossed_and_holds_no_empty_level(story: list[tuple[str, int, int, int]]) -> None:
    """Whatever the order of updates, trades, orders, amendments and cancellations."""
    play(Stage(capital=10_000_000), story)


@given(
    sizes=st.lists(st.integers(100, 2_000), min_size=2, max_size=6),
    trades=st.lists(st.integers(1, 2_500), max_size=20),
    others=st.integers(0, 3_000),
)
def test_at_one_price_the_first_come_is_the_first_served(sizes: list[int], trades: list[int], others: int) -> None:
    """The fills are those of one queue in which others stand first: reckoned here with plain sums."""
    stage = Stage(capital=1_000_000)
    stage.book({100.0: others / 1_000, 99.0: 1.0}, {101.0: 1.0}, snapshot=True)
    for number, lots in enumerate(sizes):
        stage.buy(f"o{number}", lots / 1_000, "100")
    for lots in trades:
        stage.tick(100.0, lots / 1_000, -1)
    filled = [Decimal(0)] * len(sizes)
    for event in stage.events:
        if isinstance(event, Execution):
            filled[int(event.order_id[1:])] += event.quantity
    traded = max(0, sum(trades) - others)
    for number, lots in enumerate(sizes):
        expected = min(lots, max(0, traded - sum(sizes[:number])))
        assert filled[number] == Decimal(expected) / 1_000


@given(
    levels=st.lists(st.integers(1, 3_000), min_size=1, max_size=8),
    wanted=st.integers(50, 20_000),
    reach=st.integers(0, 8),
)
def test_a_taker_pays_level_after_level(levels: list[int], wanted: int, reach: int) -> None:
    """What it got and paid, against sums over the levels within its limit."""
    stage = Stage(capital=10_000_000)
    stage.book({99.0: 1.0}, {100.0 + index / 10: lots / 1_000 for index, lots in enumerate(levels)}, snapshot=True)
    stage.buy("a", f"{wanted / 1_000:.3f}", f"{100 + reach / 10:.1f}", time_in_force=TimeInForce.IOC)
    got, paid = 0, Decimal(0)
    for index, lots in enumerate(levels[: reach + 1]):
        part = min(lots, wanted - got)
        got += part
        paid += Decimal(part) / 1_000 * (100 + Decimal(index) / 10)
    assert stage.held == Decimal(got) / 1_000
    assert stage.venue.position(stage.symbol).cost == paid


def test_who_comes_later_waits_at_least_as_long() -> None:
    """The first order rests where nothing is seen; what is seen there meanwhile does not let the second one pass it."""
    play(
        Stage(capital=10_000_000),
        [
            ("bid", 1, 0, 0),
            ("limit", -1, 1178, 0),
            ("snapshot", 1, 187, 4),
            ("limit", 1, 50, 0),
            ("limit", -1, 50, 0),
            ("limit", 1, 50, 0),
        ],
    )
