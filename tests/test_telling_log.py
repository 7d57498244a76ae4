"""The log of a run: how it began and ended, and everything in between that somebody may have to explain later."""

import json
import logging
import re
import threading
from collections.abc import Iterator
from decimal import Decimal
from math import inf
from pathlib import Path
from typing import Any

import pytest

from engine import events
from engine.bus import Bus
from engine.commands import OrderType, SubmitOrder
from engine.orders import Order
from engine.snapshot import Snapshot
from engine.strategy import Strategy
from hean_tui.data_folder import DataFolder
from hean_tui.requests import RunRequest
from hean_tui.run_log import RunLog
from hean_tui.settings.model import Settings
from hean_tui.settings.sources import LoadedSettings
from hean_tui.status_file import StatusFile
from infrastructure.logs.rendering import formatter
from infrastructure.logs.writer import WAITING_MAX, Writer
from strategies import registry
from tests.command_line import Answer, move_in, say
from tests.rehearsal import PERP, Stage

STOPPED = "The strategy failing trades no more: stopped after 10 failures, the last: ValueError: nobody likes me"
LOG = Path("data/paper-sim/hean-tui.log")
START = 1_767_225_600_000_000_000  # 2026-01-01
Records = list[dict[str, Any]]


class Failing(Strategy):
    """Fails with every trade, in its own words."""

    def on_tick(self, tick: events.Tick) -> None:
        raise ValueError("nobody\nlikes me")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has a home of its own, and a strategy that fails."""
    move_in(monkeypatch, tmp_path)
    assert isinstance(registry.STRATEGIES, dict)
    monkeypatch.setitem(registry.STRATEGIES, "failing", (Failing, {}))
    return tmp_path


def ran(capsys: pytest.CaptureFixture[str], *words: str, script: str = "") -> tuple[Answer, Records]:
    """A run at full speed, and the records of its log."""
    Path("script.txt").write_text(script)
    LOG.unlink(missing_ok=True)
    extra = ("--script", "script.txt") if script else ("--duration", "10m")
    answer = say(capsys, "run", "--headless", "--speed", "max", "--data-dir", "data", *extra, *words)
    return answer, [json.loads(line) for line in LOG.read_text().splitlines()]


def texts(records: Records) -> list[str]:
    """What the records say to people."""
    return [str(record.get("text", record["event"])) for record in records]


def test_a_run_says_how_it_began_and_how_it_ended(capsys: pytest.CaptureFixture[str]) -> None:
    """What it was, what limits held, what it came to: one can begin it again from the log alone."""
    answer, records = ran(
        capsys, "--seed", "5", "--strategy", "impulse", "--symbol", "BTC/USDT:USDT", "--set", "risk.max_leverage=2"
    )
    log = "\n".join(texts(records))
    assert answer.code == 0
    assert "begins: paper on sim, seed 5, scenario normal, capital 10000, symbols BTC/USDT:USDT, speed inf" in log
    assert "strategy impulse: " in log
    assert "risk.max_leverage=2" in log
    assert "risk.daily_drawdown_limit=0.05" in log
    started = next(record for record in records if record.get("text") == "state: stopped to running: started")
    assert started["engine_time"] == "2026-01-01T00:00:00.000Z"
    assert (started["component"], started["event"], started["level"]) == ("engine", "state_changed", "info")
    assert started["fact"] == {"before": "stopped", "after": "running", "reason": "started"}
    assert "the run ends at 2026-01-01T00:10:00.000Z, running: equity 10000, realised 0" in log
    assert re.search(r"counts: events \d+, signals \d+, .*dropped 0", log)
    (found,) = re.findall(r"state hash +([0-9a-f]{64})", answer.out)
    assert f"state hash {found}" in log
    assert len(records) < 12


def test_every_record_says_when_how_important_and_of_what(capsys: pytest.CaptureFixture[str]) -> None:
    """The same four names in every record, and the time of day in UTC; most of them name the run."""
    _, records = ran(capsys)
    for record in records:
        assert list(record)[:4] == ["time", "level", "component", "event"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", record["time"])
    assert records[-1]["event"] == "state hash"
    assert len({record.get("run_id") for record in records} - {None}) == 1
    assert "run_id" in records[-1]


def test_people_may_have_a_log_to_read(capsys: pytest.CaptureFixture[str]) -> None:
    """With log.format=text it is one line of words a record, and what belongs to it below."""
    words = ("--strategy", "failing", "--set", "log.format=text", "--data-dir", "data", "--duration", "10m")
    say(capsys, "run", "--headless", "--speed", "max", *words)
    log = LOG.read_text()
    assert "Z INFO     engine: 2026-01-01T00:00:00.000Z state: stopped to running: started" in log
    assert log.count(" ERROR    failing: ") == 10
    assert log.count('raise ValueError("nobody\\nlikes me")') == 10
    assert all(re.match(r"\d{4}-|    ", line) for line in log.splitlines())


def test_a_strategy_that_was_stopped_is_named_and_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence on stderr, and in the log the place where each failure happened, line by line."""
    answer, records = ran(capsys, "--strategy", "failing")
    assert answer.sentences[-1] == f"{STOPPED}; the details are in {LOG.resolve()}."
    errors = [record for record in records if record["level"] == "error"]
    assert len(errors) == 10
    for error in errors:
        assert (error["component"], error["event"]) == ("failing", "error_occurred")
        assert '    raise ValueError("nobody\\nlikes me")' in error["details"]
    assert any(text.startswith("health: strategy failing is down") for text in texts(records))


