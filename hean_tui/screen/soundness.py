"""What tells whether all is well: the steps of a start, the last comparison of the books, and the components."""

from engine.snapshot import DiscrepancyView, HealthView, Snapshot, StepView
from hean_tui.screen.figures import counted, duration, quantity
from hean_tui.screen.ink import Span, span
from hean_tui.screen.plain_text import safe
from hean_tui.screen.scene import Scene

_STAYS_S = 4.0  # long enough to read how a start ended that took a moment
_LATE_S = 90.0  # three times as long as between two comparisons
_REASON = 300
_OVER = ("done", "doubtful")
_WORSE_FIRST = {"down": 0, "degraded": 1}
_STEPS = {
    "waiting": ("muted", "muted"),
    "running": ("lamp", "foreground"),
    "done": ("calm", "muted"),
    "doubtful": ("lamp", "lamp"),
    "refused": ("ember", "foreground"),
}


def start_is_news(view: Snapshot) -> bool:
    """Whether a start that found something to find out is going on, or has only just ended."""
    return bool(view.start) and (view.engine.state == "starting" or view.engine.uptime_s < _STAYS_S)


def open_step(view: Snapshot) -> int:
    """Which line of the check list is being worked on; the last one when all are done."""
    return next((at for at, step in enumerate(view.start) if step.state not in _OVER), max(len(view.start) - 1, 0))


def steps_done(view: Snapshot) -> int:
    """How many lines of the check list are behind us."""
    return sum(step.state in _OVER for step in view.start)


def step_words(step: StepView, dash: str) -> tuple[Span, Span]:
    """How far a step is, and what it found; one that waits says nothing."""
    mark, text = _STEPS.get(step.state, ("muted", "foreground"))
    word = dash if step.state == "waiting" else safe(step.state, 12)
    return span(word, mark), span(safe(step.sentence, _REASON), text)


def components(view: Snapshot) -> list[tuple[str, HealthView]]:
    """Every component, what is worst first and else as the engine orders them."""
    return sorted(view.health.items(), key=lambda item: _WORSE_FIRST.get(item[1].state, 2))


def health_token(health: HealthView) -> str:
    """The colour of a state."""
    return {"healthy": "calm", "degraded": "lamp", "down": "loss"}.get(health.state, "lamp")


def books_words(scene: Scene) -> Span | None:
    """The result of the last comparison and how long ago that was; None before the first one."""
    reconcile = scene.view.reconcile
    if reconcile.last_at is None:
        return None
    token = "foreground"
    told = "equal"
    if reconcile.discrepancies:
        differ = [each for each in reconcile.discrepancies if each.verdict != "explained"]
        told = counted(len(differ), "differs", "differ") if differ else f"{len(reconcile.discrepancies)} explained"
        token = "loss" if any(each.verdict == "unexplained" for each in differ) else "lamp"
    if reconcile.lag_s is None:
        return span(told, token)
    late = reconcile.lag_s > _LATE_S and token == "foreground"
    return span(f"{told}, {duration(reconcile.lag_s, scene.dash)} ago", "lamp" if late else token)


def difference(told: DiscrepancyView, dash: str) -> str:
    """Whose it is, both numbers, and what speaks for it."""
    numbers = f"ours {quantity(told.ours, dash)}, theirs {quantity(told.theirs, dash)}"
    return safe("; ".join(part for part in (told.owner, numbers, told.evidence) if part), _REASON)


def unwell(view: Snapshot) -> str:
    """How many components are not as they should be, in two words."""
    count = sum(health.state != "healthy" for health in view.health.values())
    return counted(count, "is", "are") + " unwell" if count else "all is well"
