"""The sheet over a closed gate: what is true, and the three ways on."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from hean_tui.screen.gate import REOPENING_WORD, Gate
from hean_tui.screen.ink import Line
from hean_tui.screen.overlays.overlay import Overlay
from hean_tui.screen.overlays.words import Words
from hean_tui.screen.scene import Scene


class GateOverlay(Overlay[None]):
    """Stays until it is answered; the word `open`, typed, asks the engine to open the gate."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "stay", "stay closed", id="gate.stay", tooltip="Stay closed, keep the positions"),
    ]
    HELP = "The kill switch. What is told here is read from the engine, not assumed."

    def __init__(self, gate: Gate, scene: Scene) -> None:
        """Show this gate."""
        super().__init__(scene)
        self._gate = gate
        self._typed = ""

    def compose(self) -> ComposeResult:
        """One sheet."""
        with Vertical(classes="sheet -ember"):
            yield Words(self._told, id="gate-words")

    def show(self, scene: Scene) -> None:
        """New facts, and a title that fits them."""
        super().show(scene)
        title = self._gate.title(scene)
        for sheet in self.query(".sheet"):
            if sheet.border_title != title:
                sheet.border_title = title

    def _told(self, scene: Scene, width: int) -> Sequence[Line]:
        return [*self._gate.story(scene, width), (), *self._gate.choices(scene, self._typed)]

    def on_key(self, event: events.Key) -> None:
        """Spell the word; a wrong letter begins it anew."""
        letter = event.character
        if letter is None or not letter.isalpha():
            return
        event.stop()
        event.prevent_default()
        typed = self._typed + letter.lower()
        self._typed = typed if REOPENING_WORD.startswith(typed) else ""
        if self._typed == REOPENING_WORD:
            self._typed = ""
            self.app.reopen_gate()  # type: ignore[attr-defined]  # the garden's app
        self.query_one(Words).redraw()
