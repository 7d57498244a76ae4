"""Latent prices: what a coin is worth, second by second, before anybody quotes or trades it."""

from collections.abc import Mapping, Sequence
from math import sqrt

import msgspec
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from engine.simulation.world.coins import Coin
from engine.simulation.world.premium import FundingAverage
from engine.simulation.world.scenarios import SECOND_NS, StagedAct, tension
from engine.simulation.world.seasons import liveliness
from engine.simulation.world.streams import MARKET, Concern, stream
from engine.simulation.world.weather import (
    MINUTES,
    PACE_VARIANCE,
    VOLATILITY,
    VOLATILITY_VARIANCE,
    Mood,
    Weather,
)

Floats = NDArray[np.float64]

HOUR_S = 3_600
MINUTE_S = 60
MINUTE_NS = MINUTE_S * SECOND_NS
YEAR_S = 365 * 24 * HOUR_S

MARKET_LEAPS_PER_DAY = 0.9
MARKET_LEAP = 0.0035  # mean size, before a coin's stress
MARK_MEMORY = 0.9  # the mark forgets a tenth of the old basis a minute


class CoinHour(msgspec.Struct, frozen=True):
    """An hour of one coin: seconds where there are 3,601, minutes where there are 60 or 61."""

    diffused: Floats  # logarithm of the spot price by second, without leaps: this part may be refined
    leapt: Floats  # the leaps up to each second
    deviation: Floats  # of the returns of a second, by minute
    mood: Floats  # logarithm of the volatility beside its mean, by minute
    pace: Floats
    liquidity: Floats
    basis: Floats  # the perpetual over spot at each end of a minute
    mark_basis: Floats
    funding: Floats  # the rate announced at the beginning of each minute


class Lead(msgspec.Struct, frozen=True):
    """What a coin is led by from its start: the logarithm of its price, and a part of its basis that fades slowly."""

    price: float = 0.0
    basis: float = 0.0


NOT_LED = Lead()


def _leaps(random: Generator, per_day: float, mean: float) -> tuple[NDArray[np.int64], Floats]:
    """Seconds and sizes of an hour's leaps."""
    count = int(random.poisson(per_day / 24))
    seconds = random.integers(0, HOUR_S, count)
    return seconds, random.laplace(0.0, mean, count)


