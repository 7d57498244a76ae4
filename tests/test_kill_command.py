"""`hean-tui kill`: asked of an engine that listens, and done without one that is frozen or gone."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hean_tui.commands.kill_direct import act_directly
from hean_tui.errors import UserError
from hean_tui.fill_history import fills
from infrastructure.control.holder import LOCK_FILE, end_at_once, holder_of
from infrastructure.control.kill_flag import is_raised, lower_flag, raise_flag
from tests.command_line import say
from tests.engine_process import BTC, ROOT, EngineProcess, quiet_environment, running


class Hand:
    """Types commands to one engine, in this process."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._root = root
        self._capsys = capsys

    def type(self, *words: str) -> tuple[int, str, str]:
        """Exit code, stdout, stderr."""
        answer = say(self._capsys, *words, "--data-dir", str(self._root))
        return answer.code, answer.out, answer.err

    def until_started(self) -> None:
        """Wait until the engine has found out what happened before it."""
        deadline = time.monotonic() + 10
        while json.loads(self.type("status", "--json")[1])["engine"]["state"] == "starting":
            assert time.monotonic() < deadline
            time.sleep(0.1)


# An engine as far as its folder and its door go; its number is not written down yet, and the door opens after a while.
STARTS_SLOWLY = """
import pathlib, sys, time
from engine.answers import Answer
from engine.host.receipts import FutureReceipt
from engine.snapshot import Snapshot
from infrastructure.control.server import serving
from infrastructure.journal.lock import FolderLock

class Engine:
    def latest(self):
        return Snapshot()

    def submit(self, ask):
        assert ask.cancel_only
        answer, receipt = Answer(), FutureReceipt()
        answer.settle("the gate is closed")
        receipt.take(answer)
        return receipt

folder = pathlib.Path(sys.argv[1])
lock = FolderLock(folder, "engine")
(folder / "engine.lock").write_text("")
print("held", flush=True)
time.sleep(1.8)
with serving(Engine(), folder):
    input()
"""


def test_a_running_engine_is_flat_and_closed_afterwards(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is left is nothing, the flag lies beside the journal, and entries are refused with exit code 7."""
    with running(tmp_path / "engine") as engine:
        hand = Hand(engine.root, capsys)
        assert hand.type("buy", BTC, "0.02")[0] == 0
        assert hand.type("buy", BTC, "0.01", "--limit", "1000")[0] == 0
        code, out, _ = hand.type("kill", "--json")
        said = json.loads(out)
        assert (code, said["left"], said["state"], said["by"]) == (0, [], "killed", "the engine")
        assert is_raised(engine.folder)
        assert json.loads(hand.type("positions", "--json")[1]) == []
        assert hand.type("buy", BTC, "0.01")[0] == 7
        assert hand.type("start")[0] == 7
        assert hand.type("kill")[0] == 0


def test_cancel_only_keeps_positions_and_their_stops(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The gate is closed and entries are gone; nothing is flagged as killed, and resume opens it again."""
    with running(tmp_path / "engine") as engine:
        hand = Hand(engine.root, capsys)
        assert hand.type("buy", BTC, "0.02", "--stop", "85000")[0] == 0
        assert hand.type("buy", BTC, "0.01", "--limit", "1000")[0] == 0
        time.sleep(0.2)  # the stop follows the fill
        code, out, _ = hand.type("kill", "--cancel-only", "--json")
        assert (code, json.loads(out)["left"], json.loads(out)["state"]) == (0, [], "reduce_only")
        orders = json.loads(hand.type("orders", "--json")[1])
        assert [(order["type"], order["reduce_only"]) for order in orders] == [("stop_market", True)]
        assert not is_raised(engine.folder)
        assert hand.type("buy", BTC, "0.01")[0] == 7
        assert hand.type("resume")[0] == 0


def test_kill_is_there_at_once(tmp_path: Path) -> None:
    """A person in a hurry waits for the engine, not for Python: what the best of three starts costs the processor."""
    seconds = []
    for _ in range(3):
        began = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-m", "hean_tui", "kill", "--data-dir", str(tmp_path)],
            env=quiet_environment(tmp_path),
            cwd=ROOT,
            capture_output=True,
            check=False,
        )
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime)
    assert min(seconds) < 0.3


