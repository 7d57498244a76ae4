"""Whatever the network loses, doubles, delays and reorders, and whenever the engine dies: the books come out equal."""

from collections import Counter
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.commands import AmendOrder, OrderType, SubmitOrder
from engine.orders import Status
from tests.lossy_wire import Weather, World
from tests.rehearsal import PERP

ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            (
                "market",
                "limit",
                "bracket",
                "close",
                "cancel",
                "amend",
                "deposit",
                "funding",
                "drop",
                "back",
                "crash",
                "wait",
            )
        ),
        st.integers(1, 9),
        st.sampled_from((1, -1)),
    ),
    min_size=3,
    max_size=25,
)
WEATHER = st.builds(
    Weather,
    loss=st.sampled_from((0.0, 0.05, 0.3)),
    twice=st.sampled_from((0.0, 0.1, 0.5)),
    slowest_ms=st.sampled_from((0, 20, 400, 4_000)),
)


def act(world: World, word: str, size: int, side: int) -> None:  # noqa: C901, PLR0912 - one line a word
    """One thing that somebody or the world does."""
    desk = world.engine.desk
    price = Decimal(str(world.price))
    orders = list(world.engine.account.open_orders.values())
    match word:
        case "market":
            world.place(side, str(size))
        case "limit":
            world.place(side, str(size), type=OrderType.LIMIT, price=price - side * Decimal("0.5"))
        case "bracket":
            world.place(side, str(size), stop=price - side * 5, target=price + side * 5)
        case "close":
            world.place(side, str(size), reduce_only=True)
        case "cancel":
            for order in orders[:size]:
                desk.cancel(order)
        case "amend":
            for order in orders[:1]:
                if order.type is OrderType.LIMIT and order.status in (Status.ACCEPTED, Status.PARTLY_FILLED):
                    desk.amend(order, AmendOrder(order.id, PERP, price=order.price + Decimal("0.5") * side))  # type: ignore[operator]
        case "drop":
            world.drop_stream()
        case "back":
            world.reconnect()
        case "crash":
            world.crash(size)
        case "deposit":
            for _ in range(1 + size % 2):  # sometimes two of the same amount at the same moment
                world.venue.transfer(Decimal(size))
        case "funding":
            world.venue.settle_funding(PERP, Decimal("0.0001") * side, world.timeline.now_ns)
        case _:
            world.pass_time(size)


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32), weather=WEATHER, acts=ACTS)
def test_after_the_faults_nothing_is_unknown_and_the_books_are_equal(
    seed: int, weather: Weather, acts: list[tuple[str, int, int]]
) -> None:
    """Sixty seconds of peace, and one comparison: every order is known, every lot and every cent is explained."""
    world = World(seed, weather)
    world.pass_time(1)
    for word, size, side in acts:
        act(world, word, size, side)
        world.pass_time(0.5)
    world.weather = Weather()
    world.reconnect()
    world.pass_time(60)
    world.engine.parts.reconcile.run()
    world.pass_time(5)
    assert world.differences() == []
    assert world.engine.recovery.over.is_settled
    sent = Counter(command.order_id for command in world.carried if isinstance(command, SubmitOrder))
    assert set(sent.values()) <= {1}, "an order was sent twice"