def test_a_log_that_goes_with_the_run_is_not_promised(capsys: pytest.CaptureFixture[str]) -> None:
    """At full speed in a fresh folder, the sentence says how to keep the log instead."""
    answer = say(capsys, "run", "--headless", "--speed", "max", "--duration", "1m", "--strategy", "failing")
    assert answer.sentences[-1] == f"{STOPPED}; a run with --data-dir keeps the log, with the details."


def test_acts_states_denials_and_the_kill_are_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    """What the operator asked for in all its words, and what became of the engine; ordinary fills only with -v."""
    script = """
    +1m buy BTC/USDT:USDT 0.01 --stop 50000
    +2m pause
    +2m buy BTC/USDT:USDT 0.01
    +3m resume
    +4m kill
    """
    _, records = ran(capsys, "--strategy", "impulse", script=script)
    log = "\n".join(f"{record['level']} {record.get('engine_time')} {record.get('text')}" for record in records)
    for told in (
        "info 2026-01-01T00:01:00.000Z operator: buy BTC/USDT:USDT 0.01 stop 50000",
        "state: running to paused: entries are paused by the operator",
        "let go: BTC/USDT:USDT, operator: entries are paused by the operator; only orders",
        "state: paused to running: resumed",
        "warning 2026-01-01T00:04:00.000Z kill: kill by the operator",
        "state: running to killed",
    ):
        assert told in log, told
    assert "filled: bought" not in log


def test_with_v_a_fill_is_there_and_has_the_id_of_its_order(capsys: pytest.CaptureFixture[str]) -> None:
    """The trace of a decision is the client id of its order, wherever something is said of it."""
    _, records = ran(capsys, "-v", "--strategy", "impulse", script="+1m buy BTC/USDT:USDT 0.01\n+2m stop\n")
    filled = next(record for record in records if record.get("text", "").startswith("filled: bought 0.01 BTC"))
    assert re.fullmatch(r"H1\S{22}", filled["trace_id"])
    assert "order_id" not in filled["fact"]


# --- the log by itself


def request(**changes: Any) -> RunRequest:
    words: dict[str, Any] = {
        "loaded": LoadedSettings(Settings(), {}, (), ()),
        "data_folder": DataFolder(Path("data")),
        "mode": "paper",
        "feed": "sim",
        "scenario": "",
        "symbols": (),
        "strategies": ("impulse",),
        "parameters": {},
        "overrides": {},
        "capital": Decimal(1),
        "seed": 1,
        "start_ns": None,
        "duration_ns": None,
        "speed": 1.0,
        "script": (),
        "script_path": None,
        "status_file": None,
        "headless": True,
        "json": False,
        "verbosity": 0,
        **changes,
    }
    return RunRequest(**words)


