"""Opening a history file: its layout and symbol are checked at once, its rows as they stream by."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, TypedDict, TypeVar, Unpack, cast, overload

import numpy as np

from infrastructure.history.columns import Bars, Book, Columns, Funding, Kind, Trades
from infrastructure.history.decoder import Decoder
from infrastructure.history.faults import NS_PER_SECOND, BadHistory
from infrastructure.history.sources import open_source
from infrastructure.history.spellings import WANTED, find_layout
from infrastructure.history.symbols import choose_symbol, find_symbols, rows_of
from infrastructure.history.tally import SAMPLE_ROWS, Tally, usual_step_ns

C = TypeVar("C", bound=Columns)

BATCH_ROWS = 65_536
NS_PER_MS = 1_000_000


class Reading(TypedDict, total=False):
    """How to read a file.

    Attributes:
        symbol: the one to read from a file of several; the file may write `BTC/USDT:USDT` as `BTCUSDT`.
        stamps: whether `ts` is the start ("open", the default) or the end ("close") of a bar.
        batch_rows: the longest batch.
        start_ns, end_ns: deliver rows from the first to before the second; the rows outside are checked all the same.
    """

    symbol: str | None
    stamps: Literal["open", "close"]
    batch_rows: int
    start_ns: int | None
    end_ns: int | None


@dataclass(frozen=True, slots=True)
class Stats:
    """What a full pass found.

    Attributes:
        rows: rows delivered: those of the symbol, in the asked span, without duplicates.
        gaps: holes, that is steps longer than one and a half intervals of bars, or than twelve hours of funding.
        missing: bars or settlements that would fill the holes.
        duplicates: rows dropped because an earlier one has the same stamp (never trades or book changes).
        sha256: of the file as it lies on the disk.
        first_ns, last_ns: stamps of the first and last delivered row, `None` where there was none.
        symbols: symbols that the file names, in order of appearance.
    """

    rows: int
    gaps: int
    missing: int
    duplicates: int
    sha256: str
    first_ns: int | None
    last_ns: int | None
    symbols: tuple[str, ...]


class History(Generic[C]):
    """One history file; every call of `batches` reads it again from the start.

    Attributes:
        interval_ns: how long a bar lasts, told from the first rows; 0 for anything but bars.
        symbols: symbols that the file names, in order of appearance; empty where it has no such column.
    """

    def __init__(self, kind: Kind, path: str, **reading: Unpack[Reading]) -> None:
        self.kind = kind
        self.path = path
        self.interval_ns = 0
        self._batch_rows = reading.get("batch_rows", BATCH_ROWS)
        self._start_ns, self._end_ns = reading.get("start_ns"), reading.get("end_ns")
        stamps = reading.get("stamps", "open")
        if kind not in WANTED or stamps not in ("open", "close") or self._batch_rows < 1:
            raise ValueError(f"kind was {kind!r}, stamps {stamps!r}, batch_rows {self._batch_rows}")
        self._source = open_source(path)
        self._layout = find_layout(path, kind, self._source.names(), stamps)
        self._stats: Stats | None = None
        self._tally: Tally | None = None
        self._shift_ns = 0
        self._symbol: str | None = None
        self.symbols: tuple[str, ...] = ()
        if (column := self._layout.own_names.get("symbol")) is not None:
            self.symbols = find_symbols(path, self._source, column)
            if self.symbols:
                self._symbol = choose_symbol(path, self.symbols, reading.get("symbol"))
        first_ns = self._look_at_first_rows()
        if stamps == "close":
            self._shift_ns = self.interval_ns and self.interval_ns - _early_ns(first_ns)

    def batches(self) -> Iterator[C]:
        """The rows in order, checked, in read-only batches; raises `BadHistory` at the first row that is impossible."""
        tally = Tally(self.kind, self.interval_ns)
        for checked in self._checked(self._batch_rows):
            columns = tally.admit(self._within_span(checked))
            if len(columns):
                yield columns.freeze()
        self._tally = tally

    @property
    def stats(self) -> Stats:
        """The counts of a full pass; makes that pass if nobody has made one yet."""
        if self._stats is None:
            if self._tally is None:
                for _ in self.batches():
                    pass
            assert self._tally is not None
            counted = self._tally
            self._stats = Stats(
                counted.rows,
                counted.gaps,
                counted.missing,
                counted.duplicates,
                self._sha256(),
                counted.first_ns,
                counted.last_ns,
                self.symbols,
            )
        return self._stats

    def _look_at_first_rows(self) -> int:
        times = np.zeros(0, dtype=np.int64)
        for columns in self._checked(SAMPLE_ROWS):
            times = np.concatenate([times, columns.ts_ns])
            if len(times) >= SAMPLE_ROWS:
                break
        if not len(times):
            raise BadHistory(f"{self.path} has no rows; write or download it again.")
        if self.kind in ("bars", "mark"):
            self.interval_ns = usual_step_ns(times[:SAMPLE_ROWS])
            if not self.interval_ns:
                raise BadHistory(
                    f"{self.path} holds a single bar and nothing tells how long it lasts; give two or more."
                )
        return int(times[0])

    def _checked(self, most_rows: int) -> Iterator[C]:
        decoder = Decoder(self.path, self.kind, self._layout, self.interval_ns)
        symbol_column = self._layout.own_names.get("symbol", "")
        first_row = 1
        for batch in self._source.batches(list(dict.fromkeys(self._layout.own_names.values())), most_rows):
            rows = None if self._symbol is None else rows_of(self._symbol, batch.column(symbol_column))
            yield cast("C", decoder.decode(batch, rows, first_row))
            first_row += batch.num_rows

    def _within_span(self, columns: C) -> C:
        if self._shift_ns:
            columns = replace(columns, ts_ns=columns.ts_ns - self._shift_ns)
        first = 0 if self._start_ns is None else int(np.searchsorted(columns.ts_ns, self._start_ns))
        after = len(columns) if self._end_ns is None else int(np.searchsorted(columns.ts_ns, self._end_ns))
        return columns if (first, after) == (0, len(columns)) else columns.where(slice(first, max(first, after)))

    def _sha256(self) -> str:
        with open(self.path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


Path = str | os.PathLike[str]


@overload
def open_history(kind: Literal["bars", "mark"], path: Path, **reading: Unpack[Reading]) -> History[Bars]: ...
@overload
def open_history(kind: Literal["trades"], path: Path, **reading: Unpack[Reading]) -> History[Trades]: ...
@overload
def open_history(kind: Literal["funding"], path: Path, **reading: Unpack[Reading]) -> History[Funding]: ...
@overload
def open_history(kind: Literal["book"], path: Path, **reading: Unpack[Reading]) -> History[Book]: ...
def open_history(kind: Kind, path: Path, **reading: Unpack[Reading]) -> History[Any]:
    """Open a parquet, feather or CSV file (also `.csv.gz`) of one kind, or raise `BadHistory` with the way out.

    `ts` is the start of a bar, or the moment of a trade, settlement or book change: integer milliseconds UTC, ISO text
    or an Arrow timestamp, UTC where it names no zone. Whole numbers may also be seconds, microseconds or nanoseconds:
    between 2009 and 2100 the four differ by factors of a thousand, so the size of the first one settles the unit
    without doubt, and a later row of another unit is refused. Other common names of columns are understood, in any
    case, with or without underscores (`spellings.py`).
    """
    return History(kind, os.fspath(path), **reading)


def _early_ns(first_ns: int) -> int:
    """Some exchanges stamp the end of a bar one millisecond before the next one starts."""
    return NS_PER_MS if (first_ns + NS_PER_MS) % NS_PER_SECOND == 0 else 0
