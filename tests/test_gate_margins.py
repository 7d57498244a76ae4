"""Cash, margin, liquidation, limits and carry exactly at their borders: what is just enough is enough."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from engine.gate import OrderRequest
from engine.instruments import MarginTier
from tests.denial_cases import SOL, SOL_COIN, Stage

D = Decimal
STEPS = (
    MarginTier(D(10_000), D(50), D("0.01")),
    MarginTier(D(50_000), D(20), D("0.03")),
    MarginTier(D(100_000), D(10), D("0.05")),
)


def refusals(stage: Stage, quantity: str, symbol: str = SOL, carry: str | None = None) -> list[tuple[str, str]]:
    """Codes and sentences that a purchase meets."""
    if carry is None:
        stage.order(1, quantity, symbol)
    else:
        stage.order(1, quantity, symbol, carry=carry)
    return [(denied.code, denied.sentence) for denied in stage.denied]


def test_cash_to_the_last_cent() -> None:
    """100 coins and a tenth of a per cent of fee are 10,010; with a cent less they are too many."""
    assert refusals(Stage(capital="10010"), "100", SOL_COIN) == []
    assert [code for code, _ in refusals(Stage(capital="10009.99"), "100", SOL_COIN)] == ["NotEnoughCash"]


def test_margin_to_the_last_cent() -> None:
    """200 are worth 20,000, which is ten times what a fee of 20 leaves of 2,020."""
    assert refusals(Stage(capital="2020", max_leverage=D(10)), "200") == []
    assert [code for code, _ in refusals(Stage(capital="2019.99", max_leverage=D(10)), "200")] == ["NotEnoughMargin"]


def test_a_leverage_that_is_changed_in_the_run_counts_at_once() -> None:
    """Both ways: what it allows is also what margin is counted with."""
    stage = Stage(capital="2020", max_leverage=D(10))
    for leverage, codes in (("1", ["LeverageTooHigh"]), ("10", [])):
        stage.kernel.change_limit("risk.max_leverage", leverage)
        assert stage.account.leverage == D(leverage)
        stage.denied.clear()
        assert [code for code, _ in refusals(stage, "200")] == codes


def test_a_run_begins_with_the_leverage_of_its_limits() -> None:
    """Whatever the one before had."""
    stage = Stage(max_leverage=D(10))
    stage.kernel.begin_run({"max_leverage": D(2)})
    assert stage.account.leverage == 2


@pytest.mark.parametrize(
    ("quantity", "capital"),
    [
        ("100", "1110"),  # 10,000 in the first step: 11 % of it and the fee
        ("100.001", "1310.0131"),  # a lot more is in the second: 13 %
        ("500", "6550"),
        ("500.001", "7550.0151"),  # the third: 15 %
        ("1000.001", "15100.0151"),  # and beyond the last it stays the last
    ],
)
def test_each_step_of_the_margin_keeps_its_part(quantity: str, capital: str) -> None:
    """A move of 10 % has to be survived, with what the exchange keeps at that size."""
    for missing, codes in (("0", []), ("0.001", ["LiquidationTooClose"])):
        stage = Stage(capital=str(D(capital) - D(missing)), max_leverage=D(10), liquidation_distance=D("0.1"))
        market = stage.kernel.markets[SOL]
        market.instrument = msgspec.structs.replace(
            market.instrument, tiers=STEPS, max_market_quantity=D(10_000), max_quantity=D(10_000)
        )
        assert [code for code, _ in refusals(stage, quantity)] == codes


@pytest.mark.parametrize(
    ("carry", "sentence"),
    [
        ("0.0001", None),  # 20 days of it are the 0.2 % that in and out cost
        ("0.00009999", "the costs would be earned back in 20.0 days; 20 is the limit"),
        ("0.00005", "the costs would be earned back in 40.0 days; 20 is the limit"),
        ("0", "holding it earns nothing, so the costs are never earned back; 20 days are the limit"),
        ("-0.0001", "holding it earns nothing, so the costs are never earned back; 20 days are the limit"),
    ],
)
def test_a_carry_that_just_pays_in_time(carry: str, sentence: str | None) -> None:
    """And one that never does."""
    found = refusals(Stage(carry_days=D(20)), "1", carry=carry)
    if sentence is None:
        assert found == []
    else:
        ((code, told),) = found
        assert code == "CarryTooThin"
        assert sentence in told


# --- limits, with a limit price: the short look leaves such an order to the checks


@pytest.mark.parametrize(
    ("words", "order", "within", "beyond", "code"),
    [
        ({"max_risk_per_trade": None}, {"stop": "95"}, "20", "20.001", "RiskTooLarge"),
        ({"max_position_size": D(1_000)}, {}, "10", "10.001", "PositionTooLarge"),
        ({"max_strategy_exposure": D("0.5")}, {}, "50", "50.001", "StrategyTooLarge"),
        ({"max_concentration": D(1)}, {}, "100", "100.001", "TooConcentrated"),
        ({"strategies": 2}, {}, "150", "150.001", "LeaseUsedUp"),
        ({}, {}, "300", "300.001", "LeverageTooHigh"),
        ({"daily_drawdown_limit": D("0.05")}, {"stop": "95"}, "99.999", "100", "DailyDrawdownLimit"),
    ],
)
def test_each_limit_is_kept_to_the_lot(
    words: dict[str, Any], order: dict[str, Any], within: str, beyond: str, code: str
) -> None:
    """Exactly the limit passes; of the day's, only what stays below it."""
    for quantity, codes in ((within, []), (beyond, [code])):
        stage = Stage(**words)
        stage.settle()
        stage.order(1, quantity, type="limit", price="100", **order)
        assert [denied.code for denied in stage.denied] == codes
        if codes:
            assert dict(stage.denied[0].numbers)["fits"] == D(within)


def test_what_the_day_has_lost_is_no_longer_there_to_lose() -> None:
    """2 went as a fee, and 498 are left of 500: a lot less than 99.6 with a stop 5 away."""
    stage = Stage(daily_drawdown_limit=D("0.05"))
    stage.hold(1, "20", "ETH/USDT:USDT")
    stage.order(1, "150", stop="95")
    (denied,) = stage.denied
    assert denied.numbers == (("loss", D(2)), ("risk", D(750)), ("limit", D(500)), ("fits", D("99.599")))


def test_a_day_that_has_lost_its_limit_takes_no_order_without_a_stop() -> None:
    """Nothing would pass before midnight; no stop is asked for that is not there."""
    stage = Stage(daily_drawdown_limit=D("0.0002"))
    stage.hold(1, "20", "ETH/USDT:USDT")
    request = OrderRequest(symbol=SOL, side=1, quantity=D(1))
    denial = stage.gate.check(request, stage.account, stage.timeline.now_ns)
    assert denial is not None
    assert denial.numbers == (("loss", D(2)), ("risk", D(0)), ("limit", D(2)), ("fits", D(0)))
    assert denial.passes == "a new day (UTC) opens it again"


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("quantity", ["0.05", "0.5", "7"])
def test_the_way_out_is_the_other_side(side: int, quantity: str) -> None:
    """However little is held."""
    stage = Stage()
    stage.hold(side, quantity)
    stage.passed.clear()
    stage.wish(0)
    assert [order.quantity for order in stage.passed] == [D(quantity)]
    stage.settle()
    assert stage.account.held(SOL) == 0
