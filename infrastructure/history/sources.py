"""Parquet, feather and CSV files as streams of record batches that never hold a whole file."""

import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.csv
import pyarrow.ipc
import pyarrow.parquet

from infrastructure.history.faults import BadHistory, plain

READ_AHEAD_BYTES = 1 << 20
CSV_BLOCK_BYTES = 1 << 18  # the CSV reader keeps some thirty of them ready
DELIMITERS = ",;\t"
CSV_ROW = re.compile(r"Row #(\d+): ")
RAGGED = re.compile(r"Expected (\d+) columns, got (\d+): (.*)")


class Source(Protocol):
    """One file, opened anew for each call."""

    def names(self) -> list[str]:
        """Its column names."""
        ...

    def batches(self, columns: list[str], most_rows: int) -> Iterator[pa.RecordBatch]:
        """The named columns, at most so many rows at a time."""
        ...


def open_source(path: str) -> Source:
    """The reader for a file's extension, once the file is there and not empty."""
    lowered = path.lower()
    opened = next((source for ending, source in SOURCES.items() if lowered.endswith(ending)), None)
    if opened is None:
        ending = plain(Path(path).suffix) or "none"
        raise BadHistory(f"{path} cannot be read: its extension was {ending}; use one of {', '.join(SOURCES)}.")
    try:
        if not Path(path).is_file():
            what = "is not a plain file" if Path(path).exists() else "does not exist"
            raise BadHistory(f"{path} {what}; give the path of a history file.")
        if Path(path).stat().st_size == 0:
            raise BadHistory(f"{path} is empty (0 bytes); write or download it again.")
    except (OSError, ValueError) as error:
        raise BadHistory(f"{path} cannot be reached ({_reason(error)}); check the path and its permissions.") from None
    return opened(path)


class ParquetSource:
    """Parquet, a page at a time even where the whole file is a single row group."""

    def __init__(self, path: str) -> None:
        self.path = path

    def _open(self) -> pa.parquet.ParquetFile:
        return pa.parquet.ParquetFile(self.path, buffer_size=READ_AHEAD_BYTES, pre_buffer=False)

    def names(self) -> list[str]:
        with _readable(self.path, "parquet"), self._open() as file:
            return list(file.schema_arrow.names)

    def batches(self, columns: list[str], most_rows: int) -> Iterator[pa.RecordBatch]:
        with _readable(self.path, "parquet"), self._open() as file:
            for batch in file.iter_batches(most_rows, columns=columns, use_threads=False):
                batch.validate(full=True)  # damaged text is found here and not where it is shown
                yield batch


class FeatherSource:
    """Feather version 2, which is an Arrow file; memory holds one of the batches it was written in."""

    def __init__(self, path: str) -> None:
        self.path = path

    def names(self) -> list[str]:
        with _readable(self.path, "feather"), pa.memory_map(self.path) as mapped:
            return list(pa.ipc.open_file(mapped).schema.names)

    def batches(self, columns: list[str], most_rows: int) -> Iterator[pa.RecordBatch]:
        with _readable(self.path, "feather"), pa.memory_map(self.path) as mapped:
            names = pa.ipc.open_file(mapped).schema.names
            wanted = pa.ipc.IpcReadOptions(included_fields=[names.index(name) for name in columns], use_threads=False)
            reader = pa.ipc.open_file(mapped, options=wanted)
            for index in range(reader.num_record_batches):
                batch = reader.get_batch(index)
                batch.validate(full=True)  # offsets of a damaged file would otherwise be followed out of the buffer
                yield from _sliced(batch, most_rows)


