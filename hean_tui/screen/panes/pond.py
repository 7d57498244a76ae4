"""The pond: how is the whole? Equity in large digits, the day, the way down from the peak, and the curve."""

from collections.abc import Sequence
from itertools import pairwise

from hean_tui.screen.curve import drawn, surfaced
from hean_tui.screen.digits import large
from hean_tui.screen.facts import amount, drawdown, tone
from hean_tui.screen.figures import between, duration, money
from hean_tui.screen.ink import Line, span
from hean_tui.screen.pane import Pane
from hean_tui.screen.scene import Scene, Unit

_CURVE_EVERY_S = 1.0
_FACTS_WIDTH = 30


class Pond(Pane, can_focus=True):
    """Large digits over a curve that is redrawn once a second at most."""

    TITLE = ("pond", "equity")
    DIMS_WHEN_STALE = True
    HELP = """\
# pond · equity

Everything the account is worth, marked to the market, after fees and funding. `m` changes between money, per cent
of equity, and R. *From the peak* is the distance to the highest equity so far.
"""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        """Start without a curve."""
        super().__init__(id=id, classes=classes)
        self._curve: list[str] = []
        self._curve_of: tuple[int, int, str] | None = None
        self._curve_at_s = 0.0

    def subtitle(self, scene: Scene) -> str:
        """How much time the curve spans."""
        curve = scene.view.equity_curve
        if len(curve) < 2:
            return ""
        return f"equity over {duration(between(curve[0][0], curve[-1][0]), scene.dash)}"

    def lines(self, scene: Scene, width: int, height: int) -> Sequence[Line]:
        """The digits and three facts beside them, then the curve in what room is left."""
        figure, token = self._figure(scene)
        digits = large(figure, rounded=scene.glyphs.rounded_digits)
        top = digits if len(digits[0]) <= width - _FACTS_WIDTH else ("", figure, "")
        side = len(top[1]) + 4
        facts = self._facts(scene)
        more = self._more(scene) if width > side + 2 * _FACTS_WIDTH else [(), (), ()]
        lines: list[Line] = [
            (span(" " + part.ljust(side - 1), token), *fact, *extra)
            for part, fact, extra in zip(top, facts, more, strict=True)
        ]
        if height > 8:
            lines.append(())
        rows = self._curve_lines(scene, width - 2, height - len(lines))
        deep = scene.glyphs.deep
        return [*lines, *((span(" "), *surfaced(row, above, deep)) for above, row in pairwise(["", *rows]))]

    def _figure(self, scene: Scene) -> tuple[str, str]:
        if scene.unit is Unit.MONEY:
            return money(scene.view.account.equity, scene.dash), "bright"
        text = amount(scene.view.account.day_pnl, scene)
        return text, tone(text)

    @staticmethod
    def _facts(scene: Scene) -> list[Line]:
        account = scene.view.account
        fallen = drawdown(scene.view)
        told = (
            (amount(account.day_pnl, scene), "today"),
            (amount(account.unrealised, scene), "open"),
            (amount(None if fallen is None else -fallen, scene), "from the peak"),
        )
        return [(span(f"{text:>14}", tone(text)), span(f"  {what:<14}", "muted")) for text, what in told]

    @staticmethod
    def _more(scene: Scene) -> list[Line]:
        account = scene.view.account
        fees = None if account.fees is None else -account.fees
        told = ((amount(account.realised, scene), "realised"), (amount(fees, scene), "fees"))
        funding = amount(account.funding, scene)
        return [
            (span(f"{text:>12}", "muted"), span(f"  {what}", "muted")) for text, what in (*told, (funding, "funding"))
        ]

    def _curve_lines(self, scene: Scene, width: int, height: int) -> list[str]:
        wanted = (width, height, scene.glyphs.name)
        # A clock that was set back, as a restarted screen's is, must not stop the curve.
        age_s = scene.now_s - self._curve_at_s
        if wanted != self._curve_of or not 0.0 <= age_s < _CURVE_EVERY_S:
            self._curve = drawn(scene.view.equity_curve, width, height, scene.glyphs)
            self._curve_of, self._curve_at_s = wanted, scene.now_s
        return self._curve
