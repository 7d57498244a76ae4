"""The log of a run: how it began and ended, and everything in between that somebody may have to explain later."""

import logging
import re
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine import events
from engine.bus import Bus
from engine.snapshot import Snapshot
from engine.strategy import Strategy
from hean_tui.data_folder import DataFolder
from hean_tui.requests import RunRequest
from hean_tui.run_log import RunLog
from hean_tui.settings.model import Settings
from hean_tui.settings.sources import LoadedSettings
from hean_tui.status_file import StatusFile
from strategies import registry
from tests.command_line import Answer, move_in, say

STOPPED = "The strategy failing trades no more: stopped after 10 failures, the last: ValueError: nobody likes me"
START = 1_767_225_600_000_000_000  # 2026-01-01


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


def ran(capsys: pytest.CaptureFixture[str], *words: str, script: str = "") -> tuple[Answer, str]:
    """A run at full speed, and its log."""
    Path("script.txt").write_text(script)
    extra = ("--script", "script.txt") if script else ("--duration", "10m")
    answer = say(capsys, "run", "--headless", "--speed", "max", "--data-dir", "data", *extra, *words)
    return answer, Path("data/paper-sim/hean-tui.log").read_text()


def test_a_run_says_how_it_began_and_how_it_ended(capsys: pytest.CaptureFixture[str]) -> None:
    """What it was, what limits held, what it came to: one can begin it again from the log alone."""
    answer, log = ran(
        capsys, "--seed", "5", "--strategy", "impulse", "--symbol", "BTC/USDT:USDT", "--set", "risk.max_leverage=2"
    )
    assert answer.code == 0
    assert "begins: paper on sim, seed 5, scenario normal, capital 10000, symbols BTC/USDT:USDT, speed inf" in log
    assert "strategy impulse: " in log
    assert "risk.max_leverage=2" in log
    assert "risk.daily_drawdown_limit=0.05" in log
    assert "2026-01-01T00:00:00.000Z state: stopped to running: started" in log
    assert "the run ends at 2026-01-01T00:10:00.000Z, running: equity 10000, realised 0" in log
    assert re.search(r"counts: events \d+, signals \d+, .*dropped 0", log)
    (found,) = re.findall(r"state hash +([0-9a-f]{64})", answer.out)
    assert f"state hash {found}" in log
    assert log.count("\n") < 12


def test_a_strategy_that_was_stopped_is_named_and_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence on stderr, and in the log the place where each failure happened, in lines of the log's own."""
    answer, log = ran(capsys, "--strategy", "failing")
    file = Path("data").resolve() / "paper-sim" / "hean-tui.log"
    assert answer.sentences == [f"{STOPPED}; the details are in {file}."]
    assert log.count("ERROR ") == 10
    assert log.count('raise ValueError("nobody\\nlikes me")') == 10
    assert "health: strategy failing is down" in log
    assert all(re.match(r"\d{4}-|    ", line) for line in log.splitlines())


def test_a_log_that_goes_with_the_run_is_not_promised(capsys: pytest.CaptureFixture[str]) -> None:
    """At full speed in a fresh folder, the sentence says how to keep the log instead."""
    answer = say(capsys, "run", "--headless", "--speed", "max", "--duration", "1m", "--strategy", "failing")
    assert answer.sentences == [f"{STOPPED}; a run with --data-dir keeps the log, with the details."]


def test_acts_states_denials_and_the_kill_are_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    """What the operator asked for in all its words, and what became of the engine; ordinary fills only with -v."""
    script = """
    +1m buy BTC/USDT:USDT 0.01 --stop 50000
    +2m pause
    +2m buy BTC/USDT:USDT 0.01
    +3m resume
    +4m kill
    """
    _, log = ran(capsys, "--strategy", "impulse", script=script)
    for told in (
        "INFO    hean_tui.run_log 2026-01-01T00:01:00.000Z operator: buy BTC/USDT:USDT 0.01 stop 50000",
        "state: running to paused: entries are paused by the operator",
        "let go: BTC/USDT:USDT, operator: entries are paused by the operator; only orders",
        "state: paused to running: resumed",
        "WARNING hean_tui.run_log 2026-01-01T00:04:00.000Z kill: kill by the operator",
        "state: running to killed",
    ):
        assert told in log, told
    assert "filled: bought" not in log
    Path("data/paper-sim/hean-tui.log").unlink()
    _, log = ran(capsys, "-v", "--strategy", "impulse", script=script)
    assert "filled: bought 0.01 BTC/USDT:USDT" in log


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
        if threading.current_thread() is not threading.main_thread():
            self.reached.set()
            self.open.wait(10)
        self.lines.append(record.getMessage())


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """In the place of the log file."""
    gate = Gate()
    logger = logging.getLogger("hean_tui.run_log")
    monkeypatch.setattr(logger, "handlers", [gate])
    monkeypatch.setattr(logger, "level", logging.INFO)
    return gate


def failing_loudly(*failure: Any) -> None:
    raise failure[-1]


def test_a_disk_that_hangs_does_not_hold_up_the_engine(disk: Gate) -> None:
    """The engine goes on at once; what finds no room is counted, and the log says that it is missing."""
    bus = Bus(failing_loudly)
    with RunLog(request()) as log:
        log.listen(bus)
        bus.publish(events.OperatorActed(START, "pause", ""))
        assert disk.reached.wait(5)
        for number in range(10_300):
            bus.publish(events.OperatorActed(START, "buy", str(number)))
        assert log.dropped() == 300
        disk.open.set()
    assert len([line for line in disk.lines if " operator: buy " in line]) == 10_000
    assert disk.lines[-1] == "300 facts are missing here: the log was slower than the engine"


def test_nobody_writes_lines_of_the_log_but_the_log(disk: Gate) -> None:
    """Line breaks and controls in a reason or a traceback cannot pass for another record."""
    disk.open.set()
    bus = Bus(failing_loudly)
    with RunLog(request()) as log:
        log.listen(bus)
        bus.publish(events.Halt(START, "account", "a\n2026-01-01 00:00:00 INFO all is well\x1b[2J"))
        bus.publish(events.ErrorOccurred(START, "me", "no", "first\n2026 second\x07"))
    halt, error = disk.lines[-2:]
    assert halt == "2026-01-01T00:00:00.000Z halt: account: a 2026-01-01 00:00:00 INFO all is well?[2J"
    assert error == "2026-01-01T00:00:00.000Z error: me: no\n    first\n    2026 second?"


def test_a_liquidation_is_in_the_log_and_a_fill_is_not(disk: Gate) -> None:
    """It is an event that somebody will ask about; without -v the ordinary ones stay out."""
    disk.open.set()
    bus = Bus(failing_loudly)
    one = Decimal(1)
    with RunLog(request()) as log:
        log.listen(bus)
        for kind in ("trade", "liquidation"):
            bus.publish(events.OrderFilled(START, "o", "BTC/USDT", "ema", -1, one, one, one, False, kind))
    assert [line for line in disk.lines if "BTC" in line] == [
        "2026-01-01T00:00:00.000Z liquidated: sold 1 BTC/USDT at 1, ema"
    ]


def test_what_a_status_file_left_out_is_counted(tmp_path: Path) -> None:
    """A snapshot that gave way to a newer one was dropped; the newest is in the file."""
    status = StatusFile(tmp_path / "status.json", tells_at_once=True)
    for _ in range(50):
        status(Snapshot())
    dropped = status.dropped()
    status.close()
    assert 0 <= dropped <= 49
    assert (tmp_path / "status.json").exists()
