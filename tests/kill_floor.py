"""A floor on which rules may kill: what they go by is decided by the test, what they lead to is the real procedure."""

from decimal import Decimal

from engine import events
from engine.safety.kill_limits import KillLimits
from engine.safety.safeguards import Safeguards
from engine.states import State
from tests.rehearsal import PERP, SECOND
from tests.trading_floor import Floor

HALT = Decimal(100)
FAR = Decimal(1_000)  # a threshold that nothing here comes near


class KillFloor(Floor):
    """The rules are armed, and everything that was told is kept."""

    def __init__(self, limits: KillLimits | None = None, *, halt: Decimal | None = HALT) -> None:
        super().__init__()
        self.halt = halt
        self.differences: tuple[events.Discrepancy, ...] = ()
        self.stops: list[events.EmergencyStop] = []
        self.kernel.bus.subscribe(events.EmergencyStop, self.stops.append)
        self.guards = Safeguards(self.kernel)
        self.guards.let_rules_kill(
            self.operator,
            limits or KillLimits(),
            self._drawdown,
            lambda: self.differences,
        )
        self.guards.arm()
        self.kernel.start()

    def _drawdown(self) -> tuple[Decimal, Decimal | None]:
        return self.account.peak_equity - self.account.equity(), self.halt

    def fired(self) -> str | None:
        """Which rule has killed."""
        cause = self.guards.killed_by
        assert (cause is None) == (self.kernel.state is not State.KILLED)
        assert len(self.stops) == (cause is not None)
        return None if cause is None else cause.rule

    def hold(self, price: float, seconds: int, symbol: str = PERP) -> None:
        """Others trade at this price, once a second."""
        for _ in range(seconds):
            self.trade(price, symbol, after_ns=SECOND)

    def differs(self, verdict: str = "unexplained", subject: str = PERP, symbol: str = PERP, theirs: str = "5") -> None:
        """The books are compared, and this is what is found."""
        now = self.timeline.now_ns
        ours = Decimal(0)
        told = events.Discrepancy(now, subject, symbol, verdict, "us", ours, Decimal(theirs), now, f"{subject} differs")
        self.differences = (told,)
        self.compared()

    def agrees(self) -> None:
        """The books are compared, and agree."""
        self.differences = ()
        self.compared()

    def compared(self) -> None:
        """Tell of a comparison."""
        verdict = self.differences[0].verdict if self.differences else "equal"
        self.kernel.bus.publish(events.Reconciled(self.timeline.now_ns, verdict, 1, "compared"))

    def unlock(self) -> None:
        """A person opens what the kill has closed."""
        for _ in range(100):
            self.hold(100.0, 1)
        words = {"key": "kill", "reason": "looked at it", "value": "RESET KILL"}
        assert self.do("unlock", **words) == "what the kill has closed is open; entries are paused until you resume"
        self.stops.clear()
