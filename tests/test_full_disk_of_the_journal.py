"""A disk that is full before or during a run of the real program: one sentence, code 4, no order without its row."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from infrastructure.journal import Places, verify
from infrastructure.journal.chain_check import Visited

ROOT = Path(__file__).parents[1]
# The program as it is, on a disk that has no room for the n-th write. What the venue was sent is told at the end.
PROGRAM = """
import json, sys
from functools import partial
import apsw
import hean_tui.books as books
from engine.simulation.venue import SimulatedVenue
from hean_tui.cli import main
from infrastructure.journal import open_journal
from tests.lossy_disk import LossyDisk, Plan

disk = LossyDisk(Plan(1, fails_at=int(sys.argv[1]), error=apsw.FullError))
books.open_journal = partial(open_journal, driver=disk.driver())
sys.excepthook = sys.unraisablehook = lambda *_: None
sent = []
send = SimulatedVenue.send
def listen(venue, command):
    sent.append([type(command).__name__, command.order_id, getattr(command, "reduce_only", True)])
    return send(venue, command)
SimulatedVenue.send = listen
code = main(sys.argv[2:])
sys.stdout.write("\\n" + json.dumps({"code": code, "sent": sent, "failed": disk.has_failed}))
"""
RUN = ("run", "--headless", "--duration", "2h", "--speed", "max", "--seed", "7", "--data-dir")


def run_until_full(folder: Path, writes: int) -> tuple[dict[str, Any], list[str]]:
    """What the program ended with, and its sentences."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(writes), *RUN, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1]), done.stderr.splitlines()


def intents(folder: Path) -> set[str]:
    """The orders that have a row."""
    found: set[str] = set()

    def visit(rows: Sequence[Visited]) -> None:
        found.update(json.loads(body)["client_id"] for _, kind, _, body in rows if kind == "intent")

    verify(Places.within(folder / "paper-sim"), visit)
    return found


@pytest.mark.parametrize("writes", [30])
def test_a_disk_that_is_full_at_the_start_ends_it(writes: int, tmp_path: Path) -> None:
    """Before the first order; the sentence says what is wrong and where."""
    told, sentences = run_until_full(tmp_path, writes)
    assert (told["code"], told["failed"], told["sent"]) == (4, True, [])
    assert len(sentences) == 1
    assert "cannot be used: database or disk is full" in sentences[0]


@pytest.mark.parametrize("writes", [60, 90])
def test_a_disk_that_fills_up_during_a_run_closes_the_journal_for_good(writes: int, tmp_path: Path) -> None:
    """Nothing that adds risk leaves without its row, the room that was held is given back, and the code says why."""
    told, sentences = run_until_full(tmp_path, writes)
    assert told["failed"]
    entries = {order for what, order, reduces in told["sent"] if what == "SubmitOrder" and not reduces}
    assert entries <= intents(tmp_path)
    assert not (tmp_path / "paper-sim/ballast").exists()
    assert told["code"] == 4
    assert [sentence for sentence in sentences if "the disk is full" in sentence]
