"""The hooks of a plain session: its kernel closes the gate, and opens it again when a fault has passed."""

from functools import partial

from engine.answers import Answer
from engine.clock import SECOND_NS
from engine.host.hooks import HostHooks
from engine.session import Session
from engine.unwinding.flattening import Flattening

QUIET_AFTER_A_FAULT_NS = 5 * SECOND_NS


class SessionHooks(HostHooks):
    """What a fault closed opens by itself after a quiet while; what the end of the screen closed stays closed."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def close_now(self, reason: str) -> None:
        """The one attribute that the order desk reads."""
        self._session.kernel.account.entries_closed = reason

    def on_gap(self, seconds: float, why: str) -> None:
        """Closed for a while."""
        self._close_for_a_while(f"the engine stood still for {seconds:.1f} s ({why})")

    def on_task_failure(self, name: str, error: Exception, times: int) -> None:
        """Closed for a while."""
        self._close_for_a_while(f"the task {name} failed ({type(error).__name__})")

    def on_screen_lost(self, reason: str) -> None:
        """Closed until a person opens it."""
        self.wind_down(reason)

    def wind_down(self, reason: str) -> Answer:
        """Closed for good, and entries cancelled."""
        kernel = self._session.kernel
        kernel.close_gate(reason)
        answer = Answer()
        Flattening(kernel, answer, reason, kernel.symbols, reduce=False)
        return answer

    def _close_for_a_while(self, reason: str) -> None:
        kernel = self._session.kernel
        if kernel.state not in ("running", "paused"):
            return
        kernel.close_gate(reason)
        kernel.orders.cancel_entries()
        kernel.timeline.after(QUIET_AFTER_A_FAULT_NS, partial(self._open_again, reason))

    def _open_again(self, reason: str) -> None:
        kernel = self._session.kernel
        if kernel.account.entries_closed == reason:
            kernel.close_gate(None)
