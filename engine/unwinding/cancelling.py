"""Step 3 of a kill, and step 5: which orders are open, at the exchange and in our books, and how each is taken back."""

from collections.abc import Callable

from engine.clock import SECOND_NS
from engine.exchange.sight import Picture, Resting, Sight
from engine.kernel import Kernel
from engine.orders import Order, Status
from engine.states import State
from engine.unwinding.closing import closes

BY_NAME_APART_NS = SECOND_NS
_LOST = (Status.CANCELLING, Status.UNKNOWN)
_OVER = (Status.FILLED, Status.CANCELLED, Status.EXPIRED, Status.REJECTED)  # said by the exchange, and final


class Cancelling:
    """The orders of some symbols. One that cannot be cancelled does not keep the others."""

    def __init__(
        self, kernel: Kernel, sight: Sight, symbols: tuple[str, ...], trouble: Callable[[str, Exception], None]
    ) -> None:
        self._kernel = kernel
        self._account = kernel.account
        self._sight = sight
        self._symbols = symbols
        self._trouble = trouble
        self.named: dict[str, int] = {}  # what was cancelled by its name alone, and when
        self.is_over = False  # nothing is sent any more

    # --- which there are

    @property
    def is_killed(self) -> bool:
        """Whether the kill switch was used."""
        return self._kernel.state is State.KILLED

    def ours(self) -> list[Order]:
        """What is open in our books."""
        return [order for order in self._account.open_orders.values() if order.symbol in self._symbols]

    def listed(self, picture: Picture) -> dict[str, Resting]:
        """What the exchange has open: after a kill everybody's, else ours alone."""
        ours, sight, is_killed = self._account.open_orders, self._sight, self.is_killed
        return {
            name: resting
            for name, resting in (picture.orders or {}).items()
            if resting.symbol in self._symbols and (is_killed or name in ours or sight.is_ours(name))
        }

    def still_listed(self, picture: Picture) -> list[str]:
        """The same, without what the exchange has said to be over since it was listed."""
        ended = self._kernel.orders.recent
        return [name for name in self.listed(picture) if name not in ended or ended[name].status not in _OVER]

    def entries(self, picture: Picture) -> list[str]:
        """What can still add risk, in our books or at the exchange."""
        ours = [order.id for order in self.ours() if not order.reduce_only]
        theirs = [name for name, resting in self.listed(picture).items() if resting.is_entry]
        return list(dict.fromkeys([*ours, *theirs]))

    # --- taking them back

    def take_back_known_entries(self) -> None:
        """Those in our books, at once."""
        for order in self.ours():
            if not order.reduce_only and order.status not in _LOST:
                self._cancel(order.id, order.symbol)

    def take_back_entries(self, picture: Picture) -> None:
        """Those that the exchange lists."""
        for name, resting in self.listed(picture).items():
            if resting.is_entry:
                self._cancel(name, resting.symbol)

    def take_back_all(self, picture: Picture, symbol: str | None = None, *, keeps_stops: bool = False) -> bool:
        """Everything that does not close something just now; whether there was anything.

        With `keeps_stops` those stay that protect something as far as our books know.
        """
        ours = {order.id: order.symbol for order in self.ours()}
        both = ours | {name: resting.symbol for name, resting in self.listed(picture).items()}
        found = [name for name, where in both.items() if symbol in (None, where) and not self._closes(name)]
        if keeps_stops:
            found = [name for name in found if not self._protects(name)]
        for name in found:
            self._cancel(name, both[name])
        return bool(found)

    def _closes(self, name: str) -> bool:
        order = self._account.open_orders.get(name)
        return order is not None and closes(order)

    def _protects(self, name: str) -> bool:
        order = self._account.open_orders.get(name)
        return order is not None and order.is_protective and self._account.held(order.symbol) * order.side < 0

    def _cancel(self, name: str, symbol: str) -> None:
        """Through the books where they can; an order that is lost to them, or never was in them, by its name."""
        order, now = self._account.open_orders.get(name), self._kernel.timeline.now_ns
        if self.is_over:
            return
        try:
            if order is not None and order.status not in _LOST:
                self._kernel.orders.cancel(order)
            elif self._may_name(name) and self.named.get(name, 0) + BY_NAME_APART_NS <= now:
                self.named[name] = now
                self._sight.cancel(name, symbol)
        except Exception as error:  # noqa: BLE001 - one order that cannot be cancelled must not keep the others
            self._trouble(f"cancelling {name}", error)

    def _may_name(self, name: str) -> bool:
        """Without a kill only what no row of ours knows: all else is cancelled with a row, or looked for already."""
        return self.is_killed or not (name in self._account.open_orders or name in self._kernel.orders.recent)
