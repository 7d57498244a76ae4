"""The file of heads beside the database: after each commit one line with its last row, so that a loss is noticed.

A line is written only after the commit it tells of is on the disk, so that it can never be ahead of the database: if
it is, somebody changed, cut or exchanged the database. The last whole line is the one that counts; what a power loss
leaves behind it, half a line or room that was never written, is passed over. A file that has become long begins anew
with its last line.
"""

import os
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from infrastructure.journal.connections import explained
from infrastructure.journal.faults import (
    DamagedRow,
    HeadsMissing,
    JournalEmptied,
    OlderCopy,
    OtherDatabase,
    TailCut,
    shown,
)

_TAIL_BYTES = 4096  # holds some thirty lines
_LONG_BYTES = 4 * 1024 * 1024
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
_FIELDS = 5
_WAY_OUT = "put a backup in its place with hean-tui db restore FILE"


class Head(NamedTuple):
    """The last row: its number and its hash."""

    seq: int
    hash: bytes


class Told(NamedTuple):
    """What a line tells: the head, of which journal, and how often that had been opened."""

    head: Head
    instance: str
    openings: int


class Heads:
    """The file, open for adding lines."""

    def __init__(self, file: Path, instance: str, openings: int) -> None:
        self._instance = instance
        self._openings = openings
        self._file = file
        with explained(file):
            self._descriptor = os.open(file, os.O_CREAT | _APPEND, 0o600)
            self._size = os.fstat(self._descriptor).st_size
            if self._size:
                os.write(self._descriptor, b"\n")  # ends what a power loss may have left of a line

    def add(self, head: Head) -> None:
        """Tell of a head that is on the disk."""
        text = f"{head.seq} {head.hash.hex()} {self._openings} {self._instance}"
        line = f"{text} {crc32(text.encode()):08x}\n".encode()
        if self._size > _LONG_BYTES:
            self._begin_anew(line)
        else:
            _write(self._descriptor, line)
            self._size += len(line)

    def sync(self) -> None:
        """See to it that the lines so far, and the file itself, outlive a power loss."""
        os.fsync(self._descriptor)
        folder = os.open(self._file.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _begin_anew(self, line: bytes) -> None:
        part = self._file.with_name(self._file.name + ".part")
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_CREAT | os.O_EXCL | _APPEND, 0o600)
        try:
            _write(descriptor, line)
            self._size = len(line)
            os.fsync(descriptor)  # before it takes the name: a power loss leaves one file or the other, and both tell
            part.replace(self._file)
        except OSError:
            os.close(descriptor)
            raise
        os.close(self._descriptor)
        self._descriptor = descriptor

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)


def _write(descriptor: int, line: bytes) -> None:
    """All of it: a disk that is nearly full takes a part without a word, and refuses the rest with an error."""
    while line:
        line = line[os.write(descriptor, line) :]


def last_told(file: Path) -> Told | None:
    """What the last whole line tells; None where there is none."""
    if not file.exists():
        return None
    with explained(file), file.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        span = _TAIL_BYTES
        while True:
            stream.seek(max(0, size - span))
            lines = stream.read().split(b"\n")
            told = next((told for line in reversed(lines) if (told := _read(line)) is not None), None)
            if told is not None or span >= size:
                return told
            span *= 16


def _read(line: bytes) -> Told | None:
    text, _, check = line.rpartition(b" ")
    fields = text.decode("ascii", "replace").split(" ")
    if len(fields) != _FIELDS - 1 or check != f"{crc32(text):08x}".encode():
        return None
    seq, digest, openings, instance = fields
    return Told(Head(int(seq), bytes.fromhex(digest)), instance, int(openings))


def refuse_emptied(told: Told | None, file: Path) -> None:
    """A database that is not there or empty, although rows were written once."""
    if told is not None:
        raise JournalEmptied(
            f"The journal {shown(file)} is empty or gone, and it had {told.head.seq:,} rows; {_WAY_OUT}."
        )


def compare(told: Told | None, found: Told, hash_there: bytes | None, file: Path) -> None:
    """Hold what the file of heads tells against what the database has; `hash_there` is its hash at the told row."""
    if told is None:
        # The first row is the birth of the journal; a process may have died between it and the first line.
        if found.head.seq > 1:
            raise HeadsMissing(
                f"The journal {shown(file)} has {found.head.seq:,} rows and its file of heads is gone, so that nothing "
                f"shows whether rows are missing; put that file back, or take the journal in with "
                "hean-tui db restore FILE."
            )
        return
    last = f"its heads tell of row {told.head.seq:,}, and row {found.head.seq:,} is its last"
    if told.instance != found.instance:
        raise OtherDatabase(f"The journal {shown(file)} is not the one that was here before; {_WAY_OUT}.")
    if found.openings < told.openings:
        raise OlderCopy(
            f"The journal {shown(file)} is an earlier copy: {last}; take it in with hean-tui db restore FILE, "
            "which begins a new epoch of order names."
        )
    if found.head.seq < told.head.seq:
        raise TailCut(f"The end of the journal {shown(file)} is missing: {last}; {_WAY_OUT}.")
    if hash_there != told.head.hash:
        raise DamagedRow(
            told.head.seq, "anchor", f"Row {told.head.seq:,} is not the one that its heads tell of; {_WAY_OUT}."
        )
