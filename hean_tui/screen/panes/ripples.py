"""The ripples: which orders are on the water, and what became of the last ones?"""

from collections.abc import Sequence

from engine.snapshot import OrderView
from hean_tui.screen.facts import is_open, orders_open_first
from hean_tui.screen.figures import clock, price, quantity
from hean_tui.screen.ink import Line, Span, span
from hean_tui.screen.list_pane import ListPane
from hean_tui.screen.plain_text import safe
from hean_tui.screen.scene import Scene
from hean_tui.screen.table import Column, fitting, heading, row

_REFUSED = ("denied", "rejected", "not_accepted", "unknown")


def _ink(order: OrderView) -> str:
    return "foreground" if is_open(order) else "muted"


def _price(order: OrderView, scene: Scene) -> Span:
    value = next((p for p in (order.price, order.trigger_price, order.average_price) if p is not None), None)
    return ("market" if value is None and order.type == "market" else price(value, scene.dash)), _ink(order)


def _status(order: OrderView, _: Scene) -> Span:
    return safe(order.status, 20).replace("_", " "), "loss" if order.status in _REFUSED else _ink(order)


def _type(order: OrderView, _: Scene) -> Span:
    return safe(order.type, 20).replace("_", " "), _ink(order)


_COLUMNS: tuple[Column[OrderView], ...] = (
    Column("", 1, 0, lambda each, _: ("o" if is_open(each) else " ", "lamp")),
    Column("side", 4, 3, lambda each, _: (safe(each.side, 8), "gain" if each.side == "buy" else "loss")),
    Column("symbol", 14, 1, lambda each, _: (safe(each.symbol, 40), _ink(each))),
    Column("type", 11, 6, _type),
    Column("price", 10, 4, _price, True),
    Column("size", 9, 5, lambda each, scene: (quantity(each.quantity, scene.dash), _ink(each)), True),
    Column("filled", 9, 7, lambda each, scene: (quantity(each.filled, scene.dash), _ink(each)), True),
    Column("given", 8, 8, lambda each, scene: (clock(each.created_at, scene.dash), "muted"), True),
    Column("status", 11, 2, _status),
    Column("strategy", 10, 9, lambda each, _: (safe(each.strategy, 40) or "by hand", "muted")),
    Column("why", 12, 10, lambda each, _: (safe(each.reason), "muted")),
)


class Ripples(ListPane[OrderView]):
    """Orders, the open ones first."""

    TITLE = ("ripples", "orders")
    EMPTY = "no order rests"
    DIMS_WHEN_STALE = True
    HELP = """\
# ripples · orders

`o` marks an order that may still fill; below them are the last ones that ended. `c` twice cancels the chosen order,
`t` opens a ticket for a new one.
"""

    def items(self, scene: Scene) -> Sequence[OrderView]:
        """Open orders first, each newest first."""
        return orders_open_first(scene.view)

    def key(self, item: OrderView) -> str:
        """Our own id is the name of an order."""
        return item.id

    def subtitle(self, scene: Scene) -> str:
        """How many may still fill."""
        resting = sum(1 for order in scene.view.orders if is_open(order))
        return f"{resting} resting" if scene.view.orders else ""

    def head(self, scene: Scene, width: int) -> Sequence[Line]:
        """The titles, where there is something below them."""
        return (heading(fitting(_COLUMNS, width), scene),) if scene.view.orders else ()

    def row(self, item: OrderView, scene: Scene, width: int) -> Line:
        """One order."""
        return row(fitting(_COLUMNS, width), item, scene)

    def detail(self, item: OrderView, scene: Scene, width: int) -> Sequence[Line]:
        """Who gave it, and why it stands as it does."""
        reason = safe(item.reason)
        told = f" {safe(item.id, 40)}   {safe(item.strategy, 24) or 'by hand'}" + (f"   {reason}" if reason else "")
        return ((span(told, "muted"),),)
