"""Can this book hit HALT tonight? The chance that its loss touches the room to HALT within some hours.

A night is as wild throughout as its radius says, the same fat tails as in the value at risk; within it, prices are a
Brownian motion. For a book without stops that is a formula: a loss that touches an edge ends beyond it every second
time. Stops make the loss depend on the way, so then paths are drawn, by the hour; between two hours a path is a
Brownian bridge, whose chance of having touched the edge is known, so that a path adds its chance, not a yes or no.
"""

from math import inf, sqrt

import msgspec
import numpy as np
from numpy.random import Generator

from risk.portfolio.book import Book
from risk.portfolio.closed_form import student_within
from risk.portfolio.draws import DOF, radii, root_of
from risk.portfolio.tails import Flags, Floats

NIGHT_H = 12
MOST_PATHS, FEWEST_PATHS = 20_000, 3_000
_DRAWS_AN_HOUR = 40_000  # shared by the legs, so that many stops do not take for ever
_AT_ONCE = 8_000  # draws: what fits into the processor's cache, and stays on the calling thread
# What stands in for no movement at all, so that nothing is divided by zero: this much of the distance, squared.
_SMALL, _NOTHING = 1e-12, 1e-200


class HaltChance(msgspec.Struct, frozen=True):
    """How likely HALT is within so many hours, and the standard error of the drawing: 0 where it is a formula."""

    probability: float
    standard_error: float
    hours: int

    @property
    def sentence(self) -> str:
        """As a person would say it."""
        return told(self.probability)


class Legs(msgspec.Struct, frozen=True):
    """The book in money: one leg for each stop, and a last one for all that has none."""

    root: Floats  # of the covariance of the legs' profits in an hour
    floors: Floats  # the profit at which a leg is closed; minus infinity without a stop

    @property
    def deviation(self) -> float:
        """Of the whole book's profit in an hour, before any stop is hit."""
        return float(np.linalg.norm(self.root.sum(axis=0)))


def halt_chance(
    book: Book, hourly_covariance: Floats, rng: Generator, hours: int = NIGHT_H, dof: int = DOF
) -> HaltChance:
    """A stop is filled where the hour that broke it ends, if that is worse: what breaks stops does not wait at them."""
    if book.room <= 0:
        return HaltChance(1.0, 0.0, hours)
    legs = legs_of(book, hourly_covariance)
    if book.room == inf or not legs.root.any():
        return HaltChance(0.0, 0.0, hours)
    if len(legs.floors) == 1:
        return HaltChance(unstopped(legs.deviation * sqrt(hours), book.room, dof), 0.0, hours)
    return drawn(legs, book.room, rng, hours, dof)


def unstopped(deviation: float, room: float, dof: int = DOF) -> float:
    """By the reflection principle: twice the chance of ending beyond the edge."""
    return 1.0 - student_within(room / deviation * sqrt(dof / (dof - 2)), dof)


def drawn(legs: Legs, room: float, rng: Generator, hours: int, dof: int = DOF) -> HaltChance:
    """The same with stops, by paths; what the paths miss on the book without stops, which is known, they are given."""
    paths = max(FEWEST_PATHS, min(MOST_PATHS, _DRAWS_AN_HOUR // len(legs.floors)))
    wildness = radii(paths, rng, dof)
    size = max(1, _AT_ONCE // len(legs.floors))
    pairs = [_survival(legs, room, wildness[start : start + size], hours, rng) for start in range(0, paths, size)]
    stopped, free = (1.0 - np.concatenate(survival) for survival in zip(*pairs, strict=True))
    spread = float(free.var())
    if legs.deviation > 0 and spread > 0:
        lean = float(np.mean((stopped - stopped.mean()) * (free - free.mean()))) / spread
        stopped = stopped - lean * (free - unstopped(legs.deviation * sqrt(hours), room, dof))
    probability = min(1.0, max(0.0, float(stopped.mean())))
    return HaltChance(probability, float(stopped.std()) / sqrt(paths), hours)


def told(probability: float) -> str:
    """A probability as a count of nights."""
    if probability <= 0:
        return "no night like this ends in HALT"
    if probability >= 0.995:
        return "every night like this ends in HALT"
    if probability <= 0.0005:
        return "fewer than 1 in 1,000 nights like this end in HALT"
    of, count = (1000, round(1000 * probability)) if probability < 0.01 else (100, round(100 * probability))
    return f"{count} in {of:,} nights like this {'ends' if count == 1 else 'end'} in HALT"


def legs_of(book: Book, covariance: Floats) -> Legs:
    """Split a book by its stops."""
    notionals = np.array(book.notionals)
    stopped = [place for place, stop in enumerate(book.distances) if stop is not None]
    shares = np.zeros((len(stopped) + 1, len(notionals)))
    shares[np.arange(len(stopped)), stopped] = notionals[stopped]
    shares[-1] = notionals
    shares[-1, stopped] = 0.0
    floors = [-abs(notionals[place]) * (book.distances[place] or 0.0) for place in stopped]
    return Legs(root_of(shares @ covariance @ shares.T), np.array([*floors, -inf]))


def _survival(legs: Legs, room: float, wildness: Floats, hours: int, rng: Generator) -> tuple[Floats, Floats]:
    """Each path's chance of never having touched the edge: with the stops, and as if there were none."""
    shape = len(wildness), len(legs.floors)
    alive: Flags = np.ones(shape, dtype=np.bool_)
    alive[:, :-1] = legs.floors[:-1] < 0  # a stop at the price itself closes at once
    profits, total, free_total = np.zeros(shape), np.zeros(shape[0]), np.zeros(shape[0])
    survival, free_survival = np.ones(shape[0]), np.ones(shape[0])
    free_variances = (legs.deviation * wildness) ** 2
    for _ in range(hours):
        steps = (rng.standard_normal(shape) @ legs.root.T) * wildness[:, None]
        alive, profits = _stopped(legs, profits, profits + steps * alive, alive, wildness, rng)
        variances = ((alive @ legs.root) ** 2).sum(axis=1) * wildness**2
        before, total = total, profits.sum(axis=1)
        survival *= 1.0 - _touched(room + before, room + total, variances, room)
        before, free_total = free_total, free_total + steps.sum(axis=1)
        free_survival *= 1.0 - _touched(room + before, room + free_total, free_variances, room)
    return survival, free_survival


def _stopped(
    legs: Legs, before: Floats, after: Floats, alive: Flags, wildness: Floats, rng: Generator
) -> tuple[Flags, Floats]:
    """Close the legs that touched their stop within the hour: at the stop, or where the hour ended if that is worse."""
    with_stop = slice(None, -1)
    floors = legs.floors[with_stop]
    variances = np.outer(wildness**2, (legs.root[with_stop] ** 2).sum(axis=1))
    chances = _touched(before[:, with_stop] - floors, after[:, with_stop] - floors, variances, -floors)
    closed = alive[:, with_stop] & (rng.random(chances.shape) < chances)
    still = alive.copy()
    still[:, with_stop] &= ~closed
    after[:, with_stop] = np.where(closed, np.minimum(after[:, with_stop], floors), after[:, with_stop])
    return still, after


def _touched(start: Floats, end: Floats, variances: Floats, scale: Floats | float) -> Floats:
    """The chance that a bridge between two distances from an edge touched it; 1 where an end lies beyond."""
    inside = np.maximum(start, 0.0) * np.maximum(end, 0.0)
    chances: Floats = np.exp(-2.0 * inside / np.maximum(variances, _SMALL * scale**2 + _NOTHING))
    return chances
