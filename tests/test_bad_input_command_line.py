"""Wrong command lines, settings, folders and scripts: one sentence, the right exit code, no traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.command_line import catch_requests, move_in, say

ROOT = Path(__file__).parents[1]

# What is typed, the exit code of the contract, and words the sentence must hold: the value, and the way out.
WRONG_LINES = [
    ("rn", 2, ['"rn"', "run"]),
    ("guardian", 2, ['"guardian"', "hean-tui --help lists the commands"]),
    ("statsu", 2, ['"statsu"', "status"]),
    ("status -1", 2, ['"-1"', "no argument"]),
    ("buy BTC/USDT:USDT -1", 2, ["quantity", '"-1"', "above 0"]),
    ("sell BTC/USDT:USDT -0.5 --limit 90000", 2, ["quantity", '"-0.5"', "above 0"]),
    ("sell BTC/USDT:USDT -.5 --reduce-only", 2, ["quantity", '"-.5"', "above 0"]),
    ("buy -1 -2", 2, ['"-1"']),
    ("buy BTC/USDT:USDT -x", 2, ['no option "-x"']),
    ("buy BTC/USDT:USDT 1 -1x -- -1", 2, ['no option "-1"']),
    ("protect BTC/USDT:USDT -5", 2, ["price", '"-5"', "above 0"]),
    ("unlock tilt", 2, ["unlock needs --reason"]),
    ("kill now", 2, ['"now"', "no argument"]),
    ("kill --cancel", 2, ['"--cancel"', "--cancel-only"]),
    ("kill --direct=yes", 2, ["--direct takes no value"]),
    ("kill --mode", 2, ["--mode needs a value"]),
    ("kill --mode papr", 2, ['"papr"', "paper"]),
    ("run --sed 4", 2, ['"--sed"', "--seed"]),
    ("run --jsn", 2, ['"--jsn"', "--json"]),
    ("--headles", 2, ['"--headles"', "--headless"]),
    ("run --wibble", 2, ['"--wibble"', "run --help"]),
    ("run -x", 2, ['"-x"']),
    ("run --seed", 2, ["--seed needs a value"]),
    ("run --headless=yes", 2, ["--headless takes no value"]),
    ("run --json=yes", 2, ["--json takes no value"]),
    ("run BTC/USDT", 2, ['"BTC/USDT"', "no argument"]),
    ("--data-dir", 2, ["--data-dir needs a folder"]),
    ("run --config --json", 2, ["--config needs a file"]),
    ("config", 2, ["init, show or check"]),
    ("config shwo", 2, ['"shwo"', "show"]),
    ("doctor now", 2, ['"now"']),
    ("run --mode papr", 2, ['"papr"', "paper"]),
    ("run --mode xyz", 2, ['"xyz"', "paper, demo, testnet or live"]),
    ("run --feed smi", 2, ['"smi"', "sim"]),
    ("run --scenario crsh", 2, ['"crsh"', "crash"]),
    ("run --symbol BTCUSDT", 2, ['"BTCUSDT"', "BTC/USDT:USDT"]),
    ("run --symbol btc/usdt", 2, ['"btc/usdt"', "BTC/USDT"]),
    ("run --symbol DOGE/USDT:USDT", 2, ['"DOGE/USDT:USDT"; it can be BTC/USDT']),
    ("run --symbol ETC/USDT", 2, ['"ETC/USDT"; it can be BTC/USDT']),
    ("run --symbol BCT/USDT", 2, ["did you mean BTC/USDT?"]),
    ("run --symbol SOLL/USDT:USDT", 2, ["did you mean SOL/USDT:USDT?"]),
    ("run --symbol ETH/USDC:USDC", 2, ["did you mean ETH/USDT:USDT?"]),
    ("run --strategy ema_cros", 2, ['"ema_cros"', "ema_cross"]),
    ("run --strategy Ema-Cross", 2, ['"Ema-Cross"', "small letters"]),
    ("run --capital nan", 2, ['"nan"', "plain number"]),
    ("run --capital inf", 2, ['"inf"', "plain number"]),
    ("run --capital 0", 2, ['"0"', "above 0"]),
    ("run --capital -5", 2, ['"-5"', "above 0"]),
    ("run --capital 1e30", 2, ['"1e30"', "1000000000"]),
    ("run --capital 10,000", 2, ['"10,000"', "plain number"]),
    ("run --seed -1", 2, ['"-1"', "below 0"]),
    ("run --seed 1.5", 2, ['"1.5"', "whole number"]),
    ("run --seed 99999999999999999999", 2, ["9223372036854775807"]),
    ("run --duration 90", 2, ['"90"', "90s"]),
    ("run --duration 0s", 2, ['"0s"', "longer"]),
    ("run --duration -3h", 2, ['"-3h"', "6h"]),
    ("run --duration 999999w", 2, ["hundred years"]),
    ("run --speed fast", 2, ['"fast"', "realtime, max"]),
    ("run --speed 0x", 2, ['"0x"', "above 0"]),
    ("run --speed nanx", 2, ['"nanx"']),
    ("run --start yesterday", 2, ['"yesterday"', "2026-01-01"]),
    ("run --start 0001-01-01", 2, ['"0001-01-01"', "2000"]),
    ("run --set risk.max_leverage", 2, ['"risk.max_leverage"', "key=value"]),
    ("run --set =3", 2, ['"=3"', "key=value"]),
    ("run --set risk.max_levrage=3", 2, ['"risk.max_levrage"', "risk.max_leverage"]),
    ("run --set max_leverage=3", 2, ['"max_leverage"', "risk.max_leverage"]),
    ("run --set risk.max_leverage=0", 2, ['"0"', "greater than 0"]),
    ("run --set risk.max_leverage=nan", 2, ['"nan"', "plain number"]),
    ("run --set risk.daily_drawdown_limit=5", 2, ['"5"', "500 %", "5%"]),
    ("run --strategy ema_cross --set ema_cross.fats=3", 2, ['"ema_cross.fats"', "ema_cross.fast"]),
    ("run --strategy ema_cross --set fast=quick", 2, ['"quick"', "whole number"]),
    ("run --mode demo", 6, ["demo", "paper"]),
    ("run --mode testnet", 6, ["testnet", "paper"]),
    ("run --feed bybit", 4, ['"bybit"', "--feed sim"]),
    ("run --feed ccxt:kraken", 4, ['"ccxt:kraken"', "--feed sim"]),
    ("run --feed ticks.parquet", 4, ['"ticks.parquet"', "backtest"]),
    ("run --script nowhere.txt", 4, ['"nowhere.txt"', "--script", "not there"]),
    ("run --script folder", 4, ['"folder"', "not a file"]),
    ("run --status-file folder", 4, ['"folder"', "--status-file"]),
    ("run --status-file no/where.json", 4, ["no/where.json", "make it first"]),
    ("run --data-dir file", 4, ["/file", "--data-dir"]),
    ("run --data-dir link", 4, ["/link", "symbolic link"]),
    ("run --data-dir file/below", 4, ["--data-dir"]),
    ("config show --config nowhere.toml", 4, ['"nowhere.toml"', "config init"]),
    ("config show --config folder", 4, ['"folder"', "not a file"]),
    ("config init --config file", 4, ['"file"', "already"]),
    ("config init --config no/where.toml", 4, ['"no/where.toml"']),
    ("config init --config a.toml --config b.toml", 2, ["single --config"]),
    ("backtest", 2, ["--strategy"]),
    ("backtest --strategy ema_cross", 2, ["--bars"]),
    ("backtest --strategy ema_cross --bars nowhere.csv", 4, ['"nowhere.csv"', "--bars"]),
    ("backtest --strategy ema_cross --bars folder", 4, ['"folder"', "not a file"]),
    ("backtest --strategy ema_cross --bars file --bars file", 2, ["SYMBOL=FILE"]),
    ("backtest --strategy ema_cross --bars file --funding BTC/USDT=gone.csv", 4, ['"gone.csv"', "--funding"]),
    ("backtest --strategy ema_cross --bars file --fee-taker nan", 2, ['"nan"', "plain number"]),
    ("backtest --strategy ema_cross --bars file --fee-taker -0.001", 2, ['"-0.001"', "below 0"]),
    ("backtest --strategy ema_cross --bars file --fee-maker 0.5", 2, ['"0.5"', "5 %"]),
    ("backtest --strategy ema_cross --bars file --latency -1", 2, ['"-1"', "below 0"]),
    ("backtest --strategy ema_cross --bars file --latency 1e9", 2, ['"1e9"', "60000"]),
    ("backtest --strategy ema_cross --bars file --slippage-bps 5000", 2, ['"5000"', "1000"]),
    ("backtest --strategy ema_cross --bars file --leverage 0", 2, ['"0"', "above 0"]),
    ("backtest --strategy ema_cross --bars file --ts middle", 2, ['"middle"', "open or close"]),
    ("backtest --strategy ema_cross --bars file --from 2026-02-01 --to 2026-01-01", 2, ["2026-02-01", "before"]),
    ("backtest --strategy ema_cross --bars file --html folder", 4, ['"folder"', "--html"]),
]

# The content of a settings file, and words of the sentence.
WRONG_SETTINGS = [
    ("[risk\nmax_leverage = 3", ["not TOML", "line 1"]),
    ("[risk]\nmax_levrage = 3", ['"risk.max_levrage"', "max_leverage"]),
    ("[rsk]\nmax_leverage = 3", ['"rsk"', "risk"]),
    ("wibble = 3", ['"wibble"', "risk, kill, engine"]),
    ("risk = 3", ["risk", '"3"', "table"]),
    ("[risk]\nmax_leverage = 0", ["risk.max_leverage", '"0"']),
    ("[risk]\nmax_leverage = nan", ["risk.max_leverage", '"nan"']),
    ("[risk]\nmax_leverage = inf", ["risk.max_leverage", '"inf"']),
    ("[risk]\nmax_leverage = 500", ["risk.max_leverage", '"500"', "less than or equal"]),
    ('[risk]\nmax_leverage = "lots"', ['"lots"', "plain number"]),
    ("[risk]\ndaily_drawdown_limit = 5", ['"5"', "500 %", "5%"]),
    ('[risk]\ndaily_drawdown_limit = "-5%"', ['"-5%"', "greater than 0"]),
    ("[engine]\ncapital = -1", ["engine.capital", '"-1"']),
    ('[engine]\nsymbols = ["BTCUSDT"]', ['"BTCUSDT"', "BTC/USDT:USDT"]),
    ('[sim]\nseed = "x"', ["sim.seed", "whole number"]),
    ('[screen]\ntheme = "dark"', ['"dark"', "sumi or washi"]),
    ('[log]\nlevel = "loud"', ['"loud"', "debug, info"]),
    ("[strategies.ema_cross]\nfats = 3", ['"fats"', "fast"]),
    ("[strategies.ema_cros]\nfast = 3", ['"ema_cros"', "ema_cross"]),
    ("[strategies.ema_cross]\nfast = [3]", ["a number, a text, true or false"]),
    ("[strategies.ema_cross]\nfast = 3.5", ['"3.5"', "whole number"]),
    ('[engine]\nstrategies = ["wibble"]', ['"wibble"', "ema_cross"]),
]

# A script, the number of its wrong line, and words of the sentence.
WRONG_SCRIPTS = [
    ("+0s strat", 1, ['"strat"', "start"]),
    ("+0s start\n0s stop", 2, ['"0s"', "+10m"]),
    ("+10 start", 1, ['"+10"', "+10m"]),
    ("+0s", 1, ['"+0s"', "verb"]),
    ("+0s start now", 1, ["start", '"now"', "alone"]),
    ("\n# a comment\n+1m buy BTC/USDT:USDT", 3, ["buy SYMBOL QTY"]),
    ("+1m buy BTCUSDT 1", 1, ['"BTCUSDT"', "BTC/USDT:USDT"]),
    ("+1m buy DOGE/USDT 1", 1, ['"DOGE/USDT"', "not traded"]),
    ("+1m sell BTC/USDT:USDT nan", 1, ["quantity", '"nan"']),
    ("+1m buy BTC/USDT:USDT 0", 1, ["quantity", '"0"', "above 0"]),
    ("+1m buy BTC/USDT:USDT 1 --limt 5", 1, ['"--limt"', "--limit"]),
    ("+1m buy BTC/USDT:USDT 1 --limit", 1, ["--limit"]),
    ("+1m kill --now", 1, ['"--now"', "--cancel-only"]),
    ("+1m protect BTC/USDT:USDT -5", 1, ["price", '"-5"']),
    ("+1m set risk.max_levrage 5", 1, ["risk.max_leverage"]),
    ("+1m set risk.max_leverage lots", 1, ['"lots"', "plain number"]),
    ("+1m set log.level debug", 1, ["only limits"]),
    ("+1m deposit -100", 1, ["amount", '"-100"']),
    ("+1m market BTC/USDT:USDT -100%", 1, ["move", '"-100%"']),
    ("+1m market BTC/USDT:USDT 4", 1, ['"4"', "400 %", "4%"]),
    ("+1m funding BTC/USDT:USDT 50%", 1, ["rate", '"50%"']),
    ("+1m reconcile now", 1, ["reconcile", "alone"]),
    ("+1m unlock", 1, ["unlock", "SCOPE --reason TEXT --phrase TEXT"]),
    ("+1m unlock kill --because x", 1, ["unlock", "SCOPE --reason TEXT --phrase TEXT"]),
    ("+1m look positions", 1, ["look", "not available yet"]),
    ("+1m key p", 1, ["key", "not available yet"]),
    ("+1m live I_UNDERSTAND", 1, ["live", "not available yet"]),
    ("+1m fault venue.ack_lots next 1", 1, ['"venue.ack_lots"', "venue.ack_lost"]),
    ("+1m fault venue.ack_lost next 0", 1, ["fault NAME next N"]),
    ("+1m fault venue.cut for ever", 1, ["the time", '"ever"']),
    ("+1m expect engine.state", 1, ["expect PATH OP VALUE"]),
    ("+1m expect engine.state = killed", 1, ['"="', "=="]),
    ("+1m expect enigne.state == killed", 1, ['"enigne"', "engine"]),
    ("+1m expect positions[0].quantity == 1", 1, ["positions[symbol="]),
    ("+1m expect engine. == 1", 1, ['"engine."']),
    ('+1m expect engine.state == "killed', 1, ["quotation mark"]),
]


@pytest.fixture(autouse=True)
def at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A home with a file, a folder and a link in it, and nobody behind the command line."""
    move_in(monkeypatch, tmp_path)
    catch_requests(monkeypatch)
    (tmp_path / "file").write_text("nothing\n", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")


@pytest.mark.parametrize(("line", "code", "words"), WRONG_LINES, ids=[line for line, _, _ in WRONG_LINES])
def test_a_wrong_command_line_is_answered_with_one_sentence(
    line: str, code: int, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The sentence names what was wrong and the way out, the exit code is the contract's, and stdout stays clean."""
    answer = say(capsys, *line.split())
    assert (answer.code, answer.out, len(answer.sentences)) == (code, "", 1), answer.err
    for word in words:
        assert word in answer.err
    assert answer.err[-2] in ".?"
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(("content", "words"), WRONG_SETTINGS, ids=[content for content, _ in WRONG_SETTINGS])
def test_a_wrong_settings_file_is_answered_with_one_sentence(
    content: str, words: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Checking a file and starting with it say the same, and both end with code 4."""
    (tmp_path / "hean.toml").write_text(content, encoding="utf-8")
    checked = say(capsys, "config", "check", "--config", "hean.toml")
    assert (checked.code, checked.out, len(checked.sentences)) == (4, "", 1), checked.err
    for word in words:
        assert word in checked.err
    started = say(capsys, "run", "--config", "hean.toml")
    assert (started.code, started.err) == (4, checked.err)


@pytest.mark.parametrize(("content", "line", "words"), WRONG_SCRIPTS, ids=[content for content, _, _ in WRONG_SCRIPTS])
def test_a_wrong_script_is_refused_with_the_number_of_its_line(
    content: str, line: int, words: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Before anything starts: the file, the line, what was wrong with it, and what to write instead."""
    (tmp_path / "day.txt").write_text(content, encoding="utf-8")
    answer = say(capsys, "run", "--headless", "--script", "day.txt")
    assert (answer.code, answer.out, len(answer.sentences)) == (4, "", 1), answer.err
    assert answer.err.startswith(f"Line {line} of day.txt: ")
    for word in words:
        assert word in answer.err


@pytest.mark.parametrize("name", ["day.txt", "hean.toml"])
def test_a_file_of_bytes_is_not_read_as_text(name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Whatever else a script or a settings file may be, it is UTF-8."""
    (tmp_path / name).write_bytes(b"+0s start \xff\xfe")
    option = "--script" if name == "day.txt" else "--config"
    answer = say(capsys, "run", option, name)
    assert (answer.code, len(answer.sentences)) == (4, 1)
    assert "UTF-8" in answer.err


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("HEAN__RISK__MAX_LEVRAGE", "3", ['"risk.max_levrage"', "max_leverage"]),
        ("HEAN__RSK__MAX_LEVERAGE", "3", ["HEAN__RSK__MAX_LEVERAGE", "risk"]),
        ("HEAN__RISK__MAX_LEVERAGE", "", ["HEAN__RISK__MAX_LEVERAGE", "plain number"]),
        ("HEAN__RISK", "{", ["HEAN__"]),
        ("MAX_LEVERAGE", "many", ["MAX_LEVERAGE", '"many"']),
        ("DAILY_DRAWDOWN_LIMIT", "5", ["DAILY_DRAWDOWN_LIMIT", "500 %"]),
        ("LOG_LEVEL", "LOUD", ["LOG_LEVEL", '"loud"']),
        ("HEAN_DATA_DIR", "file", ["/file", "--data-dir"]),
    ],
)
def test_a_wrong_variable_is_named(
    name: str, value: str, words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A limit that was mistyped in the environment must not be passed over in silence."""
    monkeypatch.setenv(name, value)
    answer = say(capsys, "run")
    assert (answer.code, len(answer.sentences)) == (4, 1), answer.err
    for word in words:
        assert word in answer.err


def test_what_is_shown_of_a_value_is_short_and_without_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    """A value from outside is data: it cannot clear the screen, and it cannot fill it."""
    answer = say(capsys, "run", "--scenario", "\x1b[2J\n" + "x" * 500)
    assert answer.code == 2
    assert len(answer.sentences) == 1
    assert "\x1b" not in answer.err
    assert len(answer.err) < 250


@pytest.mark.parametrize(("line", "code"), [("run --sed 4", 2), ("run --mode live", 6), ("run --feed bybit", 4)])
def test_a_real_process_ends_with_the_same_code(line: str, code: int, tmp_path: Path) -> None:
    """What holds inside this process holds for the program that is started."""
    ended = subprocess.run(
        [sys.executable, "-m", "hean_tui", *line.split()],
        cwd=ROOT,
        env={"HOME": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (code, "")
    assert ended.stderr
    assert "Traceback" not in ended.stderr
