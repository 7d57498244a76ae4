"""A disk that forgets: beneath SQLite it keeps what each sector held since the last sync, and can lose power, fill up,
fail or be slow.

What was written is at once there for whoever reads, as it is with a real disk's cache. When the power goes, each sector
of 512 bytes comes back as any of the versions it had since the file was last synced, and the process ends on the spot.
After a sync that failed the cache counts as clean, as it does in Linux: only what is written again is written at all.
"""

import os
import random
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple, NoReturn, cast

import apsw

from infrastructure.journal.connections import BUSY_S, Driver, make_durable

SECTOR = 512
POWER_LOST = 9  # the exit code of a process whose power went
_NAME = "lossy"


class Plan(NamedTuple):
    """What will happen to the disk. Operations are counted from 1: each write, sync, cut and removal is one."""

    seed: int
    power_lost_at: int = 0
    fails_at: int = 0
    failing: str = "write"  # which of the operations is counted for that: write or sync
    error: type[apsw.Error] = apsw.IOError
    sync_takes_s: float = 0.0
    bursts: int = 40  # of rows, in two lives of the journal
    syncs: bool = True  # a disk that lies says that it has synced, and has not


class _Sectors:
    """One file: what its sectors and its size have been since the last sync."""

    def __init__(self, path: str, is_new: bool) -> None:
        self.is_new = is_new  # its name is not on the disk either, before the first sync
        self._descriptor = os.open(path, os.O_RDWR)  # never closed: that would take SQLite's locks away
        self._sizes = [self._size()]
        self._versions: dict[int, list[bytes]] = {}
        self._stuck: dict[int, bytes] = {}  # on the disk for good, whatever the cache says

    def will_write(self, offset: int, length: int) -> range:
        """Note what is there before a write; returns the sectors it will touch."""
        touched = range(offset // SECTOR, (offset + length - 1) // SECTOR + 1)
        for number in touched:
            if number not in self._versions:
                stuck = self._stuck.pop(number, None)
                self._versions[number] = [self._read(number) if stuck is None else stuck]
        return touched

    def has_written(self, touched: Iterable[int]) -> None:
        """Note what is there after it."""
        for number in touched:
            self._versions[number].append(self._read(number))
        self._sizes.append(self._size())

    def has_size(self, size: int) -> None:
        """The file was cut."""
        self._sizes.append(size)

    def synced(self) -> None:
        """Everything is on the disk."""
        self.is_new = False
        self._versions.clear()
        self._sizes = [self._size()]

    def sync_failed(self, rng: random.Random) -> None:
        """Nobody knows what is on the disk, and the cache will not try again."""
        for number, versions in self._versions.items():
            self._stuck[number] = rng.choice(versions)
        self._versions.clear()

    def is_at(self, path: str) -> bool:
        """Whether the file still has this name."""
        return os.path.exists(path) and os.path.samestat(os.stat(path), os.fstat(self._descriptor))

    def lose_power(self, rng: random.Random) -> None:
        """Make the file what comes back."""
        size = rng.choice(self._sizes)
        chosen = {**self._stuck, **{number: rng.choice(found) for number, found in self._versions.items()}}
        for number, content in chosen.items():
            os.pwrite(self._descriptor, content, number * SECTOR)
        os.ftruncate(self._descriptor, size)

    def _read(self, number: int) -> bytes:
        return os.pread(self._descriptor, SECTOR, number * SECTOR).ljust(SECTOR, b"\0")

    def _size(self) -> int:
        return os.fstat(self._descriptor).st_size


class LossyDisk(apsw.VFS):
    """The operating system's files as SQLite sees them, with all that can happen to a disk."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.operations = 0
        self.has_failed = False
        self.before_power_is_lost: Callable[[random.Random], object] = _nothing
        self._rng = random.Random(plan.seed)
        self._countdown = plan.fails_at
        self._files: dict[str, _Sectors] = {}
        self._removed: dict[str, bytes] = {}
        super().__init__(_NAME, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> "_File":  # noqa: N802 - theirs
        path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        is_new = not os.path.exists(path)
        file = _File(self, path, name, flags)
        if path not in self._files or is_new:
            self._removed.pop(path, None)
            self._files[path] = _Sectors(path, is_new)
        return file

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802 - theirs
        self.step("delete")
        if not syncdir:
            with suppress(OSError):
                self._removed[filename] = Path(filename).read_bytes()  # the folder may not know yet
        super().xDelete(filename, syncdir)
        self._files.pop(filename, None)

    def step(self, what: str) -> None:
        """One more operation: the moment for something to happen."""
        self.operations += 1
        if self.operations == self.plan.power_lost_at:
            self.lose_power()
        if what == self.plan.failing and self._countdown > 0:
            self._countdown -= 1
            if not self._countdown:
                self.has_failed = True
                full = self.plan.error is apsw.FullError
                raise self.plan.error("database or disk is full" if full else f"disk I/O error: {what}")

    def sectors(self, path: str) -> _Sectors:
        """What is known of an open file."""
        return self._files[path]

    def sync(self, path: str) -> None:
        """What was written to a file is on the disk now, or the sync fails."""
        try:
            self.step("sync")
        except apsw.Error:
            self._files[path].sync_failed(self._rng)
            raise
        if self.plan.sync_takes_s:
            Event().wait(self.plan.sync_takes_s)
        if self.plan.syncs:
            if self._files[path].is_new:
                self.folder_synced()  # SQLite does that with the first sync of a file that it made
            self._files[path].synced()

    def folder_synced(self) -> None:
        """The names in the folder are on the disk now: what was removed does not come back."""
        self._removed.clear()
        for sectors in self._files.values():
            sectors.is_new = False

    def lose_power(self) -> NoReturn:
        """Every file becomes what comes back, and the process ends without another word."""
        for path, sectors in self._files.items():
            if not sectors.is_at(path):  # it was renamed after a sync, and is another file's past
                continue
            if sectors.is_new and self._rng.random() < 0.5:
                os.unlink(path)
            else:
                sectors.lose_power(self._rng)
            if path.endswith(".db"):
                with suppress(OSError):  # the index of the log is no file to rely on, and can come back as anything
                    Path(path + "-shm").write_bytes(self._rng.randbytes(1024))
        for path, content in self._removed.items():
            if self._rng.random() < 0.5:
                Path(path).write_bytes(content)
        self.before_power_is_lost(self._rng)
        os._exit(POWER_LOST)

    def driver(self, *pragmas: str) -> Driver:
        """How a journal is opened on this disk; more pragmas may make it careless."""

        def writer(file: Path) -> sqlite3.Connection:
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
            connection = cast(sqlite3.Connection, _Connection(file, apsw.SQLITE_OPEN_READWRITE))
            make_durable(connection)
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}")
            return connection

        def reader(file: Path) -> sqlite3.Connection:
            return cast(sqlite3.Connection, _Connection(file, apsw.SQLITE_OPEN_READONLY))

        return Driver(writer, reader)


class _File(apsw.VFSFile):
    def __init__(self, disk: LossyDisk, path: str, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        self._disk = disk
        self._path = path
        super().__init__("", name, flags)

    def xWrite(self, data: Any, offset: int) -> None:  # noqa: N802 - theirs
        sectors = self._disk.sectors(self._path)
        self._disk.step("write")
        touched = sectors.will_write(offset, len(data))
        super().xWrite(data, offset)
        sectors.has_written(touched)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 - theirs
        self._disk.step("truncate")
        super().xTruncate(newsize)
        self._disk.sectors(self._path).has_size(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802 - theirs
        self._disk.sync(self._path)


class _Connection:
    """What the journal uses of a connection of the standard library, on the other driver."""

    def __init__(self, file: Path, flags: int) -> None:
        with _as_the_standard_library():
            self._connection = apsw.Connection(str(file), flags=flags, vfs=_NAME)
            self._connection.set_busy_timeout(int(BUSY_S * 1000))

    def execute(self, statement: str, values: Sequence[Any] = ()) -> "_Answer":
        with _as_the_standard_library():
            return _Answer(self._connection.execute(statement, tuple(values)))

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        with _as_the_standard_library():
            self._connection.executemany(statement, [tuple(row) for row in rows])

    def close(self) -> None:
        with _as_the_standard_library():
            self._connection.close()


class _Answer:
    def __init__(self, cursor: apsw.Cursor) -> None:
        self._cursor = cursor

    def fetchone(self) -> Any:
        with _as_the_standard_library():
            return self._cursor.fetchone()

    def fetchall(self) -> list[Any]:
        with _as_the_standard_library():
            return self._cursor.fetchall()

    def __iter__(self) -> Iterator[Any]:
        return iter(self.fetchall())


@contextmanager
def _as_the_standard_library() -> Iterator[None]:
    try:
        yield
    except apsw.Error as error:
        kind = sqlite3.IntegrityError if isinstance(error, apsw.ConstraintError) else sqlite3.OperationalError
        same = kind(str(error))
        # An error of ours comes back as the very object, without the number that SQLite would have given it.
        code = getattr(error, "extendedresult", 0) or (apsw.SQLITE_FULL if isinstance(error, apsw.FullError) else 0)
        names = {**apsw.mapping_result_codes, **apsw.mapping_extended_result_codes}
        same.sqlite_errorname = str(names.get(code, names.get(code & 0xFF, "SQLITE_IOERR")))
        raise same from error


def _nothing(_: random.Random) -> None:
    pass
