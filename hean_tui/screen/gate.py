"""The kill switch as the screen knows it: what was pressed, what was asked, and what the engine said to it."""

from engine.facade import Ask, Verb
from engine.snapshot import Snapshot
from hean_tui.halts import UNLOCK_KILL
from hean_tui.screen.asks import Asks, Errand, Outcome
from hean_tui.screen.chord import GateChord, Press
from hean_tui.screen.facts import gate_is_closed, resting_entries, says_gate_is_closed, stops_held
from hean_tui.screen.figures import clock, counted
from hean_tui.screen.ink import Line, paragraph, span
from hean_tui.screen.scene import Scene

REOPENING_WORD = "open"


class Gate:
    """One kill switch for the life of the screen; its sheet may be closed and opened again."""

    def __init__(self, asks: Asks) -> None:
        """Start with an untouched gate."""
        self._asks = asks
        self._chord = GateChord()
        self._closing: Errand | None = None
        self._flattening: Errand | None = None
        self._reopening: Errand | None = None
        self._entries_before = 0
        self._closed_at_ns: int | None = None
        self._was_seen_closed = False
        self.is_closed_here = False

    def press(self, view: Snapshot, now_s: float) -> Press:
        """The key was pressed: close, or flatten, or nothing for an echo."""
        press = self._chord.press(now_s)
        if press is Press.CLOSE:
            if not self.is_closed_here:
                self._entries_before = resting_entries(view)
                self._closed_at_ns = view.engine.time
            self._flattening = self._reopening = None
            self._closing = self._asks.submit(Ask(verb=Verb.KILL, cancel_only=True), now_s)
        elif press is Press.FLATTEN:
            self._flattening = self._asks.submit(Ask(verb=Verb.KILL), now_s)
        return press

    def reopen(self, now_s: float) -> None:
        """The word was typed."""
        self._reopening = self._asks.submit(Ask(verb=Verb.RESUME), now_s)

    def heed(self, outcome: Outcome) -> bool:
        """Take note of an answer; whether the gate was opened by it."""
        errand = outcome.errand
        if not errand.is_over or errand.refusal is not None:
            return False
        if errand.ask.verb is Verb.KILL:
            self.is_closed_here = True
        elif errand.ask.verb is Verb.RESUME:
            self._forget()
            return True
        return False

    def look(self, view: Snapshot) -> None:
        """Somebody else may have opened the gate. An answer may come before the picture that shows what it did."""
        if says_gate_is_closed(view):
            self._was_seen_closed = True
        elif self._was_seen_closed:
            self._forget()

    def _forget(self) -> None:
        self.is_closed_here = self._was_seen_closed = False
        self._closing = self._flattening = self._reopening = None
        self._chord.forget()

    def title(self, scene: Scene) -> str:
        """A few words for the frame of the sheet."""
        if not gate_is_closed(scene):
            return "closing"
        return f"closed at {clock(self._closed_at_ns, scene.dash)}" if self._closed_at_ns is not None else "closed"

    def story(self, scene: Scene, width: int) -> list[Line]:
        """What is true now, in sentences."""
        if self._flattening is not None:
            lines = self._told_flattening(self._flattening, scene, width)
        else:
            lines = self._told_closing(scene, width)
        if self._reopening is not None:
            said = self._reopening.refusal or "The gate was asked to open; the engine has not answered yet."
            lines += [(), *paragraph(said, width, "lamp")]
        return lines

    def _told_closing(self, scene: Scene, width: int) -> list[Line]:
        view, closing = scene.view, self._closing
        if not gate_is_closed(scene):
            if closing is not None and closing.refusal is not None:
                return paragraph(f"The gate is not closed: {closing.refusal}", width, "ember")
            return paragraph("The engine was asked to close the gate and has not answered yet.", width, "lamp")
        resting = resting_entries(view)
        cancelled = max(self._entries_before - resting, 0)
        entries = f"{counted(cancelled, 'resting entry', 'resting entries')} cancelled"
        entries += f", {resting} still on the way out." if resting else "."
        told = ["No order that adds risk leaves this machine.", entries]
        if view.positions:
            told.append(f"{stops_held(view)} of {counted(len(view.positions), 'position')} with a stop; stops stay.")
        lines = paragraph("The gate is closed.", width, "bright")
        told_lines = [line for sentence in told for line in paragraph(sentence, width)]
        return [*lines, (), *told_lines, *_unlocking(scene, width)]

    @staticmethod
    def _told_flattening(errand: Errand, scene: Scene, width: int) -> list[Line]:
        count = len(scene.view.positions)
        if errand.refusal is not None:
            return paragraph(f"Not flattened: {errand.refusal}", width, "ember")
        if count:
            verb = "are" if count > 1 else "is"
            told = f"Flattening: {counted(count, 'position')} {verb} left, reduce-only orders are at work."
            return paragraph(told, width, "bright")
        if not errand.is_over:
            return paragraph("Flattening: no position is left; the engine has not confirmed it yet.", width, "bright")
        return [*paragraph("Flat: no position is left.", width, "bright"), *_unlocking(scene, width)]

    def choices(self, scene: Scene, typed: str) -> list[Line]:
        """The keys of the sheet and what they do now."""
        count, left_s = len(scene.view.positions), self._chord.left_s(scene.now_s)
        lines: list[Line] = []
        if count:
            what = f"flatten {counted(count, 'position')} now, reduce-only"
            lines.append(
                _choice("ctrl+x again" if left_s else "ctrl+x twice", what + (f"  {left_s:.0f} s" if left_s else ""))
            )
        lines.append(_choice("enter", "stay closed" + (", keep the positions" if count else "")))
        if scene.view.engine.state != "killed":
            lines.append(_choice(REOPENING_WORD, "type the word to open the gate again"))
        if typed:
            lines.append((span(f" {'':14} {typed}", "bright"), span("_" * (len(REOPENING_WORD) - len(typed)), "muted")))
        return lines


def _unlocking(scene: Scene, width: int) -> list[Line]:
    """A kill is not opened by a word: it holds, also after a restart, until somebody who looked says so."""
    if scene.view.engine.state != "killed":
        return []
    told = "No entry is taken, also not after a restart, until from another shell:"
    return [(), *paragraph(told, width), *paragraph(UNLOCK_KILL, width, "lamp")]


def _choice(key: str, what: str) -> Line:
    return (span(f" {key:<14}", "lamp"), span(f" {what}"))