class CsvSource:
    """CSV, plain or gzipped; every cell stays text until its column is read, so that a bad one can be shown."""

    def __init__(self, path: str) -> None:
        self.path = path

    def names(self) -> list[str]:
        with _readable(self.path, "CSV"):
            return list(self._parse(pa.BufferReader(self._header()), None).schema.names)

    def batches(self, columns: list[str], most_rows: int) -> Iterator[pa.RecordBatch]:
        with _readable(self.path, "CSV"), self._stream() as stream:
            for batch in self._rows(stream, columns, 0, None):
                yield from _sliced(batch, most_rows)

    def _rows(
        self, stream: pa.NativeFile, columns: list[str], above: int, below: int | None
    ) -> Iterator[pa.RecordBatch]:
        rows = above
        try:
            for batch in self._parse(stream, columns):
                rows += batch.num_rows
                yield batch
        except pa.ArrowInvalid as error:
            found = CSV_ROW.search(str(error))
            if found is None:
                raise
            row = above + int(found[1]) - 1  # its number counts from 1 and includes the header
            if below is not None and row >= below:
                return  # quotes or stray line ends hide where a row ends: the refusal of the row below must do
            # The whole block is lost with its bad row, but what stands above that row may be worse and comes first.
            intact = pa.BufferReader(self._header() + self._lines(rows, row - 1))
            yield from self._rows(intact, columns, rows, row)
            what = "it was not UTF-8 text; save the file as UTF-8"
            if ragged := RAGGED.search(str(error)):
                wanted, values, text = ragged.groups()
                what = f"it was '{plain(text)}', {values} values where the header names {wanted}; correct or remove it"
            raise BadHistory(f"{self.path}, row {row}: {what}.") from None

    def _parse(self, stream: pa.NativeFile, columns: list[str] | None) -> pa.csv.CSVStreamingReader:
        return pa.csv.open_csv(
            stream,
            # One thread, because only then does the reader know the number of a ragged row.
            read_options=pa.csv.ReadOptions(use_threads=False, block_size=CSV_BLOCK_BYTES),
            parse_options=pa.csv.ParseOptions(delimiter=self._delimiter()),
            convert_options=pa.csv.ConvertOptions(
                include_columns=columns,
                column_types=dict.fromkeys(columns or (), pa.string()),
                strings_can_be_null=True,
                null_values=[""],
            ),
        )

    def _stream(self) -> pa.NativeFile:
        return pa.input_stream(self.path, compression="gzip" if self._is_gzipped() else None)

    def _is_gzipped(self) -> bool:
        return self.path.lower().endswith(".gz")

    def _delimiter(self) -> str:
        return max(DELIMITERS, key=self._header().decode("latin-1").count)

    def _header(self) -> bytes:
        return (next(self._all_lines(), "").rstrip("\n") + "\n").encode("latin-1")

    def _lines(self, first: int, last: int) -> bytes:
        return "".join(islice(self._all_lines(), first + 1, last + 1)).encode("latin-1")

    def _all_lines(self) -> Iterator[str]:
        opened = gzip.open if self._is_gzipped() else open
        with opened(self.path, "rt", encoding="latin-1") as file:  # any byte is a letter there and comes back the same
            while line := file.readline(CSV_BLOCK_BYTES):
                if line != "\n":
                    yield line


def _sliced(batch: pa.RecordBatch, most_rows: int) -> Iterator[pa.RecordBatch]:
    for start in range(0, batch.num_rows, most_rows):
        yield batch.slice(start, most_rows)


@contextmanager
def _readable(path: str, form: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        if "Empty CSV file" in str(error):  # nothing but blank lines, or a header without an end of line
            raise BadHistory(f"{path} has no rows; write or download it again.") from None
        why = f"could not be read as {form} ({_reason(error)})"
        raise BadHistory(f"{path} {why}; it may be cut off or of another format, so write it again.") from None


def _reason(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error)
    text = text.strip().partition("\n")[0].partition(". ")[0]
    return plain(re.sub(r"\bgot\b", "was", text)).rstrip(".") or type(error).__name__


SOURCES: dict[str, type[ParquetSource] | type[FeatherSource] | type[CsvSource]] = {
    ".parquet": ParquetSource,
    ".feather": FeatherSource,
    ".arrow": FeatherSource,
    ".csv": CsvSource,
    ".csv.gz": CsvSource,
}