def test_kill_reads_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    """What is not imported cannot be broken: neither settings nor numbers nor the engine's own parts."""
    probe = "import sys; from hean_tui.cli import main; main(sys.argv[1:]); print(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", probe, "kill", "--data-dir", str(tmp_path)],
        env=quiet_environment(tmp_path),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert {"pydantic", "numpy", "rich", "textual", "sqlite3", "engine.kernel"} & set(done.stdout.split()) == set()


def trade_and_freeze(engine: EngineProcess, hand: Hand) -> None:
    """A position with its stop, an entry that waits, and marks that were journaled since; then nothing moves."""
    assert hand.type("buy", BTC, "0.02", "--stop", "85000")[0] == 0
    assert hand.type("buy", BTC, "0.01", "--limit", "1000")[0] == 0
    time.sleep(1.2)
    engine.freeze()


def test_a_frozen_engine_is_ended_and_its_work_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Silence for two seconds, its process gone, flat within ten; and the next engine finds it so, and killed."""
    with running(tmp_path / "engine") as engine:
        hand = Hand(engine.root, capsys)
        trade_and_freeze(engine, hand)
        began = time.monotonic()
        code, out, err = hand.type("kill", "--json")
        assert time.monotonic() - began < 10
        assert out, err
        said = json.loads(out)
        assert (code, said["left"], said["by"], said["state"]) == (0, [], "the journal", "killed")
        assert said["ended_process"] == engine.process.pid
        assert f"its process {engine.process.pid} was ended" in err
        assert engine.process.wait(1) == -signal.SIGKILL
        assert is_raised(engine.folder)
        code, _, err = hand.type("kill")
        assert (code, err.count("\n")) == (3, 1)
        assert hand.type("journal", "verify")[0] == 0
    with running(tmp_path / "engine") as engine:
        hand = Hand(engine.root, capsys)
        status = json.loads(hand.type("status", "--json")[1])
        assert (status["positions"], status["engine"]["state"]) == ([], "killed")
        assert hand.type("buy", BTC, "0.01")[0] == 7


def test_an_engine_that_is_gone_is_flattened_from_its_journal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It crashed with a position: without asking anybody the books are closed, and the fill is in the journal."""
    with running(tmp_path / "engine") as engine:
        hand = Hand(engine.root, capsys)
        trade_and_freeze(engine, hand)
        engine.process.kill()
        engine.process.wait()
        code, out, _ = hand.type("kill", "--json")
        assert (code, json.loads(out)["left"], json.loads(out)["ended_process"]) == (0, [], None)
    filled = fills(engine.folder)
    assert [(fill["side"], fill["quantity"]) for fill in filled] == [("buy", "0.02"), ("sell", "0.02")]


def test_a_direct_cancel_leaves_the_position_and_its_stop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The entry is gone, what protects stays, and nothing is flagged."""
    with running(tmp_path / "engine") as engine:
        hand = Hand(engine.root, capsys)
        trade_and_freeze(engine, hand)
        code, out, _ = hand.type("kill", "--direct", "--cancel-only", "--json")
        assert (code, json.loads(out)["state"], json.loads(out)["left"]) == (0, "reduce_only", [])
        assert not is_raised(engine.folder)
    assert [fill["side"] for fill in fills(engine.folder)] == ["buy"]


@pytest.mark.parametrize("is_frozen", [True, False])
def test_a_cancel_without_the_engine_is_no_kill_for_the_next_one(
    is_frozen: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Frozen or gone, its successor has the position, its stop and a closed gate, which resume opens."""
    with running(tmp_path / "engine") as engine:
        hand = Hand(engine.root, capsys)
        trade_and_freeze(engine, hand)
        if not is_frozen:
            engine.process.kill()
            engine.process.wait()
        code, out, _ = hand.type("kill", "--cancel-only", "--json")
        said = json.loads(out)
        assert (code, said["by"], said["state"], said["left"]) == (0, "the journal", "reduce_only", [])
        assert not is_raised(engine.folder)
    with running(tmp_path / "engine") as engine:
        hand = Hand(engine.root, capsys)
        hand.until_started()
        status = json.loads(hand.type("status", "--json")[1])
        assert [(held["quantity"], held["stop_price"]) for held in status["positions"]] == [("0.02", "85000")]
        assert status["engine"]["state"] == "reduce_only"
        assert hand.type("buy", BTC, "0.01")[0] == 7
        assert hand.type("resume")[0] == 0
        assert hand.type("buy", BTC, "0.01")[0] == 0


