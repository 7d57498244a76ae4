"""Record batches of one kind of file decoded to columns, and refused at the first row that is impossible."""

import numpy as np
import pyarrow as pa

from infrastructure.history.checks import bad_rows, explain
from infrastructure.history.columns import Bars, Book, Codes, Columns, Floats, Funding, Kind, Mask, Times, Trades
from infrastructure.history.faults import NS_PER_SECOND, BadHistory, bad_row, cell_text, time_text
from infrastructure.history.floats import read_floats
from infrastructure.history.sides import BOOK_WORDS, FLAG_WORDS, TAKER_WORDS, read_sides
from infrastructure.history.spellings import Layout
from infrastructure.history.times import NO_TIME, UNIT_NAMES, TimeReader

_JITTER = 10  # a bar may begin this part of its length too early


class Decoder:
    """Decodes the batches of one pass in turn; remembers the last moment, because order goes across batches."""

    def __init__(self, path: str, kind: Kind, layout: Layout, interval_ns: int) -> None:
        self.path = path
        self.kind = kind
        self.layout = layout
        self.interval_ns = interval_ns
        self.times = TimeReader()
        self.last_ns: int | None = None

    def decode(self, batch: pa.RecordBatch, rows: Mask | None, first_row: int) -> Columns:
        """The chosen rows of a batch whose first row has this number in the file."""
        numbers = None
        if rows is not None:
            batch, numbers = batch.filter(pa.array(rows)), np.flatnonzero(rows)
        columns = self._columns(batch)
        previous = self._previous(columns.ts_ns)
        unknown, unordered, impossible = (
            columns.ts_ns == NO_TIME,
            self._unordered(columns.ts_ns, previous),
            bad_rows(columns),
        )
        bad = unknown | unordered | impossible
        if bad.any():
            index = int(bad.argmax())
            row = first_row + (index if numbers is None else int(numbers[index]))
            if unknown[index]:
                raise self._bad_time(batch, index, row)
            if unordered[index]:
                raise self._bad_order(row, int(columns.ts_ns[index]), int(previous[index]))
            wanted, why = explain(columns, index)
            own = self.layout.own_names[wanted]
            raise bad_row(self.path, row, own, cell_text(batch.column(own), index), why)
        if len(columns):
            self.last_ns = int(columns.ts_ns[-1])
        return columns

    def _columns(self, batch: pa.RecordBatch) -> Columns:
        times = self.times.read(self._cells(batch, "ts"))
        match self.kind:
            case "bars" | "mark":
                open_, high, low, close = (self._floats(batch, name) for name in ("open", "high", "low", "close"))
                has_volume = "volume" in self.layout.own_names
                volume = self._floats(batch, "volume") if has_volume else np.zeros(len(times))
                return Bars(times, open_, high, low, close, volume)
            case "trades":
                price, size = self._floats(batch, "price"), self._floats(batch, "size")
                return Trades(times, price, size, self._taker(batch))
            case "funding":
                return Funding(times, self._floats(batch, "rate"))
            case "book":
                price, size = self._floats(batch, "price"), self._floats(batch, "size")
                side = read_sides(self._cells(batch, "side"), BOOK_WORDS)
                clear = side == 0
                return Book(times, np.where(clear, 0.0, price), np.where(clear, 0.0, size), side)

    def _cells(self, batch: pa.RecordBatch, wanted: str) -> pa.Array:
        return batch.column(self.layout.own_names[wanted])

    def _floats(self, batch: pa.RecordBatch, wanted: str) -> Floats:
        return read_floats(self._cells(batch, wanted))

    def _taker(self, batch: pa.RecordBatch) -> Codes:
        cells = self._cells(batch, "side")
        if self.layout.side_rule == "word":
            return read_sides(cells, TAKER_WORDS)
        words = FLAG_WORDS
        if self.layout.side_rule == "maker_flag":  # the buyer rested, so the taker sold
            words = {word: -code for word, code in FLAG_WORDS.items()}
        return read_sides(cells, words)

    def _previous(self, times: Times) -> Times:
        first = times[:1] if self.last_ns is None else np.array([self.last_ns])
        return np.concatenate([first, times[:-1]]) if len(times) else times

    def _unordered(self, times: Times, previous: Times) -> Mask:
        if not self.interval_ns:
            return times < previous
        # Bars that start less than an interval after each other overlap: what happened would be told twice. A tenth is
        # left to stamps that jitter, and to February beside months of 31 days.
        steps = times - previous
        return (steps < 0) | ((steps > 0) & (steps < self.interval_ns - self.interval_ns // _JITTER))

    def _bad_time(self, batch: pa.RecordBatch, index: int, row: int) -> BadHistory:
        own, unit = self.layout.own_names["ts"], self.times.unit
        span = "not a moment between 2009 and 2100"
        why = f"{span} in {UNIT_NAMES[unit]} like the rows before it" if unit and row > 1 else span
        remedy = "write integer milliseconds UTC or an ISO time"
        return bad_row(self.path, row, own, cell_text(batch.column(own), index), why, remedy)

    def _bad_order(self, row: int, ts_ns: int, previous_ns: int) -> BadHistory:
        own = self.layout.own_names["ts"]
        if ts_ns < previous_ns:
            why, remedy = f"before {time_text(previous_ns)} of the row above", "sort the file by time"
        else:
            step, usual = (ts_ns - previous_ns) / NS_PER_SECOND, self.interval_ns / NS_PER_SECOND
            why, remedy = f"{step:g} s after the bar above where bars last {usual:g} s", "keep one interval in one file"
        return bad_row(self.path, row, own, time_text(ts_ns), why, remedy)
