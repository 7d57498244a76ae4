"""An asyncio loop in virtual time: it never sleeps, opens nothing, and a seed draws the order of what is ready.

For the parts of the host that are written with asyncio. The engine itself needs none of it: it lives on a timeline.
It relies on names that are private to asyncio, which is why a conformance test holds it against the real loop.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from random import Random
from typing import Any, TypeVar, TypeVarTuple, Unpack

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
_EXECUTOR_S = 0.002
_RESOLUTION_S = 1e-9


class Deadlock(RuntimeError):
    """Nothing is ready and no timer is set: everybody waits for somebody else."""


class _NullSelector:
    """Instead of waiting it moves the clock to the next timer."""

    def __init__(self, loop: "SimLoop") -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> tuple[()]:
        if timeout is None:
            raise Deadlock("nothing is ready and no timer is set; whoever is awaited will never come")
        if timeout > 0:
            self._loop.move_to_next_timer()
        return ()

    def close(self) -> None:
        """There is nothing to close."""


class SimLoop(asyncio.BaseEventLoop):
    """One loop, one seed, one order of things."""

    _ready: Any
    _scheduled: Any

    def __init__(self, seed: int, *, start_s: float = 0.0) -> None:
        super().__init__()
        self._now_s = start_s
        self._clock_resolution = _RESOLUTION_S
        self._selector = _NullSelector(self)
        self._random = Random(f"{seed} loop")
        self.turns = 0

    def time(self) -> float:
        """The virtual moment it is."""
        return self._now_s

    def move_to_next_timer(self) -> None:
        """Nothing is ready: the next thing that happens is the next timer."""
        self._now_s = max(self._now_s, self._scheduled[0]._when)

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Done here, a drawn moment later: a thread would bring its own order of things."""
        future: asyncio.Future[T] = self.create_future()

        def work() -> None:
            if future.cancelled():
                return
            try:
                result = func(*args)
            except Exception as error:  # noqa: BLE001 - whatever it is belongs to whoever waits
                future.set_exception(error)
            else:
                future.set_result(result)

        self.call_later(self._random.random() * _EXECUTOR_S, work)
        return future

    # --- what asyncio asks of a loop of its own

    def _run_once(self) -> None:
        ready = self._ready
        if len(ready) > 1:
            drawn = list(ready)
            self._random.shuffle(drawn)
            ready.clear()
            ready.extend(drawn)
        self.turns += 1
        super()._run_once()  # type: ignore[misc]

    def _process_events(self, event_list: object) -> None:
        """No descriptor is ever ready."""

    def _write_to_self(self) -> None:
        """Nobody sleeps, so nobody has to be woken."""


def run_in_virtual_time(seed: int, main: Callable[[], Any]) -> Any:
    """Run a coroutine function to its end, without a moment of real waiting."""
    with asyncio.Runner(loop_factory=lambda: SimLoop(seed)) as runner:
        return runner.run(main())
