"""A trap for what makes a run differ from its replay: clocks of the machine, unseeded randomness, threads.

While a day is simulated, whatever of the program asks for one of these is a violation. Others in the same process, such
as those who run tests, are let through, and so are threads that an earlier run has left: no thread begins in the day.
"""

import datetime
import os
import random
import secrets  # noqa: TID251 - to be taken away from everybody
import sys
import threading
import time
import uuid  # noqa: TID251 - the same
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Self

from hean_tui.sim.violations import Violation

ROOMS = ("engine", "strategies", "risk", "analytics", "infrastructure", "hean_tui")
_CLOCKS: tuple[str, ...] = (
    *("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time"),
    *("process_time_ns", "thread_time", "thread_time_ns", "localtime", "gmtime", "sleep"),
)
_DRAWS: tuple[str, ...] = (
    *("betavariate", "choice", "choices", "expovariate", "gammavariate", "gauss", "getrandbits", "lognormvariate"),
    *("normalvariate", "paretovariate", "randbytes", "randint", "random", "randrange", "sample", "seed", "shuffle"),
    *("triangular", "uniform", "vonmisesvariate", "weibullvariate", "SystemRandom"),
)
_Owner = ModuleType | type
FORBIDDEN: tuple[tuple[_Owner, tuple[str, ...]], ...] = (
    (time, _CLOCKS),
    (random, _DRAWS),
    (secrets, ("choice", "randbelow", "randbits", "token_bytes", "token_hex", "token_urlsafe")),
    (os, ("urandom", "getrandom")),
    (uuid, ("uuid1", "uuid4", "getnode")),
    (threading.Thread, ("start",)),  # noqa: TID251 - the same
)


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] in ROOMS


def _refusing(name: str, real: Callable[..., Any], playing: int) -> Callable[..., Any]:
    def refuse(*arguments: Any, **named: Any) -> Any:
        caller = sys._getframe(1)
        module = caller.f_globals.get("__name__", "")
        if _is_ours(module) and threading.get_ident() == playing:
            raise Violation("I-42", f"{module} used {name} in line {caller.f_lineno}: a replay would differ")
        return real(*arguments, **named)

    return refuse


class _Days(datetime.datetime):
    """Dates as always, but without the one of today."""

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Self:
        """Nobody asks the machine."""
        raise Violation("I-42", "the program asked for the date of now: a replay would differ")

    @classmethod
    def utcnow(cls) -> Self:
        """Nor like this."""
        return cls.now()

    @classmethod
    def today(cls) -> Self:
        """Nor like this."""
        return cls.now()


@contextmanager
def no_way_out() -> Iterator[None]:
    """As long as this lasts, time and randomness come only from the simulated world."""
    playing = threading.get_ident()
    refusing = {
        id(getattr(owner, name)): _refusing(f"{owner.__name__}.{name}", getattr(owner, name), playing)
        for owner, names in FORBIDDEN
        for name in names
        if hasattr(owner, name)
    }
    refusing[id(datetime.datetime)] = _Days
    changed: list[tuple[_Owner, str, Any]] = []
    for place, names in _places():
        for name in names:
            real = getattr(place, name, None)
            instead = refusing.get(id(real))
            if instead is not None:
                changed.append((place, name, real))
                setattr(place, name, instead)
    try:
        yield
    finally:
        for place, name, real in changed:
            setattr(place, name, real)


def _places() -> Iterator[tuple[_Owner, list[str]]]:
    """Where they are looked up: where they live, and where somebody of ours has imported them by name."""
    for owner, names in FORBIDDEN:
        yield owner, list(names)
    for name, module in list(sys.modules.items()):
        if _is_ours(name) and name != __name__:
            yield module, list(vars(module))
