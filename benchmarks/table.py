"""The figures for people, as a table, and for programs, as JSON."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from benchmarks.catalogue import Benchmark
from benchmarks.figures import Figure


class Measured(NamedTuple):
    """A benchmark, its figures, and how long it took to find them."""

    benchmark: Benchmark
    figures: list[Figure]
    took_s: float


def as_text(one: Measured) -> str:
    """The table of one benchmark."""
    return "\n".join(_lines(one))


def as_json(measured: Sequence[Measured]) -> dict[str, Any]:
    """Everything that was measured, and on what."""
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "system": platform.system(),
        "cores": os.cpu_count(),
        "limits_met": all(figure.met is not False for one in measured for figure in one.figures),
        "benchmarks": [
            {
                "name": one.benchmark.name,
                "question": one.benchmark.question,
                "took_s": round(one.took_s, 1),
                "figures": [figure.as_json() for figure in one.figures],
            }
            for one in measured
        ],
    }


def in_words(value: float) -> str:
    """A number with as many digits as mean something."""
    if abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def _lines(one: Measured) -> Iterator[str]:
    yield ""
    yield f"{one.benchmark.name}: {one.benchmark.question}  ({one.took_s:.0f} s)"
    for figure in one.figures:
        limit = ""
        if figure.limit is not None:
            limit = f"at most {in_words(figure.limit)}: {'met' if figure.met else 'MISSED'}"
        line = f"  {figure.name:58}{in_words(figure.value):>12} {figure.unit:9}{limit:24}{figure.note}"
        yield line.rstrip()
