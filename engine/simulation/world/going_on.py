"""How a market goes on where one before it was: another path, led to the last known prices.

The hours before the moment are made as well, and shifted as a whole: whoever looks back from there sees no jump.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from math import isfinite, log

import msgspec
import numpy as np

from engine.simulation.world.book import Book
from engine.simulation.world.coins import Coin
from engine.simulation.world.paths import HOUR_S, MARK_MEMORY, MINUTE_NS, CoinHour, Lead, Paths
from engine.simulation.world.scenarios import SECOND_NS, StagedAct, tension
from engine.simulation.world.weather import DECAY, Mood

HOUR_NS = HOUR_S * SECOND_NS


class Moved(msgspec.Struct, frozen=True):
    """A move that a script or a person ordered before."""

    symbol: str
    fraction: float
    at_ns: int
    over_ns: int = 60 * SECOND_NS


class Continuation(msgspec.Struct, frozen=True):
    """What a market that goes on has to know of the one before it.

    `levels` are the last prices, the mark where a symbol has one; `opened_ns` is when the first of these markets raised
    its curtain, from which a scenario's times count.
    """

    levels: Mapping[str, float]
    opened_ns: int
    moves: tuple[Moved, ...] = ()
    funding: Mapping[str, float] = {}


def seed_from(seed: int, at_ns: int) -> int:
    """The seed of what follows a moment: the same for the same moment, and nothing like the first one."""
    return int.from_bytes(sha256(f"{seed} goes on at {at_ns}".encode()).digest()[:8], "big")


def leads(
    paths: Paths,
    books: Sequence[Book],
    acts: Sequence[StagedAct],
    start_ns: int,
    at_ns: int,
    levels: Mapping[str, float],
) -> dict[str, Lead]:
    """How every coin has to be led from its start, so that it is at these prices then. The paths are used up."""
    for symbol, level in levels.items():
        if not (isfinite(level) and level > 0.0):
            raise ValueError(f"the market was to go on at {level} for {symbol}; a price is above zero")
    coins = tuple({book.coin.name: book.coin for book in books}.values())
    hours = [paths.advance() for _ in range((at_ns - start_ns) // HOUR_NS + 1)][-1]
    found: dict[str, Lead] = {}
    for coin, hour in zip(coins, hours, strict=True):
        known = {book.is_perpetual: levels.get(book.instrument.symbol) for book in books if book.coin is coin}
        found[coin.name] = _lead(coin, hour, acts, start_ns, at_ns, known.get(False), known.get(True))
    return found


def _lead(
    coin: Coin,
    hour: CoinHour,
    acts: Sequence[StagedAct],
    start_ns: int,
    at_ns: int,
    spot: float | None,
    perpetual: float | None,
) -> Lead:
    second = (at_ns - start_ns) % HOUR_NS // SECOND_NS
    price = float(hour.diffused[second] + hour.leapt[second])
    stirred = tension(acts, coin.name, coin.stress, np.array([at_ns]))
    if stirred is not None:
        price += float(stirred.shift[0])
    minute = (at_ns - start_ns) % HOUR_NS / MINUTE_NS
    basis = float(np.interp(minute, np.arange(hour.mark_basis.size), hour.mark_basis))
    if perpetual is None:
        return Lead() if spot is None else Lead(price=log(spot) - price)
    if spot is None:
        return Lead(price=log(perpetual) - basis - price)
    missing = log(perpetual / spot) - basis
    return Lead(price=log(spot) - price, basis=missing / _left_of_one((at_ns - start_ns) / MINUTE_NS))


def _left_of_one(minutes: float) -> float:
    """How much of a basis that is one at the start is left in the mark after a time."""
    basis = mark = before = 1.0
    for _ in range(int(minutes) + 1):
        before = mark
        basis *= float(DECAY[Mood.BASIS_SLOW])
        mark = MARK_MEMORY * mark + (1 - MARK_MEMORY) * basis
    return before + (mark - before) * (minutes % 1.0)
