"""The way out is free: what closes passes beside a refused entry, and opens no other side while entries are closed."""

from decimal import Decimal
from typing import Any

import pytest

from tests.denial_cases import SOL, Stage

D = Decimal
# Each refuses to be short, to whoever is long 10 and asks for a sale of 110.
REFUSALS: dict[str, dict[str, str]] = {
    "RiskTooLarge": {"max_risk_per_trade": "0.001"},
    "PositionTooLarge": {"max_position_size": "5000"},
    "StrategyTooLarge": {"max_strategy_exposure": "0.5"},
    "TooConcentrated": {"max_concentration": "0.5"},
    "LeverageTooHigh": {"max_leverage": "0.5"},
    "DailyDrawdownLimit": {"daily_drawdown_limit": "0.02"},
    "OrderRateTooHigh": {"orders_per_minute": "1"},
    "FatFinger": {"fat_finger": "2"},
    "LiquidationTooClose": {"liquidation_distance": "2"},
    "TooManyOrders": {"max_open_orders": "1"},
    "StaleData": {"max_data_age_s": "5"},
}


@pytest.mark.parametrize("code", REFUSALS)
def test_the_half_that_closes_passes(code: str) -> None:
    """Whatever speaks against the other side: the position is closed, and the refusal says so."""
    stage = Stage()
    for _ in range(5):
        stage.hold(1, "2")
    stage.order(1, "1", type="limit", price="50")
    stage.settle()
    loose = {"daily_drawdown_limit": D("0.9"), "max_risk_per_trade": D(1)}
    stage.gate.configure(loose | {name: D(value) for name, value in REFUSALS[code].items()})
    if code == "StaleData":
        stage.pass_time(6)
    stage.order(-1, "110", stop="105")
    stage.settle()
    assert [denied.code for denied in stage.denied] == [code]
    assert stage.denied[0].passes == "the half that closes passes"
    assert stage.account.held(SOL) == 0


@pytest.mark.parametrize(
    ("code", "words", "limits"),
    [
        ("StopOnWrongSide", {"stop": 99.0}, {}),
        ("NoStop", {}, {"default_stop": None}),
        ("TooSmall", {"stop": 1000.0}, {"risk_per_trade": D("0.000001")}),
    ],
)
def test_a_strategy_that_may_not_turn_around_leaves(code: str, words: dict[str, Any], limits: dict[str, Any]) -> None:
    """It wants to be short and nothing says how much: it is no longer long."""
    stage = Stage(**limits)
    stage.hold(1, "10")
    stage.wish(-1, **words)
    stage.settle()
    assert [denied.code for denied in stage.denied] == [code]
    assert stage.account.held(SOL) == 0


@pytest.mark.parametrize("closing", ["halt", "pause", "gate", "fault"])
def test_while_entries_are_closed_two_exits_do_not_turn_a_position_around(closing: str) -> None:
    """A stop fires while the person's sale is on its way: what is left is flat, and not short."""
    stage = Stage(daily_drawdown_limit=D("0.05"))
    stage.hold(1, "100")
    stage.do("protect", SOL, stop=90)
    match closing:
        case "halt":
            stage.trade(94.5, SOL)
            stage.pass_time()
            assert stage.gate.halted() is not None
        case "pause":
            stage.kernel.pause("the test says so")
        case "gate":
            stage.kernel.close_gate("the test says so")
        case "fault":
            stage.kernel.degrade("the test says so")
    stage.settle()
    stage.ask("sell", SOL, "100")
    stage.trade(89.0, SOL, after_ns=20_000_000)
    stage.settle()
    assert stage.account.held(SOL) == 0


def test_a_malformed_order_is_refused_as_a_whole() -> None:
    """Nobody guesses which part of it was meant."""
    stage = Stage()
    stage.hold(1, "10")
    stage.order(-1, "20.0005")
    stage.settle()
    assert [denied.code for denied in stage.denied] == ["OffLot"]
    assert stage.account.held(SOL) == 10


@pytest.mark.parametrize("words", [{"stop": 105}, {"stop": 95}, {"target": 120}])
def test_a_closing_order_leaves_without_the_exits_it_named(words: dict[str, Any]) -> None:
    """They would end nothing, and one that was passed had the venue turn the order away: the position stayed."""
    stage = Stage()
    stage.do("buy", SOL, "2")
    said = stage.do("sell", SOL, "2", **words)
    assert said.endswith("2 at 100 on average; it only closes, so no stop and no target went with it")
    assert stage.account.held(SOL) == 0


def test_a_closing_limit_rests_without_the_stop_it_named() -> None:
    """Its stop would be one of nothing."""
    stage = Stage()
    stage.do("buy", SOL, "2")
    assert stage.do("sell", SOL, "2", limit=101, stop=150).endswith(
        "is accepted; it only closes, so no stop and no target went with it"
    )
    assert not stage.account.stops(SOL)


def test_exits_of_what_turns_a_position_around_are_kept() -> None:
    """They are those of the new side."""
    stage = Stage()
    stage.do("buy", SOL, "2")
    assert stage.do("sell", SOL, "5", stop=105).endswith("5 at 100 on average")
    assert [stop.trigger_price for stop in stage.account.stops(SOL)] == [105]
