"""The header: which mode, is the engine well, how old is the news, what time is it there."""

from collections.abc import Sequence

from hean_tui.screen.facts import STALE_AFTER_S, gate_is_closed, is_stale, link_age_s, short_symbol
from hean_tui.screen.figures import clock, duration, price
from hean_tui.screen.ink import Line, Span, span, spread, width_of
from hean_tui.screen.pane import Pane
from hean_tui.screen.plain_text import safe
from hean_tui.screen.scene import Scene

_GAP = "   "


class Sky(Pane):
    """One line; two in a narrow terminal, where the prices stand on the second."""

    HELP = "The header tells the mode, the feed, the state of the engine, the age of its news, and its clock in UTC."

    def lines(self, scene: Scene, width: int, height: int) -> Sequence[Line]:
        """Mode and state at the left, prices where there is room, link and clock at the right."""
        left = self._left(scene)
        right = self._right(scene)
        if height > 1:
            return (spread(left, right, width), self._prices(scene, width - 1))
        room = width - width_of(left) - width_of(right) - 2 * len(_GAP)
        return (spread((*left, span(_GAP), *self._prices(scene, room)), right, width),)

    def _left(self, scene: Scene) -> Line:
        engine = scene.view.engine
        mode = safe(engine.mode, 12)
        is_live = mode == "live"
        state = safe(engine.state, 12).replace("_", " ")
        is_hidden = engine.paused is not None and state != "paused"
        spans = [
            span(" hean  ", "bright"),
            span(f" {mode.upper()} " if is_live else mode, "alarm" if is_live else "lamp"),
            span("  " + safe(engine.feed, 24), "muted"),
            span("  "),
        ]
        if gate_is_closed(scene):
            spans.append(span(" gate closed ", "alarm"))
        else:
            spans += [span(state, self._state_token(state)), span(", paused" if is_hidden else "", "lamp")]
        if scene.frozen:
            spans.append(span("  picture frozen", "lamp"))
        return tuple(spans)

    @staticmethod
    def _state_token(state: str) -> str:
        if state == "running":
            return "calm"
        return "ember" if state in ("halted", "killed") else "lamp"

    @staticmethod
    def _right(scene: Scene) -> Line:
        link: Span
        age = link_age_s(scene)
        if age is None:
            link = span(f"link {scene.dash}", "muted")
        elif scene.silent_s > STALE_AFTER_S:
            link = span(f"engine silent for {duration(scene.silent_s, scene.dash)}", "lamp")
        elif is_stale(scene):
            link = span(f"link {duration(age, scene.dash)} ago", "lamp")
        else:
            link = span(f"link {age:.1f} s" if age >= 1.0 else f"link {max(age, 0.0) * 1000:.0f} ms", "muted")
        return (span(_GAP), link, span(f"{_GAP}{clock(scene.view.engine.time, scene.dash)}"), span(" utc ", "muted"))

    @staticmethod
    def _prices(scene: Scene, room: int) -> Line:
        spans: list[Span] = []
        for market in scene.view.market:
            if ":" not in market.symbol and any(":" in other.symbol for other in scene.view.market):
                continue  # Where both are quoted, the perpetual speaks for the pair.
            name, last = " " + short_symbol(market.symbol).split(" ")[0] + " ", price(market.last, scene.dash) + "  "
            if width_of(spans) + len(name) + len(last) > room:
                break
            spans += [span(name, "muted"), span(last, "muted" if is_stale(scene) else "foreground")]
        return tuple(spans)
