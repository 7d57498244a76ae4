"""Commands on their way: handed to the engine, looked after until they are answered, told in one plain line."""

from collections import deque
from dataclasses import dataclass

from msgspec.structs import replace

from engine.errors import EngineError
from engine.facade import Ask, EngineFacade, Receipt
from hean_tui.screen.plain_text import safe

ACTOR = "the garden"  # as the journal calls whoever sits in front of the screen
PATIENCE_S = 10.0
_MOST_WAITING = 64
_SENTENCE = 300


@dataclass
class Errand:
    """One command and what became of it."""

    ask: Ask
    since_s: float
    receipt: Receipt | None = None
    told_late: bool = False
    is_over: bool = False
    refusal: str | None = None


@dataclass(frozen=True)
class Outcome:
    """One line for the stream; `errand` says of what."""

    errand: Errand
    word: str
    text: str


class Asks:
    """The errands of this screen. Nothing here waits: answers are picked up when the screen looks."""

    def __init__(self, facade: EngineFacade) -> None:
        """Hold the one door that commands go through."""
        self._facade = facade
        self._waiting: deque[Errand] = deque(maxlen=_MOST_WAITING)
        self._failed: list[Outcome] = []

    def submit(self, ask: Ask, now_s: float) -> Errand:
        """Hand a command over, in our name. A refusal is an outcome like any other, never an exception."""
        ask = replace(ask, actor=ask.actor or ACTOR)
        errand = Errand(ask, now_s)
        try:
            errand.receipt = self._facade.submit(ask)
        except EngineError as error:
            self._failed.append(self._over(errand, "refused", str(error), refused=True))
        except Exception as error:  # noqa: BLE001 - a door that is broken is told, and the screen stays
            self._failed.append(self._over(errand, "refused", f"the engine was not reached: {error}", refused=True))
        else:
            self._waiting.append(errand)
        return errand

    def sweep(self, now_s: float) -> list[Outcome]:
        """What has been answered since the last look, and what should have been."""
        outcomes, self._failed = self._failed, []
        for _ in range(len(self._waiting)):
            errand = self._waiting.popleft()
            outcome = self._look(errand, now_s)
            if outcome is not None:
                outcomes.append(outcome)
            if not errand.is_over:
                self._waiting.append(errand)
        return outcomes

    def _look(self, errand: Errand, now_s: float) -> Outcome | None:
        receipt = errand.receipt
        if receipt is None or not receipt.settled():
            if errand.told_late or now_s - errand.since_s < PATIENCE_S:
                return None
            errand.told_late = True
            told = f"{errand.ask.verb.value}: no answer for {PATIENCE_S:.0f} s; the engine may be busy"
            return Outcome(errand, "waiting", told)
        try:
            return self._over(errand, "answered", receipt.answer(0.0))
        except EngineError as error:
            return self._over(errand, "refused", str(error), refused=True)
        except Exception as error:  # noqa: BLE001 - whatever the engine's side raises is told, and the screen stays
            return self._over(errand, "refused", f"{type(error).__name__} {error}", refused=True)

    @staticmethod
    def _over(errand: Errand, word: str, text: str, *, refused: bool = False) -> Outcome:
        text = safe(text, _SENTENCE)
        errand.is_over = True
        errand.refusal = text if refused else None
        return Outcome(errand, word, f"{errand.ask.verb.value}: {text}")
