"""A length of market in the making: its time, what moves it, and what its books have done so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.events import FundingRate, MarkPrice, Quote, Tick
from engine.simulation.world.book import Flow, Stretch
from engine.simulation.world.paths import CoinHour
from engine.simulation.world.scenarios import StagedAct

MarketEvent = Tick | Quote | MarkPrice | FundingRate


@dataclass(slots=True)
class Block:
    """Everything that differs from one block to the next."""

    number: int
    start_ns: int
    end_ns: int
    hour_ns: int
    hours: Mapping[str, CoinHour]
    acts: list[StagedAct]  # that are not over
    settled: dict[str, float]  # by coin, how far those that are over have moved its price
    cuts: int = 0  # how often a part of it was made again
    stretches: dict[str, Stretch] = field(default_factory=dict)
    flows: list[tuple[str, Flow]] = field(default_factory=list)  # that the ladders do not have yet
    events: list[MarketEvent] = field(default_factory=list)
