"""The size that a refusal names passes everything, not only the check that named it."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.gate import Denial, OrderRequest
from risk.gate import Gate
from tests.denial_cases import ETH, SOL, SOL_COIN, Stage, rest

D = Decimal


def answer(stage: Stage, quantity: str | Decimal, symbol: str = SOL, side: int = 1, **words: Any) -> Denial | None:
    """Of the gate, to an order of a strategy."""
    request = OrderRequest(symbol=symbol, side=side, quantity=D(quantity), strategy="impulse", **words)
    return stage.gate.check(request, stage.account, stage.timeline.now_ns)


def refusal(stage: Stage, quantity: str, **words: Any) -> Denial:
    """There has to be one."""
    denial = answer(stage, quantity, **words)
    assert denial is not None
    return denial


def named(denial: Denial) -> Decimal:
    """The size that it names."""
    return dict(denial.numbers)["fits"]


def test_of_two_limits_the_size_keeps_to_the_tighter_one() -> None:
    """The position may be worth 2,000, and a day that may lose 500 allows 100 contracts with a stop 5 away."""
    stage = Stage(max_position_size=D(20_000), daily_drawdown_limit=D("0.05"))
    denial = refusal(stage, "250", stop=D(95))
    assert denial.code == "PositionTooLarge"
    assert named(denial) == D("99.999")
    assert denial.passes == "99.999 would pass"
    assert answer(stage, "99.999", stop=D(95)) is None
    assert refusal(stage, "100", stop=D(95)).code == "DailyDrawdownLimit"


def test_the_exchanges_largest_order_may_be_more_than_the_account_carries() -> None:
    """500 contracts at 100 are five times the equity."""
    denial = refusal(Stage(), "600")
    assert (denial.code, named(denial)) == ("AboveMaximumQuantity", D(300))
    assert denial.told.endswith("; 300 would pass")


def test_the_exchanges_smallest_order_may_be_more_than_the_limits_allow() -> None:
    """Then no size passes, and the refusal says what stands in the way."""
    stage = Stage(max_position_size=D(5))
    stage.change(SOL, min_quantity=D("0.1"))
    denial = refusal(stage, "0.09")
    assert (denial.code, named(denial)) == ("BelowMinimumQuantity", D(0))
    assert denial.passes == (
        "other sizes meet another limit: the position in SOL/USDT:USDT would be worth 10.00; the limit is 5.00; "
        "what reduces would pass, nothing that adds"
    )


def test_all_but_the_size_stays_what_was_said() -> None:
    """The sentence and the other numbers are those of the limit that was met first."""
    denial = refusal(Stage(max_position_size=D(20_000), daily_drawdown_limit=D("0.05")), "250", stop=D(95))
    assert denial.sentence == "the position in SOL/USDT:USDT would be worth 25,000.00; the limit is 20,000.00"
    assert dict(denial.numbers) == {"after": 25_000, "limit": 20_000, "fits": D("99.999")}


def test_a_size_is_tried_at_the_prices_of_now() -> None:
    """Their age is looked at as well."""
    stage = Stage(max_data_age_s=D(30))
    stage.trade(100.0, SOL)
    assert named(refusal(stage, "600")) == 300
    stage.pass_time(31)
    assert refusal(stage, "600").passes == (
        "other sizes meet another limit: the newest price of SOL/USDT:USDT is 31 s old; 30 s is the limit; "
        "the next price opens it again"
    )


def test_where_the_price_is_wrong_no_size_is_right() -> None:
    """The limit is 30 % above the fair price, whatever the size."""
    denial = refusal(Stage(price_collar=D("0.05")), "300", price=D(130))
    assert (denial.code, named(denial)) == ("LeverageTooHigh", D(0))
    assert denial.passes == (
        "other sizes meet another limit: the limit 130 is more than 5 % above the fair price 100; 105 would pass"
    )


def test_a_sale_of_coins_is_measured_by_the_coins_first() -> None:
    """Not by a leverage that a sale of coins that are not there cannot use."""
    stage = Stage()
    denial = refusal(stage, "5", symbol=SOL_COIN, side=-1)
    assert (denial.code, named(denial)) == ("NotEnoughCoins", D(0))
    assert denial.told == (
        "5 SOL would be sold, and 0 are there; coins are not lent here; what reduces would pass, nothing that adds"
    )


def test_all_coins_that_are_there_can_be_sold() -> None:
    """4.995 are left of five; a crumb more is too much."""
    stage = Stage()
    stage.hold(1, "5", SOL_COIN)
    denial = refusal(stage, "4.996", symbol=SOL_COIN, side=-1, price=D(120))
    assert denial.code == "NotEnoughCoins"
    assert dict(denial.numbers) == {"coins": D("4.995"), "fits": D("4.995")}
    assert denial.told == "4.996 SOL would be sold, and 4.995 are there; coins are not lent here; 4.995 would pass"
    assert answer(stage, "4.995", symbol=SOL_COIN, side=-1, price=D(120)) is None
    stage.change(SOL_COIN, min_quantity=D(10))
    assert named(refusal(stage, "12", symbol=SOL_COIN, side=-1)) == 0


@pytest.mark.parametrize(
    ("words", "code", "price"),
    [
        ({"stop": "101"}, "StopOnWrongSide", "100"),
        ({"price": "102", "stop": "101"}, "StopOnWrongSide", "100"),  # it is filled at the mark
        ({"price": "98", "stop": "99"}, "StopOnWrongSide", "98"),
        ({"trigger_price": "105", "price": "106", "stop": "107"}, "StopOnWrongSide", "106"),
        ({"price": "102", "target": "101"}, "TargetOnWrongSide", "102"),
        ({"target": "99"}, "TargetOnWrongSide", "100"),
    ],
)
def test_exits_that_the_entry_would_find_passed_never_leave(words: dict[str, str], code: str, price: str) -> None:
    """Measured from where it is filled: at the mark or at its limit, whichever is nearer to the exit."""
    wrong_way: dict[str, Any] = {name: D(word) for name, word in words.items()}
    denial = refusal(Stage(), "1", **wrong_way)
    assert denial.code == code
    assert dict(denial.numbers)["price"] == D(price)
    for side in (1, -1):
        wrong: dict[str, Any] = {name: 200 - D(word) if side < 0 else D(word) for name, word in words.items()}
        mirrored = refusal(Stage(), "1", side=side, **wrong)
        assert mirrored.code == code


@pytest.mark.parametrize(("side", "target", "way"), [(1, "99", "above"), (-1, "101", "below")])
def test_a_wrong_target_is_told_with_its_numbers(side: int, target: str, way: str) -> None:
    """Which side would be right depends on the order."""
    denial = refusal(Stage(), "1", side=side, target=D(target))
    assert denial.told == f"the target {target} is on the losing side of 100; a target {way} 100 would pass"
    assert dict(denial.numbers) == {"target": D(target), "price": D(100)}


def test_a_wish_whose_stop_is_the_price_is_refused_before_it_is_sized() -> None:
    """Nothing can be divided by no distance."""
    stage = Stage()
    stage.wish(-1, stop=100.0)
    assert [denied.code for denied in stage.denied] == ["StopOnWrongSide"]


def test_a_stop_of_a_stop_entry_may_lie_between_the_mark_and_the_entry() -> None:
    """It is bought at 105, so 102 is below it."""
    assert answer(Stage(), "1", trigger_price=D(105), stop=D(102), target=D(110)) is None


def test_a_gate_that_has_judged_nothing_yet_knows_its_tier() -> None:
    """The very first thing it is asked may be an order."""
    stage = Stage(max_risk_per_trade=None)
    gate = Gate(stage.gate.limits)
    request = OrderRequest(symbol=SOL, side=1, quantity=D(1), stop=D(95))
    assert gate.check(request, stage.account, stage.timeline.now_ns) is None
    assert gate.losses.tier.name == "Strategist"


def test_a_reduction_is_asked_for_no_exits() -> None:
    """Whatever stands beside it."""
    stage = Stage()
    stage.hold(1, "5")
    assert answer(stage, "5", side=-1, stop=D(90)) is None


@given(
    quantity=st.integers(1, 900_000),
    stop=st.sampled_from([None, "99", "95", "60"]),
    price=st.sampled_from([None, "90", "101", "104"]),
    symbol=st.sampled_from([SOL, SOL_COIN]),
    limits=st.fixed_dictionaries(
        {},
        optional={
            "max_leverage": st.sampled_from([D("0.5"), D(3), D(10)]),
            "max_position_size": st.sampled_from([D(50), D(4_000)]),
            "max_strategy_exposure": st.sampled_from([D("0.01"), D(1)]),
            "max_concentration": st.sampled_from([D("0.3"), D(1)]),
            "max_risk_per_trade": st.sampled_from([D("0.001"), D("0.01")]),
            "daily_drawdown_limit": st.sampled_from([D("0.002"), D("0.05")]),
            "liquidation_distance": st.sampled_from([D("0.1"), D("0.6")]),
            "price_collar": st.just(D("0.03")),
        },
    ),
    others=st.booleans(),
)
def test_whatever_size_is_named_passes(
    quantity: int, stop: str | None, price: str | None, symbol: str, limits: dict[str, Any], others: bool
) -> None:
    """Over limits of all kinds, prices, stops, coins and what is there already; with none named, none is promised."""
    stage = Stage(capital="5000", **limits)
    if others:
        stage.hold(1, "2", ETH)
        rest(stage, "70")
    words: dict[str, Any] = {name: D(word) for name, word in (("stop", stop), ("price", price)) if word is not None}
    asked = D(quantity) / 1000
    denial = answer(stage, asked, symbol, **words)
    if denial is None or "fits" not in dict(denial.numbers):
        return
    fits = named(denial)
    if fits:
        assert answer(stage, fits, symbol, **words) is None
        assert fits < asked or denial.code.startswith("Below")
    else:
        assert (
            "would pass" not in denial.passes.split(":")[0]
            or "a nearer stop" in denial.passes
            or ("what reduces would pass" in denial.passes)
        )
