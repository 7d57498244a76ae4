"""The network between a process and the exchange: it loses, delays, doubles, reorders, holds back and cuts.

What is on its way lives in the world, not in the process: it arrives also when its sender is dead by then.
"""

from collections.abc import Callable
from random import Random
from typing import Protocol

from engine import events
from engine.clock import Timeline
from engine.commands import Command, SubmitOrder
from engine.exchange.questions import Question, Reply, Unreachable
from hean_tui.sim.faults import Board, Fault, S
from hean_tui.sim.streams import delay_ns

LINKS = ("commands", "questions", "stream", "feed")
_NEAREST_NS = 5_000_000
_FARTHEST_NS = 60_000_000
_TIMED_OUT_NS = 4 * S  # when an adapter gives a question up


class Door(Protocol):
    """The exchange's side of the links."""

    def arrive(self, command: Command, stamp_ns: int, answer: Callable[[events.Event], None]) -> None:
        """A command is here; `answer` carries what is said to its sender alone."""

    def ask(self, question: Question, answer: Callable[[Reply], None]) -> None:
        """A question is here."""


class Caller(Protocol):
    """The process's side."""

    incarnation: int

    def hear(self, incarnation: int, event: events.Event) -> None:
        """An event reaches a process, if it is still the one it was meant for."""

    def answer(self, incarnation: int, call: Callable[[Reply], None], reply: Reply) -> None:
        """A reply reaches it."""

    def stream_changed(self, incarnation: int, *, is_up: bool) -> None:
        """Its private stream broke or is back."""


