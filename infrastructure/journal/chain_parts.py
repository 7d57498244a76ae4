"""A long chain checked in parts, by as many processes as there are processors.

Every row stores its own hash. So a part can be checked from the hash stored in front of it, and the whole holds if each
part does: the one before has shown that this very hash is the right one. Processes, because an interpreter does one
thing at a time; each reads for itself, and nothing is handed over but the word that a part holds.

This process begins at the front and the others at the back, until they meet. Where it has more to do with each row, the
others go before it instead and are there first. Either way nobody waits for anybody, however busy the machine is: what
nobody has looked at is checked by this process, and the first row that is wrong is named by it.
"""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infrastructure.journal.chain_check import LAST_NUMBER, START, Visit, check_chain
from infrastructure.journal.connections import open_reader
from infrastructure.journal.faults import JournalFault
from infrastructure.journal.heads import Head
from infrastructure.journal.store import hash_at

PART = 20_000  # rows
_FEW = 8  # so many parts are checked before another process has begun
_AHEAD = 1  # the part that others begin with, where this one has more to do with each row than they have
READERS_MAX = 7
_AT_ONCE = 256
_VISITED = "SELECT seq, kind, t_mono, body FROM journal WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
_ROOT = Path(__file__).parents[2]
_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from infrastructure.journal.chain_parts import read_along; read_along(*sys.argv[2:])"
)
_HOLDS, _DOES_NOT = b"+", b"-"


def check_in_parts(
    connection: sqlite3.Connection,
    file: Path,
    up_to: int,
    visit: Visit | None = None,
    readers_max: int = READERS_MAX,
    part: int = PART,
) -> Head:
    """The same as `check_chain` from the first row on, with the other processors at work; rows are visited in order."""
    readers = min(_processors() - 1, readers_max)
    if readers < 1 or up_to < _FEW * part or up_to == LAST_NUMBER:
        return check_chain(connection, START, up_to, visit)
    head = START
    with _reading_along(file, up_to, part, readers, first=None if visit is None else _AHEAD) as found:
        for number, start in enumerate(range(0, up_to, part)):
            end = min(start + part, up_to)
            if found.holds(number):
                if visit is not None:
                    _visit_rows(connection, start, end, visit)
                head = stored_head(connection, end)
            else:  # nobody has come here yet, or it does not hold, and this names the row
                head = check_chain(connection, head, end, visit)
    return head


def read_along(file: str, up_to: str, part: str, *numbers: str) -> None:
    """The work of one of the other processes: these parts, and a mark for each."""
    connection = open_reader(Path(file))
    last, length = int(up_to), int(part)
    for number in range(*map(int, numbers)):
        start = number * length
        try:
            before = stored_head(connection, start) if start else START
            check_chain(connection, before, min(start + length, last))
        except (JournalFault, sqlite3.DatabaseError):
            os.write(1, _DOES_NOT)
        else:
            os.write(1, _HOLDS)


def stored_head(connection: sqlite3.Connection, seq: int) -> Head:
    """A row with the hash that it carries, whether that is right or not."""
    found = hash_at(connection, seq)
    if not isinstance(found, bytes):
        raise sqlite3.DatabaseError(f"row {seq} cannot be read")
    return Head(seq, found)


class _Found:
    """What the other processes have said so far, by the number of the part."""

    def __init__(self, pipes: list[int], turns: list[range]) -> None:
        self._said = [(pipe, iter(turn)) for pipe, turn in zip(pipes, turns, strict=True)]
        self._held: set[int] = set()

    def holds(self, number: int) -> bool:
        """Whether somebody has found that this part holds."""
        for pipe, turn in self._said:
            for mark in _whatever_is_there(pipe):
                part = next(turn)
                if mark == _HOLDS[0]:
                    self._held.add(part)
        return number in self._held


def _whatever_is_there(pipe: int) -> bytes:
    try:
        return os.read(pipe, 4096)
    except BlockingIOError:
        return b""


def _turns(parts: int, readers: int, first: int | None) -> list[range]:
    """Which parts each of the others takes, in their order: from the last on back, or from this one on."""
    if first is None:
        return [range(parts - 1 - reader, -1, -readers) for reader in range(readers)]
    return [range(first + reader, parts, readers) for reader in range(readers)]


@contextmanager
def _reading_along(file: Path, up_to: int, part: int, readers: int, first: int | None) -> Iterator[_Found]:
    processes: list[subprocess.Popen[bytes]] = []
    pipes: list[int] = []
    turns = _turns((up_to - 1) // part + 1, readers, first)
    try:
        for turn in turns:
            words = [_ROOT, file.absolute(), up_to, part, turn.start, turn.stop, turn.step]
            process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-c", _PROGRAM, *map(str, words)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            processes.append(process)
            assert process.stdout is not None
            pipes.append(process.stdout.fileno())
            os.set_blocking(pipes[-1], False)
        yield _Found(pipes, turns)
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def _visit_rows(connection: sqlite3.Connection, after: int, up_to: int, visit: Visit) -> None:
    while after < up_to:
        rows = connection.execute(_VISITED, (after, up_to, _AT_ONCE)).fetchall()
        visit(rows)
        after = rows[-1][0]


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
