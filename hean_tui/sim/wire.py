"""The log of the wire: what left a process and what the exchange did with it, for a checker that sees no more."""

import msgspec

from engine.commands import Command
from engine.events import Event


class Left(msgspec.Struct, frozen=True):
    """A command left a process: its first byte is on the way."""

    at_ns: int
    engine_ns: int  # what the process took the time for, and signed
    incarnation: int
    command: Command
    killed: bool  # whether a kill had been acknowledged in this process


class Arrived(msgspec.Struct, frozen=True):
    """The exchange took a command in, or turned it away at its door."""

    at_ns: int
    command: Command
    refused: str  # by the door itself; empty: it went on to the exchange


class Told(msgspec.Struct, frozen=True):
    """The exchange said something, at its own time."""

    at_ns: int
    event: Event


Entry = Left | Arrived | Told


class Wire:
    """Everything in the order in which it happened."""

    __slots__ = ("arrived", "left", "told")

    def __init__(self) -> None:
        self.left: list[Left] = []
        self.arrived: list[Arrived] = []
        self.told: list[Told] = []
