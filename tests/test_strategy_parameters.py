"""Parameters of strategies: what makes no sense is refused before a run, by the command that was told of it."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from strategies.ema_cross import EmaCross
from tests.backtest_runs import BARS, BTC, Bench, new_bench
from tests.command_line import say

Command = Callable[..., tuple[int, list[str]]]
WRONG = [
    ("ema_cross", "quantity=-1", "quantity"),
    ("ema_cross", "quantity=0", "quantity"),
    ("ema_cross", "quantity=NaN", "quantity"),
    ("ema_cross", "quantity=abc", "quantity"),
    ("ema_cross", "fast=1", "fast"),
    ("ema_cross", "fast=2.5", "fast"),
    ("ema_cross", "slow=999999999999", "slow"),
    ("ema_cross", "on=week", "week"),
    ("impulse", "lookback=0", "lookback"),
    ("impulse", "memory=0", "memory"),
    ("impulse", "threshold=0", "threshold"),
    ("impulse", "threshold=-2", "threshold"),
    ("impulse", "stop_ranges=0", "stop_ranges"),
    ("impulse", "target_ranges=-1", "target_ranges"),
    ("impulse", "edge=-1", "edge"),
    ("impulse", "hold=0", "hold"),
    ("impulse", "rest=-1", "rest"),
]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Bench:
    """An empty folder, and in it two bars."""
    bench = new_bench(monkeypatch, capsys, tmp_path)
    bench.write("b.csv", BARS, "0,10,12,9,11,1", "1,11,12,9,10,1")
    return bench


def run_of(bench: Bench, *words: str) -> tuple[int, list[str]]:
    """Code and sentences of a short run."""
    answer = say(bench.capsys, "run", "--headless", "--speed", "max", "--duration", "1s", *words)
    return answer.code, answer.sentences


def backtest_of(bench: Bench, *words: str) -> tuple[int, list[str]]:
    """Code and sentences of a short backtest."""
    answer = bench.say("--symbol", BTC, "--bars", "b.csv", *words)
    return answer.code, answer.sentences


@pytest.mark.parametrize("command", [run_of, backtest_of])
@pytest.mark.parametrize(("strategy", "assignment", "named"), WRONG)
def test_a_value_that_makes_no_sense_is_refused_in_one_sentence(
    bench: Bench, command: Command, strategy: str, assignment: str, named: str
) -> None:
    """It names the parameter, has no class of ours in it, and ends with 2 where `--set` said it."""
    code, sentences = command(bench, "--strategy", strategy, "--set", assignment)
    assert code == 2
    assert len(sentences) == 1
    assert named in sentences[0]
    assert "class" not in sentences[0]


@pytest.mark.parametrize("command", [run_of, backtest_of])
def test_averages_in_the_wrong_order_are_refused_by_their_source(bench: Bench, command: Command) -> None:
    """2 where the command line said it, 4 where a file did."""
    given = ("--strategy", "ema_cross")
    code, sentences = command(bench, *given, "--set", "fast=50", "--set", "slow=20")
    assert (code, sentences) == (2, ["ema_cross needs 1 < fast < slow; they were 50 and 20."])
    (bench.folder / "c.toml").write_text("[strategies.ema_cross]\nfast = 3\nslow = 2\n")
    code, sentences = command(bench, *given, "--config", "c.toml")
    assert (code, sentences) == (4, ["ema_cross needs 1 < fast < slow; they were 3 and 2."])


def test_config_check_finds_what_the_strategy_would_refuse(bench: Bench) -> None:
    """Also for a strategy that is not chosen."""
    (bench.folder / "c.toml").write_text("[strategies.ema_cross]\nfast = 3\nslow = 2\n")
    answer = say(bench.capsys, "config", "check", "--config", "c.toml")
    assert (answer.code, answer.sentences) == (4, ["ema_cross needs 1 < fast < slow; they were 3 and 2."])
    (bench.folder / "c.toml").write_text("[strategies.ema_cross]\nfast = 3\nslow = 5\n")
    assert say(bench.capsys, "config", "check", "--config", "c.toml").code == 0


@pytest.mark.parametrize("command", [run_of, backtest_of])
def test_a_list_that_nobody_named_is_a_mistake_of_the_command_line(bench: Bench, command: Command) -> None:
    """And the sentence says how to name it."""
    code, sentences = command(bench, "--strategy", "scripted")
    assert code == 2
    assert sentences == ["scripted plays a list of orders; name it with --set orders=FILE."]


def test_what_makes_sense_is_taken_as_it_was_written() -> None:
    """The size of a crossing keeps all its digits."""
    strategy = EmaCross("mine", (BTC,), {"fast": 3, "slow": 9, "quantity": Decimal("0.123456789012345678")})
    assert (strategy.fast, strategy.slow) == (3, 9)
    assert strategy._quantity == Decimal("0.123456789012345678")
