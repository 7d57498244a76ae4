"""What only reduces passes: no limit on increases is ever held against it, however tight the limits are."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.money import ONE
from tests.denial_cases import ETH, SOL, SOL_COIN, Stage

OPTIONAL = (
    "max_position_size",
    "max_strategy_exposure",
    "max_concentration",
    "max_risk_per_trade",
    "orders_per_minute",
    "price_collar",
    "fat_finger",
    "duplicate_s",
    "max_data_age_s",
    "max_open_orders",
    "liquidation_distance",
    "carry_days",
)
TINY = Decimal("0.000001")
AMOUNTS = st.sampled_from((TINY, Decimal("0.01"), Decimal(1)))
LIMITS = st.fixed_dictionaries(
    {name: st.none() | AMOUNTS for name in OPTIONAL}
    | {
        "max_leverage": AMOUNTS,
        "daily_drawdown_limit": st.sampled_from((TINY, Decimal("0.5"))),
        "halt_loss": st.none() | st.sampled_from((TINY, Decimal(50))),
    }
)
TROUBLES = st.sets(st.sampled_from(("pause", "closed", "fault", "stale", "crossed", "unknown", "loss")))
WAYS = st.sampled_from(("market", "limit", "collar", "stop", "flagged", "by hand", "close", "signal"))


def trouble(stage: Stage, troubles: set[str], side: int) -> None:
    """Let all of these come at once."""
    kernel = stage.kernel
    if "loss" in troubles:
        stage.trade(100.0 - 4 * side, SOL)
    if "crossed" in troubles:
        stage.quote(101.0, 100.0)
    if "pause" in troubles:
        kernel.pause("the test says so")
    if "closed" in troubles:
        kernel.close_gate("the test says so")
    if "fault" in troubles:
        kernel.degrade("the test says so")
    if "stale" in troubles:
        stage.pass_time(100)
    if "unknown" in troubles:
        stage.forget_price(ETH)


def take_off(stage: Stage, way: str, side: int, quantity: Decimal) -> None:
    """An order that takes from a position on this side."""
    words: dict[str, Any] = {}
    match way:
        case "limit":
            words = {"type": "limit", "price": str(100 + 20 * side)}
        case "collar":  # so far beyond the price that no entry may reach there
            words = {"type": "limit", "price": str(100 - 50 * side)}
        case "stop":
            words = {"type": "stop_market", "trigger_price": str(100 - 20 * side), "reduce_only": True}
        case "flagged":
            words = {"reduce_only": True}
        case "by hand":
            stage.ask("sell" if side > 0 else "buy", SOL, str(quantity))
            return
        case "close":
            stage.ask("close", SOL)
            return
        case "signal":
            stage.wish(0)
            return
    stage.order(-side, quantity, **words)


@given(limits=LIMITS, troubles=TROUBLES, way=WAYS, side=st.sampled_from((1, -1)), lots=st.integers(200, 10_000))
def test_a_reduction_is_never_refused(
    limits: dict[str, Decimal | None], troubles: set[str], way: str, side: int, lots: int
) -> None:
    """Ten contracts are held, the limits would not let one of them in, and all kinds of trouble are there."""
    stage = Stage()
    for _ in range(5):
        stage.hold(side, "2")
    stage.hold(side, "0.1", ETH)
    stage.passed.clear()
    stage.gate.configure({name: value for name, value in limits.items() if value is not None})
    trouble(stage, troubles, side)
    take_off(stage, way, side, lots * Decimal("0.001"))
    assert stage.denied == []
    assert len(stage.passed) == 1


@given(limits=LIMITS, lots=st.integers(1, 9_990))
def test_coins_can_always_be_sold(limits: dict[str, Decimal | None], lots: int) -> None:
    """A spot exchange knows no reduce-only orders: what is there may be sold, with or without the word."""
    for reduce_only in (True, False):
        stage = Stage()
        stage.hold(1, "10", SOL_COIN)
        quantity = max(lots * Decimal("0.001"), Decimal("0.05"))  # less is below what the exchange takes
        stage.passed.clear()
        stage.gate.configure({name: value for name, value in limits.items() if value is not None})
        stage.kernel.close_gate("the test says so")
        stage.order(-1, min(quantity, Decimal("9.99")), SOL_COIN, reduce_only=reduce_only)
        assert stage.denied == []
        assert len(stage.passed) == 1


@given(limits=LIMITS)
def test_more_than_is_held_is_no_reduction(limits: dict[str, Decimal | None]) -> None:
    """A lot beyond the position turns it around, and is held against the limits as a whole."""
    stage = Stage()
    stage.hold(1, "10")
    stage.gate.configure({**{name: value for name, value in limits.items() if value is not None}, "max_leverage": TINY})
    stage.order(-1, "10.001", type="limit", price="100")
    assert len(stage.denied) == 1
    assert stage.account.held(SOL) == 10 * ONE
