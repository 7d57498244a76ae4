"""The roles that other packages fill: what the engine needs from a market and a venue."""

from typing import Protocol

from engine.commands import Command


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
