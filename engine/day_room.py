"""How much of an account may be lost in a day: a part of what the day began with, whatever is paid in or out since.

A transfer leaves room for the same part of the account as it found. So nobody buys room for losses with a deposit, no
withdrawal is a loss, and after one the limit is never more than what is left.
"""

from decimal import Decimal

from engine.money import COST_STEP, ONE, ZERO, floor_to


class DayRoom:
    """One day's; the next begins anew."""

    __slots__ = ("base", "moved", "offset")

    def __init__(self, equity: Decimal) -> None:
        self.begin(equity)

    def begin(self, equity: Decimal) -> None:
        """A day begins with this."""
        self.base, self.offset = equity, ZERO
        self.moved = ZERO  # paid in and out since the account was judged last

    def limit(self, part: Decimal) -> Decimal:
        """The loss of the day at which so large a part of the account is gone."""
        return self.base * part + self.offset

    def scale(self, equity: Decimal, loss: Decimal) -> None:
        """Take up what was paid in or out, now that the equity with it is known, and the loss of the day without it."""
        if equity <= ZERO:
            return  # all is gone; what is paid in later says how much is there
        before = equity - self.moved
        if before > ZERO:
            part = equity / before
            self.base = floor_to(self.base * part, COST_STEP)
            self.offset = floor_to(self.offset * part + loss * (ONE - part), COST_STEP)
        else:  # there was nothing: the day begins with what was paid in
            self.base, self.offset = equity, loss
        self.moved = ZERO
