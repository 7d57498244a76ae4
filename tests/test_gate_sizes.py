"""Sizes that the gate makes of wishes: by the volatility of the hours, the losses of now, and the room that is left."""

from decimal import ROUND_DOWN, Decimal
from itertools import pairwise
from math import log, sqrt
from statistics import stdev
from typing import Any

import pytest

from engine.events import Signal
from engine.gate import Denial, OrderRequest
from risk.gate import Gate
from risk.limits import Limits
from tests.denial_cases import BARE, ETH, SOL, SOL_COIN, Stage
from tests.rehearsal import DAY, START

D = Decimal
LOT = D("0.001")


def wished(stage: Stage, gate: Gate | None = None, symbol: str = SOL, **words: Any) -> OrderRequest:
    """What is made of a wish to be long, with a stop 5 away, at this moment."""
    plain = {"strategy": "impulse", "symbol": symbol, "direction": 1, "conviction": 1.0, "reason": "", "target": None}
    signal = Signal(words.pop("ts", stage.timeline.now_ns), **{**plain, "stop": 95.0, **words})
    order = (gate or stage.gate).size(signal, stage.account)
    assert isinstance(order, OrderRequest)
    return order


def swing(stage: Stage, hours: int) -> list[float]:
    """So many hours that end up and down in turn, and 100 at last; the prices of the hours."""
    market = stage.kernel.markets[SOL]
    prices = [100.0 if (hours - hour) % 2 else 104.0 for hour in range(hours)]
    for price in prices:
        market.hours.append(price)
        market.hours_seen += 1
    return prices


def part_of(prices: list[float], target: str) -> Decimal:
    """The value of a position by its volatility, as a part of the equity."""
    moves = [log(after / before) for before, after in pairwise(prices)]
    return D(float(D(target)) / (stdev(moves) * sqrt(24 * 365))).quantize(D("0.000001"), ROUND_DOWN)


@pytest.mark.parametrize("target", ["0.4", "1"])
def test_a_wild_symbol_is_held_in_small_positions(target: str) -> None:
    """The value times its volatility stays within the target; the stop alone would allow 400."""
    stage = Stage(volatility_target=D(target), risk_per_trade=D("0.2"))
    prices = swing(stage, 40)
    assert wished(stage).quantity == pytest.approx(part_of(prices, target) * 100, abs=LOT)
    assert wished(stage, symbol=ETH).quantity > 200  # of that nothing is known


def test_each_hour_is_looked_at() -> None:
    """The same wish an hour later, and after a quiet day: by the volatility of then."""
    stage = Stage(volatility_target=D(1), risk_per_trade=D("0.2"))
    first = swing(stage, 20)
    before = wished(stage).quantity
    market = stage.kernel.markets[SOL]
    more = [100.0] * 24
    for price in more:
        market.hours.append(price)
        market.hours_seen += 1
    assert wished(stage).quantity == pytest.approx(part_of([*first, *more], "1") * 100, abs=LOT)
    assert wished(stage).quantity > before


def test_volatilities_are_made_once_an_hour() -> None:
    """Two wishes of one hour share one; without a target nobody makes any."""
    stage = Stage(volatility_target=D(1))
    swing(stage, 20)
    wished(stage)
    made = stage.gate.sizer.volatilities[SOL]
    wished(stage)
    assert stage.gate.sizer.volatilities[SOL] is made
    none = Stage()
    swing(none, 20)
    wished(none)
    assert none.gate.sizer.volatilities == {}


def test_without_a_target_the_swings_do_not_matter() -> None:
    """A fifth of 10,000 over a stop 5 away is 400, of which the leverage carries 300 less the fee."""
    stage = Stage(risk_per_trade=D("0.2"))
    swing(stage, 40)
    assert wished(stage).quantity == (30_000 / D("100.3")).quantize(LOT, ROUND_DOWN)


def test_an_hour_that_was_known_before_the_target_is_known_after_it() -> None:
    """The target is set while the program runs."""
    stage = Stage(risk_per_trade=D("0.2"))
    prices = swing(stage, 40)
    wished(stage)
    stage.gate.change("risk.volatility_target", "1")
    assert wished(stage).quantity == pytest.approx(part_of(prices, "1") * 100, abs=LOT)


