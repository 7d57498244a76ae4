"""The snapshot in JSON: the field names other programs rely on, money as decimal strings, times in ISO 8601 with Z."""

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import events
from engine.commands import OrderType
from engine.snapshot import Snapshot, iso, to_json_object
from engine.strategy import Strategy
from engine.views import Views
from tests.rehearsal import MINUTE, PERP, SECOND, SPOT, Stage

# The promise, as it is written for other programs.
PROMISED: dict[str, set[str]] = {
    "engine": {"state", "mode", "feed", "run_id", "time", "uptime_s", "seed"},
    "account": {
        *("equity", "cash", "realised", "unrealised", "fees", "funding", "peak_equity", "drawdown", "day_pnl"),
    },
    "positions": {
        *("symbol", "side", "quantity", "entry_price", "mark_price", "unrealised", "realised", "funding"),
        *("liquidation_price", "stop_price", "strategy", "opened_at"),
    },
    "orders": {
        *("id", "exchange_id", "symbol", "side", "type", "price", "quantity", "filled", "average_price", "status"),
        *("reduce_only", "strategy", "created_at"),
    },
    "risk": {
        *("tier", "level", "halted", "halt_reason", "halt_until", "lift", "thresholds", "loss", "leverage"),
        *("exposure", "var_95", "var_99"),
    },
    "tilt": {"score", "rung", "rung_name", "reasons", "intervention", "until", "throttle"},
    "strategies": {"name", "state", "allocation", "pnl", "signals", "orders", "last_signal", "reason"},
    "health": {"state", "reason", "age_s"},
    "counts": {"events", "signals", "orders", "fills", "denied", "rejected", "errors", "dropped"},
    "reconcile": {"last_at", "lag_s", "discrepancies"},
}
THRESHOLDS, LOSS = {"info", "warning", "critical", "halt"}, {"worst_trade", "day", "total"}
# What is there besides; a name may be added, and is then added here.
BESIDES: dict[str, set[str]] = {
    "": {"market", "stream", "start"},
    "engine": {"paused", "gate_closed"},
    "orders": {"trigger_price", "reason"},
    "risk": {
        *("day_limit", "note", "naked_s", "naked_longest_s", "naked_total_s", "es_95", "es_99"),
        *("halt_chance", "halt_hours", "worst_stress", "worst_stress_loss", "risk_basis"),
    },
}

MONEY = re.compile(r"-?(0|[1-9]\d*)(\.\d*[1-9])?")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class Watcher(Strategy):
    """Signals once and then only watches."""

    def on_tick(self, tick: events.Tick) -> None:
        if not self.desk.held(tick.symbol):
            self.desk.signal(tick.symbol, 1, 1.0, "to be seen", quantity=Decimal("1.5"), stop=90.0)


@pytest.fixture
def stage() -> Stage:
    """A position, an open stop, a closed order, a strategy and a failure: every list has something in it."""
    stage = Stage()
    stage.kernel.strategies.add(Watcher("watcher", (PERP,), {}))
    stage.kernel.start()
    stage.tick(100.0)
    (entry,) = stage.account.open_orders.values()
    stage.accept(entry.id)
    stage.execute(entry, "1.5", "100.5", fee="0.0150")
    stage.accept(f"{entry.id}.stop")
    stage.place(-1, "0.5", type=OrderType.LIMIT, price=Decimal(120), strategy="watcher")
    stage.kernel.strategies.failed(stage.kernel.strategies.seats["watcher"], ValueError("no"))
    stage.tick(101.25, after_ns=MINUTE - SECOND)
    stage.timeline.advance(stage.now + SECOND)  # once a second somebody looks at the peak
    return stage


def views(stage: Stage) -> Views:
    return Views(stage.kernel, mode="paper", feed="sim", run_id="r1", seed=7)


def read(stage: Stage) -> Any:
    """What another program reads: through JSON, as text."""
    return json.loads(json.dumps(to_json_object(views(stage).snapshot(with_hash=True))))


def test_the_field_names_are_those_that_were_promised(stage: Stage) -> None:
    """Every promised name is there, in a full snapshot, and nothing else but what is listed here."""
    told = read(stage)
    assert set(told) == {"schema", "state_hash", *PROMISED} | BESIDES[""]
    for part, names in PROMISED.items():
        entries = told[part] if isinstance(told[part], list) else [told[part]]
        if part == "health":
            entries = list(told[part].values())
        assert entries, f"{part} should not be empty here"
        for entry in entries:
            assert set(entry) == names | BESIDES.get(part, set()), part
    assert set(told["risk"]["thresholds"]) == THRESHOLDS
    assert set(told["risk"]["loss"]) == LOSS
    assert told["schema"] == 1


