"""The slow state of the market: volatility on three time scales, pace, liquidity and basis, minute by minute."""

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from engine.simulation.world.streams import Concern, stream

MINUTES = 60  # an hour is made at a time


class Mood(IntEnum):
    """The processes of one body (the market, or a coin); each returns to zero with a half-life of its own."""

    DAYS = 0
    HOURS = 1
    MINUTES = 2
    PACE = 3
    LIQUIDITY = 4
    BASIS_SLOW = 5
    BASIS_FAST = 6


HALF_LIFE_MIN = np.array([2_900.0, 280.0, 10.0, 35.0, 25.0, 2_000.0, 14.0])
# Of the logarithms; the two of the basis have unit size and are scaled by the coin.
DEVIATION = np.array([0.22, 0.36, 0.48, 0.30, 0.45, 1.0, 1.0])
DECAY = 0.5 ** (1.0 / HALF_LIFE_MIN)
NOISE = DEVIATION * np.sqrt(1.0 - DECAY**2)

VOLATILITY = slice(Mood.DAYS, Mood.PACE)
VOLATILITY_VARIANCE = float(np.sum(DEVIATION[VOLATILITY] ** 2))
PACE_VARIANCE = float(DEVIATION[Mood.PACE] ** 2)

AFTERSHOCK = 0.55  # how much a leap excites the volatility of the minutes that follow it
MOST_EXCITED = 1.8  # the fast scale is never driven further than this by leaps alone


class Weather:
    """All bodies' processes, one hour after the other. Bodies are named by their numbers."""

    def __init__(self, seed: int, bodies: Sequence[int]) -> None:
        self._seed = seed
        self._bodies = tuple(bodies)
        self._hour = 0
        # Before the first hour every process has been running for ever: it starts where it might just be.
        self.now = np.stack([stream(seed, Concern.WEATHER, body).standard_normal(len(Mood)) for body in bodies])
        self.now *= DEVIATION

    def advance(self, leaps: Sequence[Sequence[int]]) -> NDArray[np.float64]:
        """The next hour as minutes × bodies × processes, given the minutes in which each body leaps."""
        noise = np.stack(
            [
                stream(self._seed, Concern.WEATHER, body, self._hour).standard_normal((MINUTES, len(Mood)))
                for body in self._bodies
            ],
            axis=1,
        )
        noise *= NOISE
        leapt = {(minute, body) for body, minutes in enumerate(leaps) for minute in minutes}
        hour = np.empty_like(noise)
        now = self.now
        for minute in range(MINUTES):
            now = now * DECAY + noise[minute]
            hour[minute] = now
            # Only the minutes after a leap are excited, or volatility would announce it.
            for body in range(len(self._bodies)):
                if (minute, body) in leapt:
                    calm = now[body, Mood.MINUTES]
                    now[body, Mood.MINUTES] = max(calm, min(calm + AFTERSHOCK, MOST_EXCITED))
        self.now = now
        self._hour += 1
        return hour
