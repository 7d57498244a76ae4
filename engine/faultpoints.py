"""Places with a name where a test may make the program fail: one comparison each, as long as nobody has armed any.

`reach("send.before")` stands in the code where the name says. Who arms a point hands in what happens there, so that the
same names serve the real process (which may kill itself), scripts, and the simulation (which drops its engine).
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

Act = Callable[[str], None]

_RECOVERY_STEPS = 16
_KILL_STEPS = 6

POINTS: Mapping[str, str] = MappingProxyType(
    {
        "decision": "a strategy has returned a decision",
        "intent.append": "before the intent's row is put in the journal",
        "intent.committed": "the intent's row is durable, nothing has been sent",
        "send.before": "before the first byte of a request",
        "send.partial": "after the first byte, before the request is complete",
        "send.done": "the request is sent, no answer yet",
        "response.received": "the answer is here, its row is not",
        "ack.committed": "the answer's row is durable and not applied",
        "fill.received": "an execution is here, its row is not",
        "fill.committed": "an execution's row is durable, its stop is not placed",
        "leg2.before": "between the two legs of a pair",
        "stop.before": "before a protective stop is placed",
        "stop.done": "a protective stop is placed",
        "terminal": "an order has ended",
        "cancel.sent": "a cancel is sent, no answer yet",
        "amend.sent": "an amendment is sent, no answer yet",
        **{f"recovery.step_{step}": f"before step {step} of the recovery" for step in range(_RECOVERY_STEPS)},
        **{f"kill.step_{step}": f"before step {step} of a kill" for step in range(1, _KILL_STEPS + 1)},
        "snapshot.write": "while a snapshot is written",
        "checkpoint": "before the journal moves its log into the database",
        "halt.append": "before the row of a halt is put in the journal",
    }
)
FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        "migrate.step_": "before this step of a migration: migrate.step_1, migrate.step_2, ...",
        "task.": "in the round of a task that the engine cannot do without: "
        "task.engine, task.commands, task.watchdog, task.status_file, task.screen",
    }
)


class InjectedFault(Exception):
    """What `raise` does at a fault point."""


class UnknownPoint(Exception):
    """A fault point that does not exist."""


class _Traps:
    """What is armed and what was reached; it only exists while somebody tests."""

    def __init__(self) -> None:
        self.acts: dict[str, dict[int, Act]] = {}
        self.hits: dict[str, int] = {}

    def reached(self, name: str) -> None:
        count = self.hits[name] = self.hits.get(name, 0) + 1
        acts = self.acts.get(name)
        if acts is not None and count in acts:
            acts.pop(count)(name)


_traps: _Traps | None = None


def reach(name: str) -> None:
    """Mark that the program is at this place."""
    if _traps is not None:
        _traps.reached(name)


def is_watched(name: str) -> bool:
    """Whether something is to be done at this place."""
    return _traps is not None and name in _traps.acts


def arm(name: str, act: Act, *, hit: int = 1) -> None:
    """Have something done when the place is reached for the hit-th time from now on, once."""
    if not is_known(name):
        raise UnknownPoint(name)
    traps = count_hits()
    traps.acts.setdefault(name, {})[traps.hits.get(name, 0) + hit] = act


def disarm() -> None:
    """Forget all that was armed and counted."""
    global _traps  # noqa: PLW0603 - the one switch of the process, so that `reach` is one comparison
    _traps = None


def count_hits() -> _Traps:
    """Count from now on how often each place is reached, if that is not done already."""
    global _traps  # noqa: PLW0603
    if _traps is None:
        _traps = _Traps()
    return _traps


def hits() -> dict[str, int]:
    """How often each place was reached since somebody began to count."""
    return {} if _traps is None else dict(_traps.hits)


def is_known(name: str) -> bool:
    """Whether there is such a place."""
    return name in POINTS or any(name.startswith(family) and len(name) > len(family) for family in FAMILIES)
