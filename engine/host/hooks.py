"""What the host tells the rest of the engine when its loop, its clock or its process is not as it should be.

On the engine's thread, unless a method says otherwise. Everything here is safe to leave out: the default does nothing.
"""

from engine.answers import Answer


class HostHooks:
    """To be overridden where it matters."""

    def close_now(self, reason: str) -> None:
        """Close to new risk at once: a plain attribute. Called on any thread, while the engine's may stand still."""

    def on_stall(self, gap_ms: float, stack: str) -> None:
        """The loop stood still for so long and moves again; where it stood, innermost call last."""

    def on_gap(self, seconds: float, why: str) -> None:
        """What was known before is stale: take no risk until it has been compared with the venue again."""

    def on_clock_step(self, seconds: float) -> None:
        """The time of day was set by so much, forward or back."""

    def on_abort(self, gap_ms: float, stack: str) -> None:
        """The loop does not come back and the process is about to be ended: last words, on the watchdog's thread."""

    def on_task_failure(self, name: str, error: Exception, times: int) -> None:
        """A task of the host failed and goes on; so many times within five minutes."""

    def on_screen_lost(self, reason: str) -> None:
        """Nobody can see or press anything any more: take no risk, cancel entries, keep stops, go on managing."""

    def wind_down(self, reason: str) -> Answer | None:
        """The process is to end: take no risk, cancel entries, keep stops; the answer settles when that is done."""

    def is_sound(self) -> bool:
        """Whether the engine may be called alive: its cheap checks hold."""
        return True

    def on_end(self) -> None:
        """The last thing of all; the engine is not over before this returns."""
