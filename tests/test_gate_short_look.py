"""The short look says yes up to each border and not beyond it; what it cannot see through it leaves to the checks."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
import pytest

from engine.commands import OrderType, SubmitOrder
from engine.events import Execution, Quote
from engine.gate import OrderRequest
from engine.orders import Order
from risk.hands import Hand
from risk.short_look import ShortLook
from tests.denial_cases import ETH, SOL, SOL_COIN, Stage, rest
from tests.rehearsal import SECOND

D = Decimal


def asked(stage: Stage, side: int, quantity: str, **words: Any) -> bool:
    """Whether an order of a strategy passes the short look, at the figures of now."""
    account = stage.account
    hand, lease, symbol = words.pop("hand", Hand()), words.pop("lease", D(1)), words.pop("symbol", SOL)
    look = words.pop("look", None) or ShortLook(stage.gate.limits)
    request = OrderRequest(symbol=symbol, side=side, quantity=D(quantity), strategy="impulse", **words)
    return look.passes(request, None, account, hand, lease, stage.gate.losses, stage.timeline.now_ns)


def begun(*, before: Callable[[Stage], object] = Stage.settle, **words: Any) -> Stage:
    """A stage with what came before, and a ladder that knows its account."""
    stage = Stage(**words)
    before(stage)
    stage.gate.losses.begin(stage.account)
    return stage


def filters(stage: Stage, **other: Decimal) -> None:
    """The exchange has changed what it takes in SOL."""
    market = stage.account.markets[SOL]
    market.instrument = msgspec.structs.replace(market.instrument, **other)
    stage.settle()


def huge(stage: Stage) -> None:
    """Orders of any size."""
    filters(stage, max_market_quantity=D(10**9))


class Border(NamedTuple):
    """An order that just passes, and one that does not."""

    within: str
    beyond: str
    words: Mapping[str, Any] = {}  # of the stage
    order: Mapping[str, Any] = {}
    before: Callable[[Stage], object] = Stage.settle
    side: int = 1


BORDERS = {
    "leverage": Border("300", "300.001"),
    "leverage, short": Border("300", "300.001", side=-1),
    # 0.2 went as a fee: three times 9,999.8 less the 200 that are held.
    "leverage, with what is held": Border("297.994", "297.995", before=lambda stage: stage.hold(1, "2")),
    # What closes adds nothing: 2 more than three times 9,999.8.
    "leverage, turning around": Border("301.994", "301.995", before=lambda stage: stage.hold(1, "2"), side=-1),
    # 9,998 are left after the fee; half of that, less the 2,000 in ETH.
    "strategy": Border(
        "29.99", "29.991", {"max_strategy_exposure": D("0.5")}, before=lambda stage: stage.hold(1, "20", ETH)
    ),
    "strategy, beside a short": Border(
        "29.99", "29.991", {"max_strategy_exposure": D("0.5")}, before=lambda stage: stage.hold(-1, "20", ETH)
    ),
    "concentration": Border("100", "100.001", {"max_concentration": D(1)}),
    "lease": Border("150", "150.001", order={"lease": D("0.5")}),
    "risk of the tier": Border("20", "20.001", {"max_risk_per_trade": None}, {"stop": D(95)}),
    "risk of one's own": Border("40", "40.001", {"max_risk_per_trade": D("0.02")}, {"stop": D(95)}),
    "risk, short": Border("20", "20.001", {"max_risk_per_trade": None}, {"stop": D(105)}, side=-1),
    # Of a sale of 10 only 8 are opened: at a stop 5 away 40 of 9,999.8.
    "risk, turning around": Border(
        "9.999",
        "10",
        {"max_risk_per_trade": D("0.004")},
        {"stop": D(105)},
        before=lambda stage: stage.hold(1, "2"),
        side=-1,
    ),
    "position": Border("10", "10.001", {"max_position_size": D(1_000)}),
    "position, with what is held": Border(
        "8", "8.001", {"max_position_size": D(1_000)}, before=lambda stage: stage.hold(1, "2")
    ),
    "position, turning around": Border(
        "12", "12.001", {"max_position_size": D(1_000)}, before=lambda stage: stage.hold(1, "2"), side=-1
    ),
    "day": Border("99.999", "100", {"daily_drawdown_limit": D("0.05")}, {"stop": D(95)}),
    # 2 went as a fee.
    "day, with a loss": Border(
        "99.599",
        "99.6",
        {"daily_drawdown_limit": D("0.05")},
        {"stop": D(95)},
        before=lambda stage: stage.hold(1, "20", ETH),
    ),
    # Ten times what is left of 2,000 after a fee of 0.1 each.
    "margin": Border("198.019", "198.02", {"capital": "2000", "max_leverage": D(10)}),
    "margin, exactly": Border("200", "200.001", {"capital": "2020", "max_leverage": D(10)}),
    "liquidation, exactly": Border(
        "100", "100.001", {"capital": "1110", "max_leverage": D(10), "liquidation_distance": D("0.1")}
    ),
    # 10 % and the 1 % that has to be kept.
    "liquidation": Border(
        "180.18",
        "180.181",
        {"capital": "2000", "max_leverage": D(10), "liquidation_distance": D("0.1")},
    ),
    "first tier of the margin": Border(
        "10000", "10000.001", {"capital": "1000000", "liquidation_distance": D("0.1")}, before=huge
    ),
    # As the instrument has it: every price is 100, and a lot a thousandth.
    "smallest quantity": Border("0.05", "0.049"),
    "largest quantity": Border("500", "500.001", {"capital": "1000000"}),
    "lot": Border("1.001", "1.0015"),
    "smallest value": Border("0.06", "0.059", before=lambda stage: filters(stage, min_notional=D(6))),
    "least, whatever it is worth": Border("0.1", "0.099", before=lambda stage: filters(stage, min_quantity=D("0.1"))),
}


@pytest.mark.parametrize("border", BORDERS.values(), ids=BORDERS)
def test_it_says_yes_up_to_the_border(border: Border) -> None:
    """By one lot."""
    stage = begun(before=border.before, **border.words)
    assert asked(stage, border.side, border.within, **border.order) is True
    assert asked(stage, border.side, border.beyond, **border.order) is False


def test_a_day_that_has_lost_too_much_takes_no_order_without_a_stop_either() -> None:
    """Two dollars of a fee reach a limit of two dollars."""
    words = {"before": lambda stage: stage.hold(1, "20", ETH)}
    assert not asked(begun(daily_drawdown_limit=D("0.0002"), **words), 1, "1")
    assert asked(begun(daily_drawdown_limit=D("0.00021"), **words), 1, "1")


def test_without_a_distance_the_first_tier_is_no_border() -> None:
    """The leverage alone decides."""
    assert asked(begun(before=huge, capital="1000000"), 1, "10000.001")


@pytest.mark.parametrize(
    "words",
    [
        {"price": D(1)},
        {"trigger_price": D(1)},
        {"carry": D(1)},
        {"trail": D("0.7")},
        {"target": D(110)},
        {"reduce_only": True},
        {"type": OrderType.LIMIT},
        {"type": OrderType.TRAILING_STOP},
    ],
    ids=str,
)
def test_what_is_no_plain_entry_at_the_market_is_for_the_checks(words: dict[str, Any]) -> None:
    """However small it is."""
    stage = begun()
    assert asked(stage, 1, "1")
    assert not asked(stage, 1, "1", **words)


@pytest.mark.parametrize(
    ("side", "stop", "passes"),
    [
        (1, "99.5", True),
        (1, "100", False),
        (1, "100.5", False),
        (-1, "100.5", True),
        (-1, "100", False),
        (-1, "99.5", False),
        (1, "99.7", False),  # on no tick
        (1, "40", True),
        (1, "39.5", False),  # beyond the prices that the exchange knows
        (-1, "160", True),
        (-1, "160.5", False),
    ],
)
def test_a_stop_stands_where_it_can(side: int, stop: str, passes: bool) -> None:
    """On its side of the price, on a tick, and within the prices that there are."""
    stage = begun(before=lambda stage: filters(stage, min_price=D(40), max_price=D(160)))
    assert asked(stage, side, "1", stop=D(stop)) is passes


@pytest.mark.parametrize(("age_ns", "passes"), [(0, True), (SECOND, True), (SECOND + 1, False)])
def test_prices_are_as_old_as_they_may_be(age_ns: int, passes: bool) -> None:
    """By the limit; of this very moment there is nothing to ask."""
    stage = begun(max_data_age_s=D(1))
    stage.trade(100.0, SOL)
    stage.timeline.advance(stage.timeline.now_ns + age_ns)
    assert asked(stage, 1, "1") is passes


@pytest.mark.parametrize(("bid", "passes"), [(99.5, True), (100.0, False), (100.5, False)])
def test_a_crossed_book_is_for_the_checks(bid: float, passes: bool) -> None:
    """Also in the very moment of its news."""
    stage = begun()
    stage.kernel.bus.publish(Quote(stage.timeline.now_ns, SOL, bid, 100.0, 1.0, 1.0))
    assert asked(stage, 1, "1") is passes


def sold_elsewhere(stage: Stage) -> None:
    """Somebody sells 40 ETH at the exchange itself."""
    now_ns = stage.timeline.now_ns
    sale = Execution(now_ns, "hand", "nobody's", ETH, -1, D(40), D(100), D(0), "USDT", maker=False)
    stage.kernel.bus.publish(sale)


def test_shares_that_stand_against_each_other_are_for_the_checks() -> None:
    """40 were bought by a strategy and sold elsewhere: the account holds nothing of them, and the strategy does."""
    limits: dict[str, Any] = {"max_strategy_exposure": D("0.5")}
    stage = begun(**limits)
    stage.hold(1, "40", ETH)
    assert asked(stage, 1, "1")
    sold_elsewhere(stage)
    assert not stage.account.held(ETH)
    assert not asked(stage, 1, "1")
    stage.order(1, "30")
    assert [denial.code for denial in stage.denied] == ["StrategyTooLarge"]
    limits["max_strategy_exposure"] = None
    stage = begun(**limits)
    stage.hold(1, "40", ETH)
    sold_elsewhere(stage)
    assert asked(stage, 1, "1")
    assert not asked(stage, 1, "1", lease=D("0.5"))


def test_without_a_price_somewhere_the_checks_say_where() -> None:
    """Of what is asked for, and of what is held beside it."""
    stage = begun(before=lambda stage: stage.hold(1, "1", ETH))
    assert asked(stage, 1, "1")
    stage.account.markets[ETH].last = None
    assert not asked(stage, 1, "1")
    other = begun()
    other.account.markets[SOL].last = None
    assert not asked(other, 1, "1")


# --- hands


def entered(quantities: list[str], stage: Stage, ago_ns: int = 10 * SECOND) -> Hand:
    """A hand that entered these, all at one moment."""
    hand = Hand()
    for quantity in quantities:
        command = SubmitOrder(order_id="x", symbol=SOL, side=1, type=OrderType.MARKET, quantity=D(quantity))
        hand.entered(Order(command, "impulse", stage.timeline.now_ns - ago_ns, ""))
    return hand


@pytest.mark.parametrize(("rate", "passes"), [("2", False), ("2.001", True), ("3", True), (None, True)])
def test_the_rate_of_a_hand(rate: str | None, passes: bool) -> None:
    """Two within the minute: at a limit of two the third is for the checks."""
    stage = begun(orders_per_minute=None if rate is None else D(rate))
    assert asked(stage, 1, "5", hand=entered(["1", "2"], stage)) is passes


@pytest.mark.parametrize(
    ("window_s", "ago_ns", "passes"),
    [
        ("1", SECOND, False),
        ("1", SECOND + 1, True),
        ("0.5", SECOND // 2, False),
        ("0.5", SECOND // 2 + 1, True),
        (None, 0, True),
    ],
)
def test_who_entered_just_now_is_looked_at_closely(window_s: str | None, ago_ns: int, passes: bool) -> None:
    """It might be the same again, whatever it is."""
    stage = begun(duplicate_s=None if window_s is None else D(window_s))
    assert asked(stage, 1, "5", hand=entered(["1"], stage, ago_ns)) is passes


@pytest.mark.parametrize(
    ("times", "entries", "quantity", "passes"),
    [
        ("20", 5, "20", True),
        ("20", 5, "20.001", False),
        ("20", 4, "200", True),  # nothing is usual yet
        (None, 5, "200", True),
    ],
)
def test_the_usual_quantity(times: str | None, entries: int, quantity: str, passes: bool) -> None:
    """Twenty times what is usual, once that is known."""
    stage = begun(fat_finger=None if times is None else D(times))
    assert asked(stage, 1, quantity, hand=entered(["1"] * entries, stage)) is passes


@pytest.mark.parametrize(("most", "passes"), [("1", False), ("1.5", True), ("2", True), (None, True)])
def test_stops_that_rest_count_as_orders(most: str | None, passes: bool) -> None:
    """One protects what is held."""

    def protect(stage: Stage) -> None:
        stage.hold(1, "2")
        stage.do("protect", SOL, stop=50)
        assert len(stage.account.open_orders) == 1

    assert asked(begun(before=protect, max_open_orders=None if most is None else D(most)), 1, "1") is passes


def test_a_share_or_a_leverage_that_has_changed_counts_at_once() -> None:
    """What was worked out for a symbol goes with both."""
    stage = begun(max_leverage=D(3))
    look, whole, tenth = ShortLook(stage.gate.limits), D(1), D("0.1")
    assert asked(stage, 1, "100", look=look, lease=whole)
    assert not asked(stage, 1, "100", look=look, lease=tenth)
    assert asked(stage, 1, "29", look=look, lease=tenth)
    assert asked(stage, 1, "100", look=look, lease=whole)
    stage.account.leverage = D("0.5")
    assert not asked(stage, 1, "100", look=look, lease=whole)
    assert asked(stage, 1, "49", look=look, lease=whole)


# --- the figures


@pytest.mark.parametrize(
    "before",
    [lambda stage: rest(stage, "90"), lambda stage: stage.hold(1, "1", SOL_COIN)],
    ids=["an entry waits", "a coin is held"],
)
def test_where_it_is_not_so_simple_the_checks_are_asked(before: Callable[[Stage], object]) -> None:
    """The whole of the account counts there."""
    assert not asked(begun(before=before), 1, "1")


def test_stops_that_rest_and_other_contracts_are_simple_and_coins_never() -> None:
    """Neither can become an entry."""
    stage = begun()
    stage.hold(1, "20", ETH)
    stage.hold(-1, "5")
    stage.do("protect", SOL, stop=150)
    assert asked(stage, -1, "1")
    assert not asked(stage, 1, "1", symbol=SOL_COIN)
