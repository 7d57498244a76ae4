"""The stones: what do I hold, and where does it end?"""

from collections.abc import Sequence

from engine.snapshot import PositionView
from hean_tui.screen.facts import result_of, stops_held, tone
from hean_tui.screen.figures import between, duration, money, price, quantity
from hean_tui.screen.ink import Line, Span, span
from hean_tui.screen.list_pane import ListPane
from hean_tui.screen.plain_text import safe
from hean_tui.screen.scene import Scene, Unit
from hean_tui.screen.table import Column, fitting, heading, row

_RESULT = {Unit.MONEY: "open P&L", Unit.PERCENT: "% equity", Unit.R: "R to stop"}


def _sign(position: PositionView, _: Scene) -> Span:
    return ("+", "gain") if position.side == "long" else ("-", "loss")


def _result(position: PositionView, scene: Scene) -> Span:
    text = result_of(position, scene)
    return text, tone(text)


def _stop(position: PositionView, scene: Scene) -> Span:
    return price(position.stop_price, scene.dash), "foreground" if position.stop_price is not None else "lamp"


def _columns(unit: Unit) -> tuple[Column[PositionView], ...]:
    return (
        Column("", 1, 0, _sign),
        Column("symbol", 14, 1, lambda each, _: (safe(each.symbol, 40), "foreground")),
        Column("size", 9, 2, lambda each, scene: (quantity(each.quantity, scene.dash), "foreground"), True),
        Column("entry", 10, 5, lambda each, scene: (price(each.entry_price, scene.dash), "foreground"), True),
        Column("mark", 10, 6, lambda each, scene: (price(each.mark_price, scene.dash), "foreground"), True),
        Column("stop", 10, 4, _stop, True),
        Column(_RESULT[unit], 9, 3, _result, True),
        Column("age", 6, 7, lambda each, scene: (duration(_age(each, scene), scene.dash), "muted"), True),
        Column("liquidation", 11, 9, lambda each, scene: (price(each.liquidation_price, scene.dash), "muted"), True),
        Column("realised", 10, 10, lambda each, scene: (money(each.realised, scene.dash, signed=True), "muted"), True),
        Column("funding", 9, 11, lambda each, scene: (money(each.funding, scene.dash, signed=True), "muted"), True),
        Column("strategy", 10, 8, lambda each, _: (safe(each.strategy, 40), "muted")),
    )


def _age(position: PositionView, scene: Scene) -> float | None:
    return between(position.opened_at, scene.view.engine.time)


class Stones(ListPane[PositionView]):
    """Open positions, one a row."""

    TITLE = ("stones", "positions")
    EMPTY = "no position is open"
    DIMS_WHEN_STALE = True
    HELP = """\
# stones · positions

`+` is long, `-` is short. `c` twice closes the chosen position, `=` places or tightens its stop. In R a result is
measured to the stop that rests now; without a stop, or with one already in profit, it is a dash.
"""

    def items(self, scene: Scene) -> Sequence[PositionView]:
        """The open positions as the engine orders them."""
        return scene.view.positions

    def key(self, item: PositionView) -> str:
        """One position a symbol."""
        return item.symbol

    def subtitle(self, scene: Scene) -> str:
        """How many, and how many of them have a stop."""
        count = len(scene.view.positions)
        return f"{count} open, {stops_held(scene.view)} with a stop" if count else ""

    def head(self, scene: Scene, width: int) -> Sequence[Line]:
        """The titles, where there is something below them."""
        return (heading(fitting(_columns(scene.unit), width), scene),) if scene.view.positions else ()

    def row(self, item: PositionView, scene: Scene, width: int) -> Line:
        """One position."""
        return row(fitting(_columns(scene.unit), width), item, scene)

    def detail(self, item: PositionView, scene: Scene, width: int) -> Sequence[Line]:
        """What the narrow table leaves out."""
        told = (
            f" {safe(item.strategy, 24) or 'by hand'}   liquidation {price(item.liquidation_price, scene.dash)}"
            f"   realised {money(item.realised, scene.dash, signed=True)}"
            f"   funding {money(item.funding, scene.dash, signed=True)}"
        )
        return ((span(told, "muted"),),)
