"""A thread of its own that asks the machine every few seconds and hands the numbers to the engine."""

import threading
from collections.abc import Callable, Mapping
from functools import partial
from types import TracebackType

from engine.host import system

EVERY_S = 5.0
Work = Callable[[], object]
Call = Callable[[Work], object]
Probe = Callable[[], Work]  # measures on the sampler's thread; what it returns is done on the engine's


class Sampler:
    """Runs each probe now and then again and again, until it is left; one that fails does not keep the others.

    `failed` is called on the engine's thread with the name of the probe and a sentence, or with no sentence when it
    works again.
    """

    def __init__(
        self, probes: Mapping[str, Probe], failed: Callable[[str, str], object], every_s: float = EVERY_S
    ) -> None:
        self._probes = dict(probes)
        self._failed = failed
        self._every_s = every_s
        self._failing: set[str] = set()
        self._end = threading.Event()
        self._call: Call | None = None
        self._thread: system.EngineThread | None = None

    def through(self, call: Call) -> None:
        """Where the numbers go: `call` has something done on the engine's thread. Sampling begins with it."""
        self._call = call
        if self._thread is None:
            self._thread = system.spawn("sampler", self._run)

    def __enter__(self) -> "Sampler":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        if self._thread is not None:
            self._thread.join(1.0)  # a disk that hangs keeps its probe; the thread does not keep the process

    def _run(self) -> None:
        while not self._end.is_set():
            for name, probe in self._probes.items():
                if not self._hand_over(self._asked(name, probe)):
                    return
            self._end.wait(self._every_s)

    def _asked(self, name: str, probe: Probe) -> Work | None:
        try:
            work = probe()
        except Exception as error:  # noqa: BLE001 - a machine may refuse any question in any way
            if name in self._failing:
                return None
            self._failing.add(name)
            reason = getattr(error, "strerror", None) or type(error).__name__
            return partial(self._failed, name, f"it cannot be measured ({reason})")
        if name in self._failing:
            self._failing.discard(name)
            self._hand_over(partial(self._failed, name, ""))
        return work

    def _hand_over(self, work: Work | None) -> bool:
        """Whether there is still an engine to hand something to."""
        if work is None or self._call is None:
            return True
        try:
            self._call(work)
        except RuntimeError:  # its loop is closed
            return False
        return True
