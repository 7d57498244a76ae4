"""What a benchmark comes to: named figures, some with a limit, and the arithmetic that makes one of many samples."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from math import ceil
from typing import Any, NamedTuple

now_ns = time.perf_counter_ns


class Figure(NamedTuple):
    """One number and its unit. A limit is the most it may be; figures without one are there to be known."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the limit was kept; None where there is none."""
        return None if self.limit is None else self.value <= self.limit

    def as_json(self) -> dict[str, Any]:
        """The figure as a program reads it."""
        return {
            "name": self.name,
            "value": float(f"{self.value:.6g}"),
            "unit": self.unit,
            "limit": self.limit,
            "met": self.met,
            "note": self.note,
        }

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Figure:
        """The figure that `as_json` told."""
        return cls(told["name"], told["value"], told["unit"], told["limit"], told["note"])


def quantile(ordered: Sequence[float], share: float) -> float:
    """The sample of an ordered sequence that this share of all does not exceed."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def median(samples: Sequence[float]) -> float:
    """The middle one."""
    return float(statistics.median(samples))


def side_by_side(first: Callable[[], object], second: Callable[[], object], rounds: int) -> tuple[float, float, float]:
    """Run two pieces of work in turn: the median time of each in ns, and the median of second over first.

    What else the machine does meets both alike, because each ratio is made of two neighbours.
    """
    times: list[tuple[int, int]] = []
    for _ in range(rounds):
        began = now_ns()
        first()
        between = now_ns()
        second()
        times.append((between - began, now_ns() - between))
    return (
        median([one for one, _ in times]),
        median([other for _, other in times]),
        median([other / one for one, other in times]),
    )
