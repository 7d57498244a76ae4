"""Samples of equity, gathered one at a time and worked on in batches."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Point = tuple[int, float]

BATCH = 4_096


class Samples:
    """Hands full batches to its listeners; `flush` hands over the rest."""

    __slots__ = ("_listeners", "_times", "_values")

    def __init__(self, *listeners: Callable[[Times, Floats], None]) -> None:
        self._listeners = listeners
        self._times: list[int] = []
        self._values: list[float] = []

    def add(self, ts_ns: int, value: float) -> None:
        """Take the next sample; samples come in the order of time."""
        self._values.append(value)
        self._times.append(ts_ns)
        if len(self._times) == BATCH:
            self.flush()

    def flush(self) -> None:
        """Let the listeners know everything so far."""
        if not self._times:
            return
        times = np.array(self._times, dtype=np.int64)
        values = np.array(self._values, dtype=np.float64)
        self._times.clear()
        self._values.clear()
        for listener in self._listeners:
            listener(times, values)
