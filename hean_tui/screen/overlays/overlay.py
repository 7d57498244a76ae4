"""The ground of every overlay: it lies over the garden, is handed every new scene, and knows the safe way back."""

from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from hean_tui.screen.pane import Pane
from hean_tui.screen.scene import Scene

T = TypeVar("T")

FOCUS_KEYS: list[BindingType] = [
    Binding("tab", "app.focus_next", "next", id="overlay.next", show=False),
    Binding("shift+tab", "app.focus_previous", "before", id="overlay.previous", show=False),
]


class Overlay(ModalScreen[T], inherit_bindings=False):
    """A modal screen of panes and inputs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stay", "back", id="overlay.back", tooltip="Back, nothing is done"),
        Binding("ctrl+c", "app.leave", "leave", id="overlay.leave", show=False),
    ]
    ALLOW_SELECT = False

    def __init__(self, scene: Scene) -> None:
        """Start with the scene of the moment."""
        super().__init__()
        self.scene = scene

    def on_mount(self) -> None:
        """Draw at once."""
        self.show(self.scene)

    def show(self, scene: Scene) -> None:
        """Hand the scene to every pane of the overlay."""
        self.scene = scene
        self.set_class(scene.glyphs.name == "ascii", "-ascii")
        for pane in self.query(Pane):
            pane.scene = scene

    def action_stay(self) -> None:
        """Back to the garden; nothing is done."""
        _ = self.dismiss(None)
