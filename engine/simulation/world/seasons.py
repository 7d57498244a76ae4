"""The rhythm of the week: how lively the hour is, as a logarithm beside the average."""

import numpy as np
from numpy.typing import NDArray

DAY_MINUTES = 1_440
WEEK_MINUTES = 7 * DAY_MINUTES
EPOCH_WEEKDAY = 3  # the first of January 1970 was a Thursday, and weeks begin on Monday
WEEKEND = 5

# Europe's afternoon with America's morning is the liveliest, the hours before Asia's lunch the calmest.
PEAK_HOUR = 15.0
DAY_SWING = 0.24
SECOND_SWING = 0.08
WEEKEND_CALM = 0.20


def _liveliness(minutes: NDArray[np.int64]) -> NDArray[np.float64]:
    phase = 2 * np.pi * (minutes % DAY_MINUTES / 60 - PEAK_HOUR) / 24
    is_weekend = (minutes // DAY_MINUTES + EPOCH_WEEKDAY) % 7 >= WEEKEND
    return DAY_SWING * np.cos(phase) + SECOND_SWING * np.cos(2 * phase) - WEEKEND_CALM * is_weekend


# The mean square of the week is one, so that seasons move volatility about without adding any.
_WEEK = _liveliness(np.arange(WEEK_MINUTES))
_LEVEL = 0.5 * float(np.log(np.mean(np.exp(2 * _WEEK))))


def liveliness(minutes: NDArray[np.int64]) -> NDArray[np.float64]:
    """The logarithm of the volatility that these minutes (counted from 1970, UTC) have by habit."""
    return _liveliness(minutes) - _LEVEL
