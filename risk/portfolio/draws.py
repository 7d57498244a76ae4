"""Fat-tailed draws: Student's t in many dimensions, laid out evenly where it decides about the tail.

A Student-t vector is a normal one times a radius that all its parts share: a wild day is wild everywhere. Along one
direction, the book's own, such a vector is a plain Student's t. That one number is drawn from strata, equally likely
slices of its distribution, one draw from each; what belongs to it in all other directions comes from the generator.
So 20,000 paths find the tail as exactly as many millions that are left to luck.
"""

from functools import lru_cache
from math import asinh

import numpy as np
from numpy.random import Generator

from risk.portfolio.closed_form import student_within
from risk.portfolio.tails import Floats

DOF = 4  # degrees of freedom of hourly and daily returns of coins; fitted values lie between 3 and 5
_FARTHEST = 1e4  # beyond, with four degrees of freedom, lies one draw in 10^15
_GRID = 4096


def stratified(count: int, rng: Generator, dof: int = DOF) -> tuple[Floats, Floats]:
    """A normal number and its radius for each stratum; their products are Student's t with a deviation of one."""
    student = student_at((np.arange(count) + rng.random(count)) / count, dof)
    # The sum of squares behind a t is chi-square with one degree more, and knows nothing of the t itself.
    squares = rng.chisquare(dof + 1, count) / (1.0 + student**2 / dof)
    return student * np.sqrt(squares / dof), np.sqrt((dof - 2) / squares)


def radii(count: int, rng: Generator, dof: int = DOF) -> Floats:
    """Radii alone, for paths that go their own way; a radius of one is the ordinary day."""
    return np.sqrt((dof - 2) / rng.chisquare(dof, count))


def student_at(shares: Floats, dof: int = DOF) -> Floats:
    """Where Student's t passes these shares of its distribution, read from a fine table."""
    within, edges = _table(dof)
    turned = 2.0 * shares - 1.0
    return np.copysign(np.interp(np.abs(turned), within, edges), turned)


def root_of(covariance: Floats) -> Floats:
    """A matrix whose product with its transpose is the covariance; good for singular ones too."""
    values, vectors = np.linalg.eigh(covariance)
    root: Floats = vectors * np.sqrt(np.maximum(values, 0.0))
    return root


@lru_cache(maxsize=8)
def _table(dof: int) -> tuple[Floats, Floats]:
    assert dof > 2, f"with {dof} degrees of freedom there is no standard deviation"
    edges = np.sinh(np.linspace(0.0, asinh(_FARTHEST), _GRID))
    return np.array([student_within(edge, dof) for edge in edges.tolist()]), edges
