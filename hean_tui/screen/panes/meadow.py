"""The meadow: where do the markets stand?"""

from collections.abc import Sequence

from engine.snapshot import MarketView
from hean_tui.screen.facts import STALE_AFTER_S, short_symbol, tone
from hean_tui.screen.figures import between, duration, percent, price
from hean_tui.screen.ink import Line, Span, fitted, span, width_of
from hean_tui.screen.list_pane import ListPane
from hean_tui.screen.plain_text import safe
from hean_tui.screen.scene import Scene
from hean_tui.screen.table import Column, fitting, heading, row

_WIDE = 70
_PRICE_WIDTH = 9


def _symbol(market: MarketView, scene: Scene) -> Span:
    return safe(market.symbol, 40), "muted" if _is_old(market, scene) else "foreground"


def _short(market: MarketView, scene: Scene) -> Span:
    return short_symbol(market.symbol), "muted" if _is_old(market, scene) else "foreground"


def _last(market: MarketView, scene: Scene) -> Span:
    return price(market.last, scene.dash), "muted" if _is_old(market, scene) else "foreground"


def _change(market: MarketView, scene: Scene) -> Span:
    text = percent(market.change_24h, scene.dash)
    return text, tone(text)


def _funding(market: MarketView, scene: Scene) -> Span:
    return percent(market.funding_rate, scene.dash, places=4), "muted"


def _next(market: MarketView, scene: Scene) -> Span:
    return duration(between(scene.view.engine.time, market.next_funding), scene.dash), "muted"


def _is_old(market: MarketView, scene: Scene) -> bool:
    age = between(market.updated_at, scene.view.engine.time)
    return age is not None and age > STALE_AFTER_S


_NARROW_COLUMNS: tuple[Column[MarketView], ...] = (
    Column("symbol", 9, 0, _short),
    Column("last", _PRICE_WIDTH, 1, _last, True),
    Column("24 h", 7, 2, _change, True),
    Column("funding", 8, 3, _funding, True),
    Column("next", 6, 4, _next, True),
)
_WIDE_COLUMNS: tuple[Column[MarketView], ...] = (
    Column("symbol", 14, 0, _symbol),
    Column("last", _PRICE_WIDTH, 1, _last, True),
    Column("bid", 10, 3, lambda each, scene: (price(each.bid, scene.dash), "muted"), True),
    Column("ask", 10, 4, lambda each, scene: (price(each.ask, scene.dash), "muted"), True),
    Column("24 h", 7, 2, _change, True),
    Column("funding", 8, 5, _funding, True),
    Column("next", 6, 6, _next, True),
    Column("mark", 10, 7, lambda each, scene: (price(each.mark, scene.dash), "muted"), True),
)


class Meadow(ListPane[MarketView]):
    """Markets, one a row; of a price that moved only the digits that changed brighten, for one frame."""

    TITLE = ("meadow", "market")
    EMPTY = "no market is heard yet"
    HELP = """\
# meadow · market

The last price, its change over 24 hours, the funding rate of a perpetual and how long until it is paid; below, bid
and ask of the chosen market. A market that has not moved for 5 seconds is dim. `t` opens a ticket for the chosen one.
"""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        """Start without a price to compare with."""
        super().__init__(id=id, classes=classes)
        self._shown: dict[str, str] = {}
        self._before: dict[str, str] = {}
        self._shown_of: Scene | None = None

    def items(self, scene: Scene) -> Sequence[MarketView]:
        """The markets as the engine orders them."""
        return scene.view.market

    def key(self, item: MarketView) -> str:
        """One market a symbol."""
        return item.symbol

    def shows_detail(self) -> bool:
        """Bid and ask always stand below the narrow table."""
        return True

    def lines(self, scene: Scene, width: int, height: int) -> Sequence[Line]:
        """The table, after a look at what the prices were a frame ago."""
        if scene is not self._shown_of:
            self._before = self._shown
            self._shown = {market.symbol: price(market.last, scene.dash) for market in scene.view.market}
            self._shown_of = scene
        return super().lines(scene, width, height)

    def head(self, scene: Scene, width: int) -> Sequence[Line]:
        """The titles, where there is something below them."""
        return (heading(self._columns(width), scene),) if scene.view.market else ()

    def row(self, item: MarketView, scene: Scene, width: int) -> Line:
        """One market, its changed digits bright."""
        line = row(self._columns(width), item, scene)
        before, now = self._before.get(item.symbol), self._shown.get(item.symbol, "")
        if scene.quiet or before is None or before == now or len(before) != len(now) or len(now) > _PRICE_WIDTH:
            return line
        text, token = line[1]
        split = len(text) - len(now) + next(at for at, letter in enumerate(now) if letter != before[at])
        return (line[0], (text[:split], token), (text[split:], "bright"), *line[2:])

    def detail(self, item: MarketView, scene: Scene, width: int) -> Sequence[Line]:
        """Bid, ask and the time to funding, where the table has no room for them."""
        if width >= _WIDE:
            return ()
        name = fitted(short_symbol(item.symbol), 9, scene.glyphs.ellipsis)
        line = (span(f" {name} ", "muted"), span(f"{price(item.bid, scene.dash)} / {price(item.ask, scene.dash)}"))
        funding = f"  in {_next(item, scene)[0]}"
        has_room = width_of(line) + len(funding) <= width
        return ((*line, span(funding, "muted")) if has_room and item.next_funding is not None else line,)

    @staticmethod
    def _columns(width: int) -> list[Column[MarketView]]:
        return fitting(_WIDE_COLUMNS if width >= _WIDE else _NARROW_COLUMNS, width)
