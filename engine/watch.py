"""Answers that come later: looked for whenever there is news of an order."""

from collections.abc import Callable

from engine import events
from engine.answers import Answer
from engine.bus import Bus
from engine.errors import CommandRefused

_ORDER_NEWS = (
    events.OrderAccepted,
    events.OrderRejected,
    events.OrderFilled,
    events.OrderPartlyFilled,
    events.OrderCancelled,
    events.OrderExpired,
    events.OrderAmended,
    events.OrderNotAccepted,
    events.RequestRefused,
    events.Transferred,
)


_Watched = tuple[Callable[[], str | None], Answer, str]


class Watch:
    """Settles answers once what they wait for has happened."""

    def __init__(self, bus: Bus) -> None:
        self._watched: list[_Watched] = []
        for kind in _ORDER_NEWS:
            bus.subscribe(kind, self._look)

    def until(self, answer: Answer, look: Callable[[], str | None], request_for: str = "") -> None:
        """Settle the answer once `look` finds a sentence; `request_for` names the order a refusal would be about."""
        sentence = look()
        if sentence is None:
            self._watched.append((look, answer, request_for))
        else:
            answer.settle(sentence)

    def _look(self, news: events.Event) -> None:
        if not self._watched:
            return
        watched, self._watched = self._watched, []  # whoever is told may ask for the next thing at once
        for look, answer, request_for in watched:
            if answer.is_settled:
                continue
            if isinstance(news, events.RequestRefused) and news.order_id == request_for:
                answer.refuse(CommandRefused(f"order {request_for} stays as it is: {news.sentence}"))
                continue
            try:
                sentence = look()
            except CommandRefused as refusal:
                answer.refuse(refusal)
                continue
            if sentence is None:
                self._watched.append((look, answer, request_for))
            else:
                answer.settle(sentence)
