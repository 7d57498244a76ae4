"""Random streams: one for each concern, coin and stretch of time, all grown from one seed.

A stream is named, not counted: the price of one coin does not depend on how many numbers another has drawn.
"""

from enum import IntEnum

from numpy.random import PCG64, Generator, SeedSequence

MARKET = 0  # the number of what all coins have in common; coins count from one


class Concern(IntEnum):
    """What a stream is for. The numbers are part of every run that was ever recorded."""

    WEATHER = 1
    PATH = 2
    REFINEMENT = 3
    ORDER_FLOW = 4
    MARK = 5
    FUNDING = 6
    LADDER = 7


def stream(seed: int, concern: Concern, *key: int) -> Generator:
    """The generator of this name; the same name gives the same numbers in every process."""
    return Generator(PCG64(SeedSequence(entropy=seed, spawn_key=(concern, *key))))
