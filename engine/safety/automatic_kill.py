"""The kill switch in the hand of a rule: the same procedure as a person's, once, with the evidence written down."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec

from engine import events
from engine.facade import Ask, Verb
from engine.kernel import Kernel
from engine.operator import Operator
from engine.states import State

COMPONENT = "kill"  # down once a rule has killed


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """Why a rule kills: its name, a sentence, and the figures behind it."""

    rule: str
    sentence: str
    evidence: dict[str, Any]


class AutomaticKill:
    """What a rule calls. After a kill, whoever did it, no rule kills again until a person has opened what it closed."""

    def __init__(self, kernel: Kernel, operator: Operator) -> None:
        self._kernel = kernel
        self._operator = operator
        kernel.health.add(COMPONENT)
        self.cause: Cause | None = None  # of the kill that holds, where it was a rule's
        self.when_revived: list[Callable[[], None]] = []  # what was measured before is no evidence any more
        kernel.bus.subscribe(events.StateChanged, self._on_state)

    @property
    def is_armed(self) -> bool:
        """Whether a rule can kill now."""
        return self._kernel.state is not State.KILLED

    def __call__(self, cause: Cause) -> None:
        """The gate closes first; then the evidence has its row, and the rest is what a person's kill does."""
        kernel = self._kernel
        if not self.is_armed:
            return
        kernel.shut()
        self.cause = cause
        reason = f"{cause.rule}: {cause.sentence}"
        if kernel.recorder is not None:
            with suppress(Exception):  # a journal that fails must not keep a kill from being done
                body = {"what": "kill.trigger", "rule": cause.rule, "sentence": cause.sentence}
                kernel.recorder.note("alarm", {**body, "evidence": cause.evidence})
        with suppress(Exception):
            kernel.health.report(COMPONENT, "down", reason)
        self._operator.handle(Ask(verb=Verb.KILL, reason=reason, actor=f"rule {cause.rule}"))

    def _on_state(self, change: events.StateChanged) -> None:
        if change.before == State.KILLED and change.after != State.KILLED:
            self.cause = None
            self._kernel.health.report(COMPONENT, "healthy")
            for call in self.when_revived:
                call()
