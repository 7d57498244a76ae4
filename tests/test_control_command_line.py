"""The commands to a running engine as a person types them: lines, JSON, exit codes, and which engine is meant."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.snapshot import Snapshot
from infrastructure.control.holder import holder_of, is_held
from infrastructure.control.server import serving
from infrastructure.journal.lock import FolderLock
from tests.command_line import move_in, say
from tests.engine_process import BTC, ROOT, EngineProcess, quiet_environment, running

COMMANDS_WITHOUT_WORDS = (
    *("status", "positions", "orders", "fills", "balance", "performance", "follow"),
    *("start", "stop", "pause", "resume", "reconcile", "flatten", "kill"),
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    """One engine for all of these."""
    with running(tmp_path_factory.mktemp("engine")) as running_engine:
        yield running_engine


class Typing:
    """Types commands to one engine, in this process."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._root = root
        self._capsys = capsys

    def __call__(self, *words: str) -> tuple[int, str, str]:
        answer = say(self._capsys, *words, "--data-dir", str(self._root))
        return answer.code, answer.out, answer.err

    def json(self, *words: str) -> tuple[int, Any]:
        code, out, _ = self(*words, "--json")
        return code, json.loads(out)

    def until(self, command: str, holds: Callable[[Any], object]) -> Any:
        """Look again and again, for the venue takes its time."""
        for _ in range(100):
            _, found = self.json(command)
            if holds(found):
                return found
            time.sleep(0.02)
        raise AssertionError(found)


@pytest.fixture
def typed(engine: EngineProcess, capsys: pytest.CaptureFixture[str]) -> Typing:
    """A hand at the keyboard beside the engine."""
    return Typing(engine.root, capsys)


@pytest.mark.parametrize("command", COMMANDS_WITHOUT_WORDS)
def test_where_nothing_runs_every_command_says_so(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence and exit code 3, also where not even the folder is there."""
    move_in(monkeypatch, tmp_path)
    answer = say(capsys, command, "--data-dir", "nowhere")
    assert (answer.code, answer.out, len(answer.sentences)) == (3, "", 1)
    assert "nowhere" in answer.err
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        ("buy", "SYMBOL"),
        ("buy BTC/USDT:USDT", "QTY"),
        ("close", "SYMBOL"),
        ("cancel", "ID"),
        ("protect BTC/USDT:USDT", "PRICE"),
        ("unlock", "SCOPE"),
        ("unlock account", "--reason"),
    ],
)
def test_missing_words_are_asked_for(words: str, missing: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, before anything is looked for."""
    answer = say(capsys, *words.split())
    command = words.partition(" ")[0]
    assert answer.code == 2
    assert answer.err == f"{command} needs {missing}; hean-tui {command} --help says what it is.\n"


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("buy BTCUSDT 1", "write BTC/USDT"),
        ("buy BTC/USDT:USDT much", "plain number"),
        ("buy BTC/USDT:USDT 0", "above 0"),
        ("sell BTC/USDT:USDT 1 --limit cheap", "plain number"),
        ("buy BTC/USDT:USDT 1 --id ../x", "letters, digits and dashes"),
        ("protect BTC/USDT:USDT nan", "plain number"),
        ("status --mode papr", "paper"),
        ("fills --last none", "whole number"),
    ],
)
def test_wrong_words_are_answered_with_the_way_out(words: str, part: str, typed: Typing) -> None:
    """Exit code 2, and nothing reached the engine."""
    code, out, err = typed(*words.split())
    assert (code, out) == (2, "")
    assert part in err


def test_status_is_the_snapshot(typed: Typing) -> None:
    """As JSON with every field of the contract; for people on one page."""
    code, snapshot = typed.json("status")
    assert code == 0
    assert snapshot["schema"] == 1
    wanted = {name for name in Snapshot.__struct_fields__ if name != "equity_curve"}
    assert set(snapshot) == wanted
    code, page, err = typed("status")
    assert (code, err) == (0, "")
    assert page.splitlines()[0].startswith("engine     running, paper on sim")


def test_a_trade_from_the_first_word_to_the_last(typed: Typing) -> None:
    """Bought, seen, protected, closed; each time the sentence says what happened, and the journal holds the fills."""
    code, out, _ = typed("buy", BTC, "0.01", "--stop", "80000")
    assert code == 0
    assert "is filled: 0.01" in out
    (position,) = typed.until("positions", lambda found: found[0]["stop_price"])  # the stop follows the fill
    assert (position["symbol"], position["quantity"], position["stop_price"]) == (BTC, "0.01", "80000")
    assert BTC in typed("positions")[1]
    code, out, _ = typed("protect", BTC, "81000")
    assert (code, out) == (0, f"Stops at 81000 cover 0.01 {BTC}.\n")
    code, orders = typed.json("orders")
    assert [(order["type"], order["trigger_price"]) for order in orders] == [("stop_market", "81000")]
    code, out, _ = typed("close", BTC)
    assert code == 0
    assert "flat" in out
    assert typed.json("positions") == (0, [])
    assert typed.json("orders") == (0, [])
    assert len(typed.json("orders", "--all")[1]) >= 3
    code, fills = typed.json("fills")
    assert [(fill["side"], fill["quantity"]) for fill in fills[-2:]] == [("buy", "0.01"), ("sell", "0.01")]
    assert fills[-1]["strategy"] == "operator"
    assert len(typed.json("fills", "--last", "1")[1]) == 1
    code, figures = typed.json("performance")
    assert (code, figures["trades"], figures["win_rate"]) == (0, 1, 0.0)
    code, account = typed.json("balance")
    assert float(account["equity"]) == pytest.approx(10_000 + float(figures["pnl"]))


