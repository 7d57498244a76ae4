"""The market data of a paper run on its way to the engine: a fault may keep it from us, never from the venue."""

from collections.abc import Iterator, Mapping

from engine import events
from engine.bus import Handler


class Unheard(events.Event, frozen=True, gc=False):
    """Something that happened in the market and that the engine does not hear of."""

    event: events.Event


class PaperFeed:
    """Lets everything through until somebody mutes it."""

    def __init__(self) -> None:
        self._muted_until_ns = -1

    def mute(self, until_ns: int) -> None:
        """Up to this moment the engine hears nothing of the market."""
        self._muted_until_ns = until_ns

    def through(self, stream: Iterator[events.Event]) -> Iterator[events.Event]:
        """The stream, as the engine gets it."""
        for event in stream:
            yield event if event.ts >= self._muted_until_ns else Unheard(event.ts, event)

    @staticmethod
    def observed(
        observers: Mapping[type[events.Event], Handler],
    ) -> dict[type[events.Event], Handler]:
        """The venue's handlers, which also see what the engine does not hear of."""

        def see(unheard: Unheard) -> None:
            observe = observers.get(type(unheard.event))
            if observe is not None:
                observe(unheard.event)

        return {**observers, Unheard: see}
