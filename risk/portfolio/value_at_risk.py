"""What the book may lose over a horizon: drawn with fat tails and correlations, and as history would have had it."""

import numpy as np
from numpy.random import Generator

from risk.portfolio.draws import DOF, root_of, stratified
from risk.portfolio.tails import Floats

PATHS = 20_000
_AT_ONCE = 8_000  # draws: what fits into the processor's cache, and stays on the calling thread


def drawn_losses(notionals: Floats, covariance: Floats, rng: Generator, paths: int = PATHS, dof: int = DOF) -> Floats:
    """The book's loss on each path; the covariance is that of the returns over the horizon."""
    losses = np.zeros(paths)
    root = root_of(covariance)
    along = notionals @ root
    length = float(np.linalg.norm(along))
    if length == 0.0:
        return losses
    along = along / length
    ours, radii = stratified(paths, rng, dof)
    size = max(1, _AT_ONCE // notionals.size)
    for start in range(0, paths, size):
        now = slice(start, min(start + size, paths))
        draws = rng.standard_normal((now.stop - start, notionals.size))
        draws += np.outer(ours[now] - draws @ along, along)
        returns = (draws @ root.T) * radii[now, None]
        np.maximum(returns, -1.0, out=returns)  # no price falls below zero
        losses[now] = returns @ -notionals
    return losses


def remembered_losses(notionals: Floats, returns: Floats) -> Floats:
    """The loss of today's book in each stretch of history; a row is the returns of all symbols over one horizon."""
    return returns @ -notionals
