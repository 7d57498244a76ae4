"""The benchmarks by name, in the order in which they run."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Final, NamedTuple

from benchmarks.figures import Figure


class Benchmark(NamedTuple):
    """One question and the module that answers it with `measure(quick)`."""

    name: str
    module: str
    question: str

    def measure(self, *, quick: bool) -> list[Figure]:
        """Answer it, in this process."""
        answer: Callable[..., list[Figure]] = import_module(self.module).measure
        return answer(quick=quick)


BENCHMARKS: Final = (
    Benchmark("bus", "benchmarks.bus", "what the bus adds to the functions it calls"),
    Benchmark("decision", "benchmarks.decision", "from a market event to an approved order"),
    Benchmark("gate", "benchmarks.gate", "what the whole gate costs an order that passes"),
    Benchmark("backtest", "benchmarks.backtests", "how much history goes through the whole engine in a second"),
    Benchmark("scaling", "benchmarks.scaling", "whether a row costs the same when there are sixteen times as many"),
    Benchmark("startup", "benchmarks.startup", "how soon somebody sees something"),
    Benchmark("screen", "benchmarks.screen", "what a frame of the garden costs"),
    Benchmark("lateness", "benchmarks.lateness", "how late the engine is beside a busy screen"),
    Benchmark("host", "benchmarks.host", "what a screen, a stalled and a closed terminal do to the engine"),
    Benchmark("journal", "benchmarks.journal", "what a durable row costs, and how soon a long journal was read back"),
    Benchmark("days", "benchmarks.days", "how many simulated days go by in a second"),
)
