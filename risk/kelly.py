"""Kelly's fraction: what a record of trades justifies risking, read with suspicion.

A record is told in R: a trade that lost what its stop allowed is −1, one that won twice as much is +2. The fraction is
then the part of the equity that a trade may lose at its stop.
"""

from collections import deque
from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from math import isfinite, sqrt
from typing import Any

import msgspec

QUARTER = Decimal("0.25")
FLOOR_PART = Decimal("0.25")  # of the default: where a strategy that loses still trades, so that it can show it changed
STEP = Decimal("0.000001")
TRADES_NEEDED = 30
PRIOR_TOSSES = 30  # of a fair coin at one R, half of them lost: every record is read as if it began with them
DOUBT = 1.2816  # standard errors; nine times in ten the true edge is above what is left
WINDOW = 500  # trades; what a strategy did longer ago says little of the market of now
_CLOSE = 1e-12
_ROUNDS = 100


def bet_fraction(win_probability: float, win: float, loss: float = 1.0) -> float:
    """Full Kelly of a bet that wins `win` or loses `loss` of what is staked; below zero it is left alone."""
    return win_probability / loss - (1.0 - win_probability) / win


def edge_fraction(mean: float, deviation: float) -> float:
    """Full Kelly where results come in small steps: the mean above what idle money earns, over the variance."""
    return mean / (deviation * deviation)


def growth_fraction(outcomes: Sequence[float], most: float = 1.0) -> float:
    """The stake between 0 and `most` at which the mean of log(1 + stake × outcome) is highest.

    That mean is concave, so its slope has one root at most. It is bracketed, and approached by Newton's steps where
    they stay inside the bracket and by halving it where they do not.
    """
    total = sum(outcomes)
    if total <= 0.0:
        return 0.0
    worst = min(outcomes)
    high = most if worst >= 0.0 else min(most, (1.0 - _CLOSE) / -worst)
    if sum([r / (1.0 + high * r) for r in outcomes]) >= 0.0:
        return high
    low = 0.0
    stake = total / sum([r * r for r in outcomes])
    for _ in range(_ROUNDS):
        if not low < stake < high:
            stake = (low + high) / 2.0
        parts = [r / (1.0 + stake * r) for r in outcomes]
        slope = sum(parts)
        if slope > 0.0:
            low = stake
        else:
            high = stake
        step = slope / sum([part * part for part in parts])
        stake += step
        if abs(step) < _CLOSE or high - low < _CLOSE:
            break
    return max(low, min(stake, high))


class Reading(msgspec.Struct, frozen=True, gc=False):
    """What a record says: full Kelly at face value, and when the edge is taken to be as small as it may well be."""

    trades: int
    mean: float  # R a trade, as it happened
    plain: float
    cautious: float


def read(outcomes: Sequence[float]) -> Reading:
    """Read a record behind tosses of a fair coin: few trades hardly move it, and no record is without a loss."""
    together = [*outcomes, *([1.0, -1.0] * (PRIOR_TOSSES // 2))]
    number = len(together)
    mean = sum(together) / number
    doubt = DOUBT * sqrt(sum([(r - mean) * (r - mean) for r in together]) / (number - 1) / number)
    cautious = growth_fraction([r - doubt for r in together])
    return Reading(len(outcomes), sum(outcomes) / max(1, len(outcomes)), growth_fraction(together), cautious)


class Basis(StrEnum):
    """What a fraction rests on."""

    FEW = "few"  # too few trades for any reading
    UNDECIDED = "undecided"  # the default lies between the cautious and the plain reading
    PROVEN = "proven"  # even the cautious reading is above the default
    POOR = "poor"  # even the plain reading is below the default


class Kelly(msgspec.Struct, frozen=True, gc=False):
    """The part of the equity that one trade may lose at its stop, and why."""

    fraction: Decimal
    trades: int
    basis: Basis
    part: Decimal = QUARTER
    mean: float = 0.0

    @property
    def sentence(self) -> str:
        """The reason, for people."""
        risk = f"{float(self.fraction) * 100:.3g} %"
        if self.basis is Basis.FEW:
            return f"the conservative default of {risk}: {self.trades} trades, and a record counts from {TRADES_NEEDED}"
        if self.basis is Basis.UNDECIDED:
            return f"the default of {risk}: {self.trades} trades do not tell luck from skill yet"
        if self.basis is Basis.PROVEN:
            return f"{_named(self.part)} Kelly of {self.trades} trades: {risk}"
        return f"lowered to {risk}: {self.trades} trades made {self.mean:+.2f} R each"


def kelly_of(outcomes: Sequence[float], default: Decimal, part: Decimal = QUARTER) -> Kelly:
    """What a record of outcomes in R justifies, `part` of full Kelly; the default where it says too little."""
    return kelly_from(read(outcomes) if len(outcomes) >= TRADES_NEEDED else None, len(outcomes), default, part)


def kelly_from(reading: Reading | None, trades: int, default: Decimal, part: Decimal = QUARTER) -> Kelly:
    """The default, moved only as far as the record insists: the middle one of cautious, default and plain."""
    if reading is None:
        return Kelly(default, trades, Basis.FEW, part)
    cautious = (Decimal(reading.cautious) * part).quantize(STEP, ROUND_DOWN)
    if cautious > default:
        return Kelly(cautious, reading.trades, Basis.PROVEN, part, reading.mean)
    plain = (Decimal(reading.plain) * part).quantize(STEP, ROUND_DOWN)
    if plain >= default:
        return Kelly(default, reading.trades, Basis.UNDECIDED, part, reading.mean)
    return Kelly(max(plain, default * FLOOR_PART), reading.trades, Basis.POOR, part, reading.mean)


class Record:
    """One strategy's closed trades. The reading is made when a trade closes, never when an order waits for its size."""

    __slots__ = ("_due", "_kelly", "_kelly_for", "_part", "outcomes", "reading")

    def __init__(self, part: Decimal = QUARTER) -> None:
        self.outcomes: deque[float] = deque(maxlen=WINDOW)
        self.reading: Reading | None = None
        self._part = part
        self._due = TRADES_NEEDED  # trades from now until the record is read again
        self._kelly: Kelly | None = None
        self._kelly_for: Decimal | None = None

    def add(self, outcome: float) -> None:
        """A trade closed, at so many R; one that risked nothing countable is no evidence."""
        if not isfinite(outcome):
            return
        self.outcomes.append(outcome)
        self._kelly = None
        self._due -= 1
        if self._due <= 0:
            self.reading = read(self.outcomes)
            self._due = max(1, len(self.outcomes) // 20)  # a twentieth more changes little, and reading is not free

    def kelly(self, default: Decimal) -> Kelly:
        """The fraction as of now."""
        if self._kelly is None or default is not self._kelly_for:
            self._kelly_for = default
            self._kelly = kelly_from(self.reading, len(self.outcomes), default, self._part)
        return self._kelly

    def saved(self) -> dict[str, Any]:
        """The trades, and the reading in force, as plain values."""
        reading = None if self.reading is None else msgspec.structs.astuple(self.reading)
        return {"outcomes": list(self.outcomes), "due": self._due, "reading": reading and list(reading)}

    def load(self, saved: dict[str, Any]) -> None:
        """Remember them again."""
        self.outcomes = deque(saved["outcomes"], maxlen=WINDOW)
        self._due = saved["due"]
        self.reading = None if saved["reading"] is None else Reading(*saved["reading"])
        self._kelly = None


def _named(part: Decimal) -> str:
    names = {QUARTER: "quarter", Decimal("0.5"): "half", Decimal(1): "full"}
    return names.get(part) or f"{part.normalize():f} of"
