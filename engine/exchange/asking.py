"""Questions to the exchange that always come back: with its answer, or as unreachable once we have waited enough."""

from collections.abc import Callable
from functools import partial
from typing import Any

from engine.clock import Timeline
from engine.exchange.patience import Patience
from engine.exchange.questions import Question, Reply, Unreachable
from engine.ports import Exchange

Then = Callable[[Any], None]


class Asking:
    """Asks at a bounded rate. Whoever asks is called exactly once; an answer that comes later than that is dropped."""

    def __init__(self, timeline: Timeline, exchange: Exchange, patience: Patience) -> None:
        self._timeline = timeline
        self._exchange = exchange
        self._patience = patience
        self.when_answered: Callable[[], object] = _nobody  # of each answer that could be used,
        self.when_silent: Callable[[str], object] = _nobody  # and of each that was none
        self._free_ns = 0  # where the next question would stand if they had come evenly

    def ask(self, question: Question, then: Then) -> None:
        """Ask now, or as soon as the rate allows it."""
        patience = self._patience
        now = self._timeline.now_ns
        slot = max(self._free_ns, now - patience.asks_at_once * patience.asks_apart_ns)
        self._free_ns = slot + patience.asks_apart_ns
        if slot > now:
            self._timeline.post(slot, self._put, question, then)
        else:
            self._put(question, then)

    def _put(self, question: Question, then: Then) -> None:
        awaited = _Awaited(partial(self._answer, then))
        self._timeline.post(self._timeline.now_ns + self._patience.answer_ns, awaited.give_up, self._patience.answer_ns)
        try:
            self._exchange.ask(question, awaited.take)
        except Exception as error:  # noqa: BLE001 - whatever an adapter raises, it was no answer
            awaited.take(Unreachable(f"the question could not be asked: {error}"))

    def _answer(self, then: Then, reply: Reply) -> None:
        if isinstance(reply, Unreachable):
            self.when_silent(reply.reason)
        else:
            self.when_answered()
        then(reply)


def _nobody(*_: object) -> None:
    """Nobody counts them."""


class _Awaited:
    """One question under way."""

    __slots__ = ("_then",)

    def __init__(self, then: Then) -> None:
        self._then: Then | None = then

    def take(self, reply: Reply) -> None:
        """The first answer counts."""
        then, self._then = self._then, None
        if then is not None:
            then(reply)

    def give_up(self, waited_ns: int) -> None:
        """Silence proves nothing."""
        if self._then is not None:
            self.take(Unreachable(f"no answer came within {waited_ns / 1e9:g} s"))
