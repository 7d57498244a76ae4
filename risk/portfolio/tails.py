"""Value at Risk and Expected Shortfall of losses that happened or were drawn."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Tail(NamedTuple):
    """What is lost at least in the worst cases beyond a confidence, and what they cost on average."""

    value_at_risk: float
    expected_shortfall: float


NO_TAIL = Tail(0.0, 0.0)


def tail_of(losses: Floats, confidence: float) -> Tail:
    """The tail of a sample of losses; a sample that only gains has none."""
    if not losses.size:
        return NO_TAIL
    edge = float(np.quantile(losses, confidence))
    # A mean of equal numbers may come out a rounding below them; the shortfall is never less than its edge.
    beyond = max(edge, float(losses[losses >= edge].mean()))
    return Tail(max(0.0, edge), max(0.0, beyond))
