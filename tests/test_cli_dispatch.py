"""The command line: where options may stand, what is asked of the engine's side, and how a command ends."""

import os
import shutil
import subprocess
import sys
from decimal import Decimal
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hean_tui.cli import COMMANDS, main
from hean_tui.commands.global_options import NAMES, moved_to_the_front
from hean_tui.errors import UserError
from hean_tui.exit_codes import ExitCode, at_the_end_of_a_run
from tests.as_somebody import as_somebody
from tests.command_line import catch_requests, move_in, say

ROOT = Path(__file__).parents[1]
SECOND = 1_000_000_000


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Any]:
    """A home without settings, and a listener where the engine's side begins."""
    move_in(monkeypatch, tmp_path)
    return catch_requests(monkeypatch)


def test_help_lists_the_commands_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    """No more, so that nobody tries what is not there yet."""
    answer = say(capsys, "--help")
    assert answer.code == 0
    listed = answer.out.partition("Commands:")[2].split("\n")
    assert [line.split()[0] for line in listed if line.strip()] == list(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Its own options, and that the global ones may stand anywhere."""
    answer = say(capsys, command, "--help")
    assert (answer.code, answer.err) == (0, "")
    assert "Before or behind the command: --data-dir, --config, --json, -v." in answer.out


def test_the_version_is_the_one_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    """What the program says is what was installed."""
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    answer = say(capsys, "--version")
    assert answer.out.split() == ["hean-tui", pyproject.partition('\nversion = "')[2].partition('"')[0]]


@pytest.mark.parametrize(
    "line",
    [
        "--json -v --data-dir here --config a.toml run --headless",
        "run --headless --json -v --data-dir here --config a.toml",
        "run --json --data-dir=here --headless --config=a.toml --verbose",
        "--config a.toml --headless --json --data-dir here -v",
    ],
)
def test_global_options_may_stand_before_and_behind_the_command(line: str, asked: list[Any]) -> None:
    """People write them where they think of them."""
    Path("a.toml").write_text("[sim]\nseed = 21\n", encoding="utf-8")
    assert main(line.split()) == 0
    (request,) = asked
    assert (request.json, request.verbosity, request.headless, request.seed) == (True, 1, True, 21)
    assert request.data_folder.path == Path("here/paper-sim").absolute()


@given(st.lists(st.sampled_from(["run", "--json", "-v", "-vv", "--config=a", "--seed", "7", "--", "--data-dir=b"])))
def test_moving_the_global_options_loses_nothing(arguments: list[str]) -> None:
    """Each list keeps its order, and together they are what was typed."""
    ours, rest = moved_to_the_front(arguments)
    assert sorted(ours + rest) == sorted(arguments)
    assert [word for word in arguments if word in ("run", "--seed", "7")] == [
        word for word in rest if word in ("run", "--seed", "7")
    ]


def test_without_a_command_it_is_the_garden(asked: list[Any]) -> None:
    """`hean-tui` alone is `hean-tui run`, on paper, on the built-in market, in real time."""
    assert main([]) == 0
    (request,) = asked
    assert (request.headless, request.mode, request.feed, request.speed) == (False, "paper", "sim", 1.0)
    assert (request.capital, request.duration_ns, request.script) == (Decimal(10_000), None, ())


def test_every_option_of_run_arrives_in_the_type_that_is_worked_with(asked: list[Any]) -> None:
    """Durations in nanoseconds, times in UTC, money in Decimal, parameters in the type of their defaults."""
    Path("day.txt").write_text("+0s start\n+1h stop\n", encoding="utf-8")
    line = (
        "run --headless --mode paper --feed sim --scenario crash --symbol BTC/USDT:USDT --symbol ETH/USDT:USDT "
        "--strategy ema_cross --set fast=5 --set risk.max_leverage=2 --capital 2500.50 --seed 7 "
        "--start 2026-03-01T02:00:00+02:00 --duration 1h30m --speed 60x --script day.txt --status-file now.json"
    )
    assert main(line.split()) == 0
    (request,) = asked
    assert request.scenario == "crash"
    assert request.symbols == ("BTC/USDT:USDT", "ETH/USDT:USDT")
    assert request.parameters == {"ema_cross": {"fast": 5}}
    assert request.overrides == {"strategies.ema_cross.fast": "5", "risk.max_leverage": "2"}
    assert request.loaded.settings.risk.max_leverage == 2
    assert (request.capital, request.seed) == (Decimal("2500.50"), 7)
    # 1 March 2026 is 20,513 days after 1 January 1970.
    assert request.start_ns == 20_513 * 86_400 * SECOND
    assert (request.duration_ns, request.speed) == (5_400 * SECOND, 60.0)
    assert [(step.offset_ns, step.verb) for step in request.script] == [(0, "start"), (3_600 * SECOND, "stop")]
    assert request.status_file == Path("now.json")


def test_every_option_of_backtest_arrives_in_the_type_that_is_worked_with(asked: list[Any]) -> None:
    """Files with their symbols, fees as fractions, latency in nanoseconds."""
    for name in ("btc.csv", "eth.csv", "f=1.csv"):
        Path(name).touch()
    line = (
        "backtest --strategy scripted --set orders=list.csv --bars BTC/USDT:USDT=btc.csv --bars ETH/USDT:USDT=eth.csv "
        "--funding f=1.csv --from 2026-01-01 --to 1767312000000 --capital 5000 --fee-maker 0.01% --fee-taker 0.0006 "
        "--latency 12.5 --slippage-bps 2 --leverage 3 --no-risk --ts close --html out.html --json"
    )
    assert main(line.split()) == 0
    (request,) = asked
    assert request.parameters == {"scripted": {"orders": "list.csv"}}
    assert [(str(file.path), file.symbol) for file in request.bars] == [
        ("btc.csv", "BTC/USDT:USDT"),
        ("eth.csv", "ETH/USDT:USDT"),
    ]
    assert [(str(file.path), file.symbol) for file in request.funding] == [("f=1.csv", None)]
    assert request.symbols == ("BTC/USDT:USDT", "ETH/USDT:USDT")
    # 1 and 2 January 2026 are 20,454 and 20,455 days after 1 January 1970.
    assert (request.from_ns, request.to_ns) == (20_454 * 86_400 * SECOND, 20_455 * 86_400 * SECOND)
    assert (request.fee_maker, request.fee_taker) == (Decimal("0.0001"), Decimal("0.0006"))
    assert (request.latency_ns, request.slippage_bps, request.leverage) == (12_500_000, 2, 3)
    assert (request.use_risk, request.ts, request.html, request.json) == (False, "close", Path("out.html"), True)


def test_what_was_not_said_of_a_backtest_is_left_to_the_data(asked: list[Any]) -> None:
    """Fees, latency and slippage depend on the market and on the kind of data, which are not known here."""
    Path("bars.csv").touch()
    assert main(["backtest", "--strategy", "buy_and_hold", "--symbol", "BTC/USDT", "--bars", "bars.csv"]) == 0
    (request,) = asked
    assert (request.fee_maker, request.fee_taker, request.latency_ns, request.slippage_bps) == (None,) * 4
    assert (request.capital, request.leverage, request.use_risk, request.ts) == (10_000, 1, True, "open")


def test_full_speed_without_a_folder_runs_in_a_fresh_one(
    asked: list[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Equal commands are equal runs, even where a data folder is set in the environment; it is gone afterwards."""
    monkeypatch.setenv("HEAN_DATA_DIR", str(tmp_path / "kept"))
    for _ in range(2):
        assert main(["run", "--headless", "--speed", "max", "--duration", "30d"]) == 0
    first, second = (request.data_folder for request in asked)
    assert asked[0].speed == inf
    assert first.is_fresh
    assert first.path != second.path
    assert [folder.path.exists() for folder in (first, second)] == [False, False]
    assert not (tmp_path / "kept").exists()
    assert main(["run", "--headless", "--speed", "max", "--data-dir", "here"]) == 0
    assert asked[2].data_folder.path == tmp_path / "here/paper-sim"


def test_the_data_folder_is_the_owners_alone(asked: list[Any], tmp_path: Path) -> None:
    """A folder of ours is made private; the folder somebody named is left as it was."""
    (tmp_path / "named").mkdir(mode=0o755)
    (tmp_path / "named/paper-sim").mkdir(mode=0o755)
    assert main(["run", "--data-dir", "named"]) == 0
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("named", "named/paper-sim")] == [0o755, 0o700]
    assert main(["run"]) == 0
    assert (tmp_path / ".local/share/hean-tui").stat().st_mode & 0o777 == 0o700
    assert asked[1].data_folder.log_file.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_written_is_refused(
    asked: list[Any], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The sentence names the folder and the option."""
    (tmp_path / "fixed").mkdir(mode=0o500)
    # Nothing but the kernel's own folders is read-only to the superuser.
    place = "fixed" if os.geteuid() else "/proc/fixed"
    answer = say(capsys, "run", "--data-dir", place)
    assert (answer.code, len(answer.sentences), asked) == (4, 1, [])
    assert place in answer.err
    assert "--data-dir" in answer.err


def test_a_run_in_a_folder_that_cannot_be_written_names_the_folder(
    asked: list[Any], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """And not the file that was tried in it."""
    folder = tmp_path / "data" / "paper-sim"
    folder.mkdir(parents=True)
    folder.chmod(0o500)
    with as_somebody(folder):
        answer = say(capsys, "run", "--data-dir", "data")
    assert (answer.code, asked) == (4, [])
    assert answer.sentences == [
        f'The data folder "{folder}" cannot be used (Permission denied); name one that can be written with --data-dir.'
    ]


def test_live_says_each_condition_that_is_missing(
    asked: list[Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 6 and a sentence for each; with all of them met, this version still refuses."""
    given_so_far: list[str] = []
    for name, value in (
        ("DRY_RUN", "false"),
        ("LIVE_CONFIRM", "YES"),
        ("CONFIRM_PHRASE", "I_UNDERSTAND_LIVE_TRADING"),
    ):
        answer = say(capsys, "run", "--mode", "live")
        assert (answer.code, len(answer.sentences)) == (6, 4 - len(given_so_far))
        assert f"{name}={value}" in answer.err
        monkeypatch.setenv(name, value)
        given_so_far.append(name)
    answer = say(capsys, "run", "--mode", "live")
    assert (answer.code, len(answer.sentences), asked) == (6, 1, [])
    assert "not part of this version" in answer.err


def broken(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Put something that fails behind the command line."""

    def fail(_: Any) -> int:
        raise error

    module = ModuleType("hean_tui.run")
    module.__dict__["run_command"] = fail
    monkeypatch.setitem(sys.modules, "hean_tui.run", module)


@pytest.mark.usefixtures("asked")
def test_what_nobody_foresaw_is_a_sentence_and_an_entry_in_the_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The traceback goes where the sentence says, and no secret goes with it."""
    monkeypatch.setenv("API_SECRET", "sEcReT-1234567")
    broken(monkeypatch, RuntimeError("signed with sEcReT-1234567"))
    answer = say(capsys, "run")
    log = tmp_path / ".local/share/hean-tui/paper-sim/hean-tui.log"
    assert (answer.code, len(answer.sentences)) == (1, 2)  # the first is the notice about API_SECRET
    assert str(log) in answer.sentences[1]
    text = log.read_text(encoding="utf-8")
    assert "RuntimeError: signed with ********" in text
    assert "Traceback" in text
    assert "Traceback" not in answer.err
    assert "sEcReT" not in text + answer.err


@pytest.mark.usefixtures("asked")
def test_a_fresh_folder_stays_when_its_log_is_needed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sentence names the log, so the log is there."""
    broken(monkeypatch, RuntimeError("nobody foresaw this"))
    answer = say(capsys, "run", "--headless", "--speed", "max")
    log = Path(answer.err.rpartition(" in ")[2].strip().rstrip("."))
    assert (answer.code, log.name) == (1, "hean-tui.log")
    assert "nobody foresaw this" in log.read_text(encoding="utf-8")
    shutil.rmtree(log.parent)


@pytest.mark.usefixtures("asked")
def test_a_mistake_before_the_log_is_open_is_written_down_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The last guard stands in front of every command, also of those that keep no log."""

    def fail() -> None:
        raise ZeroDivisionError("in the machine facts")

    monkeypatch.setattr("hean_tui.doctor.report.machine_facts", fail)
    answer = say(capsys, "doctor", "--data-dir", "elsewhere")
    log = tmp_path / "elsewhere/paper-sim/hean-tui.log"
    assert (answer.code, len(answer.sentences)) == (1, 1)
    assert str(log) in answer.err
    assert "ZeroDivisionError: in the machine facts" in log.read_text(encoding="utf-8")


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(
    ("error", "code"),
    [(KeyboardInterrupt(), 130), (SystemExit(7), 7), (UserError("Something is so."), 1), (BrokenPipeError(), 1)],
)
def test_every_way_to_end_has_its_code(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Interrupted, ended from within, a user's mistake, or a reader that has gone: no traceback in any case."""
    broken(monkeypatch, error)
    assert main(["run"]) == code
    log = tmp_path / ".local/share/hean-tui/paper-sim/hean-tui.log"
    assert log.read_text(encoding="utf-8") == ""


def test_a_reader_that_goes_away_is_nobodys_error(tmp_path: Path) -> None:
    """`hean-tui config show | head -1` ends quietly."""
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [sys.executable, "-m", "hean_tui", "config", "show"],
        cwd=ROOT,
        env={"HOME": str(tmp_path)},
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (1, b"")


@pytest.mark.parametrize(("codes", "last"), [((), 0), ((7,), 7), ((7, 8), 8), ((8, 7, 1), 1), ((0, 7), 7), ((1, 0), 1)])
def test_the_worst_of_several_ends_a_run(codes: tuple[int, ...], last: int) -> None:
    """An error first, then something left open, then a halt."""
    assert at_the_end_of_a_run(map(ExitCode, codes)) == last


WORDS = st.sampled_from([*COMMANDS, *NAMES, "--seed", "--symbol", "--set", "--strategy", "check", "show", "ema_cross"])
FLAGS_THAT_WRITE = ("init",)


@given(st.lists(WORDS | st.text(max_size=12).filter(lambda text: text not in FLAGS_THAT_WRITE), max_size=6))
def test_no_command_line_ends_in_an_unexpected_error(words: list[str]) -> None:
    """Whatever is typed is either understood or answered: never code 1, never an exception."""
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as home:
        move_in(patch, Path(home))
        catch_requests(patch)
        assert main(words) in (0, 2, 3, 4, 6)
