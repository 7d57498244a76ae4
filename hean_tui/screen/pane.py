"""A pane that draws its own lines, repaints only those that changed, and rests instead of failing."""

import logging
from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.geometry import Region
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from hean_tui.screen.facts import is_stale
from hean_tui.screen.ink import BLANK, Line, cut_line, span, wrapped
from hean_tui.screen.plain_text import safe
from hean_tui.screen.scene import Scene

_log = logging.getLogger(__name__)


class Pane(Widget):
    """The root of all panes: a subclass says its lines, this class paints what changed."""

    TITLE: ClassVar[tuple[str, str] | None] = None
    DIMS_WHEN_STALE: ClassVar[bool] = False
    ALLOW_SELECT = False

    scene: reactive[Scene | None] = reactive(None, repaint=False, always_update=True)

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        """Take a name and classes for the stylesheet."""
        super().__init__(id=id, classes=classes)
        self.fault_count = 0
        self._lines: list[Line] = []
        self._built_from: tuple[Scene | None, int, int] | None = None

    def lines(self, scene: Scene, width: int, height: int) -> Sequence[Line]:
        """The content, from the top; lines that are missing are blank and ones too many are not shown."""
        raise NotImplementedError

    def subtitle(self, scene: Scene) -> str:
        """A few words for the lower frame."""
        return ""

    def watch_scene(self) -> None:
        """Draw the new scene if anybody can see it."""
        scene = self.scene
        if scene is None:
            return
        self._entitle(scene)
        if not self.region.area:
            return
        before, same_size = self._lines, self._is_built_for_this_size()
        self._build()
        if not same_size:
            self.refresh()
            return
        width = self.size.width
        pairs = enumerate(zip(before, self._lines, strict=True))
        changed = [Region(0, y, width, 1) for y, (old, new) in pairs if old != new]
        if changed:
            self.refresh(*changed)

    def redraw(self) -> None:
        """Draw the present scene again, for a change that is this pane's own."""
        self.watch_scene()

    def render_line(self, y: int) -> Strip:
        """One line of the content, from the lines built for this scene and size."""
        if not self._is_built_for_this_size() or (self._built_from or (None,))[0] is not self.scene:
            self._build()
        line = self._lines[y] if y < len(self._lines) else BLANK
        styles = self.app.inks_on(self.background_colors[1].hex6.lower())  # type: ignore[attr-defined]  # the garden's app
        plain = styles["foreground"]
        return Strip([Segment(text, styles.get(token, plain)) for text, token in line if text])

    def _is_built_for_this_size(self) -> bool:
        return self._built_from is not None and self._built_from[1:] == (self.size.width, self.size.height)

    def _build(self) -> None:
        width, height = self.size.width, self.size.height
        scene = self.scene
        self._built_from = (scene, width, height)
        if scene is None or not width or not height:
            self._lines = [BLANK] * height
            return
        try:
            cut = scene.glyphs.ellipsis
            lines = [cut_line(tuple(line), width, cut) for line in list(self.lines(scene, width, height))[:height]]
            if self.DIMS_WHEN_STALE and is_stale(scene):
                lines = [tuple((text, "muted") for text, _ in line) for line in lines]
        except Exception as error:  # noqa: BLE001 - a bug in a pane must not end the screen, let alone hide the others.
            lines = self._resting(error, width)[:height]
        self._lines = lines + [BLANK] * (height - len(lines))

    def _resting(self, error: Exception, width: int) -> list[Line]:
        self.fault_count += 1
        if self.fault_count == 1:
            _log.exception("pane %s could not be drawn", type(self).__name__)
        told = f"this pane rests: {type(error).__name__} {safe(error, 120)}".rstrip()
        times = "once" if self.fault_count == 1 else f"{self.fault_count} times"
        return [(span(" " + part, "loss"),) for part in (*wrapped(told, width - 2, 4), f"({times})")]

    def _entitle(self, scene: Scene) -> None:
        if self.TITLE is None:
            return
        title = f"{self.TITLE[0]} {scene.glyphs.dot} {self.TITLE[1]}"
        if self.border_title != title:
            self.border_title = title
        try:
            subtitle = self.subtitle(scene)
        except Exception:  # noqa: BLE001 - counted where the same fault meets the lines.
            subtitle = ""
        if (self.border_subtitle or "") != subtitle:
            self.border_subtitle = subtitle
