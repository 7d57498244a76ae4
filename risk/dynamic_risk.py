"""Losses make sizes smaller at once, and the days after give them back, one step a day.

Two things multiply: a step for the loss of the day, and a line for the drawdown. What a day has tightened holds until
that day is over, so that a size never grows back on a bounce.
"""

from decimal import ROUND_DOWN, Decimal
from typing import Any

import msgspec

from engine.money import ONE, ZERO
from risk.tiers import Amounts

QUARTER, HALF, THREE_QUARTERS = Decimal("0.25"), Decimal("0.5"), Decimal("0.75")
STEPS = (QUARTER, HALF, THREE_QUARTERS, ONE)
# The part of the Warning that the day has lost, and the step it leads to; the worst comes first.
_THRESHOLDS = ((ONE, QUARTER), (HALF, HALF), (QUARTER, THREE_QUARTERS))
_WORDS = {QUARTER: "a quarter", HALF: "halved", THREE_QUARTERS: "three quarters"}
_FINE = Decimal("0.000001")


class Scaling(msgspec.Struct, frozen=True, gc=False):
    """By how much sizes are smaller, and the figures behind it."""

    factor: Decimal = ONE  # all of it together
    step: Decimal = ONE  # for the loss of the day, or of days before
    line: Decimal = ONE  # for the drawdown: 1 without any, a quarter at HALT
    is_critical: bool = False  # the drawdown has reached Critical, and sizes are halved once more
    day_lost: Decimal = ZERO  # the worst of the day, as a part of the Warning
    drawn: Decimal = ZERO  # the worst drawdown of the day, as a part of HALT

    def says(self) -> tuple[str, ...]:
        """Why sizes are smaller, for people; nothing while they are not."""
        reasons = []
        if self.step < ONE:
            word = _WORDS[self.step]
            if self.step < step_for(self.day_lost):
                reasons.append(f"{word}: losses of the days before are given back one step a day")
            else:
                reasons.append(f"{word}: the day has lost {_percent(self.day_lost)} of its Warning")
        if self.line < ONE:
            reasons.append(f"times {float(self.line):.3g}: the drawdown has reached {_percent(self.drawn)} of HALT")
        if self.is_critical:
            reasons.append("halved: the drawdown has reached Critical")
        return tuple(reasons)


class DynamicRisk:
    """One for each account. `judge` remembers; `at` only looks, for an order between two judgements."""

    __slots__ = ("_amounts", "_day", "_drawdown", "_loss", "scaling")

    def __init__(self) -> None:
        self.scaling = Scaling()
        self._day: int | None = None
        self._loss = ZERO  # the worst of the day
        self._drawdown = ZERO  # the worst of the day
        self._amounts: Amounts | None = None

    def judge(self, day: int, day_loss: Decimal, drawdown: Decimal, amounts: Amounts) -> bool:
        """Take note of the losses of now, positive amounts; whether sizes changed. `day` grows with the days."""
        if self._is_known(day, day_loss, drawdown, amounts):
            return False
        before, after = self.scaling, self.at(day, day_loss, drawdown, amounts)
        if self._is_new(day):
            self._day, self._loss, self._drawdown = day, ZERO, ZERO
        self._loss = max(self._loss, day_loss)
        self._drawdown = max(self._drawdown, drawdown)
        self._amounts = amounts
        self.scaling = after
        return after.factor != before.factor

    def at(self, day: int, day_loss: Decimal, drawdown: Decimal, amounts: Amounts) -> Scaling:
        """The scaling at these losses, without taking note of them."""
        if self._is_known(day, day_loss, drawdown, amounts):
            return self.scaling
        lost = max(ZERO, day_loss) / amounts.warning
        drawn = max(ZERO, drawdown) / amounts.halt
        step, line, is_critical = step_for(lost), line_for(drawn), drawdown >= amounts.critical
        before = self.scaling
        if self._is_new(day):
            step = min(step, _step_above(before.step))
        else:
            step, line = min(step, before.step), min(line, before.line)
            is_critical = is_critical or before.is_critical
            lost, drawn = max(lost, before.day_lost), max(drawn, before.drawn)
        factor = step * line * (HALF if is_critical else ONE)
        return Scaling(factor, step, line, is_critical, lost, drawn)

    def next_loss(self, amounts: Amounts) -> Decimal | None:
        """The loss of the day at which the next step down comes and somebody should look; None on the last step."""
        below = [part * amounts.warning for part, step in _THRESHOLDS if step < self.scaling.step]
        return min(below, default=None)

    def saved(self) -> dict[str, Any]:
        """What is remembered, as plain values."""
        scaling = self.scaling
        return {
            "day": self._day,
            "loss": str(self._loss),
            "drawdown": str(self._drawdown),
            "step": str(scaling.step),
            "line": str(scaling.line),
            "is_critical": scaling.is_critical,
            "day_lost": str(scaling.day_lost),
            "drawn": str(scaling.drawn),
        }

    def load(self, saved: dict[str, Any]) -> None:
        """Remember it again."""
        self._day = saved["day"]
        self._loss, self._drawdown = Decimal(saved["loss"]), Decimal(saved["drawdown"])
        self._amounts = None
        step, line, is_critical = Decimal(saved["step"]), Decimal(saved["line"]), saved["is_critical"]
        factor = step * line * (HALF if is_critical else ONE)
        self.scaling = Scaling(factor, step, line, is_critical, Decimal(saved["day_lost"]), Decimal(saved["drawn"]))

    def _is_new(self, day: int) -> bool:
        # A clock that was set back makes no new day, and one that was set forward only one.
        return self._day is None or day > self._day

    def _is_known(self, day: int, day_loss: Decimal, drawdown: Decimal, amounts: Amounts) -> bool:
        return (
            self._amounts is amounts and day_loss <= self._loss and drawdown <= self._drawdown and not self._is_new(day)
        )


def step_for(lost: Decimal) -> Decimal:
    """The step for a day that has lost this part of its Warning."""
    for part, step in _THRESHOLDS:
        if lost >= part:
            return step
    return ONE


def line_for(drawn: Decimal) -> Decimal:
    """The factor for a drawdown that is this part of HALT, rounded against us."""
    return max(QUARTER, (ONE - THREE_QUARTERS * drawn).quantize(_FINE, ROUND_DOWN))


def _step_above(step: Decimal) -> Decimal:
    return next((higher for higher in STEPS if higher > step), ONE)


def _percent(part: Decimal) -> str:
    return f"{float(part) * 100:.3g} %"
