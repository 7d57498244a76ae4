"""The door: every refusal by its name, in the order of the filters, with the numbers in its sentence."""

from decimal import Decimal

import pytest

from engine.commands import BUY, CancelOrder, OrderType, SubmitOrder
from engine.errors import UnknownSymbol
from engine.events import OrderRejected, RequestRefused, Tick
from engine.refusals import Refusal
from tests.venue_stage import FOK, Stage, perpetual, spot


def at_100(**options: object) -> Stage:
    """A market at 100 that nobody has traded in yet."""
    stage = Stage(**options)  # type: ignore[arg-type]
    stage.tick(100.0)
    return stage


@pytest.mark.parametrize(
    ("order", "refusal", "words"),
    [
        ({"limit": "100.05"}, Refusal.OFF_TICK, "the limit price 100.05 was not a multiple of the tick 0.1"),
        ({"limit": "0"}, Refusal.PRICE_OUT_OF_RANGE, "the limit price 0 was outside 0.1 to 1000000"),
        ({"limit": "1000000.1"}, Refusal.PRICE_OUT_OF_RANGE, "outside 0.1 to 1000000"),
        ({"type": OrderType.LIMIT}, Refusal.PRICE_OUT_OF_RANGE, "the limit price was missing"),
        ({"type": "stop_market"}, Refusal.PRICE_OUT_OF_RANGE, "the trigger price was missing"),
        ({"type": "trailing_stop"}, Refusal.PRICE_OUT_OF_RANGE, "the trail was missing"),
        ({"type": "trailing_stop", "trail": "0.05"}, Refusal.OFF_TICK, "the trail 0.05 was not a multiple"),
        ({"stop": "95.01"}, Refusal.OFF_TICK, "the attached stop 95.01"),
        ({"target": "105.01"}, Refusal.OFF_TICK, "the attached target 105.01"),
        ({"quantity": "0.0005"}, Refusal.OFF_LOT, "the quantity 0.0005 was not a multiple of the lot 0.001"),
        ({"quantity": "0"}, Refusal.BELOW_MINIMUM_QUANTITY, "the quantity 0 was below the minimum of 0.01"),
        ({"quantity": "0.009"}, Refusal.BELOW_MINIMUM_QUANTITY, "0.009 was below the minimum of 0.01"),
        ({"quantity": "1001", "limit": "1"}, Refusal.ABOVE_MAXIMUM_QUANTITY, "1001 was above the maximum of 1000"),
        ({"quantity": "501"}, Refusal.ABOVE_MAXIMUM_MARKET_QUANTITY, "501 was above the maximum of 500"),
        ({"quantity": "0.01"}, Refusal.BELOW_MINIMUM_NOTIONAL, "was worth 1 USDT, below the minimum of 5"),
        ({"quantity": "1", "limit": "4.9"}, Refusal.BELOW_MINIMUM_NOTIONAL, "was worth 4.9 USDT"),
        (
            {"type": "stop_market", "trigger_price": "99"},
            Refusal.TRIGGER_ALREADY_PASSED,
            "the trigger 99 had been passed: the price was 100",
        ),
        ({"reduce_only": True}, Refusal.NOTHING_TO_REDUCE, "the position was 0 BTC"),
        ({"quantity": "100"}, Refusal.INSUFFICIENT_MARGIN, "needs 10010 USDT of margin at 1x and 10000 were free"),
    ],
)
def test_an_order_that_fails_a_filter_is_refused_by_its_name(
    order: dict[str, object], refusal: Refusal, words: str
) -> None:
    """One purchase at the market, changed in one respect each time."""
    stage = Stage(perpetual(min_quantity=Decimal("0.01")))
    stage.tick(100.0)
    quantity = str(order.pop("quantity", "1"))
    assert stage.buy("a", quantity, **order) == [f"a rejected: {refusal}"]  # type: ignore[arg-type]
    (said,) = stage.events
    assert isinstance(said, OrderRejected)
    assert words in said.sentence
    assert stage.open_ids() == []


def test_filters_are_judged_in_their_documented_order() -> None:
    """One order wrong in every way is refused for the grid, then the lot, the size, the value, and the margin."""
    stage = Stage(capital=1)
    stage.tick(100.0)
    assert stage.buy("a", "0.0005", "0.05") == ["a rejected: OffTick"]
    assert stage.buy("b", "0.0005", "0.1") == ["b rejected: OffLot"]
    assert stage.buy("c", "2000", "0.1") == ["c rejected: AboveMaximumQuantity"]
    assert stage.buy("d", "1", "0.1") == ["d rejected: BelowMinimumNotional"]
    assert stage.buy("e", "1", "100", reduce_only=True) == ["e rejected: NothingToReduce"]
    assert stage.buy("f", "1", "100") == ["f rejected: InsufficientMargin"]


def test_an_id_is_used_once_for_ever() -> None:
    """After a fill, after a refusal, and for the exits an entry brought along."""
    stage = at_100()
    stage.buy("a", 1, stop=90)
    stage.tick(100.0)
    assert stage.buy("a", 1) == ["a rejected: DuplicateClientId"]
    assert stage.buy("a.stop", 1) == ["a.stop rejected: DuplicateClientId"]
    stage.buy("b", "0.0005")
    assert stage.buy("b", 1) == ["b rejected: DuplicateClientId"]


