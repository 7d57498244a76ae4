"""What a strategy hands over in other libraries' numbers is taken as what it is; what it cannot be stays with it."""

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import events
from engine.commands import OrderType
from engine.features import Feature
from engine.gate import OrderRequest
from engine.strategy import Strategy
from risk.gate import Gate
from risk.limits import Limits
from tests.rehearsal import PERP, SECOND
from tests.trading_floor import Floor

Act = Callable[[Strategy], None]


class Acting(Strategy):
    """Does one thing with the first trade it hears of."""

    def __init__(self, act: Act) -> None:
        super().__init__("acting", (PERP,), {})
        self._act: Act | None = act

    def on_tick(self, tick: events.Tick) -> None:
        act, self._act = self._act, None
        if act is not None:
            act(self)


def acted(act: Act, *, plain: bool = False) -> tuple[Floor, list[events.Event]]:
    """A floor after a strategy acted and the market went on for a while, and what was told of it."""
    floor = Floor((PERP,), gate=Gate(Limits()) if plain else None)
    for kind in (events.Signal, events.ErrorOccurred, events.OrderFilled):
        floor.kernel.bus.subscribe(kind, floor.told.append)
    floor.kernel.strategies.add(Acting(act))
    floor.kernel.start()
    for _ in range(4):
        floor.trade(100.0)
    return floor, floor.told


def wish(**changes: Any) -> Act:
    words: dict[str, Any] = {"symbol": PERP, "direction": 1, "conviction": 1.0, "reason": "because", **changes}
    return lambda strategy: strategy.desk.signal(**words)


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize(
    "changes",
    [
        {"stop": np.float64(90)},
        {"stop": np.float32(90), "target": np.int64(120)},
        {"stop": Decimal(90), "target": 120},
        {"stop": 90.0, "conviction": np.float64(0.5)},
        {"stop": 90.0, "conviction": True},
        {"stop": 90.0, "conviction": 1},
        {"stop": 90.0, "direction": np.sign(1.5)},
        {"stop": 90.0, "direction": np.int64(1)},
        {"stop": 90.0, "direction": True},
        {"stop": 90.0, "quantity": 2},
        {"stop": 90.0, "quantity": 0.5},
        {"stop": 90.0, "quantity": np.float64(0.5)},
        {"stop": 90.0, "symbol": np.str_(PERP), "reason": np.str_("because")},
    ],
    ids=str,
)
def test_a_number_is_a_number_whatever_made_it(changes: dict[str, Any], plain: bool) -> None:
    """The wish becomes an order that fills, and nothing but the engine's own types goes on from there."""
    floor, told = acted(wish(**changes), plain=plain)
    signal, fill = told
    assert isinstance(signal, events.Signal)
    assert isinstance(fill, events.OrderFilled)
    assert floor.account.held_by("acting", PERP) > 0
    for field in signal.__struct_fields__:
        assert type(getattr(signal, field)) in (int, float, str, Decimal, type(None)), field
    assert floor.kernel.state_hash()


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (wish(direction=0.5), "InvalidSignal: the direction of a signal must be a whole number; it was 0.5"),
        (wish(direction=np.float64(2)), "InvalidSignal: the direction of a signal must be 1, 0 or -1; it was 2"),
        (wish(direction=math.nan), "InvalidSignal: the direction of a signal must be a whole number; it was nan"),
        (wish(direction="long"), "InvalidSignal: the direction of a signal must be a number; it was 'long'"),
        (wish(conviction=None), "InvalidSignal: the conviction of a signal must be a number; it was None"),
        (wish(conviction="1"), "InvalidSignal: the conviction of a signal must be a number; it was '1'"),
        (wish(conviction=np.nan), "InvalidSignal: the conviction of a signal must be between 0 and 1; it was nan"),
        (wish(stop=1e300), "InvalidSignal: the stop of a signal must be a price above zero and below 1e15; it was 1e+"),
        (wish(stop=10**400), "InvalidSignal: the stop of a signal must be a number; it was 1000"),
        (wish(target=1j), "InvalidSignal: the target of a signal must be a number; it was 1j"),
        (
            wish(quantity=Decimal("1e50")),
            "InvalidSignal: the quantity of a signal must be above zero and below 1e15; it was 1E+50",
        ),
        (wish(quantity=Decimal("1e-999999")), "InvalidSignal: the quantity of a signal must be above zero"),
        (wish(quantity=Decimal("sNaN")), "InvalidSignal: the quantity of a signal must be above zero; it was sNaN"),
        (wish(quantity="1"), "InvalidSignal: the quantity of a signal must be a number; it was '1'"),
        (wish(reason=None), "InvalidSignal: the reason of a signal must be a text; it was None"),
        (wish(symbol=b"BTC"), "InvalidSignal: the symbol of a signal must be a text; it was b'BTC'"),
        (lambda s: s.desk.let_go(PERP, 7), "InvalidSignal: the reason of what is let go must be a text; it was 7"),
        (
            lambda s: s.desk.at(0.5, print),
            "BadSchedule: the moment of a timer must be a whole number; it was 0.5",
        ),
        (lambda s: s.desk.at("soon", print), "BadSchedule: the moment of a timer must be a number; it was 'soon'"),
        (
            lambda s: s.desk.declare(Feature("ema", PERP, 0, 3)),
            "InvalidSignal: the interval of a feature must be above zero; it was 0",
        ),
        (
            lambda s: s.desk.declare(Feature("ema", PERP, SECOND, 2.5)),  # type: ignore[arg-type]
            "InvalidSignal: the length of a feature must be a whole number; it was 2.5",
        ),
    ],
)
def test_what_cannot_be_meant_stays_with_the_strategy(act: Act, sentence: str) -> None:
    """One failure under its name, nothing sent, and the market goes on."""
    floor, told = acted(act)
    (error,) = told
    assert isinstance(error, events.ErrorOccurred)
    assert (error.source, floor.kernel.orders.counts["orders"]) == ("acting", 0)
    assert error.sentence.startswith(sentence)