class SimNet:
    """All links of one world."""

    def __init__(self, timeline: Timeline, stream: Random, board: Board) -> None:
        self._timeline = timeline
        self._random = stream
        self._board = board
        self.door: Door
        self.caller: Caller
        self._cuts = dict.fromkeys(LINKS, 0)
        self._clogged_until = 0
        self._session = 0  # of the private stream; what was on its way in an earlier one is lost
        self._session_of = 0  # the process that has it, 0: it is down
        self._last_due = 0  # a stream keeps its order
        self.counts = dict.fromkeys(("sent", "lost", "doubled", "reordered", "late"), 0)

    # --- faults

    def cut(self, links: tuple[str, ...], until_ns: int) -> None:
        """Cut some links until a moment."""
        for link in links:
            self._cuts[link] += 1
            self._timeline.post(until_ns, self._mend, link)
        if "stream" in links:
            self.drop_stream()

    def partition(self, fault: Fault) -> None:
        """All links at once."""
        self.cut(LINKS, self._timeline.now_ns + fault.until_ns - fault.from_ns)

    def half_partition(self, fault: Fault) -> None:
        """Only what is asked and sent, or only what is told."""
        links = ("commands", "questions") if fault.pick % 2 else ("stream",)
        self.cut(links, self._timeline.now_ns + fault.until_ns - fault.from_ns)

    def feed_stall(self, fault: Fault) -> None:
        """Market data stops."""
        self.cut(("feed",), self._timeline.now_ns + fault.until_ns - fault.from_ns)

    def stream_drop(self, fault: Fault) -> None:
        """The private stream breaks, and takes its time to come back."""
        self.cut(("stream",), self._timeline.now_ns + fault.until_ns - fault.from_ns)

    def clog(self, fault: Fault) -> None:
        """Nothing moves; everything arrives afterwards."""
        self._clogged_until = self._timeline.now_ns + fault.until_ns - fault.from_ns

    def swizzle(self, fault: Fault) -> None:
        """The links go one by one and come back in another order."""
        own = Random(fault.pick)
        now, length = self._timeline.now_ns, fault.until_ns - fault.from_ns
        for link in own.sample(LINKS, len(LINKS)):
            begin = now + int(own.random() * length / 2)
            end = now + int((0.5 + own.random() / 2) * length)
            self._timeline.post(begin, self.cut, (link,), end)

    def calm(self) -> None:
        """Everything is whole again."""
        self._cuts = dict.fromkeys(LINKS, 0)
        self._clogged_until = 0
        self._reconnect()

    @property
    def feed_is_up(self) -> bool:
        """Whether market data reaches the process."""
        return not self._cuts["feed"]

    def _mend(self, link: str) -> None:
        self._cuts[link] = max(0, self._cuts[link] - 1)
        if link == "stream" and not self._cuts["stream"]:
            self._timeline.post(self._timeline.now_ns + delay_ns(self._random, 50_000_000, 2 * S), self._reconnect)

    # --- the private stream

    def connect(self) -> None:
        """A new process opens its stream; it is there a moment later."""
        self._session_of = 0
        self._session += 1
        self._timeline.post(self._timeline.now_ns + delay_ns(self._random, 20_000_000, S // 2), self._reconnect)

    def disconnect(self) -> None:
        """The process is gone, and its connection with it."""
        self._session_of = 0
        self._session += 1

    def drop_stream(self) -> None:
        """The connection breaks; the process notices."""
        owner, self._session_of = self._session_of, 0
        self._session += 1
        if owner:
            self._timeline.post(self._timeline.now_ns, self._tell_stream, owner, False)

    def _reconnect(self) -> None:
        incarnation = self.caller.incarnation
        if incarnation and not self._session_of and not self._cuts["stream"]:
            self._session_of = incarnation
            self._session += 1
            self._last_due = 0
            self._tell_stream(incarnation, True)

    def _tell_stream(self, incarnation: int, is_up: bool) -> None:
        self.caller.stream_changed(incarnation, is_up=is_up)

    def tell(self, event: events.Event) -> None:
        """The exchange says something to whoever listens."""
        if not self._session_of or self._cuts["stream"]:
            self.counts["lost"] += 1
            return
        board, draw = self._board, self._random.random
        due = self._due()
        if draw() < board.level("reorder"):
            self.counts["reordered"] += 1
            due += delay_ns(self._random, _NEAREST_NS, S)
        else:
            due = self._last_due = max(due, self._last_due + 1)
        self._timeline.post(due, self._arrive_on_stream, self._session, self._session_of, event)
        if draw() < board.level("duplicates"):
            self.counts["doubled"] += 1
            later = due + delay_ns(self._random, 0, S)
            self._timeline.post(later, self._arrive_on_stream, self._session, self._session_of, event)

    def _arrive_on_stream(self, session: int, incarnation: int, event: events.Event) -> None:
        if session == self._session:
            self.caller.hear(incarnation, event)

    # --- commands and questions

    def send(self, incarnation: int, command: Command, stamp_ns: int) -> None:
        """A command leaves."""
        self.counts["sent"] += 1
        board, draw = self._board, self._random.random
        if self._cuts["commands"] or draw() < board.level("request_loss"):
            self.counts["lost"] += 1
            if draw() < 0.3 and isinstance(command, SubmitOrder):
                self._later(self._unknown, incarnation, command)
            return
        copies = 2 if draw() < board.level("duplicates") else 1
        answered: list[bool] = []

        def answer(event: events.Event) -> None:
            if not answered:
                self._answer(incarnation, command, event, answered)

        for _ in range(copies):
            self._timeline.post(self._due(), self.door.arrive, command, stamp_ns, answer)

    def _answer(self, incarnation: int, command: Command, event: events.Event, answered: list[bool]) -> None:
        """The way back of what the exchange says to a sender: one answer to one request."""
        answered.append(True)
        board, draw = self._board, self._random.random
        if self._cuts["commands"] or draw() < board.level("response_loss"):
            self.counts["lost"] += 1
            if draw() < 0.3 and isinstance(command, SubmitOrder):
                self._later(self._unknown, incarnation, command)
            return
        self._timeline.post(self._due(), self.caller.hear, incarnation, event)

    def _unknown(self, incarnation: int, command: Command) -> None:
        """What an adapter makes of a broken connection, of a 502 or of an answer that is none."""
        unknown = events.OrderUnknown(
            self._timeline.now_ns, command.order_id, command.symbol, "the connection broke before the answer"
        )
        self.caller.hear(incarnation, unknown)

    def ask(self, incarnation: int, question: Question, answer: Callable[[Reply], None]) -> None:
        """A question leaves; its answer comes, or an adapter gives it up, or nothing is ever heard of it."""
        board, draw = self._board, self._random.random

        def back(reply: Reply) -> None:
            if self._cuts["questions"] or draw() < board.level("response_loss"):
                self._give_up(incarnation, answer)
            else:
                self._timeline.post(self._due(), self.caller.answer, incarnation, answer, reply)

        if self._cuts["questions"] or draw() < board.level("request_loss"):
            self._give_up(incarnation, answer)
        else:
            self._timeline.post(self._due(), self.door.ask, question, back)

    def _give_up(self, incarnation: int, answer: Callable[[Reply], None]) -> None:
        self.counts["lost"] += 1
        if self._random.random() < 0.8:
            due = self._timeline.now_ns + _TIMED_OUT_NS
            self._timeline.post(due, self.caller.answer, incarnation, answer, Unreachable("no answer came"))

    def _later(self, call: Callable[..., None], *arguments: object) -> None:
        self._timeline.post(self._due(), call, *arguments)

    def _due(self) -> int:
        slowest = int(self._board.level("slow") * S)
        if slowest > S:
            self.counts["late"] += 1
        due = self._timeline.now_ns + delay_ns(self._random, _NEAREST_NS, max(_FARTHEST_NS, slowest))
        return due if due >= self._clogged_until else self._clogged_until + due % _NEAREST_NS