def test_an_unknown_symbol_is_refused_and_market_data_of_it_is_an_error() -> None:
    """An order hears of it; a feed that is wired to the wrong venue is a programmer's mistake."""
    stage = at_100()
    stage.venue.send(SubmitOrder("a", "DOGE/USDT", BUY, OrderType.MARKET, Decimal(1)))
    assert stage.settle() == ["a rejected: UnknownSymbol"]
    stage.venue.send(CancelOrder("a", "DOGE/USDT"))
    assert stage.settle() == ["a refused: UnknownSymbol"]
    with pytest.raises(UnknownSymbol, match="DOGE/USDT was unknown to the venue; it has BTC/USDT:USDT"):
        stage.venue.on_tick(Tick(0, "DOGE/USDT", 1.0, 1.0))


def test_a_halted_symbol_takes_no_commands() -> None:
    """Neither orders nor cancellations, until it trades again."""
    stage = at_100()
    stage.buy("a", 1, "99")
    stage.venue.set_trading(stage.symbol, on=False)
    assert stage.buy("b", 1) == ["b rejected: SymbolNotTrading"]
    assert stage.cancel("a") == ["a refused: SymbolNotTrading"]
    stage.venue.set_trading(stage.symbol, on=True)
    assert stage.cancel("a") == ["a cancelled: CancelledByRequest"]


def test_an_outage_refuses_by_name_or_says_nothing() -> None:
    """A refused id may be used again when the exchange is back; silence leaves everybody wondering."""
    stage = at_100()
    stage.venue.outage(True)
    assert stage.buy("a", 1) == ["a rejected: Outage"]
    assert stage.cancel("a") == ["a refused: Outage"]
    stage.venue.outage(True, is_silent=True)
    assert stage.buy("a", 1) == []
    stage.venue.outage(False)
    assert stage.buy("a", 1) == ["a accepted"]


def test_what_is_gone_cannot_be_cancelled_and_what_never_was_is_unknown() -> None:
    """Two different names, because they mean different things to whoever asks."""
    stage = at_100()
    stage.buy("a", 1, "99")
    assert stage.cancel("a") == ["a cancelled: CancelledByRequest"]
    assert stage.cancel("a") == ["a refused: OrderClosed"]
    assert stage.cancel("b") == ["b refused: UnknownOrder"]
    refused = stage.events[-1]
    assert isinstance(refused, RequestRefused)
    assert refused.sentence.startswith("the order b was unknown")


def test_the_five_hundred_and_first_active_order_is_one_too_many() -> None:
    """And the eleventh conditional one; exits that came with an entry do not count."""
    stage = at_100(capital=1_000_000)
    for number in range(500):
        assert stage.buy(f"a{number}", 1, "50") == [f"a{number} accepted"]
    assert stage.buy("b", 1, "50") == ["b rejected: TooManyOrders"]
    for number in range(10):
        assert stage.buy(f"s{number}", 1, type="stop_market", trigger_price=150) == [f"s{number} accepted"]
    assert stage.buy("t", 1, type="stop_market", trigger_price=150) == ["t rejected: TooManyOrders"]
    stage.cancel("a0")
    stage.cancel("s0")
    assert stage.buy("c", 1, "50") == ["c accepted"]
    assert stage.buy("d", 1, type="stop_market", trigger_price=150) == ["d accepted"]


def test_reducing_orders_may_be_smaller_than_the_minimum_value() -> None:
    """A crumb of a position must be closable."""
    stage = at_100()
    stage.buy("a", 1)
    stage.tick(100.0)
    stage.sell("b", "0.99")
    stage.tick(100.0)
    assert stage.sell("c", "0.01", reduce_only=True) == ["c accepted"]


def test_spot_spends_only_what_is_there_and_sells_only_what_is_held() -> None:
    """1000 buys ten at 100; what rests is spent already; what was bought and not sold elsewhere can be sold."""
    stage = Stage(spot(), capital=1_000)
    stage.tick(100.0)
    assert stage.buy("a", "10.001") == ["a rejected: InsufficientBalance"]
    assert stage.buy("b", 6, "99") == ["b accepted"]
    assert stage.buy("c", 5, "99") == ["c rejected: InsufficientBalance"]
    stage.buy("d", 4)
    stage.tick(100.0)
    assert stage.held == Decimal("3.996")
    assert stage.sell("e", 3, "110") == ["e accepted"]
    assert stage.sell("f", 1) == ["f rejected: InsufficientBalance"]
    assert stage.sell("g", "0.996") == ["g accepted"]


def test_a_spot_purchase_at_the_market_ends_with_the_money() -> None:
    """Admitted at 100, it trades at 125: eight are paid for, two are not."""
    stage = Stage(spot(), capital=1_000)
    stage.tick(100.0)
    stage.buy("a", 10)
    assert stage.tick(125.0) == ["a bought 8 at 125 as taker", "a expired: InsufficientBalance"]
    assert stage.venue.available() == 0


def test_a_killed_order_reserves_nothing() -> None:
    """What expired at once has given its margin back."""
    stage = Stage()
    stage.book({99.9: 1.0}, {100.0: 1.0}, snapshot=True)
    stage.buy("a", 50, "100", time_in_force=FOK)
    assert stage.venue.available() == 10_000
