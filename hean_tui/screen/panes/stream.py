"""The stream: what just happened and why, also what was not done?"""

from collections.abc import Sequence

from engine.snapshot import StreamLine
from hean_tui.screen.figures import clock
from hean_tui.screen.ink import Line, fitted, span, wrapped
from hean_tui.screen.list_pane import ListPane
from hean_tui.screen.plain_text import safe
from hean_tui.screen.scene import Scene

_WORD_WIDTH = 9
_BEFORE_TEXT = 2 + 8 + 2 + _WORD_WIDTH + 1
_MOST_LINES = 200
_NEEDS_A_LOOK = frozenset(("refused", "denied", "rejected", "error", "halted", "killed", "unanswered", "liquidated"))


class Stream(ListPane[StreamLine]):
    """The newest facts on top; the engine's and the answers to what was asked from here."""

    TITLE = ("stream", "events")
    EMPTY = "nothing has happened yet"
    HELP = """\
# stream · events

What happened, newest first, with the reason where there is one: also what was denied, refused or let go. The chosen
line is told in full below.
"""

    def items(self, scene: Scene) -> Sequence[StreamLine]:
        """The engine's lines and the screen's own notes, newest first."""
        lines = sorted((*scene.view.stream, *scene.notes), key=lambda line: (line.time, line.number), reverse=True)
        return lines[:_MOST_LINES]

    def key(self, item: StreamLine) -> str:
        """A line's number never changes."""
        return str(item.number)

    def row(self, item: StreamLine, scene: Scene, width: int) -> Line:
        """Time, word and sentence."""
        word = safe(item.word, 24)
        return (
            span(clock(item.time, scene.dash) + "  ", "muted"),
            span(
                fitted(word, _WORD_WIDTH, scene.glyphs.ellipsis) + " ",
                "lamp" if word in _NEEDS_A_LOOK else "muted",
            ),
            span(safe(item.text)),
        )

    def detail(self, item: StreamLine, scene: Scene, width: int) -> Sequence[Line]:
        """The whole sentence, where the row had to cut it."""
        text = safe(item.text, 600)
        if len(text) <= width - _BEFORE_TEXT:
            return ()
        return [(span(" " + part, "foreground"),) for part in wrapped(text, width - 2, 6)]
