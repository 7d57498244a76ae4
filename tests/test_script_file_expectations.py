"""Expectations: paths into the snapshot, comparisons, and what counts as found."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.snapshot import HealthView, Snapshot, to_json_object
from hean_tui.errors import BadValue
from hean_tui.expectations import OPERATORS, evaluate, read_expectation
from hean_tui.snapshot_shape import roots

PICTURE: dict[str, Any] = {
    "schema": 1,
    "engine": {"state": "killed", "time": "2026-01-01T00:20:00.000Z", "seed": 7},
    "account": {"equity": "9985.10", "unrealised": "0"},
    "positions": [
        {"symbol": "BTC/USDT:USDT", "side": "long", "quantity": "0.0100", "stop_price": None},
        {"symbol": "ETH/USDT:USDT", "side": "short", "quantity": "2", "stop_price": "2600"},
        {"symbol": "SOL/USDT:USDT", "side": "long", "quantity": "3", "stop_price": "130"},
    ],
    "orders": [],
    "risk": {"halted": False, "halt_reason": "daily loss of 5.2 %", "loss": {"day": "-15"}, "lift": "none"},
    "tilt": {"reasons": ["third loss in a row", "size up"]},
    "health": {"feed": {"state": "healthy"}},
    "counts": {"fills": 2},
}


def judge(text: str) -> tuple[bool, Any]:
    """Read an expectation as a script writes it, and judge it on the picture."""
    path, operator, value = text.split(maxsplit=2)
    return evaluate(read_expectation(path, operator, value), PICTURE)


@pytest.mark.parametrize(
    ("text", "holds", "found"),
    [
        ("engine.state == killed", True, "killed"),
        ("engine.state != killed", False, "killed"),
        ("engine.seed == 7.0", True, 7),
        ("account.equity == 9985.1", True, "9985.10"),
        ("account.equity > 9985", True, "9985.10"),
        ("account.equity < 10000", True, "9985.10"),
        ("account.equity >= 9985.10", True, "9985.10"),
        ("account.equity <= 9985.0999", False, "9985.10"),
        ("account.unrealised == 0.00", True, "0"),
        ("risk.loss.day < 0", True, "-15"),
        ("risk.halted == false", True, False),
        ("risk.halted == True", False, False),
        ("risk.halt_reason contains daily loss", True, "daily loss of 5.2 %"),
        ("engine.time > 2026-01-01T00:19", True, "2026-01-01T00:20:00.000Z"),
        ("positions.count == 3", True, 3),
        ("orders.count == 0", True, 0),
        ("positions[side=long].count == 2", True, 2),
        ("positions[side=flat].count == 0", True, 0),
        ("positions[side=long][symbol=SOL/USDT:USDT].quantity == 3", True, "3"),
        ("positions[symbol=BTC/USDT:USDT].quantity == 0.01", True, "0.0100"),
        ("positions[quantity=2.0].symbol == ETH/USDT:USDT", True, "ETH/USDT:USDT"),
        ("positions[symbol=BTC/USDT:USDT].stop_price == null", True, None),
        ("positions[symbol=ETH/USDT:USDT].stop_price != null", True, "2600"),
        ("positions[symbol=DOGE/USDT].quantity == 0", False, None),
        ("positions[symbol=DOGE/USDT] == null", True, None),
        ("tilt.reasons contains size up", True, ["third loss in a row", "size up"]),
        ("tilt.reasons contains loss in", True, ["third loss in a row", "size up"]),
        ("tilt.reasons contains lucky", False, ["third loss in a row", "size up"]),
        ("tilt.reasons.count == 2", True, 2),
        ("health contains feed", True, {"feed": {"state": "healthy"}}),
        ("health.feed.state == healthy", True, "healthy"),
        ("reconcile.last_at == null", True, None),
        ("reconcile.last_at < 5", False, None),
    ],
)
def test_an_expectation_finds_and_compares(text: str, holds: bool, found: Any) -> None:
    """Numbers as numbers however they are written, the rest as text; what is unknown is null."""
    assert judge(text) == (holds, found)


def test_a_real_snapshot_can_be_looked_into() -> None:
    """The names a path may begin with are those of the engine's own picture."""
    picture = to_json_object(Snapshot())
    assert set(picture) == set(roots())
    assert evaluate(read_expectation("engine.state", "==", "stopped"), picture) == (True, "stopped")
    assert evaluate(read_expectation("account.equity", "==", "null"), picture) == (True, None)