def order(**changes: Any) -> Act:
    words: dict[str, Any] = {"symbol": PERP, "side": 1, "quantity": Decimal(1), **changes}
    return lambda strategy: strategy.desk.order(OrderRequest(**words))


@pytest.mark.parametrize(
    "changes",
    [
        {"side": np.int64(1)},
        {"side": np.sign(2.5)},
        {"quantity": 1},
        {"quantity": np.float64(0.5)},
        {"type": "market", "time_in_force": "ioc", "trigger_by": "mark"},
        {"type": "limit", "price": 110},
        {"reduce_only": np.False_},
        {"stop": 90.0, "target": np.int64(120)},
    ],
    ids=str,
)
def test_an_order_in_other_numbers_is_an_order(changes: dict[str, Any]) -> None:
    """It fills like any other, and both sets of books agree on it."""
    floor, told = acted(order(**changes))
    (fill,) = told
    assert isinstance(fill, events.OrderFilled)
    assert type(fill.side) is int
    assert floor.difference() == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"side": 2}, "InvalidOrder: the side of an order must be 1 or -1; it was 2"),
        ({"side": "buy"}, "InvalidOrder: the side of an order must be a number; it was 'buy'"),
        ({"quantity": Decimal("NaN")}, "InvalidOrder: the quantity of a market order must be above zero; it was NaN"),
        ({"quantity": Decimal("1e60")}, "InvalidOrder: the quantity of a market order must be above zero and below 1e"),
        ({"quantity": "1"}, "InvalidOrder: the quantity of an order must be a number; it was '1'"),
        ({"quantity": None}, "InvalidOrder: the quantity of a market order must be above zero; it was None"),
        ({"type": "iceberg"}, "InvalidOrder: the type of an order must be one of market, limit, stop_market, stop_"),
        (
            {"type": OrderType.LIMIT, "price": Decimal(-5)},
            "InvalidOrder: the price of a limit order must be above zero; it was -5",
        ),
        ({"stop": Decimal("Infinity")}, "InvalidOrder: the stop of a market order must be above zero; it was Infinity"),
        ({"reduce_only": "no"}, "InvalidOrder: reduce_only must be true or false; it was 'no'"),
        ({"reason": 7}, "InvalidOrder: the reason of an order must be a text; it was 7"),
        ({"symbol": 7}, "InvalidOrder: the symbol of an order must be a text; it was 7"),
    ],
)
def test_an_order_that_cannot_be_meant_stays_with_the_strategy(changes: dict[str, Any], sentence: str) -> None:
    """One failure under its name, nothing sent, and the market goes on."""
    floor, told = acted(order(**changes))
    (error,) = told
    assert isinstance(error, events.ErrorOccurred)
    assert (error.source, floor.kernel.orders.counts["orders"]) == ("acting", 0)
    assert error.sentence.startswith(sentence)


def test_what_is_no_order_at_all_stays_with_the_strategy() -> None:
    """Something else in the place of an order is named in the strategy's failure."""
    _, told = acted(lambda strategy: strategy.desk.order("buy"))  # type: ignore[arg-type]
    (error,) = told
    assert isinstance(error, events.ErrorOccurred)
    assert error.sentence == "InvalidOrder: an order must be an OrderRequest; it was 'buy'"


numbers = (
    st.floats()
    | st.integers()
    | st.booleans()
    | st.decimals()
    | st.none()
    | st.text(max_size=3)
    | st.floats(width=32).map(np.float32)
    | st.floats().map(np.float64)
    | st.sampled_from([1e-320, 1e14, 9.99e14, Decimal("1e-29"), Decimal("9e14"), Decimal("0.0000001")])
)


@given(st.booleans(), st.sampled_from([1, 0, -1]) | numbers, numbers, numbers, numbers, numbers)
def test_no_value_of_a_signal_stops_the_engine(
    plain: bool, direction: object, conviction: object, stop: object, target: object, quantity: object
) -> None:
    """Any value in any field: at worst the strategy fails, once, and the market goes on."""
    changes = {"direction": direction, "conviction": conviction, "stop": stop, "target": target, "quantity": quantity}
    floor, told = acted(wish(**changes), plain=plain)
    assert sum(isinstance(event, events.ErrorOccurred) for event in told) == floor.kernel.errors <= 1
    assert floor.kernel.state == "running"
    assert floor.difference() == []


@given(
    st.booleans(),
    st.sampled_from([1, -1]) | numbers,
    st.sampled_from(list(OrderType)) | numbers,
    st.dictionaries(st.sampled_from(["quantity", "price", "trigger_price", "trail", "stop", "target"]), numbers),
)
def test_no_value_of_an_order_stops_the_engine(
    plain: bool, side: object, kind: object, amounts: dict[str, Any]
) -> None:
    """Any value in any field: at worst the strategy fails, once, and the market goes on."""
    floor, told = acted(order(**{"side": side, "type": kind, **amounts}), plain=plain)
    assert sum(isinstance(event, events.ErrorOccurred) for event in told) == floor.kernel.errors <= 1
    assert floor.kernel.state == "running"
    assert floor.difference() == []