def test_an_order_rests_and_is_taken_back(typed: Typing) -> None:
    """By the id that the list of orders shows."""
    assert typed("buy", BTC, "0.01", "--limit", "1000")[0] == 0
    (order,) = typed.json("orders")[1]
    code, answer = typed.json("cancel", order["id"])
    assert (code, answer["ok"], answer["outcome"]) == (0, True, "done")
    assert typed.json("orders") == (0, [])


def test_one_id_is_one_order(typed: Typing) -> None:
    """A script that did not see the answer asks again and gets the same one."""
    first = typed("buy", BTC, "0.01", "--limit", "2000", "--id", "night-1")
    again = typed("buy", BTC, "0.01", "--limit", "2000", "--id", "night-1")
    assert first == again
    assert len(typed.json("orders")[1]) == 1
    assert typed("flatten")[0] == 0


def test_what_the_gate_refuses_ends_with_one(typed: Typing) -> None:
    """The sentence holds the numbers; as JSON it stands on stdout."""
    code, out, err = typed("buy", BTC, "5000000")
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    code, answer = typed.json("close", BTC)
    assert (code, answer["ok"], answer["outcome"]) == (1, False, "refused")
    assert answer["sentence"] == f"there is no position in {BTC} to close"


def test_the_verbs_move_the_engine_from_state_to_state(typed: Typing) -> None:
    """Each says the state it led to."""
    for verb, state in (("pause", "paused"), ("resume", "running"), ("stop", "stopped"), ("start", "running")):
        code, answer = typed.json(verb)
        assert (code, answer["state"]) == (0, state)


def test_a_pause_while_the_strategies_rest_is_shown_and_ended(typed: Typing) -> None:
    """From any shell: the page and the JSON say why entries are refused, and a resume ends that without a start."""
    typed("stop")
    typed("pause")
    told = "entries are paused by the operator"
    assert typed("buy", BTC, "0.01")[0] == 7
    page = typed("status")[1].splitlines()
    assert page[0].startswith("engine     stopped, ")
    assert f"paused     {told}; hean-tui resume ends it" in page
    engine = typed.json("status")[1]["engine"]
    assert (engine["state"], engine["paused"]) == ("stopped", told)
    typed("resume")
    engine = typed.json("status")[1]["engine"]
    assert (engine["state"], engine["paused"]) == ("stopped", None)
    assert "paused" not in typed("status")[1]
    typed("start")


def test_following_shows_what_happens_until_it_is_interrupted(engine: EngineProcess, typed: Typing) -> None:
    """A line each, and ctrl+c is its ordinary end."""
    following = subprocess.Popen(
        [sys.executable, "-m", "hean_tui", "follow", "--data-dir", str(engine.root)],
        env=quiet_environment(engine.root),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert following.stdout is not None
    assert following.stdout.readline()
    typed("pause")
    typed("resume")
    lines = iter(following.stdout.readline, "")
    assert any("pause by the command line" in line for line in lines)
    following.send_signal(2)
    _, err = following.communicate(timeout=5)
    assert (following.returncode, err) == (0, "")


def test_the_engine_of_a_mode_or_folder_is_found(engine: EngineProcess, typed: Typing) -> None:
    """Its own folder may be named instead of the one above; another mode is another engine."""
    assert typed("balance", "--mode", "paper")[0] == 0
    code, _, err = typed("balance", "--mode", "live")
    assert code == 3
    assert "mode live" in err
    here = Typing(engine.folder, typed._capsys)
    assert here("balance")[0] == 0


def test_several_engines_are_listed(engine: EngineProcess, typed: Typing) -> None:
    """Exit code 2 and their folders; with --mode it is clear again."""

    class Still:
        """A second engine, as far as its door goes."""

        def latest(self) -> Snapshot:
            return Snapshot()

        def submit(self, ask: object) -> Any:
            raise AssertionError(ask)

    other = engine.root / "demo-bybit"
    other.mkdir(mode=0o700)
    lock = FolderLock(other, "another")
    try:
        with serving(Still(), other):
            code, out, err = typed("status")
            assert (code, out) == (2, "")
            assert str(engine.folder) in err
            assert f"{other} (process {os.getpid()})" in err
            assert typed("status", "--mode", "paper")[0] == 0
    finally:
        lock.release()
    assert typed("status")[0] == 0


def test_who_holds_a_folder_is_proven_by_the_kernel(engine: EngineProcess) -> None:
    """The number in the lock file is believed only where that process has the lock."""
    holder = holder_of(engine.folder)
    assert holder is not None
    assert (holder.pid, holder.is_proven) == (engine.process.pid, True)
    assert is_held(engine.folder)


def test_a_frozen_engine_is_told_from_one_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 5, with the way out."""
    with running(tmp_path / "frozen") as engine:
        engine.freeze()
        code, out, err = Typing(engine.root, capsys)("balance")
        assert (code, out) == (5, "")
        assert "does not answer" in err
        assert "hean-tui kill" in err
