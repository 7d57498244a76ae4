"""Counting what a pass over a history delivers: rows, holes between bars, and repeated stamps."""

from typing import TypeVar

import numpy as np

from infrastructure.history.columns import Columns, Kind, Times
from infrastructure.history.faults import NS_PER_SECOND

C = TypeVar("C", bound=Columns)

LONGEST_FUNDING_NS = 8 * 3600 * NS_PER_SECOND  # no exchange settles more rarely
SAMPLE_ROWS = 1_000


class Tally:
    """Counts one pass. A stamp can repeat in trades and book, where it means nothing; elsewhere the first row stays."""

    def __init__(self, kind: Kind, interval_ns: int) -> None:
        self.repeats_are_duplicates = kind in ("bars", "mark", "funding")
        # Exchanges shorten and lengthen the funding interval, so only a step longer than any of them is a hole.
        self.interval_ns = max(interval_ns, LONGEST_FUNDING_NS) if kind == "funding" else interval_ns
        self.rows = self.gaps = self.missing = self.duplicates = 0
        self.first_ns: int | None = None
        self.last_ns: int | None = None

    def admit(self, columns: C) -> C:
        """Count a batch and return it without the rows that repeat a stamp."""
        if not len(columns):
            return columns
        if self.repeats_are_duplicates:
            columns = self._without_repeats(columns)
        if len(columns):
            self.rows += len(columns)
            self.first_ns = int(columns.ts_ns[0]) if self.first_ns is None else self.first_ns
            self.last_ns = int(columns.ts_ns[-1])
        return columns

    def _without_repeats(self, columns: C) -> C:
        steps = np.diff(columns.ts_ns) if self.last_ns is None else np.diff(columns.ts_ns, prepend=self.last_ns)
        if self.interval_ns:
            long = steps[2 * steps > 3 * self.interval_ns]
            self.gaps += len(long)
            self.missing += int(np.sum(np.rint(long / self.interval_ns) - 1))
        repeats = steps == 0
        if not repeats.any():
            return columns
        self.duplicates += int(repeats.sum())
        return columns.where(~repeats if self.last_ns is not None else np.concatenate([[True], ~repeats]))


def usual_step_ns(times: Times) -> int:
    """The most common step between stamps, 0 where there is no step at all.

    In a market that rarely trades holes may outnumber the bars that follow each other: a shorter step that divides the
    most common one and is no rare exception (one in twenty) is the interval then.
    """
    steps = np.diff(times)
    lengths, counts = np.unique(steps[steps > 0], return_counts=True)
    if not len(lengths):
        return 0
    common = lengths[counts.argmax()]
    return int(lengths[(common % lengths == 0) & (20 * counts >= counts.sum())].min(initial=common))
