"""The roles that other packages fill: what the engine needs from a market, a venue, a gate and a strategy."""

from collections.abc import Iterator
from typing import Protocol

from engine.commands import Command
from engine.events import Event
from engine.instruments import Instrument


class MarketFeed(Protocol):
    """Market data in the order of time."""

    instruments: tuple[Instrument, ...]

    def events(self) -> Iterator[Event]:
        """All facts from the start on, lazily; a historical feed ends, a simulated one need not."""
        ...


class DepthSource(Protocol):
    """The liquidity of others, asked for at the moment it is needed instead of pushed at every change."""

    def levels(self, symbol: str, side: int, now_ns: int) -> list[tuple[int, int]]:
        """(price in ticks, size in lots), best first: what stands on the bid (+1) or the ask (-1) side now."""
        ...


class Venue(Protocol):
    """Where orders go. Answers come back as events."""

    def send(self, command: Command) -> None:
        """Send a command; it arrives after the venue's latency."""
        ...