def test_the_values_are_what_the_names_say(stage: Stage) -> None:
    """Money in plain decimal strings, times with Z, words from the promised lists, unknown as null."""
    told = read(stage)
    assert all(MONEY.fullmatch(value) for value in told["account"].values())
    (position,) = told["positions"]
    assert (position["side"], position["quantity"], position["entry_price"]) == ("long", "1.5", "100.5")
    assert (position["mark_price"], position["unrealised"], position["stop_price"]) == ("101.25", "1.125", "90")
    assert (position["liquidation_price"], position["strategy"]) == (None, "watcher")
    assert TIME.fullmatch(position["opened_at"])
    assert {order["status"] for order in told["orders"]} == {"filled", "accepted", "submitted"}
    assert {order["side"] for order in told["orders"]} == {"buy", "sell"}
    for order in told["orders"]:
        assert TIME.fullmatch(order["created_at"])
        for name in ("quantity", "filled"):
            assert MONEY.fullmatch(order[name])
    engine = told["engine"]
    assert (engine["state"], engine["time"], engine["uptime_s"]) == ("running", "2026-01-01T00:01:00.000Z", 0)
    assert re.fullmatch("[0-9a-f]{64}", told["state_hash"])
    assert told["counts"]["fills"] == told["counts"]["errors"] == told["counts"]["signals"] == 1
    assert told["health"]["strategy watcher"]["state"] == "degraded"


def test_what_a_person_closed_is_told_whatever_the_state(stage: Stage) -> None:
    """A pause and a closed gate keep their reasons while the strategies rest and after a kill, until they are over."""
    kernel = stage.kernel

    def closed() -> tuple[str, str | None, str | None]:
        engine = read(stage)["engine"]
        return engine["state"], engine["paused"], engine["gate_closed"]

    kernel.stop("a rest")
    assert closed() == ("stopped", None, None)
    kernel.pause("lunch")
    assert closed() == ("stopped", "lunch", None)
    kernel.close_gate("a storm")
    assert closed() == ("stopped", "lunch", "a storm")
    kernel.start()
    assert closed() == ("reduce_only", "lunch", "a storm")
    kernel.kill("enough")
    assert closed() == ("killed", "lunch", "a storm")
    kernel.revive("looked")
    kernel.close_gate(None)
    assert closed() == ("paused", "lunch", None)
    kernel.pause(None)
    assert closed() == ("running", None, None)


def test_an_empty_engine_has_empty_lists_and_nulls() -> None:
    """Before anything was known: lists are there and empty, the unknown is null, nothing is invented."""
    told = json.loads(json.dumps(to_json_object(Snapshot())))
    assert [told[part] for part in ("positions", "orders", "strategies", "tilt")][:3] == [[], [], []]
    assert told["tilt"]["reasons"] == told["reconcile"]["discrepancies"] == []
    assert set(told["account"].values()) == {None}
    assert told["health"] == {}
    assert told["state_hash"] is None
    stage = Stage()
    fresh = read(stage)
    assert fresh["positions"] == fresh["orders"] == []
    assert fresh["account"]["equity"] == "10000"
    assert fresh["health"]["market"]["state"] == "degraded"


def test_a_snapshot_does_not_change_when_the_engine_goes_on(stage: Stage) -> None:
    """A picture is frozen: what was taken stays what it was."""
    taken = views(stage).snapshot(with_hash=True)
    before = json.dumps(to_json_object(taken))
    stage.hold(-1, "1.5", "99")
    stage.say(events.Transferred(stage.now, Decimal(5)))
    assert json.dumps(to_json_object(taken)) == before
    with pytest.raises(AttributeError, match="immutable"):
        taken.state_hash = ""  # type: ignore[misc]


def test_the_hash_is_only_made_when_asked_for(stage: Stage) -> None:
    """It costs; four pictures a second go without."""
    assert views(stage).snapshot().state_hash is None


def test_equity_is_cash_and_open_profit(stage: Stage) -> None:
    """The parts of the account add up in the strings that other programs read."""
    told = {name: Decimal(value) for name, value in read(stage)["account"].items()}
    assert told["equity"] == told["cash"] + told["unrealised"]
    assert told["cash"] == 10_000 + told["realised"] - told["fees"] + told["funding"]
    assert told["drawdown"] == told["peak_equity"] - told["equity"]


def test_a_symbol_without_a_position_is_not_listed(stage: Stage) -> None:
    """Only what is held is a position, also after it was closed."""
    stage.tick(100.0, SPOT)
    stage.hold(1, "1", "100", SPOT)
    stage.hold(-1, "1", "100", SPOT)
    assert [position["symbol"] for position in read(stage)["positions"]] == [PERP]


@given(st.integers(0, 4_102_444_800_000))
def test_times_are_written_in_utc_to_the_millisecond(moment_ms: int) -> None:
    """What is written reads back as the same moment, whatever the zone of the machine."""
    text = iso(moment_ms * 1_000_000)
    assert TIME.fullmatch(text)
    assert datetime.fromisoformat(text) == datetime.fromtimestamp(moment_ms // 1000, UTC).replace(
        microsecond=moment_ms % 1000 * 1000
    )
