"""How much a price moves in a year, from hourly prices, and how large a position in it may therefore be."""

from collections import deque
from collections.abc import Iterable
from decimal import ROUND_DOWN, Decimal
from math import isfinite, log, sqrt
from typing import Self

HOURS_KEPT = 720  # prices: thirty days
RETURNS_NEEDED = 12
HOURS_A_YEAR = 24 * 365
TARGET = Decimal("0.4")  # how much of the equity one position may move in a year, as one standard deviation
_STEP = Decimal("0.000001")
_UNIT = 10**9  # returns are kept as whole billionths, so that sums neither drift nor depend on what was there before


class Volatility:
    """One symbol's. A price an hour goes in; what comes out is worked out once an hour at most."""

    __slots__ = ("_last", "_returns", "_room", "_room_for", "_squares", "_sum", "_yearly")

    def __init__(self) -> None:
        self._last: float | None = None
        self._returns: deque[int] = deque()
        self._sum = 0
        self._squares = 0
        self._yearly: float | None = None
        self._room: Decimal | None = None
        self._room_for: Decimal | None = None

    @classmethod
    def of(cls, prices: Iterable[float]) -> Self:
        """The volatility of these hourly prices, the oldest first."""
        volatility = cls()
        for price in prices:
            volatility.sample(price)
        return volatility

    def sample(self, price: float) -> None:
        """An hour is over, and this is its last price."""
        if not (isfinite(price) and price > 0.0):
            return
        last, self._last = self._last, price
        if last is None:
            return
        move = round(log(price / last) * _UNIT)
        self._returns.append(move)
        self._sum += move
        self._squares += move * move
        if len(self._returns) >= HOURS_KEPT:  # so many prices have one return less between them
            gone = self._returns.popleft()
            self._sum -= gone
            self._squares -= gone * gone
        self._yearly = self._room_for = None

    @property
    def yearly(self) -> float | None:
        """The standard deviation of a year's return; None until a dozen hourly returns are known."""
        number = len(self._returns)
        if number < RETURNS_NEEDED:
            return None
        if self._yearly is None:
            spread = number * self._squares - self._sum * self._sum
            self._yearly = sqrt(spread / (number * (number - 1)) * HOURS_A_YEAR) / _UNIT
        return self._yearly

    def room(self, target: Decimal = TARGET) -> Decimal | None:
        """The most a position may be worth, as a part of the equity: value × volatility stays within target × equity.

        None where volatility sets no bound: too few hours are known, or the price did not move in any of them.
        """
        if target is not self._room_for:
            self._room_for = target
            yearly = self.yearly
            self._room = (target / Decimal(yearly)).quantize(_STEP, ROUND_DOWN) if yearly else None
        return self._room

    def says(self, symbol: str, target: Decimal = TARGET) -> str:
        """The figure and what follows from it, for people."""
        yearly, room = self.yearly, self.room(target)
        if yearly is None:
            return (
                f"{symbol}: {len(self._returns)} hourly returns are known, {RETURNS_NEEDED} are needed for a volatility"
            )
        if room is None:
            return f"{symbol} has not moved in {len(self._returns)} hours; its volatility sets no bound"
        return (
            f"{symbol} moves {yearly * 100:.3g} % a year; a target of {float(target) * 100:.3g} % "
            f"allows a value of {float(room):.3g} times the equity"
        )


def value_cap(equity: Decimal, room: Decimal | None) -> Decimal | None:
    """The most a position may be worth, None without a bound."""
    return None if room is None else max(Decimal(0), equity * room)