class Gate(logging.Handler):
    """A disk that answers when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.open = threading.Event()
        self.reached = threading.Event()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.reached.set()
        self.open.wait(10)
        self.lines.append(self.format(record))


@pytest.fixture
def disk() -> Iterator[Gate]:
    """In the place of the log file."""
    gate = Gate()
    gate.setFormatter(formatter("json", str))
    root = logging.getLogger()
    level = root.level
    writer = Writer(gate)
    root.addHandler(writer)
    root.setLevel(logging.INFO)
    yield gate
    gate.open.set()
    writer.close()
    root.removeHandler(writer)
    root.setLevel(level)


def all_of(disk: Gate) -> Records:
    """Everything that came to the disk, once the log is closed."""
    next(each for each in logging.getLogger().handlers if isinstance(each, Writer)).close()
    return [json.loads(line) for line in disk.lines]


def failing_loudly(*failure: Any) -> None:
    raise failure[-1]


def no_orders(_: str) -> None:
    """Of ours there are none."""


def test_a_disk_that_hangs_does_not_hold_up_the_engine(disk: Gate) -> None:
    """The engine goes on at once; what finds no room is counted, and the log says that it is missing."""
    bus = Bus(failing_loudly)
    with RunLog(request()) as log:
        log.listen(bus, no_orders)
        bus.publish(events.OperatorActed(START, "pause", ""))
        assert disk.reached.wait(5)
        waiting = 3  # of the three lines of the beginning one is with the disk; then comes the pause
        for number in range(WAITING_MAX - waiting + 300):
            bus.publish(events.OperatorActed(START, "buy", str(number)))
        assert log.dropped() == 300
        disk.open.set()
    told = texts(all_of(disk))
    assert len([text for text in told if text.startswith("operator: buy ")]) == WAITING_MAX - waiting
    assert told[-1] == "300 facts are missing here: the log was slower than the engine"


def test_nobody_writes_lines_of_the_log_but_the_log(disk: Gate) -> None:
    """Line breaks and controls in a reason or a traceback cannot pass for another record."""
    disk.open.set()
    bus = Bus(failing_loudly)
    with RunLog(request()) as log:
        log.listen(bus, no_orders)
        bus.publish(events.Halt(START, "account", "a\n2026-01-01 00:00:00 INFO all is well\x1b[2J"))
        bus.publish(events.ErrorOccurred(START, "me", "no", "first\n2026 second\x07"))
    halt, error = all_of(disk)[-2:]
    assert halt["text"] == "halt: account: a 2026-01-01 00:00:00 INFO all is well?[2J"
    assert (error["text"], error["details"]) == ("error: me: no", ["first", "2026 second?"])
    assert all(line.isprintable() for line in disk.lines)


def test_at_full_speed_a_liquidation_is_in_the_log_and_a_fill_is_not(disk: Gate) -> None:
    """It is an event that somebody will ask about; without -v the ordinary ones stay out, and so do orders."""
    disk.open.set()
    bus = Bus(failing_loudly)
    one = Decimal(1)
    order = Order(SubmitOrder("o", "BTC/USDT", -1, OrderType.MARKET, one), "ema", START)
    with RunLog(request(speed=inf)) as log:
        log.listen(bus, lambda _: order)
        bus.publish(events.OrderAccepted(START, "o", "BTC/USDT", "1"))
        for kind in ("trade", "liquidation"):
            bus.publish(events.OrderFilled(START, "o", "BTC/USDT", "ema", -1, one, one, one, False, kind))
        bus.publish(events.OrderCancelled(START, "o", "BTC/USDT", "CancelledByRequest"))
    (told,) = [record for record in all_of(disk) if "BTC" in str(record)]
    assert (told["text"], told["trace_id"]) == ("liquidated: sold 1 BTC/USDT at 1, ema", "o")
    assert (told["level"], told["engine_time"]) == ("warning", "2026-01-01T00:00:00.000Z")


def test_in_time_each_order_of_ours_is_followed_from_its_acceptance_to_its_end(disk: Gate) -> None:
    """Accepted, filled in part, cancelled: a line each with the order's id and its numbers as they were then."""
    disk.open.set()
    stage = Stage()
    with RunLog(request()) as log:
        log.listen(stage.kernel.bus, lambda name: stage.account.open_orders.get(name) or stage.orders.recent.get(name))
        stage.kernel.start()
        stage.tick(100.0)
        order = stage.place(1, "2", type=OrderType.LIMIT, price=Decimal(90), strategy="operator")
        stage.accept(order.id)
        stage.execute(order, "0.5", "90", fee="0.01")
        stage.say(events.OrderCancelled(stage.now, order.id, PERP, "CancelledByRequest"))
        stage.say(events.OrderCancelled(stage.now, "another", PERP, "CancelledByRequest"))
    told = [record for record in all_of(disk) if record["component"] == "orders"]
    assert [(record["level"], record["trace_id"]) for record in told] == [("info", order.id)] * 3
    assert [(record["event"], record["text"]) for record in told] == [
        ("order_accepted", f"accepted: buy 2 {PERP} at 90, operator"),
        ("order_partly_filled", f"part: bought 0.5 {PERP} at 90, operator"),
        ("order_cancelled", f"cancelled: {PERP}, CancelledByRequest"),
    ]
    accepted, filled, cancelled = (record["fact"] for record in told)
    assert (accepted["price"], accepted["quantity"], accepted["filled"]) == ("90", "2", "0")
    assert (filled["price"], filled["quantity"], filled["fee"]) == ("90", "0.5", "0.01")
    assert (cancelled["price"], cancelled["quantity"], cancelled["filled"]) == ("90", "2", "0.5")


