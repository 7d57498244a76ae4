"""The two things overlays are made of: sentences that follow the scene, and a few words to choose from."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from hean_tui.screen.ink import Line, span
from hean_tui.screen.list_pane import ListPane
from hean_tui.screen.pane import Pane
from hean_tui.screen.scene import Scene

# The width of a sheet's content, for the moment before it is laid out.
_FIRST_WIDTH = 60

Told = Callable[[Scene, int], Sequence[Line]]


class Words(Pane):
    """Lines that a function of the scene and the width says."""

    def __init__(self, told: Told, *, id: str | None = None) -> None:
        """Take the function that says the lines."""
        super().__init__(id=id)
        self._told = told
        self._height = -1

    def watch_scene(self) -> None:
        """As high as there are lines."""
        if self.scene is not None:
            height = len(self._told(self.scene, self.size.width or _FIRST_WIDTH))
            if height != self._height:
                self._height = height
                self.styles.height = height
        super().watch_scene()

    def lines(self, scene: Scene, width: int, height: int) -> Sequence[Line]:
        """What the function says now."""
        return self._told(scene, width)


class Choices(ListPane[tuple[str, str]]):
    """A few words, each with what it does; the first one is the safe one and is chosen at the start."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "down", id="choice.down"),
        Binding("k,up", "move(-1)", "up", id="choice.up"),
    ]

    def __init__(self, choices: Sequence[tuple[str, str]], *, id: str | None = None) -> None:
        """Take pairs of a word and its consequence."""
        super().__init__(id=id)
        self._choices = tuple(choices)
        self.styles.height = len(self._choices)

    def items(self, scene: Scene) -> Sequence[tuple[str, str]]:
        """The same choices in every scene."""
        return self._choices

    def key(self, item: tuple[str, str]) -> str:
        """A choice is its word."""
        return item[0]

    def row(self, item: tuple[str, str], scene: Scene, width: int) -> Line:
        """The word, then what it does."""
        widest = max(len(word) for word, _ in self._choices)
        return (span(f" {item[0]:<{widest}}", "lamp"), span(f"   {item[1]}"))

    def action_move(self, by: int) -> None:
        """Choose another word."""
        self.move(by)

    def chosen_word(self) -> str:
        """The word that is chosen now."""
        item = self.chosen_item()
        return self._choices[0][0] if item is None else item[0]
