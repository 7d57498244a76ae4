"""What a journaled run makes of a loop, a clock or a process that is not as it should be.

Faults of the host go down the ladder like all others, and up again once the books were compared. What the end of the
screen or of the process closes is opened by a person, or by the next start; it is no gate that somebody closed.
"""

from engine.answers import Answer
from engine.clock import SECOND_NS
from engine.host.hooks import HostHooks
from engine.record.recorder import Recorder
from engine.safety.degrade import Clears, Level
from engine.safety.safeguards import Safeguards
from engine.session import Session
from engine.unwinding.flattening import Flattening

FAILURES_MAX = 3  # of one task within five minutes


class RunHooks(HostHooks):
    """Fills the host's hooks for a session that is written down."""

    def __init__(self, session: Session, safeguards: Safeguards, recorder: Recorder) -> None:
        self._session = session
        self._safeguards = safeguards
        self._ladder = safeguards.ladder
        self._recorder = recorder

    def close_now(self, reason: str) -> None:
        """The two attributes that the order desk and the courier read; nothing here waits or writes."""
        kernel = self._session.kernel
        kernel.account.entries_closed = reason
        if kernel.door is not None:
            kernel.door.set(reason, is_killed=kernel.door.is_killed)

    def on_stall(self, gap_ms: float, stack: str) -> None:
        """Where it stood still is written down."""
        self._recorder.note("stall", {"gap_ms": gap_ms, "stack": stack})

    def on_abort(self, gap_ms: float, stack: str) -> None:
        """The last words of a process that is about to be ended."""
        self._recorder.note("stall", {"gap_ms": gap_ms, "stack": stack, "ended": True})

    def on_gap(self, seconds: float, why: str) -> None:
        """Nothing that was known before is relied on until the books were compared."""
        if self._safeguards.triggers is not None:
            self._safeguards.triggers.stood_still(int(seconds * SECOND_NS))
        self._pass("stall", f"the engine stood still for {seconds:.1f} s ({why})")

    def on_clock_step(self, seconds: float) -> None:
        """The engine's own time does not depend on it; it is noted for whoever reads the journal."""
        self._recorder.note("alarm", {"what": "clock step", "seconds": seconds})

    def on_task_failure(self, name: str, error: Exception, times: int) -> None:
        """Once may happen; again and again is for a person."""
        sentence = f"the task {name} failed {times} times within five minutes ({type(error).__name__})"
        if times >= FAILURES_MAX:
            self._ladder.fault(f"task {name}", Level.SAFE_IDLE, sentence, Clears.BY_PERSON)
        else:
            self._pass(f"task {name}", sentence)

    def on_screen_lost(self, reason: str) -> None:
        """Nobody can press anything: take no risk, and go on managing what there is."""
        self._ladder.hold(Level.REDUCE_ONLY, reason)

    def wind_down(self, reason: str) -> Answer:
        """Take no risk any more and cancel entries; stops stay."""
        kernel = self._session.kernel
        self._ladder.hold(Level.REDUCE_ONLY, reason)
        answer = Answer()
        Flattening(kernel, answer, reason, kernel.symbols, reduce=False)
        return answer

    def is_sound(self) -> bool:
        """The books balance to the last digit."""
        ledger = self._session.kernel.account.ledger
        return ledger.cash == ledger.deposits + ledger.realised - ledger.fees + ledger.funding

    def _pass(self, rule: str, sentence: str) -> None:
        """A fault that is over as soon as it is noticed: what clears it is a comparison of the books."""
        self._ladder.fault(rule, Level.REDUCE_ONLY, sentence)
        self._ladder.over(rule, sentence)
