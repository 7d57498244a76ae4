"""The log's own thread: nobody waits for it, everything is in it in order, and records carry their ids."""

import asyncio
import json
import logging
import threading
import warnings
from pathlib import Path
from typing import Any

import pytest

from engine.host import system
from hean_tui.logs import logging_to
from hean_tui.settings.model import LogSettings
from infrastructure.logs.loggers import bind, bound, get_logger
from infrastructure.logs.writer import Writer

_log = logging.getLogger("hean_tui.test")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the log of a test is."""
    return tmp_path / "hean-tui.log"


def records(file: Path) -> list[dict[str, Any]]:
    """What is in the log."""
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def test_records_with_and_without_fields_look_the_same(file: Path) -> None:
    """Ours with fields beside the event, and those of everybody who only knows the standard library."""
    with logging_to(file, LogSettings()):
        get_logger("hean_tui.one").info("gate closed", symbol="BTC/USDT", lots=3)
        _log.warning("%d of %s", 2, "them", extra={"symbol": "ETH/USDT"})
        logging.getLogger("urllib3.pool").error("boom")
    told = [{name: value for name, value in record.items() if name != "time"} for record in records(file)]
    assert told == [
        {"level": "info", "component": "hean_tui.one", "event": "gate closed", "symbol": "BTC/USDT", "lots": 3},
        {"level": "warning", "component": "hean_tui.test", "event": "2 of them", "symbol": "ETH/USDT"},
        {"level": "error", "component": "urllib3.pool", "event": "boom"},
    ]


def test_ids_go_with_what_is_logged_on_their_behalf(file: Path) -> None:
    """In the thread or task that was given them, and nowhere else."""

    async def request(number: int) -> None:
        bind(request_id=f"r{number}")
        await asyncio.sleep(0)
        _log.info("asked")
        get_logger("hean_tui.test").info("answered", number=number)

    async def both() -> None:
        async with asyncio.TaskGroup() as tasks:
            for number in range(2):
                tasks.create_task(request(number))

    with logging_to(file, LogSettings()):
        asyncio.run(both())
        with bound(trace_id="H1-t"):
            _log.info("traced")
        _log.info("plain")
    assert [(each["event"], each.get("request_id"), each.get("trace_id")) for each in records(file)] == [
        ("asked", "r0", None),
        ("answered", "r0", None),
        ("asked", "r1", None),
        ("answered", "r1", None),
        ("traced", None, "H1-t"),
        ("plain", None, None),
    ]


def test_libraries_are_quiet_however_they_set_themselves(file: Path) -> None:
    """Below a warning nothing of theirs is written, also with -v and with debugging turned on in the library."""
    child = logging.getLogger("urllib3.connectionpool")
    with logging_to(file, LogSettings(), verbose=True):
        for name in ("urllib3", "asyncio", "websockets", "ccxt"):
            assert not logging.getLogger(name).isEnabledFor(logging.INFO)
        child.setLevel(logging.DEBUG)
        child.debug("header X-BAPI-API-KEY: abc")
        _log.debug("ours")
    child.setLevel(logging.NOTSET)
    assert [each["event"] for each in records(file)] == ["ours"]
    assert logging.getLogger("ccxt").level == logging.NOTSET


def test_a_warning_of_python_goes_to_the_log(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The garden is drawn on stderr: nothing else may be written there."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        with logging_to(file, LogSettings()):
            warnings.warn("this is old", DeprecationWarning, stacklevel=1)
    assert capsys.readouterr().err == ""
    assert "DeprecationWarning: this is old" in records(file)[0]["event"]


def test_a_traceback_is_lines_beside_the_event(file: Path) -> None:
    """One record, one line of the file; and no frame is kept alive for it."""
    with logging_to(file, LogSettings()):
        try:
            raise ValueError("first\nsecond\x1b[2J")
        except ValueError:
            _log.exception("it failed")
            get_logger("hean_tui.test").exception("it failed too")
    for record in records(file):
        assert record["exception"][0] == "Traceback (most recent call last):"
        assert record["exception"][-2:] == ["ValueError: first", "second?[2J"]


def test_lines_of_many_threads_are_whole_and_each_in_its_order(file: Path) -> None:
    """Nothing is lost below the bound, and no line is torn."""

    def work(name: str) -> None:
        for number in range(300):
            _log.info("%s %d", name, number)

    with logging_to(file, LogSettings(max_bytes=10**9)):
        threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    events = [each["event"] for each in records(file)]
    for name in "abcd":
        assert [event for event in events if event[0] == name] == [f"{name} {number}" for number in range(300)]


class Hanging(logging.Handler):
    """A disk that does not answer, holding whatever lock it can."""

    def __init__(self) -> None:
        super().__init__()
        self.hangs = threading.Event()
        self.goes_on = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.hangs.set()
        self.goes_on.wait(20)


def test_nobody_waits_for_a_disk_that_hangs() -> None:
    """Ten thousand records take no longer than it takes to make them; what finds no room is counted."""
    disk = Hanging()
    writer = Writer(disk)
    logger = logging.getLogger("hean_tui.alone")
    logger.propagate = False
    logger.setLevel(logging.INFO)
    logger.addHandler(writer)
    logger.info("the first")
    assert disk.hangs.wait(5)
    worst_ns = 0
    for number in range(10_100):
        began_ns = system.monotonic_ns()
        logger.info("%d", number)
        worst_ns = max(worst_ns, system.monotonic_ns() - began_ns)
    assert worst_ns < 250_000_000
    assert writer.dropped() == 100
    assert not writer.drain(within_s=0.05)
    disk.goes_on.set()
    assert writer.drain(within_s=20)
    logger.removeHandler(writer)
    writer.close()


def test_work_that_fails_does_not_silence_the_rest(file: Path) -> None:
    """What has no words is said to have none."""

    def fail() -> None:
        raise RuntimeError

    with logging_to(file, LogSettings()):
        (writer,) = [each for each in logging.getLogger().handlers if isinstance(each, Writer)]
        writer.hand_over(fail)
        writer.handle(_log.makeRecord(_log.name, logging.INFO, __file__, 0, "%d numbers", ("no",), None))
        _log.info("afterwards")
    assert [each["event"] for each in records(file)] == [
        "something could not be put into words (RuntimeError)",
        "%d numbers (its numbers are missing: TypeError)",
        "afterwards",
    ]


def test_the_file_rotates_and_stays_private(file: Path) -> None:
    """So many files of so many bytes, each of them whole lines that only the owner reads."""
    settings = LogSettings(max_bytes=10_000, backups=2)
    with logging_to(file, settings):
        for number in range(500):
            _log.info("a line of some length, number %d", number)
    files = sorted(file.parent.iterdir())
    assert [each.name for each in files] == ["hean-tui.log", "hean-tui.log.1", "hean-tui.log.2"]
    for each in files:
        assert each.stat().st_mode & 0o777 == 0o600
        assert each.stat().st_size <= 10_000
        assert records(each)
    assert records(file)[-1]["event"].endswith("number 499")


def test_a_log_behind_a_screen_waits_with_its_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """What the log has to say to people comes when the screen is gone."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with logging_to(full, LogSettings(), say=None):
        _log.warning("no room")
        assert capsys.readouterr().err == ""
    assert capsys.readouterr().err == (
        'The log file "/dev/full" cannot be written (No space left on device); the run goes on without it.\n'
    )
