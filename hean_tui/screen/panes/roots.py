"""The roots: what does everything stand on, and is it sound? The steps of a start, the books, the components."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hean_tui.screen.figures import clock, duration
from hean_tui.screen.ink import Line, fitted, span, wrapped
from hean_tui.screen.list_pane import ListPane
from hean_tui.screen.plain_text import safe
from hean_tui.screen.scene import Scene
from hean_tui.screen.soundness import (
    books_words,
    components,
    difference,
    health_token,
    open_step,
    start_is_news,
    step_words,
    steps_done,
    unwell,
)

_NAME, _WORD, _AGE = 22, 11, 6
_STEP_NAME, _STEP_WORD = 15, 9


@dataclass(frozen=True)
class Entry:
    """One row: what it is called, its cells, and the whole of what its last cell may have to cut."""

    key: str
    cells: Line
    text: str = ""


class Roots(ListPane[Entry]):
    """While a start is going on its steps alone, as they are done; afterwards everything, the books first."""

    TITLE = ("roots", "health")
    HELP = """\
# roots · health

*books* is the last comparison with the venue's: whose a difference is, both numbers, and what speaks for it. Then every
component with its state, how long it has been in it, and why, the worst first. Then the check list of this start, where
it went on from an earlier run. The chosen line is told in full below.
"""

    def subtitle(self, scene: Scene) -> str:
        """How it is, in two words."""
        if not start_is_news(scene.view):
            return unwell(scene.view)
        return f"{steps_done(scene.view)} of {len(scene.view.start)} steps"

    def items(self, scene: Scene) -> Sequence[Entry]:
        """All rows, in the order of how soon they matter."""
        if start_is_news(scene.view):
            return list(_start(scene))
        return [*_books(scene), *_components(scene), *_start(scene)]

    def key(self, item: Entry) -> str:
        """What the row is about."""
        return item.key

    def row(self, item: Entry, scene: Scene, width: int) -> Line:
        """The cells."""
        return item.cells

    def detail(self, item: Entry, scene: Scene, width: int) -> Sequence[Line]:
        """The sentence in full, where the row had to cut it."""
        before = sum(len(text) for text, _ in item.cells) - len(item.text)
        if not item.text or len(item.text) < width - before:
            return ()
        return [(span(" " + part),) for part in wrapped(item.text, width - 2, 6)]

    def lines(self, scene: Scene, width: int, height: int) -> Sequence[Line]:
        """Nobody moves along the list of a start: the step that is being worked on stays in sight by itself."""
        if self.has_focus or not start_is_news(scene.view):
            return super().lines(scene, width, height)
        rows = self.items(scene)
        top = max(0, min(open_step(scene.view) - height // 2, len(rows) - height))
        return [(span(" "), *row.cells) for row in rows[top : top + height]]


def _start(scene: Scene) -> Iterable[Entry]:
    cut = scene.glyphs.ellipsis
    for step in scene.view.start:
        (word, token), (text, shade) = step_words(step, scene.dash)
        name = span(fitted(safe(step.name, 24), _STEP_NAME, cut) + " ", "muted" if step.state == "waiting" else shade)
        cells = (span(f"{step.step:>2}  ", "muted"), name, span(fitted(word, _STEP_WORD, cut) + " ", token))
        yield Entry(f"step {step.step}", (*cells, span(text, shade)), text)


def _components(scene: Scene) -> Iterable[Entry]:
    for name, health in components(scene.view):
        token = "muted" if health.state == "healthy" else "foreground"
        text = safe(health.reason, 300)
        yield _entry(scene, name, (safe(health.state, 12), health_token(health)), health.age_s, (text, token))


def _books(scene: Scene) -> Iterable[Entry]:
    told = books_words(scene)
    if told is None:
        yield _entry(scene, "books", (scene.dash, "muted"), None, ("not compared with the venue's yet", "muted"))
        return
    reconcile = scene.view.reconcile
    word, token = told[0].partition(",")[0], "calm" if told[1] == "foreground" else told[1]
    when = f"compared with the venue's at {clock(reconcile.last_at, scene.dash)}"
    yield _entry(scene, "books", (word, token), reconcile.lag_s, (when, "muted"))
    for each in reconcile.discrepancies:
        verdict = (safe(each.verdict, 12), "loss" if each.verdict == "unexplained" else "lamp")
        yield _entry(scene, each.subject, verdict, each.age_s, (difference(each, scene.dash), "foreground"))


def _entry(scene: Scene, name: str, word: tuple[str, str], age_s: float | None, text: tuple[str, str]) -> Entry:
    cut = scene.glyphs.ellipsis
    cells = (
        span(fitted(safe(name, 60), _NAME, cut) + " ", "muted"),
        span(fitted(word[0], _WORD, cut) + " ", word[1]),
        span("" if age_s is None else duration(age_s, scene.dash).rjust(_AGE), "muted"),
        span(" " * (2 if age_s is not None else _AGE + 2)),
    )
    return Entry(f"{name} {word[0]}", (*cells, text), text[0])