def test_what_the_log_tells_of_an_order_leads_to_its_story(capsys: pytest.CaptureFixture[str]) -> None:
    """In time an order by hand and the stop that the venue made of it have lines, and each id leads to the journal."""
    _, records = ran(
        capsys,
        "--speed",
        "realtime",
        script="+1s buy BTC/USDT:USDT 0.01 --stop 84000\n+2s close BTC/USDT:USDT\n+3s stop\n",
    )
    told = {
        (record["event"], record["trace_id"].rpartition(".")[2])
        for record in records
        if record["component"] == "orders" and record["trace_id"].endswith(".stop")
    }
    assert told == {("order_accepted", "stop"), ("order_cancelled", "stop")}
    fills = [record for record in records if record["event"] == "order_filled"]
    assert [record["fact"]["side"] for record in fills] == [1, -1]
    for record in fills:
        story = say(capsys, "--data-dir", "data", "journal", "why", record["trace_id"])
        assert f" BTC/USDT:USDT at {record['fact']['price']} as taker" in story.out


def test_a_request_is_named_by_its_id(disk: Gate) -> None:
    """What a person asked for through another door has the id that was given there."""
    disk.open.set()
    bus = Bus(failing_loudly)
    with RunLog(request()) as log:
        log.listen(bus, no_orders)
        log.name("a-run")
        bus.publish(events.OperatorActed(START, "pause", "(lunch)", "r-17"))
        bus.publish(events.LadderMoved(START, "trade", "reduce-only", "disk", "50 MB are free"))
    acted, moved = all_of(disk)[-2:]
    assert (acted["run_id"], acted["request_id"], acted["fact"]) == (
        "a-run",
        "r-17",
        {"verb": "pause", "words": "(lunch)"},
    )
    assert (moved["level"], moved["text"]) == ("warning", "ladder: trade to reduce-only: 50 MB are free")


def test_what_a_status_file_left_out_is_counted(tmp_path: Path) -> None:
    """A snapshot that gave way to a newer one was dropped; the newest is in the file."""
    status = StatusFile(tmp_path / "status.json", tells_at_once=True)
    for _ in range(50):
        status(Snapshot())
    dropped = status.dropped()
    status.close()
    assert 0 <= dropped <= 49
    assert (tmp_path / "status.json").exists()
