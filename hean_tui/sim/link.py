"""The exchange as one incarnation of the program sees it: the last moment before anything is on its way."""

from collections.abc import Callable
from random import Random
from typing import Protocol

from engine import faultpoints
from engine.clock import Timeline
from engine.commands import Command
from engine.exchange.questions import ListExecutions, ListPayments, Question, Reply
from hean_tui.sim.clock import SimClock
from hean_tui.sim.invariants import Watcher
from hean_tui.sim.network import SimNet
from hean_tui.sim.under_test import Engine
from hean_tui.sim.violations import Violation
from hean_tui.sim.wire import Left, Wire


class Sender(Protocol):
    """The process that sends, and who watches it."""

    incarnation: int
    engine: Engine | None
    watcher: Watcher | None


class Link:
    """Fills `engine.ports.Exchange` for one incarnation."""

    def __init__(
        self,
        sender: Sender,
        incarnation: int,
        net: SimNet,
        wire: Wire,
        clock: SimClock,
        timeline: Timeline,
        stream: Random,
    ) -> None:
        self._sender = sender
        self._incarnation = incarnation
        self._net = net
        self._wire = wire
        self._clock = clock
        self._timeline = timeline
        self._random = stream

    def send(self, command: Command) -> None:
        """A command leaves, checked at its last moment."""
        sender, incarnation = self._sender, self._incarnation
        engine, watcher = sender.engine, sender.watcher
        if engine is None or watcher is None or incarnation != sender.incarnation:
            raise Violation("I-40", f"{command.order_id} was sent by a process that is dead")
        watcher.check_send(command)
        now = self._timeline.now_ns
        self._wire.left.append(Left(now, engine.timeline.now_ns, incarnation, command, watcher.is_killed))
        stamp_ns = now + self._clock.error_ns
        # A request that is cut off in the middle is whole to the other side, or is none.
        if self._random.random() < 0.5:
            faultpoints.reach("send.partial")
            self._net.send(incarnation, command, stamp_ns)
        else:
            self._net.send(incarnation, command, stamp_ns)
            faultpoints.reach("send.partial")

    def ask(self, question: Question, answer: Callable[[Reply], None]) -> None:
        """Ask for the exchange's own truth."""
        if self._incarnation == self._sender.incarnation:
            self._net.ask(self._incarnation, self._in_their_time(question), answer)

    def _in_their_time(self, question: Question) -> Question:
        """An adapter asks in the exchange's time: where our clock is ahead, "since" is earlier over there."""
        offset_ns = self._clock.offset_ns
        if isinstance(question, ListExecutions | ListPayments) and offset_ns > 0:
            return type(question)(question.since_ns - offset_ns)
        return question
