"""One fact, and how it is judged."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """Whether something has to be done about it."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Fact:
    """What is the case, in a few words, with the way out where it is not as it should be."""

    name: str
    level: Level
    text: str


def fine(name: str, text: str) -> Fact:
    """Nothing to do."""
    return Fact(name, Level.OK, text)


def worth_a_look(name: str, text: str) -> Fact:
    """It works, and could be better."""
    return Fact(name, Level.WARN, text)


def in_the_way(name: str, text: str) -> Fact:
    """It does not work like this."""
    return Fact(name, Level.BAD, text)
