"""The way out: stay is the first choice, and what leaving does is said plainly."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from hean_tui.screen.facts import resting_entries
from hean_tui.screen.figures import counted
from hean_tui.screen.ink import Line, paragraph
from hean_tui.screen.overlays.overlay import Overlay
from hean_tui.screen.overlays.words import Choices, Words
from hean_tui.screen.scene import Scene

STAY = "stay"
CLOSE_AND_LEAVE = "close gate and leave"
LEAVE = "leave"
_CHOICES = (
    (STAY, "nothing changes"),
    (CLOSE_AND_LEAVE, "cancel entries first, then end"),
    (LEAVE, "end now"),
)


class LeaveOverlay(Overlay[str | None]):
    """Asks before the engine is ended."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "choose", id="choice.take"),
        Binding("backspace,q", "stay", "stay", id="choice.stay"),
    ]
    AUTO_FOCUS = "Choices"

    def compose(self) -> ComposeResult:
        """The facts, then the choices."""
        with Vertical(classes="sheet") as sheet:
            sheet.border_title = "leave"
            yield Words(self._told)
            yield Choices(_CHOICES)

    @staticmethod
    def _told(scene: Scene, width: int) -> Sequence[Line]:
        view = scene.view
        entries = counted(resting_entries(view), "resting entry", "resting entries")
        held = f"Open now: {counted(len(view.positions), 'position')}, {entries}."
        what = "This is a paper run: nothing rests at an exchange." if view.engine.mode == "paper" else ""
        return [*paragraph(f"Leaving ends the engine with the screen. {what}", width), *paragraph(held, width), ()]

    def action_choose(self) -> None:
        """Do what the chosen word says."""
        _ = self.dismiss(self.query_one(Choices).chosen_word())
