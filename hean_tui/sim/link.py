"""The exchange as one incarnation of the program sees it, and what an adapter does on the way there."""

from collections.abc import Callable
from typing import Protocol

from engine.commands import Command
from engine.exchange.questions import ListExecutions, ListPayments, Question, Reply


class Sender(Protocol):
    """Who lets things out of a process, at its last moment."""

    def send(self, incarnation: int, command: Command) -> None:
        """A command leaves."""

    def ask(self, incarnation: int, question: Question, answer: Callable[[Reply], None]) -> None:
        """A question leaves."""


class Link:
    """The exchange as one incarnation sees it; fills `engine.ports.Exchange`."""

    def __init__(self, process: Sender, incarnation: int) -> None:
        self._process = process
        self._incarnation = incarnation

    def send(self, command: Command) -> None:
        """Send a command."""
        self._process.send(self._incarnation, command)

    def ask(self, question: Question, answer: Callable[[Reply], None]) -> None:
        """Ask for the exchange's own truth."""
        self._process.ask(self._incarnation, question, answer)


def in_their_time(question: Question, offset_ns: int) -> Question:
    """An adapter asks in the exchange's time: where our clock is ahead, "since" is earlier over there."""
    if isinstance(question, ListExecutions | ListPayments) and offset_ns > 0:
        return type(question)(question.since_ns - offset_ns)
    return question
