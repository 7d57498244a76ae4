"""Plays a script: each step at its moment in engine time, steps of the same moment in order, each to completion."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from msgspec.structs import replace

from engine.answers import Answer
from engine.clock import SECOND_NS, Timer
from engine.session import Session
from engine.snapshot import to_json_object
from hean_tui.expectations import evaluate
from hean_tui.script_file import ScriptStep

ACTOR = "the script"  # as the journal calls it
_LONGEST_SHOWN = 200
PATIENCE_NS = 300 * SECOND_NS  # of engine time, after which the next step goes on without an answer


class ScriptRunner:
    """Goes through the steps on the engine's thread; what it notes is said through `say`."""

    def __init__(self, session: Session, steps: Sequence[ScriptStep], say: Callable[[str], None]) -> None:
        self._session = session
        self._steps = tuple(steps)
        self._say = say
        self._next = 0
        self._began_ns = session.kernel.timeline.now_ns
        self._patience: Timer | None = None
        self.failures = 0
        self.when_done: Callable[[], None] | None = None

    def start(self) -> None:
        """Wait for the first step."""
        self._go_on()

    def _go_on(self) -> None:
        timeline = self._session.kernel.timeline
        while self._next < len(self._steps):
            step = self._steps[self._next]
            due_ns = self._began_ns + step.offset_ns
            if due_ns > timeline.now_ns:
                timeline.at(due_ns, self._go_on)
                return
            self._next += 1
            if step.ask is None:
                self._expect(step)
                continue
            answer = self._session.operator.handle(replace(step.ask, actor=step.ask.actor or ACTOR))
            if not answer.is_settled:
                self._patience = timeline.after(PATIENCE_NS, self._lose_patience, step, self._next)
                answer.when_settled(partial(self._settled, step, self._next))
                return
            self._note(step, answer)
        if self.when_done is not None:
            self.when_done()

    def _settled(self, step: ScriptStep, number: int, answer: Answer) -> None:
        if self._patience is None or self._next != number:
            return  # it answered after its time
        self._patience.cancel()
        self._patience = None
        self._note(step, answer)
        # Not from inside the event that settled it: the kernel finishes that first.
        timeline = self._session.kernel.timeline
        timeline.at(timeline.now_ns, self._go_on)

    def _lose_patience(self, step: ScriptStep, number: int) -> None:
        if self._next == number:
            self._patience = None
            self.failures += 1
            self._say(f"line {step.line_number}: {step.text}: no answer within {PATIENCE_NS // SECOND_NS} s")
            self._go_on()

    def _note(self, step: ScriptStep, answer: Answer) -> None:
        if answer.refusal is not None:
            self._say(f"line {step.line_number}: {step.text}: refused, {answer.refusal}")
        else:
            self._say(f"line {step.line_number}: {step.text}: {answer.sentence}")

    def _expect(self, step: ScriptStep) -> None:
        assert step.expectation is not None
        snapshot = to_json_object(self._session.views.snapshot(with_hash=True))
        holds, found = evaluate(step.expectation, snapshot)
        if holds:
            self._say(f"line {step.line_number}: {step.text}: holds")
        else:
            self.failures += 1
            self._say(f"line {step.line_number}: {step.text}: does not hold, it was {_shown(found)}")


def _shown(found: Any) -> str:
    """What was found as the snapshot has it, not longer than a person reads."""
    text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 3]}..."
