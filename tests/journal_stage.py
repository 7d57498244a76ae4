"""A journal as a test meets it: a private folder, one opening with fixed randomness, and rows of every trade."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from infrastructure.journal import DamagedRow, Journal, Kind, Opened, Opening, Places, open_journal, verify

NOON_NS = 1_767_268_800_000_000_000  # 2026-01-01T12:00:00Z
PATIENCE_S = 10.0


def opened(folder: Path, run: str = "run-1", entropy: bytes = bytes(range(24))) -> Opened:
    """Open or make the journal of a folder."""
    return open_journal(folder, Opening(run, NOON_NS, entropy, "1.2.3"))


@contextmanager
def journal_in(folder: Path, run: str = "run-1") -> Iterator[Journal]:
    """A journal that is closed in order at the end."""
    journal = opened(folder, run).journal
    try:
        yield journal
    finally:
        assert journal.close(PATIENCE_S)


def execution(number: int) -> dict[str, object]:
    """What the venue told of a fill."""
    return {"venue": "paper", "category": "linear", "symbol": "BTC/USDT:USDT", "exec_id": f"e{number}", "side": 1}


def intent(number: int) -> dict[str, object]:
    """A decision, before it is sent."""
    return {
        "client_id": f"H1-{number}",
        "intent": number,
        "leg": "A",
        "gen": 0,
        "payload_hash": f"{number:064x}",
        "sign_by": NOON_NS + 1_000_000_000,
    }


def write(folder: Path, rows: int, *, run: str = "run-1", first: int = 0) -> None:
    """Append executions to the journal of a folder and close it in order."""
    with journal_in(folder, run) as journal:
        tickets = [journal.append(Kind.EXECUTION, execution(first + n), NOON_NS + n) for n in range(rows)]
        tickets[-1].wait(PATIENCE_S)


def meddle(folder: Path, *statements: str) -> None:
    """Change the database behind the journal's back."""
    with closing(sqlite3.connect(Places.within(folder).journal)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def copied(folder: Path, target: Path) -> Path:
    """All files of a journal as they lie on the disk at this moment."""
    target.mkdir(mode=0o700)
    for file in Places.within(folder).all_files:
        if file.exists():
            shutil.copy(file, target / file.name)
    return target


def damage(folder: Path) -> DamagedRow | None:
    """What verifying names as the first row that is not what was written."""
    try:
        verify(Places.within(folder))
    except DamagedRow as fault:
        return fault
    return None
