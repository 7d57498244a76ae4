"""A pane of rows of which one is chosen; the choice stays with the thing when the rows move."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from hean_tui.screen.ink import Line, chosen, cut_line, span
from hean_tui.screen.pane import Pane
from hean_tui.screen.scene import Scene

T = TypeVar("T")


class ListPane(Pane, Generic[T], can_focus=True):
    """Rows under a heading, with room below for what the chosen row has more to say."""

    EMPTY = ""
    DETAIL_AT_BOTTOM = True

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        """Start with the first row chosen."""
        super().__init__(id=id, classes=classes)
        self._chosen_key = ""
        self._chosen_at = 0
        self._top = 0

    def items(self, scene: Scene) -> Sequence[T]:
        """What the rows are made of, in order."""
        raise NotImplementedError

    def key(self, item: T) -> str:
        """What the thing is called, so that the choice can follow it."""
        raise NotImplementedError

    def head(self, scene: Scene, width: int) -> Sequence[Line]:
        """The lines above the rows."""
        return ()

    def row(self, item: T, scene: Scene, width: int) -> Line:
        """One row."""
        raise NotImplementedError

    def detail(self, item: T, scene: Scene, width: int) -> Sequence[Line]:
        """What is told about the chosen row while the pane has the focus."""
        return ()

    def shows_detail(self) -> bool:
        """Whether the chosen row's detail is shown."""
        return self.has_focus

    def chosen_item(self) -> T | None:
        """The item that is chosen now, None where there is none."""
        if self.scene is None:
            return None
        items = self.items(self.scene)
        return items[self._locate(items)] if items else None

    def move(self, by: int) -> None:
        """Choose another row."""
        if self.scene is None:
            return
        items = self.items(self.scene)
        if not items:
            return
        self._chosen_at = min(max(self._locate(items) + by, 0), len(items) - 1)
        self._chosen_key = self.key(items[self._chosen_at]) if self._chosen_at else ""
        self.redraw()

    def _locate(self, items: Sequence[T]) -> int:
        # Without a key the first row is chosen, whatever it is: new facts arrive at the top of a list.
        if not self._chosen_key:
            return 0
        for at, item in enumerate(items):
            if self.key(item) == self._chosen_key:
                self._chosen_at = at
                return at
        return min(self._chosen_at, len(items) - 1)

    def lines(self, scene: Scene, width: int, height: int) -> Sequence[Line]:
        """The heading, as many rows as fit around the chosen one, and its detail."""
        items = self.items(scene)
        head = list(self.head(scene, width))
        if not items:
            return [*head, (span(f" {self.EMPTY}", "muted"),)] if self.EMPTY else head
        at = self._locate(items)
        room = height - len(head)
        detail = list(self.detail(items[at], scene, width)) if self.shows_detail() else []
        if len(detail) >= room - 1:
            detail = []
        room = max(room - len(detail), 1)
        self._top = max(min(self._top, at, len(items) - room), at - room + 1, 0)
        rows = [
            self._marked(self.row(item, scene, width), scene, width, is_chosen=self.has_focus and place == at)
            for place, item in enumerate(items[self._top : self._top + room], self._top)
        ]
        gap: list[Line] = [()] * (room - len(rows) if self.DETAIL_AT_BOTTOM else min(room - len(rows), 1))
        return [*head, *rows, *gap, *detail]

    def _marked(self, line: Line, scene: Scene, width: int, *, is_chosen: bool) -> Line:
        if not is_chosen:
            return (span(" "), *line)
        return chosen(cut_line((span(scene.glyphs.chosen, "lamp"), *line), width, scene.glyphs.ellipsis), width)

    def on_focus(self) -> None:
        """Show which row is chosen."""
        self.redraw()

    def on_blur(self) -> None:
        """Take the mark away."""
        self.redraw()

    def on_mouse_scroll_down(self) -> None:
        """The wheel moves the choice."""
        self.move(1)

    def on_mouse_scroll_up(self) -> None:
        """The wheel moves the choice."""
        self.move(-1)