def test_an_engine_that_was_started_meanwhile_is_waited_for_and_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It has the folder and not yet a door, and is no frozen one: nobody ends it."""
    folder = tmp_path / "paper-sim"
    folder.mkdir(mode=0o700)
    (folder / "journal.db").touch()
    engine = subprocess.Popen(
        [sys.executable, "-c", STARTS_SLOWLY, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert engine.stdout is not None
        assert engine.stdout.readline() == "held\n"
        code, out, err = Hand(tmp_path, capsys).type("kill", "--cancel-only", "--json")
        assert (code, err) == (0, "")
        assert (json.loads(out)["by"], json.loads(out)["sentence"]) == ("the engine", "The gate is closed.")
        assert engine.poll() is None
    finally:
        engine.communicate()


def test_a_journal_that_is_gone_is_not_taken_for_nothing_held(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its heads tell of rows, so that nobody knows what is held: one sentence and exit code 4, as from run."""
    with running(tmp_path / "engine") as engine:
        hand = Hand(engine.root, capsys)
        assert hand.type("buy", BTC, "0.02")[0] == 0
        engine.process.kill()
        engine.process.wait()
    for name in ("journal.db", "journal.db-wal", "journal.db-shm"):
        (engine.folder / name).unlink(missing_ok=True)
    for words in (("kill",), ("kill", "--cancel-only"), ("journal", "head")):
        code, out, err = hand.type(*words)
        assert (code, out, err.count("\n")) == (4, "", 1)
        assert "is empty or gone, and it had" in err


def test_an_engine_behind_a_link_is_not_overlooked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Links are not followed, and nothing is said about what may be held there but where to look."""
    link = tmp_path / "linked" / "paper-sim"
    link.parent.mkdir()
    with running(tmp_path / "engine") as engine:
        link.symlink_to(engine.folder)
        assert Hand(engine.root, capsys).type("buy", BTC, "0.02")[0] == 0
        code, out, err = Hand(link.parent, capsys).type("kill")
        assert (code, out, err.count("\n")) == (4, "", 1)
        assert f'"{link}" is a symbolic link to "' in err
        assert err.endswith('"; name the real folder with --data-dir.\n')
        assert Hand(link.parent, capsys).type("kill", "--mode", "live")[0] == 3
        assert engine.process.poll() is None
        assert Hand(engine.folder, capsys).type("kill")[0] == 0


def test_a_process_that_only_stands_in_the_lock_file_is_left_alone(tmp_path: Path) -> None:
    """The number may be anybody's by now: without the lock on one of its files it is not ended."""
    innocent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    holding = (
        "import fcntl, os, sys; d = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o600); "
        "fcntl.flock(d, fcntl.LOCK_EX); print('held', flush=True); input()"
    )
    lock = tmp_path / LOCK_FILE
    holder = subprocess.Popen(
        [sys.executable, "-c", holding, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        lock.write_text(json.dumps({"pid": innocent.pid}))
        found = holder_of(tmp_path)
        assert found is not None
        assert (found.pid, found.is_proven) == (innocent.pid, False)
        assert not end_at_once(found, 1)
        with pytest.raises(UserError, match="cannot be proven that it is the engine"):
            act_directly(tmp_path, "a test", cancel_only=False)
        assert innocent.poll() is None
        assert holder.poll() is None
    finally:
        for process in (innocent, holder):
            process.communicate()


def test_the_flag_is_private_durable_and_there_once(tmp_path: Path) -> None:
    """A second kill finds it and is content; only lowering takes it away; where nothing can be written it says so."""
    assert not is_raised(tmp_path)
    assert raise_flag(tmp_path, "first")
    assert raise_flag(tmp_path, "second")
    flag = tmp_path / "kill.flag"
    assert json.loads(flag.read_text())["reason"] == "first"
    assert flag.stat().st_mode & 0o777 == 0o600
    lower_flag(tmp_path)
    assert not is_raised(tmp_path)
    assert not raise_flag(tmp_path / "nowhere", "third")
    os.symlink(tmp_path / "target", flag)
    assert raise_flag(tmp_path, "fourth")
    assert not (tmp_path / "target").exists()