class Paths:
    """Hour after hour of all coins, made one at a time and never kept."""

    def __init__(
        self,
        seed: int,
        start_ns: int,
        coins: Sequence[Coin],
        acts: Sequence[StagedAct],
        leads: Mapping[str, Lead] | None = None,
    ) -> None:
        self._seed = seed
        self._start_ns = start_ns
        self._coins = tuple(coins)
        self._acts = tuple(acts)
        self._weather = Weather(seed, (MARKET, *(coin.number for coin in coins)))
        self._hour = 0
        led = [(leads or {}).get(coin.name, NOT_LED) for coin in coins]
        self._diffused = [float(np.log(coin.price)) + lead.price for coin, lead in zip(coins, led, strict=True)]
        for body, (coin, lead) in enumerate(zip(coins, led, strict=True), 1):
            self._weather.now[body, Mood.BASIS_SLOW] += lead.basis / coin.basis_slow
        self._leapt = [0.0 for _ in coins]
        self._basis = [self._ordinary_basis(body, coin) for body, coin in enumerate(coins, 1)]
        self._mark_basis = list(self._basis)
        self._funding = [FundingAverage(coin.name) for coin in coins]

    def advance(self) -> tuple[CoinHour, ...]:
        """The next hour, one entry for each coin in the order in which they were given."""
        hour_ns = self._start_ns + self._hour * HOUR_S * SECOND_NS
        minutes_ns = hour_ns + MINUTE_NS * np.arange(MINUTES + 1)
        market = stream(self._seed, Concern.PATH, MARKET, self._hour)
        own = [stream(self._seed, Concern.PATH, coin.number, self._hour) for coin in self._coins]
        market_leaps = _leaps(market, MARKET_LEAPS_PER_DAY, MARKET_LEAP)
        own_leaps = [
            _leaps(random, coin.leaps_per_day, coin.leap) for random, coin in zip(own, self._coins, strict=True)
        ]
        leap_minutes = [(seconds // MINUTE_S).tolist() for seconds, _ in (market_leaps, *own_leaps)]
        weather = self._weather.advance(leap_minutes)
        season = liveliness(minutes_ns[:-1] // MINUTE_NS)
        common_noise = market.standard_normal(HOUR_S)
        common_mood = weather[:, 0, VOLATILITY].sum(axis=1)
        hours = tuple(
            self._coin_hour(
                place,
                minutes_ns,
                season,
                (common_mood, common_noise, *market_leaps),
                (weather[:, place + 1], own[place].standard_normal(HOUR_S), *own_leaps[place]),
            )
            for place in range(len(self._coins))
        )
        self._hour += 1
        return hours

    def _coin_hour(
        self,
        place: int,
        minutes_ns: NDArray[np.int64],
        season: Floats,
        market: tuple[Floats, Floats, NDArray[np.int64], Floats],
        own: tuple[Floats, Floats, NDArray[np.int64], Floats],
    ) -> CoinHour:
        coin = self._coins[place]
        common_mood, common_noise, market_seconds, market_sizes = market
        weather, own_noise, own_seconds, own_sizes = own
        acts = tension(self._acts, coin.name, coin.stress, minutes_ns)

        # The mean square of each factor is one: the mood moves volatility about, and leaves its level alone.
        level = season - VOLATILITY_VARIANCE
        common = coin.kinship * np.exp(level + common_mood)
        alone = sqrt(1 - coin.kinship**2) * np.exp(level + weather[:, VOLATILITY].sum(axis=1))
        relative = np.sqrt(common**2 + alone**2)
        mood = np.log(relative)
        stirred = np.ones(MINUTES) if acts is None else np.exp(acts.volatility[1:])
        scale = coin.volatility / sqrt(YEAR_S) * stirred
        deviation = scale * relative
        returns = np.repeat(scale * common, MINUTE_S) * common_noise + np.repeat(scale * alone, MINUTE_S) * own_noise
        returns -= np.repeat(0.5 * deviation**2, MINUTE_S)  # the price itself, not its logarithm, has no drift
        leaps = np.zeros(HOUR_S)
        np.add.at(leaps, market_seconds, coin.stress * market_sizes)
        np.add.at(leaps, own_seconds, own_sizes)

        diffused = self._diffused[place] + np.concatenate(([0.0], np.cumsum(returns)))
        leapt = self._leapt[place] + np.concatenate(([0.0], np.cumsum(leaps)))
        self._diffused[place], self._leapt[place] = float(diffused[-1]), float(leapt[-1])

        basis = (
            coin.basis + coin.basis_slow * weather[:, Mood.BASIS_SLOW] + coin.basis_fast * weather[:, Mood.BASIS_FAST]
        )
        if acts is not None:
            basis = basis + acts.basis[1:]
        basis = np.concatenate(([self._basis[place]], basis))
        self._basis[place] = float(basis[-1])
        return CoinHour(
            diffused=diffused,
            leapt=leapt,
            deviation=deviation,
            mood=mood,
            pace=weather[:, Mood.PACE] - 0.5 * PACE_VARIANCE,
            liquidity=weather[:, Mood.LIQUIDITY],
            basis=basis,
            mark_basis=self._smoothed(place, basis),
            funding=self._funding[place].announce(minutes_ns[:-1].tolist(), basis.tolist()),
        )

    def _ordinary_basis(self, body: int, coin: Coin) -> float:
        now = self._weather.now[body]
        return (
            coin.basis + coin.basis_slow * float(now[Mood.BASIS_SLOW]) + coin.basis_fast * float(now[Mood.BASIS_FAST])
        )

    def _smoothed(self, place: int, basis: Floats) -> Floats:
        smoothed = [self._mark_basis[place]]
        for value in basis[1:].tolist():
            smoothed.append(MARK_MEMORY * smoothed[-1] + (1 - MARK_MEMORY) * value)
        self._mark_basis[place] = smoothed[-1]
        return np.array(smoothed)


def refined(hour: CoinHour, from_s: int, to_s: int, halvings: int, key: tuple[int, int, int]) -> Floats:
    """The logarithm of the price on a grid of 2^-halvings seconds, within seconds of the hour.

    Each halving puts the middle where a Brownian bridge would: the path through the whole seconds stays the same, so
    that a busier market trades along the same prices.
    """
    path = hour.diffused[from_s : to_s + 1]
    if not halvings:
        return path[:-1] + hour.leapt[from_s:to_s]
    seed, coin, block = key
    random = stream(seed, Concern.REFINEMENT, coin, block)
    deviation = np.repeat(hour.deviation, MINUTE_S)[from_s:to_s]
    for halving in range(halvings):
        each = np.repeat(deviation, 2**halving) * sqrt(0.25 / 2**halving)
        finer = np.empty(2 * path.size - 1)
        finer[::2] = path
        finer[1::2] = 0.5 * (path[:-1] + path[1:]) + each * random.standard_normal(each.size)
        path = finer
    leapt: Floats = np.repeat(hour.leapt[from_s:to_s], 2**halvings)
    return path[:-1] + leapt
