"""What others do to our account at the venue: by hand, by another bot, by the exchange itself."""

from decimal import Decimal

import pytest

from engine.errors import CommandRefused
from engine.events import Execution
from engine.exchange.questions import FindOrder, OrderTruth, Reply
from engine.orders import Status
from engine.simulation.facts import Happening
from engine.simulation.memory import Memory
from tests.venue_stage import PERPETUAL, SPOT, Stage, perpetual, spot


def stage_with(order: str = "") -> Stage:
    """A venue that remembers, long one at 100, with a stop; and perhaps a limit below."""
    stage = Stage(perpetual(), spot())
    stage.venue.remember(Memory())
    stage.tick(100.0)
    stage.tick(100.0, symbol=SPOT)
    stage.buy("held", 1, stop=90)
    stage.tick(100.0)
    if order:
        stage.buy(order, 2, "95")
    stage.news()
    return stage


def found(stage: Stage, order_id: str) -> OrderTruth:
    """What the venue says of an order."""
    told: list[Reply] = []
    stage.venue.ask(FindOrder(order_id), told.append)
    assert isinstance(told[0], OrderTruth)
    return told[0]


def test_a_position_changes_by_hand_and_is_told() -> None:
    """A trade at the market under an id that is not ours."""
    stage = stage_with()
    assert stage.venue.outside.order(PERPETUAL, -1, Decimal("0.4")) == "hand-1"
    assert stage.news() == ["hand-1 accepted"]
    assert stage.tick(100.0) == ["hand-1 sold 0.4 at 100 as taker", "held.stop amended to 0.6 at 90"]
    assert stage.held == Decimal("0.6")


def test_an_order_placed_by_hand_rests_and_can_be_cancelled_by_hand() -> None:
    """So can ours."""
    stage = stage_with("ours")
    name = stage.venue.outside.order(PERPETUAL, 1, Decimal(1), Decimal(94))
    assert stage.open_ids() == ["held.stop", "ours", name]
    stage.venue.outside.cancel_by_hand(name)
    stage.venue.outside.cancel_by_hand("ours")
    stage.venue.outside.cancel_by_hand("held.stop")
    assert stage.open_ids() == []
    assert stage.news()[1:] == [
        f"{name} cancelled: CancelledByRequest",
        "ours cancelled: CancelledByRequest",
        "held.stop cancelled: CancelledByRequest",
    ]


def test_a_resting_order_is_filled_in_part_and_then_cancelled_by_the_exchange() -> None:
    """The part stays a position, and the stop grows no further than it."""
    stage = stage_with("a")
    stage.venue.outside.fill("a", Decimal("0.5"))
    assert found(stage, "a").status is Status.PARTLY_FILLED
    stage.venue.outside.cancel("a")
    assert stage.news() == ["a bought 0.5 at 95 as maker", "a cancelled: CancelledByExchange"]
    assert stage.held == Decimal("1.5")
    assert (found(stage, "a").status, found(stage, "a").filled) == (Status.CANCELLED, Decimal("0.5"))


def test_an_order_is_turned_away_after_it_was_taken_in() -> None:
    """Its margin is free again."""
    stage = stage_with()
    free = stage.venue.available()
    stage.buy("a", 2, "95")
    stage.venue.outside.reject("a")
    assert stage.news() == ["a rejected: CancelledByExchange"]
    assert stage.venue.available() == free
    assert found(stage, "a").status is Status.REJECTED


def test_a_cancelled_order_turns_out_to_have_been_filled() -> None:
    """The fill comes after the cancellation; position and cash know of it, and so does whoever asks."""
    stage = stage_with("a")
    stage.cancel("a")
    stage.venue.outside.fill_late("a", Decimal("0.5"), Decimal(95))
    assert stage.news() == ["a bought 0.5 at 95 as taker"]
    assert stage.held == Decimal("1.5")
    assert (found(stage, "a").status, found(stage, "a").filled) == (Status.CANCELLED, Decimal("0.5"))


def test_the_exchange_deleverages_half_of_a_position_at_the_mark() -> None:
    """An execution of its own kind, without a fee; the stop shrinks with the position."""
    stage = stage_with()
    stage.mark(101.0)
    stage.venue.outside.deleverage(PERPETUAL)
    (execution,) = [event for event in stage.events if isinstance(event, Execution) and event.kind == "adl"]
    assert stage.news() == ["adl-1 sold 0.5 at 101 as adl", "held.stop amended to 0.5 at 90"]
    assert execution.fee == 0
    assert stage.held == Decimal("0.5")
    assert stage.venue.account.realised == Decimal("0.5")
    stage.venue.outside.deleverage(PERPETUAL, Decimal("0.5"))
    assert stage.held == 0
    assert stage.open_ids() == []


def test_everything_from_outside_is_remembered() -> None:
    """A venue that is built again knows the trades, the orders, and which ids were used."""
    stage = Stage(perpetual())
    happenings: list[Happening] = []
    stage.venue.remember(Memory(happenings.append))
    stage.tick(100.0)
    stage.buy("a", 1)
    stage.tick(100.0)
    stage.venue.outside.deleverage(PERPETUAL, Decimal("0.3"))
    stage.venue.outside.order(PERPETUAL, 1, Decimal(1), Decimal(90))
    heir = Stage(perpetual())
    heir.venue.remember(Memory())
    heir.timeline.advance(stage.timeline.now_ns)
    heir.tick(100.0)
    heir.venue.restore(happenings)
    assert heir.held == Decimal("0.7")
    assert heir.open_ids() == ["hand-1"]
    assert heir.venue.outside.order(PERPETUAL, 1, Decimal(1), Decimal(91)) == "hand-2"
    heir.venue.outside.deleverage(PERPETUAL, Decimal("0.1"))
    assert heir.news()[-1] == "adl-2 sold 0.1 at 100 as adl"


def test_what_cannot_happen_is_refused_with_the_numbers() -> None:
    """One sentence each."""
    stage = stage_with("a")
    outside = stage.venue.outside
    with pytest.raises(CommandRefused, match="the order x was not open at the venue"):
        outside.cancel("x")
    with pytest.raises(CommandRefused, match="does not rest in the book"):
        outside.fill("held.stop")
    with pytest.raises(CommandRefused, match="has 2 left, and 3 of it was to be filled"):
        outside.fill("a", Decimal(3))
    with pytest.raises(CommandRefused, match=r"the quantity 0\.0005 was not a multiple of the lot 0\.001"):
        outside.fill("a", Decimal("0.0005"))
    with pytest.raises(CommandRefused, match="remembers no ended order a;"):
        outside.fill_late("a", Decimal(1), Decimal(95))
    with pytest.raises(CommandRefused, match=r"the position of BTC/USDT:USDT was 1; no more than that"):
        outside.deleverage(PERPETUAL, Decimal(2))
    with pytest.raises(CommandRefused, match="the symbol X was unknown"):
        outside.deleverage("X")
