"""Two rules about losses that a halt did not end: too much in all, and too much at once.

While something is held, its worth is estimated every second, in float. Near a threshold the gate's own figures decide,
in Decimal. What is seen has to be there for two seconds: a single bad print closes nothing.
"""

from collections import deque
from collections.abc import Callable
from decimal import Decimal

from engine import events
from engine.account import Account
from engine.bus import Bus
from engine.clock import SECOND_NS, Timeline
from engine.safety.automatic_kill import Cause
from engine.safety.exposure import Worth, holds
from engine.safety.kill_limits import DRAWDOWN, LOSS_VELOCITY, KillLimits

LOOK_EVERY_NS = SECOND_NS
# The loss since the highest equity, and the amount of it that halts; None where no amount does.
Drawdown = Callable[[], tuple[Decimal, Decimal | None]]

_SETTLE_NS = 5 * SECOND_NS  # after we stood still, the last prices may be those of before
_ASK_AGAIN_NS = 60 * SECOND_NS  # the amount of HALT may be set anew
_SLACK = 0.1  # of it: so much earlier the exact figures are asked for
_CENT_OF_A_CENT = 1e-4  # what float may be wrong by


class LossTriggers:
    """Looks once a second while something is held, and with each fill."""

    def __init__(
        self,
        timeline: Timeline,
        bus: Bus,
        account: Account,
        drawdown: Drawdown,
        limits: KillLimits,
        kill: Callable[[Cause], None],
    ) -> None:
        self._timeline = timeline
        self._account = account
        self._drawdown = drawdown
        self._limits = limits
        self._kill = kill
        self._worth = Worth(account)
        self._is_looking = False
        self._highs: deque[tuple[int, float]] = deque()  # within the window: each lower than the one before
        self._blind_until_ns = 0
        self._reached_ns: dict[str, int] = {}  # since when a rule's threshold has been passed
        self._halt: Decimal | None = None
        self._velocity = float("inf")  # a loss within the window from which on it is looked at closely
        self._forget_figures()
        for kind in (events.PositionChanged, events.FundingPaid, events.Transferred):
            bus.subscribe(kind, self._on_money)
        self._on_money(None)

    def stood_still(self, until_ns: int) -> None:
        """Nothing is known of what happened until then: a fall is measured from there on."""
        self._blind_until_ns = until_ns + _SETTLE_NS
        self.reset()

    def reset(self) -> None:
        """What was lost before is no evidence any more."""
        self._highs.clear()
        self._reached_ns.clear()
        self._forget_figures()

    # --- looking

    def _on_money(self, _: events.Event | None) -> None:
        self._worth = Worth(self._account)
        self._forget_figures()
        if not self._worth.is_exposed:
            self._reached_ns.clear()
            return
        self._look()
        if not self._is_looking:
            self._is_looking = True
            self._timeline.post(self._timeline.now_ns + LOOK_EVERY_NS, self._watch)

    def _watch(self) -> None:
        if not self._worth.is_exposed:
            self._is_looking = False
            return
        self._timeline.post(self._timeline.now_ns + LOOK_EVERY_NS, self._watch)
        self._look()

    def _look(self) -> None:
        worth, now = self._worth.now(), self._timeline.now_ns
        if worth is None or now < self._blind_until_ns:
            return
        if not self._low < worth < self._high or now >= self._ask_ns:
            self._look_at_drawdown(worth, now)
        elif DRAWDOWN in self._reached_ns:
            del self._reached_ns[DRAWDOWN]  # it was a moment's print
        self._look_at_velocity(worth, now)

    # --- too much in all

    def _forget_figures(self) -> None:
        self._low, self._high, self._ask_ns = float("inf"), float("-inf"), 0

    def _look_at_drawdown(self, worth: float, now: int) -> None:
        loss, halt = self._drawdown()
        self._halt = halt
        self._ask_ns = now + _ASK_AGAIN_NS
        if halt is None:
            self._low, self._high, self._velocity = float("-inf"), float("inf"), float("inf")
            return
        limit = halt * self._limits.drawdown
        slack = float(halt) * _SLACK
        self._velocity = float(halt * self._limits.loss) - _CENT_OF_A_CENT
        self._low = worth - float(limit - loss) + slack  # from here down it may be reached,
        self._high = worth + float(loss) + slack  # and from here up the peak has risen with it
        if self._stays(DRAWDOWN, is_reached=loss >= limit):
            equity = self._account.equity()
            told = (
                f"the drawdown is {_money(loss)}, which is {self._limits.drawdown} times the {_money(halt)} "
                "at which entries halt, or more"
            )
            figures = {"loss": loss, "halt": halt, "limit": limit, "equity": equity, "peak": equity + loss}
            self._kill(Cause(rule=DRAWDOWN, sentence=told, evidence=figures))

    # --- too much at once

    def _look_at_velocity(self, worth: float, now: int) -> None:
        highs = self._highs
        while highs and highs[-1][1] <= worth:
            highs.pop()
        highs.append((now, worth))
        since_ns = now - self._limits.loss_within_ns
        while highs[0][0] < since_ns:
            highs.popleft()
        high_ns, high = highs[0]
        if high - worth < self._velocity:
            if LOSS_VELOCITY in self._reached_ns:
                del self._reached_ns[LOSS_VELOCITY]
            return
        if self._halt is not None and self._stays(LOSS_VELOCITY, is_reached=True):
            limit = self._halt * self._limits.loss
            loss = max(limit, Decimal(repr(high - worth)).quantize(Decimal("0.01")))
            within_s, took_s = self._limits.loss_within_ns / SECOND_NS, (now - high_ns) / SECOND_NS
            told = (
                f"{_money(loss)} were lost within {took_s:.0f} s, which is {self._limits.loss} times the "
                f"{_money(self._halt)} at which entries halt, or more; up to {within_s:.0f} s count"
            )
            figures = {"loss": loss, "halt": self._halt, "limit": limit, "within_s": within_s, "took_s": took_s}
            evidence = {**figures, "equity": self._account.equity()}
            self._kill(Cause(rule=LOSS_VELOCITY, sentence=told, evidence=evidence))

    def _stays(self, rule: str, *, is_reached: bool) -> bool:
        """Whether it has been so for long enough, with something held that can still be closed."""
        if not is_reached or not holds(self._account):
            self._reached_ns.pop(rule, None)
            return False
        now = self._timeline.now_ns
        return now - self._reached_ns.setdefault(rule, now) >= self._limits.confirm_ns


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"