@pytest.mark.parametrize("path", ["", ".", "engine..state", "engine.", "positions[0]", "positions[symbol]", "a b", "é"])
def test_a_path_that_is_none_is_refused(path: str) -> None:
    """Before the run, not at its end."""
    with pytest.raises(BadValue):
        read_expectation(path, "==", "1")


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("account.equty", "did you mean equity?"),
        ("enigne.state", "did you mean engine?"),
        ("risk.loss.dai", "did you mean day?"),
        ("health.feed.stat", "did you mean state?"),
        ("positions[sym=BTC/USDT].count", "did you mean symbol?"),
        ("positions[side=long].quantty", "did you mean quantity?"),
        ("orders[status=filed].count", "did you mean filled?"),
        ("positions.quantity", "positions[symbol=...].quantity"),
        ("counts.fills.count", "single value"),
        ("engine.state.word", "single value"),
        ("engine[state=running].mode", "no list"),
        ("tilt.reasons[a=b]", "no list"),
        ("tilt.reasons.first", "reasons.count"),
        ("equity_curve.count", 'no "equity_curve"'),
        ("risk.limits", "did you mean day_limit?"),
    ],
)
def test_a_name_that_no_snapshot_has_is_refused(path: str, told: str) -> None:
    """Otherwise `!=` would hold for ever; the sentence says what was probably meant."""
    for operator in ("!=", "=="):
        with pytest.raises(BadValue) as refusal:
            read_expectation(path, operator, "5")
        assert told in str(refusal.value)


@pytest.mark.parametrize("path", ["engine.state", "orders[symbol=BTC/USDT].status"])
def test_a_word_that_a_field_never_is_is_refused(path: str) -> None:
    """Only where the field is made of known words, and what is unknown may be asked for."""
    for operator in ("==", "!="):
        with pytest.raises(BadValue, match="is never"):
            read_expectation(path, operator, "kiled")
        read_expectation(path, operator, "null")
    read_expectation(path, "contains", "ed")


def test_every_name_of_a_real_snapshot_can_be_asked_for() -> None:
    """Each field that `--json` prints, at any depth, is a path that is understood."""

    def walk(part: Any, path: str) -> None:
        if isinstance(part, dict):
            for name, inner in part.items():
                walk(inner, f"{path}.{name}" if path else name)
        else:
            read_expectation(path, "!=", "null")

    walk(to_json_object(Snapshot(health={"feed": HealthView(state="healthy", reason="", age_s=1.0)})), "")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9), st.data())
def test_numbers_are_compared_by_value_and_not_by_spelling(number: Decimal, data: st.DataObject) -> None:
    """Trailing zeros and a sign change nothing."""
    zeros = "0" * data.draw(st.integers(0, 5))
    picture = {"account": {"equity": f"{number:f}"}}
    written = f"{number:f}{zeros}"
    for operator, holds in {"==": True, "!=": False, "<=": True, ">=": True, "<": False, ">": False}.items():
        assert evaluate(read_expectation("account.equity", operator, written), picture)[0] is holds


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["mode", "symbol", "side", "a", "state"]), inner, max_size=3)
    ),
)


@given(
    st.dictionaries(st.sampled_from(["engine", "positions", "health"]), JSON),
    st.sampled_from(
        [
            "engine",
            "engine.mode",
            "positions[symbol=1].side",
            "positions.count",
            "positions[side=x].count",
            "health.a.state",
        ]
    ),
    st.sampled_from(OPERATORS),
    st.text(max_size=5),
)
def test_any_picture_can_be_judged(picture: dict[str, Any], path: str, operator: str, value: str) -> None:
    """Whatever stands where something was expected, there is an answer."""
    holds, _ = evaluate(read_expectation(path, operator, value), picture)
    assert isinstance(holds, bool)
