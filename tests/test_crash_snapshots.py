"""A snapshot that is taken while the venue knows more than our books: what was not heard is still to be asked for."""

from decimal import Decimal
from pathlib import Path

import pytest

from engine.record.saving import load, save
from hean_tui.bootstrap import PaperRun, build_paper_session
from risk.limits import Limits
from tests.crash_checks import Inspection
from tests.crash_load import STRATEGIES
from tests.crash_program import Program, is_started

_BTC, _ETH = "BTC/USDT:USDT", "ETH/USDT:USDT"


def test_what_others_hold_of_the_books_stays_theirs_when_a_state_is_loaded() -> None:
    """Whoever looks through a container of before the load sees what was loaded."""
    run = PaperRun(
        seed=1,
        scenario="normal",
        symbols=(_BTC,),
        strategies=(),
        parameters={},
        capital=Decimal(10_000),
        limits=Limits(),
    )
    kernel = build_paper_session(run).kernel
    account = kernel.account
    before = account.open_orders, account.ledger.positions, account.owned
    load(kernel, save(kernel))
    after = account.open_orders, account.ledger.positions, account.owned
    assert all(one is other for one, other in zip(before, after, strict=True))


@pytest.mark.timeout(120)
def test_a_fill_that_nobody_heard_survives_a_snapshot_and_two_kills(tmp_path: Path) -> None:
    """Killed before the row of a fill; killed again after a snapshot, before the venue was asked; heard at last."""
    root = tmp_path / "data"
    root.mkdir(mode=0o700)
    # What happens at the venue is on the disk long before its news are here.
    words = ("--speed", "30x", "--set", "sim.feed_latency_ms=900", "--symbol", _BTC, "--symbol", _ETH, *STRATEGIES)
    inspection = Inspection(root / "paper-sim")
    books = inspection.books
    # A pause in the start, so that the snapshot's row is on the disk before the second kill.
    for fault in ("fill.received:3:kill", "recovery.step_7:1:delay:1500,recovery.step_8:1:kill"):
        program = Program(root, words, fault=fault, keeps_snapshots=True)
        try:
            assert program.wait(50), program.said
        finally:
            program.kill()
        assert inspection.after_a_kill(None, has_started=False) == []
    assert books.kinds["snapshot"] >= 1
    program = Program(root, words)
    try:
        while not is_started(program.status()):
            assert not program.wait(0.1), program.said
        program.wait(0.5)
    finally:
        program.kill()
    assert inspection.after_a_kill(None, has_started=True) == []
    assert books.runs == 3
    assert books.owed, "the third start had something to hear of"
