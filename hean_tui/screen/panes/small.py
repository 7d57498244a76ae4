"""What is left when the terminal is too small: what is needed, and the four facts that matter."""

from collections.abc import Sequence

from hean_tui.screen.facts import amount, gate_is_closed
from hean_tui.screen.figures import money
from hean_tui.screen.ink import Line, span
from hean_tui.screen.pane import Pane
from hean_tui.screen.plain_text import safe
from hean_tui.screen.scene import Scene, Unit

WIDTH_NEEDED = 60
HEIGHT_NEEDED = 16


class Small(Pane):
    """Three lines in the middle; the key of the gate works here too."""

    def lines(self, scene: Scene, width: int, height: int) -> Sequence[Line]:
        """Have and need, the facts, the one key."""
        view = scene.view
        closed = gate_is_closed(scene)
        result = amount(view.account.day_pnl, scene)
        if scene.unit is Unit.MONEY and result == scene.dash:
            result = money(view.account.equity, scene.dash)
        told = (
            ((f"{WIDTH_NEEDED} x {HEIGHT_NEEDED} needed, {width} x {height} here", "muted"),),
            (
                (f"{safe(view.engine.mode, 12)}, ", "foreground"),
                ("gate closed", "ember") if closed else ("gate open", "foreground"),
                (f", {len(view.positions)} open, {result} today", "foreground"),
            ),
            (("^x", "lamp"), (" close gate", "muted")),
        )
        above: list[Line] = [()] * max((height - 5) // 2, 0)
        gap: list[Line] = [()] if height >= 5 else []
        lines = [self._centred(line, width) for line in told]
        return [*above, lines[0], *gap, lines[1], *gap, lines[2]]

    @staticmethod
    def _centred(line: Line, width: int) -> Line:
        room = width - sum(len(text) for text, _ in line)
        return (span(" " * max(room // 2, 0)), *line)
