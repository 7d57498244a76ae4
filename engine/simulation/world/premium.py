"""Funding: the rate a perpetual announces, from what its price has been above spot since the last settlement."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.instruments import HOUR_NS, Instrument
from engine.simulation.world.listing import LISTING

INTEREST = 1e-4  # for eight hours
# A premium this near to the interest costs nothing beyond it. Real exchanges have five basis points, and the same rate
# for weeks; here funding is to be seen moving.
DAMPER = 1.5e-4
BASE_NS = 8 * HOUR_NS
RATE_DIGITS = 8


def perpetual_of(coin: str) -> Instrument:
    """The perpetual contract on a coin."""
    return next(instrument for instrument in LISTING if instrument.base == coin and not instrument.is_spot)


def rate_for(premium: float, instrument: Instrument) -> float:
    """The rate of one interval at this average premium, as the exchanges' common formula has it."""
    damped = premium + min(max(INTEREST - premium, -DAMPER), DAMPER)
    cap = float(instrument.funding_cap)
    return round(min(max(damped * instrument.funding_interval_ns / BASE_NS, -cap), cap), RATE_DIGITS)


class FundingAverage:
    """The premium's average since the last settlement; later minutes weigh more."""

    def __init__(self, coin: str) -> None:
        self._instrument = perpetual_of(coin)
        self._interval = -1
        self._minutes = 0
        self._weighted = 0.0

    def announce(self, minutes_ns: Sequence[int], premiums: Sequence[float]) -> NDArray[np.float64]:
        """The rate at each of these minutes; there may be more premiums than minutes."""
        rates = np.empty(len(minutes_ns))
        for place, minute_ns in enumerate(minutes_ns):
            interval = minute_ns // self._instrument.funding_interval_ns
            if interval != self._interval:
                self._interval, self._minutes, self._weighted = interval, 0, 0.0
            self._minutes += 1
            self._weighted += self._minutes * premiums[place]
            average = self._weighted * 2 / (self._minutes * (self._minutes + 1))
            rates[place] = rate_for(average, self._instrument)
        return rates
