"""Whether everything that the exchange tells by itself has reached us, and the reading that closes a gap."""

from collections.abc import Callable
from typing import Protocol

from engine import events
from engine.bus import Bus
from engine.clock import Timeline
from engine.exchange.asking import Asking
from engine.exchange.catching_up import CatchUp
from engine.exchange.patience import Patience
from engine.exchange.questions import ListOpenOrders, OpenOrders, OrderTruth

COMPONENT = "private stream"


class ComparesOrders(Protocol):
    """Who can say which of the exchange's open orders are not ours."""

    def compare(self, truths: tuple[OrderTruth, ...], *, is_fresh: bool) -> list[OrderTruth]:
        """Take the exchange's word for those that are ours, and return the others."""
        ...


class PrivateStream:
    """Whole while the stream has never been lost, or each gap has been read up since.

    Silence about an order proves nothing while the stream is not whole: the news may have been in the gap.
    """

    def __init__(
        self,
        timeline: Timeline,
        bus: Bus,
        asking: Asking,
        catch_up: CatchUp,
        orders: ComparesOrders,
        patience: Patience,
    ) -> None:
        self._timeline = timeline
        self._bus = bus
        self._asking = asking
        self._catch_up = catch_up
        self._orders = orders
        self._patience = patience
        self.is_whole = True
        self.is_up = True
        self._gap_ns = timeline.now_ns  # where the gap begins that has not been read up yet
        self._connection = 0  # counts connections, so that the reading for an older one ends by itself
        self._tries = 0
        self.when_whole: list[Callable[[], None]] = []

    def lost(self, reason: str) -> None:
        """The stream ended, or nobody can say whether it lives."""
        if self.is_whole:
            self._gap_ns = self._timeline.now_ns
        self.is_whole = False
        if self.is_up:
            self.is_up = False
            self._connection += 1
            self._say("down", reason)

    def back(self) -> None:
        """It is connected again: what was missed in between is read now."""
        self.read_from(self._gap_ns - self._patience.overlap_ns)

    def read_from(self, since_ns: int) -> None:
        """Read everything since a moment, at a start or after a gap; until then the stream is not whole."""
        self._gap_ns = since_ns
        self.is_up, self.is_whole = True, False
        self._connection += 1
        self._tries = 0
        self._read(self._connection)

    def _read(self, connection: int) -> None:
        if connection != self._connection:
            return

        def executions(found: int | None) -> None:
            if found is None:
                self._again(connection)
            else:
                self._catch_up.payments(self._gap_ns, payments)

        def payments(found: int | None) -> None:
            if found is None:
                self._again(connection)
                return
            heard = self._catch_up.heard
            self._asking.ask(ListOpenOrders(), lambda reply: orders(reply, heard))

        def orders(reply: object, heard: int) -> None:
            if not isinstance(reply, OpenOrders):
                self._again(connection)
            elif connection == self._connection:
                self._orders.compare(reply.orders, is_fresh=heard == self._catch_up.heard)
                self._close_gap()

        self._catch_up.executions(self._gap_ns, executions)

    def _again(self, connection: int) -> None:
        if connection == self._connection:
            self._timeline.post(self._timeline.now_ns + self._patience.retry_ns(self._tries), self._read, connection)
            self._tries += 1

    def _close_gap(self) -> None:
        self.is_whole = True
        self._say("healthy", "connected, and everything since was read")
        for call in tuple(self.when_whole):
            call()

    def _say(self, state: str, reason: str) -> None:
        self._bus.publish(events.HealthChanged(self._timeline.now_ns, COMPONENT, state, reason))