# --- losses


def test_a_loss_that_was_not_judged_yet_counts() -> None:
    """150 of 500, the Strategist's Warning, are lost within the moment: three quarters of half a per cent."""
    stage = Stage()
    stage.hold(1, "30", ETH)
    stage.kernel.markets[ETH].last = 95.0
    equity = stage.account.equity()
    assert equity == 10_000 - 3 - 150
    factor = D("0.75") * (1 - D("0.75") * 153 / 2_000).quantize(D("0.000001"), ROUND_DOWN)
    assert wished(stage).quantity == (equity * D("0.005") * factor / 5).quantize(LOT, ROUND_DOWN)


def test_what_a_day_has_lost_holds_until_the_day_is_over() -> None:
    """Won back, and still three quarters; a nanosecond before midnight too, and all of it with the next day."""
    stage = Stage()
    stage.hold(1, "30", ETH)
    stage.trade(95.0, ETH)
    stage.kernel.judge()
    stage.trade(100.0, ETH)
    full = D("9997") * D("0.005") / 5
    line = (1 - D("0.75") * 153 / 2_000).quantize(D("0.000001"), ROUND_DOWN)
    held = (full * D("0.75") * line).quantize(LOT, ROUND_DOWN)
    assert wished(stage).quantity == held
    assert wished(stage, ts=START + DAY - 1).quantity == held
    drawn = (1 - D("0.75") * 3 / 2_000).quantize(D("0.000001"), ROUND_DOWN)
    stage.kernel.timeline.advance(START + DAY)
    assert wished(stage, ts=START + DAY).quantity == (full * drawn).quantize(LOT, ROUND_DOWN)


def test_a_gate_that_nobody_has_asked_yet_sizes_too() -> None:
    """Half a per cent of 10,000 over a stop 5 away."""
    stage = Stage()
    assert wished(stage, Gate(Limits(**BARE))).quantity == 10


# --- room


@pytest.mark.parametrize(
    ("words", "quantity"),
    [
        ({}, (30_000 - 60 - 20_000) / D("100.3")),  # three times 9,980, less the 20,000 in ETH
        ({"max_position_size": D(1_000)}, 1_000 / D("100.3")),
        ({"max_position_size": D(50_000)}, (30_000 - 60 - 20_000) / D("100.3")),
        ({"max_leverage": D("2.5")}, (D("2.5") * 9_980 - 20_000) / D("100.25")),
    ],
)
def test_a_wish_takes_the_room_that_is_left(words: dict[str, Any], quantity: Decimal) -> None:
    """With its fee, which lowers the equity, down to the lot."""
    stage = Stage(**words)
    loose = stage.gate.limits.max_position_size
    if loose is not None:
        stage.gate.configure({name: value for name, value in BARE.items() if value is not None})
    stage.hold(1, "200", ETH)
    if loose is not None:
        stage.gate.configure({**{n: v for n, v in BARE.items() if v is not None}, "max_position_size": loose})
    assert wished(stage, quantity=D(400)).quantity == quantity.quantize(LOT, ROUND_DOWN)


def test_coins_are_wished_for_with_what_is_free() -> None:
    """10,000 pay for 99.9 with their fee, and the leverage for more."""
    stage = Stage(max_leverage=D(1))
    assert wished(stage, symbol=SOL_COIN, quantity=D(400)).quantity == (10_000 / D("100.1")).quantize(LOT, ROUND_DOWN)
    assert wished(stage, symbol=SOL_COIN, quantity=D("7.0009")).quantity == D(7)


# --- what is wished


@pytest.mark.parametrize(
    ("direction", "stop", "expected"),
    [
        (1, 94.8, "95"),
        (1, 94.5, "94.5"),
        (-1, 105.2, "105"),
        (-1, 105.5, "105.5"),
        (1, None, "95"),  # 5.2 % below is 94.8
        (-1, None, "105"),
    ],
)
def test_a_stop_off_the_grid_is_nearer(direction: int, stop: float | None, expected: str) -> None:
    """Never farther than what was asked for, on either side."""
    order = wished(Stage(default_stop=D("0.052")), direction=direction, stop=stop)
    assert (order.side, order.stop) == (direction, D(expected))


