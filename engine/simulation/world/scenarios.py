"""Named scenarios: what happens to the whole market, when and for how long, as data."""

from collections.abc import Sequence
from difflib import get_close_matches
from math import inf, log, log1p

import msgspec
import numpy as np
from numpy.typing import NDArray

SECOND_NS = 1_000_000_000
FORGOTTEN = 8  # after so many times its settling time an act is over


class Act(msgspec.Struct, frozen=True):
    """Something that happens to prices: a distance, and what it does to the mood while it lasts and after.

    The distance is travelled evenly and stays; volatility, pace, spread and depth are factors that come within half a
    minute and fade, once the act has ended, with the settling time; the basis is shifted by a fraction in the same way.
    """

    start_s: float
    length_s: float
    move: float = 0.0
    volatility: float = 1.0
    pace: float = 1.0
    spread: float = 1.0
    depth: float = 1.0
    basis: float = 0.0
    settle_s: float = 600.0
    is_silent: bool = False  # the exchange is down: nothing is heard until the act ends


class Scenario(msgspec.Struct, frozen=True):
    """A name, one sentence, and its acts. Times count from the start of the world."""

    name: str
    sentence: str
    acts: tuple[Act, ...] = ()


SCENARIOS: tuple[Scenario, ...] = (
    Scenario("normal", "Ordinary days: calm hours, lively hours, now and then a leap."),
    Scenario(
        "quiet",
        "Less than half the usual volatility from the first minute on.",
        (Act(0, inf, volatility=0.42, pace=0.6, depth=1.2),),
    ),
    Scenario(
        "trend",
        "From minute 30 on prices rise by 10 % within 24 hours.",
        (Act(1_800, 86_400, move=0.10, pace=1.2, basis=0.0012, settle_s=7_200),),
    ),
    Scenario(
        "crash",
        "From minute 30 on prices fall by 18 % within 45 minutes, in three legs, and stay nervous for hours.",
        (
            Act(1_800, 600, move=-0.06, volatility=2.5, pace=2.5, spread=3.0, depth=0.6, basis=-0.0015),
            Act(2_700, 480, move=-0.05, volatility=1.6, pace=1.4, spread=2.0, depth=0.7, basis=-0.0010),
            Act(3_900, 600, move=-0.09, volatility=2.5, pace=2.0, spread=4.0, depth=0.5, basis=-0.0030),
            Act(4_500, 5_400, move=0.03, volatility=2.0, pace=1.6, settle_s=10_800),
        ),
    ),
    Scenario(
        "squeeze",
        "From minute 30 on prices rise by 12 % within 25 minutes, the perpetuals ahead; then a third of it goes again.",
        (
            Act(1_800, 1_500, move=0.12, volatility=2.5, pace=2.5, spread=2.5, depth=0.6, basis=0.0040, settle_s=3_600),
            Act(3_300, 9_000, move=-0.04, volatility=1.5, pace=1.2, settle_s=3_600),
        ),
    ),
    Scenario(
        "flash_crash",
        "At minute 30 prices fall by 12 % within 90 seconds and come back within ten minutes.",
        (
            Act(1_800, 90, move=-0.12, volatility=4.0, pace=4.0, spread=8.0, depth=0.15, basis=-0.0100, settle_s=120),
            Act(1_890, 600, move=0.125, volatility=2.5, pace=2.0, spread=2.0, depth=0.5, settle_s=1_800),
        ),
    ),
    Scenario(
        "outage",
        "At minute 30 the exchange goes silent for twelve minutes, and opens again 5 % lower.",
        (
            Act(1_500, 300, move=-0.015, volatility=2.5, pace=2.5, spread=2.0, depth=0.6, settle_s=60),
            Act(1_800, 720, move=-0.05, volatility=2.5, is_silent=True, spread=2.5, depth=0.4, settle_s=1_800),
        ),
    ),
)


def scenario_named(name: str) -> Scenario:
    """The scenario of this name; another name is refused with the nearest one."""
    for scenario in SCENARIOS:
        if scenario.name == name:
            return scenario
    known = [scenario.name for scenario in SCENARIOS]
    near = get_close_matches(name.lower().replace("-", "_"), known, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise ValueError(f"there is no scenario {name!r}; {hint}known are {', '.join(known)}")


class StagedAct(msgspec.Struct, frozen=True):
    """An act with its moment, on the whole market (`coin` None) or on one coin."""

    act: Act
    start_ns: int
    coin: str | None = None

    @property
    def end_ns(self) -> int | float:
        """When the distance has been travelled."""
        return self.start_ns + self.act.length_s * SECOND_NS

    @property
    def over_ns(self) -> int | float:
        """When nothing but the distance is left of it."""
        return self.end_ns + FORGOTTEN * self.act.settle_s * SECOND_NS

    def distance(self, stress: float) -> float:
        """The logarithm of how far a coin goes; one that is meant alone goes as far as was said."""
        return log1p(self.act.move) * (stress if self.coin is None else 1.0)


class Tension(msgspec.Struct, frozen=True):
    """What acts do at a row of moments, as logarithms; the basis as a fraction."""

    shift: NDArray[np.float64]
    volatility: NDArray[np.float64]
    pace: NDArray[np.float64]
    spread: NDArray[np.float64]
    depth: NDArray[np.float64]
    basis: NDArray[np.float64]


ONSET_S = 30.0


class _Pull:
    """How far acts pull one thing up and down. The strongest counts: a hundred small moves are not a panic."""

    __slots__ = ("down", "up")

    def __init__(self, size: int) -> None:
        self.up = np.zeros(size)
        self.down = np.zeros(size)

    def feel(self, strength: float, grip: NDArray[np.float64]) -> None:
        if strength > 0:
            np.maximum(self.up, strength * grip, out=self.up)
        elif strength < 0:
            np.minimum(self.down, strength * grip, out=self.down)

    @property
    def total(self) -> NDArray[np.float64]:
        return self.up + self.down


def tension(acts: Sequence[StagedAct], coin: str, stress: float, times: NDArray[np.int64]) -> Tension | None:
    """What the acts that concern a coin do to it at these moments; None where there is nothing to do."""
    if not times.size or not any(staged.coin in (None, coin) and staged.start_ns < times[-1] for staged in acts):
        return None
    shift = np.zeros(times.size)
    volatility, pace, spread, depth, basis = (_Pull(times.size) for _ in range(5))
    for staged in acts:
        if staged.coin not in (None, coin):
            continue
        act = staged.act
        since_s = (times - staged.start_ns) / SECOND_NS
        if act.move:
            shift += staged.distance(stress) * np.clip(since_s / act.length_s, 0.0, 1.0)
        onset = np.clip(since_s / min(ONSET_S, act.length_s / 3), 0.0, 1.0)
        grip = onset * np.exp(-np.maximum(since_s - act.length_s, 0.0) / act.settle_s)
        volatility.feel(log(act.volatility), grip)
        pace.feel(log(act.pace), grip)
        spread.feel(log(act.spread), grip)
        depth.feel(log(act.depth), grip)
        basis.feel(act.basis, grip)
    return Tension(shift, volatility.total, pace.total, spread.total, depth.total, basis.total)
