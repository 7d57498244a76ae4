"""The journal for other programs: JSON lines, CSV that a spreadsheet cannot be tricked with, and Parquet."""

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from infrastructure.journal.backups import replaced_at_the_end
from infrastructure.journal.places import Places
from infrastructure.journal.reading import Row, open_for_reading, rows, time_text

COLUMNS = ("seq", "kind", "time", "body")
# A cell that begins like this is a formula to a spreadsheet; a quote in front makes it text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_ENCODE = msgspec.json.Encoder().encode


def as_jsonl(pieces: Iterator[list[Row]], stream: BinaryIO) -> int:
    """`{"seq", "kind", "time", "body"}` a line; the body as the object that it is."""
    count = 0
    for piece in pieces:
        stream.write(
            b"".join(
                b'{"seq":%d,"kind":%b,"time":"%b","body":%b}\n'
                % (row.seq, _ENCODE(row.kind), time_text(row.time_ns).encode(), row.body)
                for row in piece
            )
        )
        count += len(piece)
    return count


def as_csv(pieces: Iterator[list[Row]], stream: BinaryIO) -> int:
    """The same four columns, the body as JSON in its cell."""
    count = 0
    stream.write(_csv([COLUMNS]))
    for piece in pieces:
        stream.write(
            _csv(
                [
                    (row.seq, unlike_a_formula(row.kind), time_text(row.time_ns), unlike_a_formula(row.body.decode()))
                    for row in piece
                ]
            )
        )
        count += len(piece)
    return count


def as_parquet(pieces: Iterator[list[Row]], stream: BinaryIO) -> int:
    """The same four columns; the time as a timestamp in nanoseconds UTC."""
    import pyarrow as pa
    from pyarrow import parquet

    schema = pa.schema(
        [
            pa.field("seq", pa.int64(), nullable=False),
            pa.field("kind", pa.string(), nullable=False),
            pa.field("time", pa.timestamp("ns", tz="UTC"), nullable=False),
            pa.field("body", pa.string(), nullable=False),
        ]
    )
    count = 0
    with parquet.ParquetWriter(stream, schema) as writer:
        for piece in pieces:
            seqs, kinds, times, bodies = zip(*piece, strict=True)
            texts = pa.array(bodies, pa.binary()).cast(pa.string())
            arrays = [pa.array(seqs, pa.int64()), pa.array(kinds), pa.array(times, schema.field("time").type), texts]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            count += len(piece)
    return count


FORMATS: dict[str, Callable[[Iterator[list[Row]], BinaryIO], int]] = {
    "jsonl": as_jsonl,
    "csv": as_csv,
    "parquet": as_parquet,
}


def export(places: Places, name: str, stream: BinaryIO) -> int:
    """Write all rows there are now to a stream; how many there were."""
    connection = open_for_reading(places)
    try:
        return FORMATS[name](rows(connection, places), stream)
    finally:
        connection.close()


def export_to(places: Places, name: str, file: Path) -> int:
    """Write all rows to a file, which is there only once it is whole."""
    connection = open_for_reading(places)
    try:
        with replaced_at_the_end(file) as part, part.open("wb") as stream:
            return FORMATS[name](rows(connection, places), stream)
    finally:
        connection.close()


def unlike_a_formula(text: str) -> str:
    """Text that no spreadsheet takes for something to calculate."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv(lines: list[tuple[object, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue().encode()
