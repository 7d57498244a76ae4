"""Which part of the equity each strategy works with: parts by risk parity or by choice, handed out as leases.

A lease runs until the day ends and is respected until then, whatever is drawn meanwhile: who joins in the middle of a
day gets what is free. A smaller new lease sells nothing; it only means that the strategy may not grow beyond it.
"""

from collections import deque
from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal
from math import isfinite, sqrt
from typing import Any

import msgspec

from engine.errors import CommandRefused
from engine.money import ONE, ZERO, plain

DAYS_NEEDED = 10
DAYS_KEPT = 60
CALMEST = 0.1  # no strategy counts as calmer than a tenth of the wildest: who hardly trades is not thereby safe
_STEP = Decimal("0.000001")


class Lease(msgspec.Struct, frozen=True, gc=False):
    """The part of the equity that a strategy may work with, and for how long that is certain."""

    share: Decimal
    until_ns: int


class Allocation:
    """The strategies of one account, in the order in which they took their seats."""

    __slots__ = ("_days", "_fixed", "leases")

    def __init__(self, fixed: Mapping[str, Decimal] | None = None) -> None:
        self._fixed = checked(fixed or {})
        self.leases: dict[str, Lease | None] = {}  # None before the first draw
        self._days: dict[str, deque[float]] = {}

    def seat(self, name: str) -> None:
        """A strategy is there from now on; the next draw gives it a lease."""
        self.leases.setdefault(name, None)
        self._days.setdefault(name, deque(maxlen=DAYS_KEPT))

    def unseat(self, name: str) -> None:
        """A strategy is gone; its part is free, and what is known of it is kept."""
        self.leases.pop(name, None)

    def fix(self, fixed: Mapping[str, Decimal]) -> None:
        """Choose weights, or none for risk parity; they count from the next draw."""
        self._fixed = checked(fixed)

    def share(self, name: str) -> Decimal:
        """The part of the equity that a strategy works with; nothing without a lease."""
        lease = self.leases.get(name)
        return ZERO if lease is None else lease.share

    def room(self, name: str, equity: Decimal, leverage: Decimal, used: Decimal) -> Decimal:
        """The value by which a strategy that uses so much may grow within its lease; never below zero."""
        return max(ZERO, self.share(name) * equity * leverage - used)

    def weights(self) -> dict[str, Decimal]:
        """The parts that a draw aims at now; together 1 at most."""
        names = list(self.leases)
        if self._fixed:
            return _chosen(names, self._fixed)
        return _parity({name: deviation(self._days[name]) for name in names})

    def roll(self, now_ns: int, until_ns: int, results: Mapping[str, Decimal], equity: Decimal) -> None:
        """A day is over: book what each strategy made of its part of that day's first equity, and draw anew."""
        for name in self.leases:
            capital = equity * self.share(name)
            if capital > ZERO:
                result = float(results.get(name, ZERO) / capital)
                if isfinite(result):
                    self._days[name].append(result)
        self.draw(now_ns, until_ns)

    def draw(self, now_ns: int, until_ns: int) -> None:
        """Hand out leases where none runs; what others still hold is not touched."""
        free = ONE
        for lease in self.leases.values():
            if lease is not None and lease.until_ns > now_ns:
                free -= lease.share
        for name, weight in self.weights().items():
            lease = self.leases[name]
            if lease is None or lease.until_ns <= now_ns:
                share = max(ZERO, min(weight, free))
                free -= share
                self.leases[name] = Lease(share, until_ns)

    def says(self, name: str) -> str:
        """The lease of a strategy and where it comes from, for people."""
        lease = self.leases.get(name)
        if lease is None:
            return f"{name} has no lease yet; the next draw gives it one"
        of = f"{name} works with {float(lease.share) * 100:.3g} % of the equity"
        if self._fixed:
            return f"{of}, by choice" if name in self._fixed else f"{of}, its part of what the chosen weights leave"
        days = len(self._days[name])
        if deviation(self._days[name]) is None:
            return f"{of}, an equal part: {days} of {DAYS_NEEDED} days are known"
        return f"{of}, by risk parity over {days} days"

    def saved(self) -> dict[str, Any]:
        """Seats, leases and days, as plain values; weights by choice are settings and not repeated here."""
        return {
            "leases": {
                name: None if lease is None else [str(lease.share), lease.until_ns]
                for name, lease in self.leases.items()
            },
            "days": {name: list(days) for name, days in self._days.items()},
        }

    def load(self, saved: dict[str, Any]) -> None:
        """Take the same seats and leases again."""
        self.leases = {
            name: None if lease is None else Lease(Decimal(lease[0]), lease[1])
            for name, lease in saved["leases"].items()
        }
        self._days = {name: deque(days, maxlen=DAYS_KEPT) for name, days in saved["days"].items()}


def checked(fixed: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Weights by choice, refused with a sentence where they make no sense."""
    for name, weight in fixed.items():
        if not weight.is_finite() or weight < ZERO:
            raise CommandRefused(f"the weight of {name} is a part of the equity, as 0.4; it was {weight}")
    total = sum(fixed.values(), ZERO)
    if total > ONE:
        raise CommandRefused(f"the weights of {', '.join(fixed)} may be 1 together; they were {plain(total)}")
    return dict(fixed)


def deviation(days: deque[float]) -> float | None:
    """The standard deviation of daily results; None while there are too few, or nothing happened in any of them."""
    number = len(days)
    if number < DAYS_NEEDED:
        return None
    mean = sum(days) / number
    return sqrt(sum([(day - mean) * (day - mean) for day in days]) / (number - 1)) or None


def _chosen(names: list[str], fixed: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The chosen weights; strategies without one share what those leave."""
    others = [name for name in names if name not in fixed]
    left = (ONE - sum(fixed.values(), ZERO)) / max(1, len(others))
    return {name: fixed[name] if name in fixed else left.quantize(_STEP, ROUND_DOWN) for name in names}


def _parity(deviations: Mapping[str, float | None]) -> dict[str, Decimal]:
    """An equal part for each that is not known yet; the known ones share the rest in inverse proportion."""
    if not deviations:
        return {}
    equal = ONE / len(deviations)
    known = {name: found for name, found in deviations.items() if found is not None}
    wildest = max(known.values(), default=0.0)
    inverse = {name: 1.0 / max(found, wildest * CALMEST) for name, found in known.items()}
    total = sum(inverse.values())
    weights = {
        name: equal * len(known) * Decimal(inverse[name] / total) if name in inverse else equal for name in deviations
    }
    return {name: weight.quantize(_STEP, ROUND_DOWN) for name, weight in weights.items()}
