"""Value at Risk and Expected Shortfall where a formula gives them: for normal losses and for Student's t."""

from math import atan, cos, gamma, pi, sin, sqrt
from statistics import NormalDist

from risk.portfolio.tails import Tail

_STANDARD = NormalDist()
_STEPS = 200  # halvings; a double runs out of digits after some sixty


def normal_tail(deviation: float, confidence: float) -> Tail:
    """Of a loss around zero with this standard deviation, if its tails were thin."""
    edge = _STANDARD.inv_cdf(confidence)
    return Tail(deviation * edge, deviation * _STANDARD.pdf(edge) / (1 - confidence))


def student_tail(deviation: float, confidence: float, dof: int) -> Tail:
    """The same with fat tails: Student's t, scaled so that its standard deviation is the one given."""
    assert dof > 2, f"with {dof} degrees of freedom there is no standard deviation"
    edge = student_quantile(confidence, dof)
    scale = deviation * sqrt((dof - 2) / dof)
    density = gamma((dof + 1) / 2) / (sqrt(dof * pi) * gamma(dof / 2)) * (1 + edge * edge / dof) ** (-(dof + 1) / 2)
    return Tail(scale * edge, scale * density / (1 - confidence) * (dof + edge * edge) / (dof - 1))


def student_within(edge: float, dof: int) -> float:
    """The chance that Student's t lies between minus and plus this; finite series, Abramowitz and Stegun 26.7.3-4."""
    angle = atan(edge / sqrt(dof))
    squared = cos(angle) ** 2
    odd = dof % 2
    if dof == 1:
        return 2 * angle / pi
    term = total = cos(angle) if odd else 1.0
    for k in range(2 + odd, dof - 1, 2):
        term *= squared * (k - 1) / k
        total += term
    return 2 / pi * (angle + sin(angle) * total) if odd else sin(angle) * total


def student_quantile(confidence: float, dof: int) -> float:
    """Where Student's t passes a confidence above one half."""
    assert 0.5 <= confidence < 1, f"the confidence was {confidence}"
    wanted = 2 * confidence - 1
    low, high = 0.0, 1.0
    while student_within(high, dof) < wanted:
        high *= 2
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if student_within(middle, dof) < wanted:
            low = middle
        else:
            high = middle
    return (low + high) / 2
