"""Refusals of a history file, each worded as one sentence with the place, the value and the way out."""

import unicodedata
from datetime import UTC, datetime, timedelta

import pyarrow as pa

NS_PER_SECOND = 1_000_000_000
LONGEST_SHOWN = 60
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadHistory(Exception):
    """A history file that cannot be read or whose content is impossible."""


def bad_row(path: str, row: int, column: str, value: str, why: str, remedy: str = "") -> BadHistory:
    """The refusal of one data row, counted from 1 below the header."""
    way_out = remedy or "correct the row or remove it"
    return BadHistory(f"{path}, row {row}: {plain(column)} was {value}, {why}; {way_out}.")


def plain(text: str) -> str:
    """Text from a file as harmless plain text: no control characters, never long."""
    kept = "".join(mark for mark in text if not unicodedata.category(mark).startswith("C"))
    return kept if len(kept) <= LONGEST_SHOWN else kept[: LONGEST_SHOWN - 1] + "…"


def listed(names: list[str], most: int = 12) -> str:
    """Names in a row, cut where there are too many to read."""
    shown = ", ".join(plain(name) or "''" for name in names[:most])
    rest = len(names) - most
    return f"{shown} and {rest} more" if rest > 0 else shown


def time_text(ts_ns: int) -> str:
    """A moment as ISO 8601 UTC, with as many decimals as it needs."""
    second, rest = divmod(ts_ns, NS_PER_SECOND)
    moment = (EPOCH + timedelta(seconds=second)).replace(tzinfo=None).isoformat()
    return f"{moment}.{rest:09d}".rstrip("0").rstrip(".") + "Z"


def cell_text(values: pa.Array, index: int) -> str:
    """One cell as the file holds it."""
    cell = values.slice(index, 1)
    if pa.types.is_timestamp(cell.type):
        cell = cell.cast(pa.timestamp(cell.type.unit))  # without its zone: naming one needs a database of zones
    if pa.types.is_dictionary(cell.type):
        cell = cell.dictionary_decode()
    if cell.null_count or pa.types.is_null(cell.type):
        return "empty"
    try:
        if pa.types.is_timestamp(cell.type):  # as text, because a Python datetime has no nanoseconds
            return plain(cell.cast(pa.string())[0].as_py())
        value = cell[0].as_py()
    except (ValueError, ArithmeticError, pa.ArrowException):
        return f"an unreadable {cell.type}"
    return f"'{plain(value)}'" if isinstance(value, str) else plain(str(value))