@pytest.mark.parametrize("direction", [1, -1])
def test_what_is_on_its_way_is_held_already(direction: int) -> None:
    """A second wish of the same moment asks for nothing; the way back closes what will be there."""
    stage = Stage()
    stage.wish(direction, stop=100.0 - 5 * direction)
    assert len(stage.account.open_orders) == 1
    again = Signal(stage.timeline.now_ns, "impulse", SOL, direction, 1.0, 100.0 - 5 * direction, None, "")
    assert stage.gate.size(again, stage.account) is None
    other = Signal(stage.timeline.now_ns, "carry", SOL, direction, 1.0, 100.0 - 5 * direction, None, "")
    assert isinstance(stage.gate.size(other, stage.account), OrderRequest)
    elsewhere = Signal(stage.timeline.now_ns, "impulse", ETH, direction, 1.0, 100.0 - 5 * direction, None, "")
    assert isinstance(stage.gate.size(elsewhere, stage.account), OrderRequest)
    back = Signal(stage.timeline.now_ns, "impulse", SOL, -direction, 1.0, 100.0 + 5 * direction, None, "")
    order = stage.gate.size(back, stage.account)
    assert isinstance(order, OrderRequest)
    assert (order.side, order.quantity) == (-direction, D(20))  # ten that come, and ten the other way


@pytest.mark.parametrize("direction", [0, -1])
def test_coins_are_never_sold_short(direction: int) -> None:
    """With none held there is nothing to do; with some, they are sold."""
    stage = Stage()
    wish = Signal(stage.timeline.now_ns, "impulse", SOL_COIN, direction, 1.0, 105.0, None, "")
    assert stage.gate.size(wish, stage.account) is None
    stage.hold(1, "10", SOL_COIN)
    order = stage.gate.size(wish, stage.account)
    assert isinstance(order, OrderRequest)
    assert (order.side, order.quantity, order.reduce_only) == (-1, D("9.99"), True)


def test_a_wish_becomes_an_order_with_all_of_its_words() -> None:
    """Its reason and its target, the latter on the grid."""
    stage = Stage()
    assert wished(stage, reason="it crossed", target=110.3) == OrderRequest(
        symbol=SOL, side=1, quantity=D(10), stop=D(95), target=D("110.5"), strategy="impulse", reason="it crossed"
    )
    assert wished(stage, reason="it crossed").target is None


def test_what_has_no_price_is_named_in_the_refusal_of_a_wish() -> None:
    """The symbol itself, or one that is held beside it."""
    stage = Stage()
    stage.hold(1, "2", ETH)
    stage.forget_price(ETH)
    for symbol, code in ((ETH, "NoPrice"), (SOL, "UnknownEquity")):
        wish = Signal(stage.timeline.now_ns, "carry", symbol, -1, 1.0, 105.0, None, "")
        denial = stage.gate.size(wish, stage.account)
        assert isinstance(denial, Denial)
        assert denial.code == code
        assert ETH in denial.sentence


@pytest.mark.parametrize("coins", [False, True])
def test_what_is_turned_around_does_not_take_room_from_itself(coins: bool) -> None:
    """Short 10: the room is that of the whole account, with coins beside it or without, and the 10 come on top."""
    stage = Stage()
    stage.hold(-1, "10")
    if coins:
        stage.hold(1, "1", SOL_COIN)
    others = D("99.9") if coins else D(0)
    room = 3 * stage.account.equity() - others
    assert wished(stage, quantity=D(400)).quantity == (room / D("100.3")).quantize(LOT, ROUND_DOWN) + 10


@pytest.mark.parametrize(("quantity", "passes"), [("1", True), ("0.999", False)])
def test_the_smallest_quantity_is_enough(quantity: str, passes: bool) -> None:
    """Of the exchange's, exactly."""
    stage = Stage()
    stage.change(SOL, min_quantity=D(1))
    wish = Signal(stage.timeline.now_ns, "impulse", SOL, 1, 1.0, 95.0, None, "", D(quantity))
    assert isinstance(stage.gate.size(wish, stage.account), OrderRequest if passes else Denial)
