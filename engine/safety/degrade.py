"""The ladder: how much may still be risked when something is not as it should be.

    trade -> reduce-only -> flat -> safe idle

Rules report faults; each says how far down it leads. What holds is the strictest of all that is true: a fault, or what
a person asked for. A fault that has passed leads up again only after the books were compared and found to agree; what
a person set, or what no comparison can settle, waits for a person.
"""

from collections.abc import Callable
from enum import IntEnum
from typing import Protocol

import msgspec

from engine.bus import Bus
from engine.clock import Timeline
from engine.events import LadderMoved
from engine.exchange.freezing import ACCOUNT

PERSON = "person"
OTHERS = "others"
FAULTS_MAX = 64  # known at once; more than these are one fault together, which a person has to look at


class Level(IntEnum):
    """The rungs, each stricter than the one before."""

    TRADE = 0
    REDUCE_ONLY = 1  # nothing that adds risk, entries are cancelled, stops stay
    FLAT = 2  # and what is held is closed
    SAFE_IDLE = 3  # and the strategies rest; stops stay

    @property
    def word(self) -> str:
        """As people and programs read it."""
        return ("trade", "reduce-only", "flat", "safe idle")[self]


class Clears(IntEnum):
    """What leads up again, the easier one first."""

    BY_ITSELF = 0  # once it is over and the books agree
    BY_PERSON = 1


class Fault(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One thing that is or was at fault."""

    rule: str
    level: Level
    sentence: str  # with the numbers
    since_ns: int
    clears: Clears
    over_ns: int | None = None  # since when the evidence is good again


class Carries(Protocol):
    """Who carries a level out; called when the level changes, and when its reason does."""

    def __call__(self, level: Level, reason: str) -> None: ...


class Ladder:
    """Knows the faults, and what follows from all of them together."""

    def __init__(
        self,
        timeline: Timeline,
        bus: Bus,
        carry_out: Carries,
        compare_books: Callable[[], object] | None = None,
    ) -> None:
        self._timeline = timeline
        self._bus = bus
        self._carry_out = carry_out
        self.compare_books = compare_books  # asks for a comparison; without one, a fault that is over is cleared
        self._faults: dict[str, Fault] = {}
        self._frozen: dict[str, str] = {}
        self.level = Level.TRADE
        self.reason = ""

    # --- what rules report

    def fault(self, rule: str, level: Level, sentence: str, clears: Clears = Clears.BY_ITSELF) -> None:
        """Something is at fault. While it lasts it only gets stricter."""
        known = self._faults.get(rule)
        if known is None and len(self._faults) >= FAULTS_MAX:
            rule, clears = OTHERS, Clears.BY_PERSON
            known = self._faults.get(rule)
        now = self._timeline.now_ns
        if known is None:
            self._faults[rule] = Fault(rule=rule, level=level, sentence=sentence, since_ns=now, clears=clears)
        elif known.over_ns is None and level <= known.level and clears <= known.clears:
            return  # as it was: what is measured every few seconds is told once
        else:
            self._faults[rule] = Fault(
                rule=rule,
                level=max(level, known.level),
                sentence=sentence,
                since_ns=known.since_ns,
                clears=max(clears, known.clears),
            )
        self._settle(rule, sentence)

    def over(self, rule: str, sentence: str) -> None:
        """The evidence is good again: the fault waits for whatever clears it."""
        known = self._faults.get(rule)
        if known is None or known.over_ns is not None:
            return
        self._faults[rule] = msgspec.structs.replace(known, over_ns=self._timeline.now_ns)
        if known.clears is Clears.BY_PERSON:
            return
        if self.compare_books is None:
            self._forget([rule], sentence)
        else:
            self.compare_books()

    def agreed(self, began_ns: int) -> None:
        """The books were compared, from that moment on, and agree."""
        passed = [
            fault.rule
            for fault in self._faults.values()
            if fault.clears is Clears.BY_ITSELF and fault.over_ns is not None and fault.over_ns <= began_ns
        ]
        self._forget(passed, "what was at fault has passed, and the books agree")

    # --- what a comparison of the books found; fills `engine.exchange.reconcile.Freezer`

    def freeze(self, scope: str, reason: str) -> None:
        """Let nothing add risk in a symbol, or in the whole account."""
        if scope == ACCOUNT:
            self.fault("books", Level.REDUCE_ONLY, f"our books and the venue's differ: {reason}")
        else:
            self._frozen[scope] = reason

    def thaw(self, scope: str) -> None:
        """The books agree there again."""
        if scope == ACCOUNT:
            self.over("books", "the books agree again")
        else:
            self._frozen.pop(scope, None)

    def refusal(self, symbol: str) -> str | None:
        """Why no position may grow in this symbol now, or None."""
        if self.level > Level.TRADE:
            return self.reason
        reason = self._frozen.get(symbol)
        return None if reason is None else f"{symbol} is frozen: {reason}"

    @property
    def frozen(self) -> dict[str, str]:
        """The symbols in which nothing may grow, and why."""
        return dict(self._frozen)

    # --- what a person decides

    def hold(self, level: Level, sentence: str) -> None:
        """A person wants no more than this; no fault that passes changes it."""
        self._faults[PERSON] = Fault(
            rule=PERSON, level=level, sentence=sentence, since_ns=self._timeline.now_ns, clears=Clears.BY_PERSON
        )
        self._settle(PERSON, sentence)

    def release(self, sentence: str) -> tuple[Fault, ...]:
        """A person opens what a person set and what has passed; returns what still stands in the way."""
        passed = [
            fault.rule
            for fault in self._faults.values()
            if fault.rule == PERSON or (fault.over_ns is not None and fault.clears is Clears.BY_PERSON)
        ]
        self._forget(passed, sentence)
        return self.faults

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All that holds it down, the strictest first."""
        return tuple(sorted(self._faults.values(), key=lambda fault: (-fault.level, fault.since_ns, fault.rule)))

    # --- what follows

    def _forget(self, rules: list[str], sentence: str) -> None:
        for rule in rules:
            del self._faults[rule]
        if rules:
            self._settle(rules[0], sentence)

    def _settle(self, rule: str, sentence: str) -> None:
        faults = self.faults
        level, reason = (faults[0].level, faults[0].sentence) if faults else (Level.TRADE, "")
        before, self.level = self.level, level
        changed = reason != self.reason
        self.reason = reason
        if before is not level:
            told = LadderMoved(self._timeline.now_ns, before.word, level.word, rule, sentence)
            self._carry_out(level, reason or sentence)  # first what protects, then the words
            self._bus.publish(told)
        elif changed:
            self._carry_out(level, reason)
