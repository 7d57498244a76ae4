"""The fence: how near are my limits?"""

from collections.abc import Sequence

from hean_tui.screen.facts import gate_is_closed, next_funding_ns, stops_held
from hean_tui.screen.figures import between, clock, duration
from hean_tui.screen.glyphs import gauge
from hean_tui.screen.ink import Line, Span, span, wrapped
from hean_tui.screen.limits import measures, round_money
from hean_tui.screen.pane import Pane
from hean_tui.screen.plain_text import safe
from hean_tui.screen.scene import Scene
from hean_tui.screen.soundness import books_words, components

_LABEL = 10
_BAR = 8
_NEAR = 0.75


class Fence(Pane, can_focus=True):
    """Limits as bars, then what guards the account, then what is not well."""

    TITLE = ("fence", "risk tier")
    HELP = """\
# fence · risk tier

How much of each limit is used. Losses and their levels are in money, whatever `m` says. *Gate* is the kill switch:
`ctrl+x` closes it, a second press within 10 seconds flattens every position. *books* is the last comparison with the
venue's; `8` shows what differed, and the health of everything.
"""

    def lines(self, scene: Scene, width: int, height: int) -> Sequence[Line]:
        """Everything in the order of how soon it matters."""
        return [
            *self._halt(scene, width),
            *self._killed(scene),
            *self._tier(scene),
            *self._bars(scene),
            *self._guards(scene),
            *self._books(scene),
            *self._unwell(scene, width),
        ]

    @staticmethod
    def _halt(scene: Scene, width: int) -> list[Line]:
        risk = scene.view.risk
        if not risk.halted:
            return []
        until = f" until {clock(risk.halt_until, scene.dash)}" if risk.halt_until is not None else ""
        told = f"halted{until}: {safe(risk.halt_reason or 'no reason given', 200)}"
        return [(span(" " + part, "ember"),) for part in wrapped(told, width - 2, 3)]

    @staticmethod
    def _killed(scene: Scene) -> list[Line]:
        is_killed = scene.view.engine.state == "killed"
        return [(span(" killed until hean-tui unlock kill", "ember"),)] if is_killed else []

    @staticmethod
    def _tier(scene: Scene) -> list[Line]:
        risk = scene.view.risk
        tier = safe(risk.tier, 20) if risk.tier else "none in this version"
        lines: list[Line] = [(_label("tier"), span(tier, "foreground" if risk.tier else "muted"))]
        levels = (risk.thresholds.info, risk.thresholds.warning, risk.thresholds.critical, risk.thresholds.halt)
        if sum(level is not None for level in levels) > 1:  # a single one is the limit of the bar below
            told = " / ".join(round_money(level, scene.dash) for level in levels)
            lines.append((_label("levels"), span(told, "muted")))
        if risk.level != "none":
            lines.append((_label("level"), span(safe(risk.level, 12), "lamp")))
        return lines

    @staticmethod
    def _bars(scene: Scene) -> list[Line]:
        lines: list[Line] = []
        for measure in measures(scene.view):
            used, share = measure.written(measure.used, scene.dash), measure.share
            if share is None:
                lines.append((_label(measure.label), span(used)))
                continue
            full, empty = gauge(share, _BAR, scene.glyphs)
            bar = (span(full, "calm" if share < _NEAR else "lamp"), span(empty, "line"))
            lines.append((_label(measure.label), *bar, span(f"  {used} of {measure.written(measure.limit, '')}")))
        return lines

    @staticmethod
    def _guards(scene: Scene) -> list[Line]:
        view, dash = scene.view, scene.dash
        held, count = stops_held(view), len(view.positions)
        stops: Span = span(f"{held} of {count}", "foreground" if held == count else "lamp") if count else span(dash)
        upcoming = between(view.engine.time, next_funding_ns(view))
        return [
            (_label("stops"), stops),
            (_label("funding"), span(dash if upcoming is None else f"in {duration(upcoming, dash)}")),
            (_label("let go"), span(f"{view.counts.denied} denied, {view.counts.rejected} rejected")),
            (_label("gate"), span("closed", "ember") if gate_is_closed(scene) else span("open", "calm")),
        ]

    @staticmethod
    def _books(scene: Scene) -> list[Line]:
        """Our books against the venue's: the result, and its age."""
        told = books_words(scene)
        return [] if told is None else [(_label("books"), told)]

    @staticmethod
    def _unwell(scene: Scene, width: int) -> list[Line]:
        lines: list[Line] = []
        for name, health in components(scene.view):
            if health.state != "healthy":
                told = f"{safe(name, 20)} {safe(health.state, 12)}: {safe(health.reason, 120)}"
                told += f", for {duration(health.age_s, scene.dash)}"
                lines += [(span(" " + part, "lamp"),) for part in wrapped(told, width - 2, 2)]
        counts = scene.view.counts
        if counts.errors or counts.dropped:
            lines.append((span(f" {counts.errors} errors, {counts.dropped} dropped", "muted"),))
        return lines


def _label(text: str) -> Span:
    return span(f" {text:<{_LABEL}}", "muted")
