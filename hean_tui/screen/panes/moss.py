"""The moss: what is each strategy doing?"""

from collections.abc import Sequence

from engine.snapshot import StrategyView
from hean_tui.screen.facts import amount, tone
from hean_tui.screen.figures import money
from hean_tui.screen.ink import Line, Span, span, wrapped
from hean_tui.screen.list_pane import ListPane
from hean_tui.screen.plain_text import safe
from hean_tui.screen.scene import Scene
from hean_tui.screen.table import Column, fitting, heading, row

_TROUBLED = frozenset(("failed", "error", "isolated", "halted"))


def _state(strategy: StrategyView, _: Scene) -> Span:
    state = safe(strategy.state, 20).replace("_", " ")
    return state, "loss" if strategy.state in _TROUBLED else "muted"


def _result(strategy: StrategyView, scene: Scene) -> Span:
    text = amount(strategy.pnl, scene)
    return text, tone(text)


def _latest(strategy: StrategyView, _: Scene) -> Span:
    return safe(strategy.reason or strategy.last_signal or ""), "muted"


_COLUMNS: tuple[Column[StrategyView], ...] = (
    Column("strategy", 12, 0, lambda each, _: (safe(each.name, 40), "foreground")),
    Column("state", 9, 1, _state),
    Column("P&L", 10, 2, _result, True),
    Column("signals", 7, 4, lambda each, _: (str(each.signals), "muted"), True),
    Column("orders", 7, 5, lambda each, _: (str(each.orders), "muted"), True),
    Column("allocation", 10, 6, lambda each, scene: (money(each.allocation, scene.dash), "muted"), True),
    Column("latest", 16, 3, _latest),
)


class Moss(ListPane[StrategyView]):
    """Strategies, one a row."""

    TITLE = ("moss", "strategies")
    EMPTY = "no strategy grows here"
    DETAIL_AT_BOTTOM = False
    HELP = """\
# moss · strategies

Each strategy's state, its result after fees, and its latest word. One that failed is set aside and says why; the
others go on.
"""

    def items(self, scene: Scene) -> Sequence[StrategyView]:
        """The strategies as the engine orders them."""
        return scene.view.strategies

    def key(self, item: StrategyView) -> str:
        """A strategy's name is its own."""
        return item.name

    def head(self, scene: Scene, width: int) -> Sequence[Line]:
        """The titles, where there is something below them."""
        return (heading(fitting(_COLUMNS, width), scene),) if scene.view.strategies else ()

    def row(self, item: StrategyView, scene: Scene, width: int) -> Line:
        """One strategy."""
        return row(fitting(_COLUMNS, width), item, scene)

    def shows_detail(self) -> bool:
        """The latest word always stands below the table, since there is seldom room for it inside."""
        return True

    def detail(self, item: StrategyView, scene: Scene, width: int) -> Sequence[Line]:
        """The chosen strategy's latest word."""
        text = _latest(item, scene)[0]
        return [(span(" " + part, "muted"),) for part in wrapped(text, width - 2, 2)]
