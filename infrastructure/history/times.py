"""A column of moments, however a file writes them, as nanoseconds UTC."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from infrastructure.history.columns import Mask, Times
from infrastructure.history.faults import NS_PER_SECOND
from infrastructure.history.floats import as_plain, is_text

NO_TIME = np.iinfo(np.int64).min  # stands for a cell that holds no believable moment
EARLIEST_S = 1_230_768_000  # 2009-01-01, the week in which the first of these markets was born
LATEST_S = 4_102_444_800  # 2100-01-01
UNIT_NS = {"s": NS_PER_SECOND, "ms": 1_000_000, "us": 1_000, "ns": 1}
UNIT_NAMES = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}


class TimeReader:
    """Reads one file's moments; the unit of whole numbers is settled by the first of them.

    Between 2009 and 2100 a moment in seconds, milliseconds, microseconds and nanoseconds differs by factors of a
    thousand, so its size alone tells the unit without any doubt. A later number of another unit is no believable
    moment any more.
    """

    def __init__(self) -> None:
        self.unit: str | None = None

    def read(self, values: pa.Array) -> Times:
        """Integers, whole floats, ISO text, dates and timestamps (without a zone: UTC); anything else is `NO_TIME`."""
        values = as_plain(values)
        kind = values.type
        if pa.types.is_timestamp(kind):
            return _in_range(_integers(values), kind.unit)
        if pa.types.is_date(kind):
            return _in_range(_integers(pc.cast(values, pa.timestamp("s"), safe=False)), "s")
        if pa.types.is_integer(kind):
            return self._numbers(_integers(values))
        if pa.types.is_floating(kind):
            return self._numbers(_whole(values))
        if is_text(kind):
            return self._text(values)
        return np.full(len(values), NO_TIME)

    def _numbers(self, numbers: Times) -> Times:
        if self.unit is None and len(numbers):
            self.unit = _unit_of(int(numbers[0]))
        return np.full(len(numbers), NO_TIME) if self.unit is None else _in_range(numbers, self.unit)

    def _text(self, text: pa.Array) -> Times:
        text = pc.replace_substring_regex(pc.utf8_trim_whitespace(text), r"\s*UTC$", "Z") if _untidy(text) else text
        for number in (pa.int64(), pa.float64()):
            try:
                numbers = pc.cast(text, number)
            except pa.ArrowInvalid:
                continue
            return self._numbers(_integers(numbers) if pa.types.is_integer(number) else _whole(numbers))
        for moment in (pa.timestamp("ns"), pa.timestamp("ns", "UTC")):
            try:
                return _in_range(_integers(pc.cast(text, moment)), "ns")
            except pa.ArrowInvalid:
                continue
        if len(text) <= 1:
            return np.full(len(text), NO_TIME)
        half = len(text) // 2  # the spellings differ, or one cell is nonsense: halving finds it in a few steps
        return np.concatenate([self._text(text.slice(0, half)), self._text(text.slice(half))])


def _untidy(text: pa.Array) -> bool:
    return bool(pc.any(pc.match_substring_regex(text, r"^\s|\s$|UTC$")).as_py())


def _unit_of(number: int) -> str | None:
    for unit, unit_ns in UNIT_NS.items():
        units_a_second = NS_PER_SECOND // unit_ns
        if EARLIEST_S * units_a_second <= number < LATEST_S * units_a_second:
            return unit
    return None


def _integers(values: pa.Array) -> Times:
    numbers = pc.cast(values, pa.int64(), safe=False)
    if numbers.null_count:
        numbers = pc.fill_null(numbers, NO_TIME)
    result: Times = numbers.to_numpy(zero_copy_only=False)
    return result


def _whole(values: pa.Array) -> Times:
    numbers = values.to_numpy(zero_copy_only=False)
    believable: Mask = (np.abs(numbers) < 2.0**62) & (numbers == np.floor(numbers))
    return np.where(believable, np.where(believable, numbers, 0).astype(np.int64), NO_TIME)


def _in_range(numbers: Times, unit: str) -> Times:
    unit_ns = UNIT_NS[unit]
    units_a_second = NS_PER_SECOND // unit_ns
    believable: Mask = (numbers >= EARLIEST_S * units_a_second) & (numbers < LATEST_S * units_a_second)
    if believable.all():
        return numbers * unit_ns if unit_ns > 1 else numbers
    return np.where(believable, np.where(believable, numbers, 0) * unit_ns, NO_TIME)
