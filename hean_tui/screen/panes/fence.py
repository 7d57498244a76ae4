"""The fence: how near are my limits?"""

from collections.abc import Sequence

from hean_tui.halts import lifting_command
from hean_tui.screen.facts import gate_is_closed, next_funding_ns, stops_held
from hean_tui.screen.figures import between, clock, duration, is_known, percent
from hean_tui.screen.glyphs import gauge
from hean_tui.screen.ink import Line, Span, span, wrapped
from hean_tui.screen.limits import Measure, exact_money, levels, measures
from hean_tui.screen.pane import Pane
from hean_tui.screen.plain_text import safe
from hean_tui.screen.scene import Scene
from hean_tui.screen.soundness import books_words, components

_LABEL = 9
_BAR = 8
_NEAR = 0.75
_LOW = 14  # lines: below it, only what cannot wait
_WIDE = 70  # cells: from there on, what a level is measured on has room


class Fence(Pane, can_focus=True):
    """The halt if there is one, levels and limits as bars, what guards the account, and what may be lost tonight."""

    TITLE = ("fence", "risk tier")
    HELP = """\
# fence · risk tier

How much of each level of loss is used, to the cent, in money whatever `m` says. *info* is told of a single trade,
*warning* of a day; *critical* and *HALT* count from the highest equity. At HALT entries end; exits and stops go on.
Then the first lines say from when on it can be lifted, and what to type in another shell.

*Gate* is the kill switch: `ctrl+x` closes it, a second press within 10 seconds flattens every position. *naked* is
the time in which a position had no stop at the exchange for all of it. *books* is the last comparison with the
venue's; `8` shows what differed, and the health of everything. `3` shows the lines for which a low pane has no room.
"""

    def lines(self, scene: Scene, width: int, height: int) -> Sequence[Line]:
        """Everything in the order of how soon it matters."""
        is_low = height < _LOW
        note = self._note(scene, width)
        bars = levels(scene.view)
        leverage, *others = measures(scene.view)
        return [
            *self._halt(scene, width),
            *self._killed(scene),
            self._tier(scene),
            *([] if is_low else note),
            *(_bar(each, scene, width) for each in (bars[-1:] if is_low and scene.view.risk.halted else bars)),
            self._stops(scene),
            self._gate(scene),
            _bar(leverage, scene, width),
            *self._books(scene),
            *self._unwell(scene, width),
            *self._tonight(scene),
            *(_bar(each, scene, width) for each in others),
            *self._naked(scene),
            *self._tails(scene, width),
            *self._traffic(scene),
            *(note if is_low else []),
        ]

    @staticmethod
    def _halt(scene: Scene, width: int) -> list[Line]:
        """Why, from when on it can be lifted, and what to type."""
        risk = scene.view.risk
        if not risk.halted:
            return []
        told = f"halted: {safe(risk.halt_reason or 'no reason given', 200)}"
        lines: list[Line] = [(span(" " + part, "ember"),) for part in wrapped(told, width - 2, 3)]
        command = lifting_command(risk.lift, risk.tier)
        left = between(scene.view.engine.time, risk.halt_until)
        when = "" if left is None else f"at {clock(risk.halt_until, scene.dash)}, in {duration(left, scene.dash)}"
        if command is None:
            lines.append((span(f" ends by itself {when}".rstrip(), "foreground"),))
        elif left is not None and left > 0:
            lines.append((span(f" can be lifted {when}:", "foreground"),))
        else:
            lines.append((span(" can be lifted now:", "foreground"),))
        if command is not None:
            lines += [(span(" " + part, "lamp"),) for part in wrapped(command, width - 2, 3)]
        return lines

    @staticmethod
    def _killed(scene: Scene) -> list[Line]:
        is_killed = scene.view.engine.state == "killed"
        return [(span(" killed until hean-tui unlock kill", "ember"),)] if is_killed else []

    @staticmethod
    def _tier(scene: Scene) -> Line:
        risk = scene.view.risk
        tier = span(safe(risk.tier, 20)) if risk.tier else span(scene.dash, "muted")
        level = span("" if risk.level == "none" else f", at {safe(risk.level, 12)}", "lamp")
        return (_label("tier"), tier, level)

    @staticmethod
    def _note(scene: Scene, width: int) -> list[Line]:
        """What there is to say of a small account."""
        note = scene.view.risk.note
        return [] if note is None else [(span(" " + part, "lamp"),) for part in wrapped(safe(note, 200), width - 2, 3)]

    @staticmethod
    def _stops(scene: Scene) -> Line:
        view, naked_s = scene.view, scene.view.risk.naked_s
        held, count = stops_held(view), len(view.positions)
        if not count:
            return (_label("stops"), span(scene.dash))
        naked = f", naked for {duration(naked_s, scene.dash)}" if naked_s else ""
        return (_label("stops"), span(f"{held} of {count}{naked}", "lamp" if naked or held < count else "foreground"))

    @staticmethod
    def _gate(scene: Scene) -> Line:
        if gate_is_closed(scene):
            return (_label("gate"), span("closed", "ember"))
        if scene.view.risk.halted or scene.view.engine.paused is not None:
            return (_label("gate"), span("open for exits only", "lamp"))
        return (_label("gate"), span("open", "calm"))

    @staticmethod
    def _tonight(scene: Scene) -> list[Line]:
        """Can this book reach HALT within the next hours?"""
        risk = scene.view.risk
        if risk.halt_chance is None or not is_known(risk.halt_chance):
            return []
        within = "" if risk.halt_hours is None else f" within {risk.halt_hours} h"
        chance = percent(risk.halt_chance, scene.dash, signed=False)
        return [
            (_label("tonight"), span(f"HALT {chance}{within}", "foreground" if risk.halt_chance < 0.01 else "lamp"))
        ]

    @staticmethod
    def _naked(scene: Scene) -> list[Line]:
        risk, dash = scene.view.risk, scene.dash
        if risk.naked_longest_s is None:
            return []
        told = f"longest {duration(risk.naked_longest_s, dash)}, {duration(risk.naked_total_s, dash)} in all"
        told = told if risk.naked_total_s else "never"
        return [(_label("naked"), span(told, "muted"))]

    @staticmethod
    def _tails(scene: Scene, width: int) -> list[Line]:
        """What a day may cost, and what the worst of the known crashes would."""
        risk, dash = scene.view.risk, scene.dash
        lines: list[Line] = []
        rows = (("VaR 95 %", risk.var_95, risk.es_95), ("VaR 99 %", risk.var_99, risk.es_99))
        for label, edge, beyond in rows:
            if edge is not None:
                mean = "" if beyond is None else f", beyond it {exact_money(beyond, dash)}"
                lines.append((_label(label), span(f"{exact_money(edge, dash)}{mean}")))
        if risk.worst_stress is not None:
            told = f"{exact_money(risk.worst_stress_loss, dash)}, {safe(risk.worst_stress, 60)}"
            lines.append((_label("stress"), span(told)))
        if risk.risk_basis is not None:
            lines += [(span(" " + part, "muted"),) for part in wrapped(safe(risk.risk_basis, 200), width - 2, 2)]
        return lines

    @staticmethod
    def _traffic(scene: Scene) -> list[Line]:
        view, dash = scene.view, scene.dash
        upcoming = between(view.engine.time, next_funding_ns(view))
        return [
            (_label("funding"), span(dash if upcoming is None else f"in {duration(upcoming, dash)}")),
            (_label("let go"), span(f"{view.counts.denied} denied, {view.counts.rejected} rejected")),
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


def _bar(measure: Measure, scene: Scene, width: int) -> Line:
    """How much of a limit is used; one that is reached says so in colour as well."""
    used, share = measure.written(measure.used, scene.dash), measure.share
    limit = "" if measure.limit is None else f" of {measure.written(measure.limit, scene.dash)}"
    after = span(f"   {measure.counted_on}" if measure.counted_on and width >= _WIDE else "", "muted")
    if share is None:
        return (_label(measure.label), span(used + limit), after)
    full, empty = gauge(share, _BAR, scene.glyphs)
    token = "calm" if share < _NEAR else "lamp" if share < 1 else "ember"
    return (_label(measure.label), span(full, token), span(empty, "line"), span(f"  {used}{limit}"), after)


def _label(text: str) -> Span:
    return span(f" {text:<{_LABEL}}", "muted")
