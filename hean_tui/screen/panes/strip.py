"""The strip: breath and fence in one line, where there is no room for them."""

from collections.abc import Sequence

from hean_tui.screen.facts import amount, gate_is_closed, stops_held
from hean_tui.screen.ink import Line, Span, span
from hean_tui.screen.limits import levels, measures
from hean_tui.screen.pane import Pane
from hean_tui.screen.plain_text import safe
from hean_tui.screen.scene import Scene
from hean_tui.screen.soundness import books_words


class Strip(Pane):
    """One line of the facts that must not be missed, the weightiest first, since the end may be cut."""

    def lines(self, scene: Scene, width: int, height: int) -> Sequence[Line]:
        """The gate, stops, limits, books and tilt; in zen the mode, which the hidden header tells elsewhere."""
        view = scene.view
        closed, held, count = gate_is_closed(scene), stops_held(view), len(view.positions)
        in_zen = self.screen.has_class("-zen")
        spans: list[Span] = [span(f" {safe(view.engine.mode, 12)} |" if in_zen else "", "muted")]
        spans += [span(" gate ", "muted"), span("closed", "ember") if closed else span("open", "calm")]
        spans += _part("", "halted", "ember") if view.risk.halted else []
        spans += _part("", "paused", "lamp") if view.engine.paused is not None else []
        spans += _part("stops", f"{held}/{count}" if count else scene.dash)
        books = books_words(scene)
        books_first = books is not None and books[1] != "foreground"
        spans += _part("books", *books) if books is not None and books_first else []
        if in_zen:
            spans += _part("today", amount(view.account.day_pnl, scene))
        else:
            for measure in (*levels(view)[-1:], *measures(view)[:1]):
                limit = "" if measure.share is None else f"/{measure.written(measure.limit, scene.dash)}"
                spans += _part(measure.label, measure.written(measure.used, scene.dash) + limit)
        spans += _part("books", *books) if books is not None and not books_first else []
        tilt = view.tilt
        told = "not watched" if tilt.score is None else f"{safe(tilt.rung_name or '', 16)} {tilt.score:.0f}".lstrip()
        return ((*spans, *_part("tilt", told)),)


def _part(label: str, value: str, token: str = "foreground") -> list[Span]:
    return [span(" | ", "line"), span(f"{label} " if label else "", "muted"), span(value, token)]
