"""The soil: what can grow on this account? The smallest trade of each symbol beside it, and what waiting costs."""

from collections.abc import Callable, Sequence

from hean_tui.feasibility_table import HEADINGS, account_lines, cells, conclusion
from hean_tui.screen.facts import short_symbol
from hean_tui.screen.ink import Line, Span, span, wrapped
from hean_tui.screen.list_pane import ListPane
from hean_tui.screen.scene import Scene
from hean_tui.screen.table import Column, fitting, heading, row
from risk.feasibility import Feasible, Verdict
from risk.feasibility_words import symbol_sentence

_ACCOUNT_FROM = 17  # lines of height; below, the rows need the room
_WIDTHS = (9, 8, 7, 7, 6, 6, 6, 9, 8)
_GIVES_WAY = (0, 2, 3, 5, 4, 6, 7, 1, 8)


def _cell(at: int) -> Callable[[Feasible, Scene], Span]:
    def draw(each: Feasible, scene: Scene) -> Span:
        told = scene.feasibility
        if told is None:
            return span(scene.dash, "muted")
        text = cells(told, each)[at] if at else short_symbol(each.instrument.symbol)
        return text, "foreground" if each.fits else "muted"

    return draw


_COLUMNS = tuple(
    Column(title, width, rank, _cell(at), is_number=at > 0)
    for at, (title, width, rank) in enumerate(zip(HEADINGS, _WIDTHS, _GIVES_WAY, strict=True))
)


class Soil(ListPane[Feasible]):
    """A page of its own; nothing of it changes while the engine runs."""

    TITLE = ("soil", "capital")
    EMPTY = "nothing is known of the account yet"
    HELP = """\
# soil · capital

What this account could trade when the run began. *smallest* is the smallest order that can be closed again, *worth* its
value, *needs* its margin at the leverage cap with the fees of the way in and out. In per cent of the account: *lot* is
one lot, *stop* the loss of the smallest trade at the default stop, *fees* its way in and out. *size* is what the risk
of a trade buys, or why nothing does; *from* is the smallest account that could. The chosen symbol is told below.
"""

    def items(self, scene: Scene) -> Sequence[Feasible]:
        """The symbols of the run."""
        return () if scene.feasibility is None else scene.feasibility.symbols

    def key(self, item: Feasible) -> str:
        """One row a symbol."""
        return item.instrument.symbol

    def head(self, scene: Scene, width: int) -> Sequence[Line]:
        """What it comes to, the account where there is room, and the titles."""
        told = scene.feasibility
        if told is None:
            return ()
        token = "foreground" if told.verdict in (Verdict.SOME, Verdict.ALL) else "lamp"
        verdict = [(span(" " + part, token),) for part in wrapped(conclusion(told)[0], width - 2, 4)]
        account = [(span(" " + line, "muted"),) for line in account_lines(told)]
        is_high = self.size.height >= _ACCOUNT_FROM
        return [*verdict, *((*account, ()) if is_high else ()), heading(fitting(_COLUMNS, width), scene)]

    def row(self, item: Feasible, scene: Scene, width: int) -> Line:
        """One symbol."""
        return row(fitting(_COLUMNS, width), item, scene)

    def detail(self, item: Feasible, scene: Scene, width: int) -> Sequence[Line]:
        """The whole sentence."""
        told = scene.feasibility
        if told is None:
            return ()
        return [(span(" " + part),) for part in wrapped(symbol_sentence(told, item), width - 2, 4)]
