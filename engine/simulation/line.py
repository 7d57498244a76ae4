"""The line between us and a venue, on which things get lost, come twice, or do not come at all for a while."""

from collections.abc import Callable

from engine.clock import Timeline
from engine.commands import Command
from engine.events import Event, Execution, OrderAccepted, OrderRejected
from engine.exchange.questions import Question, Reply
from engine.ports import Exchange

ACKNOWLEDGEMENTS = (OrderAccepted, OrderRejected)
FILLS = (Execution,)


class Line:
    """Fills the `Exchange` port in front of a venue. It is in order until somebody says otherwise.

    What is lost is lost in silence. Whoever asks the venue later still finds what happened there.
    """

    def __init__(self, timeline: Timeline, exchange: Exchange | None = None) -> None:
        self.exchange = exchange
        self._timeline = timeline
        self._cut_until_ns = -1
        self._slow_until_ns = -1
        self._slow_ns = 0
        self._commands = 0
        self._answers = 0
        self._lost: list[tuple[int, tuple[type[Event], ...]]] = []
        self._repeated: list[tuple[int, tuple[type[Event], ...]]] = []

    # --- what may happen to it

    def lose_commands(self, count: int = 1) -> None:
        """The next commands never arrive."""
        self._commands += count

    def lose_answers(self, count: int = 1) -> None:
        """The next questions are never answered."""
        self._answers += count

    def lose_reports(self, count: int = 1, kinds: tuple[type[Event], ...] = ()) -> None:
        """The next reports of these kinds, or of any, are never heard: `ACKNOWLEDGEMENTS`, or `FILLS`."""
        self._lost.append((count, kinds))

    def repeat_reports(self, count: int = 1, kinds: tuple[type[Event], ...] = ()) -> None:
        """The next reports of these kinds, or of any, are heard twice."""
        self._repeated.append((count, kinds))

    def cut(self, for_ns: int) -> None:
        """Nothing gets through for a while, in either direction."""
        self._cut_until_ns = self._timeline.now_ns + for_ns

    def slow(self, for_ns: int, by_ns: int) -> None:
        """For a while every command takes so much longer."""
        self._slow_until_ns = self._timeline.now_ns + for_ns
        self._slow_ns = by_ns

    def mend(self) -> None:
        """Everything is in order again."""
        self._cut_until_ns = self._slow_until_ns = -1
        self._commands = self._answers = 0
        self._lost.clear()
        self._repeated.clear()

    @property
    def is_cut(self) -> bool:
        """Whether nothing gets through now."""
        return self._timeline.now_ns < self._cut_until_ns

    # --- what goes over it

    def send(self, command: Command) -> None:
        """Send a command, if it gets through."""
        if self._commands:
            self._commands -= 1
        elif self.is_cut:
            return
        elif self._timeline.now_ns < self._slow_until_ns:
            self._timeline.post(self._timeline.now_ns + self._slow_ns, self._venue().send, command)
        else:
            self._venue().send(command)

    def ask(self, question: Question, answer: Callable[[Reply], None]) -> None:
        """Ask, if that gets through, and answer, if the line still holds by then."""
        if self._answers:
            self._answers -= 1
        elif not self.is_cut:
            self._venue().ask(question, lambda reply: None if self.is_cut else answer(reply))

    def reporting(self, deliver: Callable[[Event], None]) -> Callable[[Event], None]:
        """What a venue is given to deliver its reports with."""

        def report(event: Event) -> None:
            if self.is_cut or _counts(self._lost, event):
                return
            deliver(event)
            if _counts(self._repeated, event):
                deliver(event)

        return report

    def _venue(self) -> Exchange:
        assert self.exchange is not None, "a line leads somewhere"
        return self.exchange


def _counts(faults: list[tuple[int, tuple[type[Event], ...]]], event: Event) -> bool:
    """Whether a fault concerns this report, which is then one less to come."""
    for place, (count, kinds) in enumerate(faults):
        if not kinds or isinstance(event, kinds):
            if count > 1:
                faults[place] = count - 1, kinds
            else:
                del faults[place]
            return True
    return False
