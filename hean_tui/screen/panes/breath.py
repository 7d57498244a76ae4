"""The breath: how is the operator?"""

from collections.abc import Sequence

from hean_tui.screen.figures import clock
from hean_tui.screen.glyphs import gauge
from hean_tui.screen.ink import Line, paragraph, span, wrapped
from hean_tui.screen.pane import Pane
from hean_tui.screen.plain_text import safe
from hean_tui.screen.scene import Scene

_FULL_SCORE = 100.0


class Breath(Pane, can_focus=True):
    """The tilt score, what it comes from, and what is being done about it."""

    TITLE = ("breath", "tilt and interventions")
    HELP = """\
# breath · tilt and interventions

How calm trading looks from the outside, and which pauses follow from it. Where nothing is watched, that is said.
"""

    def lines(self, scene: Scene, width: int, height: int) -> Sequence[Line]:
        """The score with its reasons, or one honest line."""
        tilt = scene.view.tilt
        if tilt.score is None and tilt.rung is None:
            return paragraph("tilt is not watched yet in this version", width, "muted")
        name = safe(tilt.rung_name or "", 20)
        score = scene.dash if tilt.score is None else f"{tilt.score:.0f}"
        full, empty = gauge((tilt.score or 0.0) / _FULL_SCORE, max(width - 2, 1), scene.glyphs)
        lines: list[Line] = [
            (span(f" {name:<20}"), span(score.rjust(max(width - 22, 1)))),
            (span(" "), span(full, "calm"), span(empty, "line")),
        ]
        if tilt.intervention is not None:
            until = f" until {clock(tilt.until, scene.dash)}" if tilt.until is not None else ""
            lines.append((span(f" {safe(tilt.intervention, 40)}{until}", "lamp"),))
        for reason in tilt.reasons:
            lines += [(span(" " + part, "muted"),) for part in wrapped(safe(reason), width - 2, 2)]
        return lines
