"""The paper venue as an outsider sees it, from the rows in which it remembers itself."""

from decimal import Decimal
from typing import Any

from tests.crash_money import ZERO, Sums

_ENDED = ("denied", "filled", "cancelled", "rejected", "expired", "not_accepted")
_STOPS = ("stop_market", "stop_limit", "trailing_stop")


class Venue:
    """Its own executions, its open orders, and which of its positions no stop covers."""

    def __init__(self, capital: Decimal) -> None:
        self.sums = Sums()
        self.sums.paid = capital
        self.cash = capital  # as it said itself at the last start
        self.facts_since = 0  # facts about money after that
        self.orders: dict[str, dict[str, Any]] = {}
        self.wrong: list[str] = []
        self.naked_spans: list[tuple[int, int]] = []  # in which a position had no stop, in engine time
        self._naked_ns: dict[str, int] = {}
        self._arrived: set[str] = set()

    def take(self, body: dict[str, Any], seq: int) -> None:
        """One happening: a cause and all its consequences."""
        for fact in body["facts"]:
            what = fact["what"]
            if what == "SubmitOrder":
                self._arrive(fact["order_id"], seq)
            elif what == "OrderKept":
                self._keep(fact)
            elif what == "VenueKept":
                self._begin(fact, seq)
            elif self.sums.take(fact, seq):
                self.facts_since += 1
        self._look(body["ts"])

    def naked(self) -> dict[str, Decimal]:
        """How much of each position in contracts no stop at the venue covers."""
        found = {}
        for symbol, held in self.sums.held.items():
            if ":" not in symbol:
                continue  # coins are not protected by stops that can only reduce
            stops = [
                Decimal(order["quantity"]) - Decimal(order["filled"])
                for order in self.orders.values()
                if order["symbol"] == symbol
                and order["type"] in _STOPS
                and order["side"] * held < 0
                and (order.get("reduce_only") or order.get("is_exit"))
            ]
            bare = abs(held) - sum(stops, ZERO)
            if bare > 0:
                found[symbol] = bare
        return found

    def covered_ns(self, began_ns: int) -> int | None:
        """When the last of what was naked as a run began had its stop, or was closed."""
        return max((until for since, until in self.naked_spans if since < began_ns <= until), default=None)

    def naked_since_before(self, began_ns: int) -> list[str]:
        """What has been naked all the time since a run began."""
        return [symbol for symbol, since_ns in self._naked_ns.items() if since_ns < began_ns]

    def _arrive(self, order_id: str, seq: int) -> None:
        if order_id in self._arrived:
            self.wrong.append(f"order {order_id} arrived at the venue again with row {seq}")
        self._arrived.add(order_id)

    def _keep(self, order: dict[str, Any]) -> None:
        if order["status"] in _ENDED:
            self.orders.pop(order["order_id"], None)
        else:
            self.orders[order["order_id"]] = order

    def _begin(self, kept: dict[str, Any], seq: int) -> None:
        """What the venue says of itself at a start must be what its rows before come to."""
        self.cash, self.facts_since = Decimal(kept["cash"]), 0
        held = {each["symbol"]: Decimal(each["quantity"]) for each in kept["positions"] if Decimal(each["quantity"])}
        if held != self.sums.held:
            self.wrong.append(f"row {seq}: the venue was restored with {held}, and its rows come to {self.sums.held}")
        cost = sum((Decimal(each["cost"]) for each in kept["positions"]), ZERO)
        if self.cash - cost != self.sums.paid:
            self.wrong.append(f"row {seq}: the venue was restored with {self.cash - cost}, not with {self.sums.paid}")
        orders = {order["order_id"]: order for order in kept["orders"]}
        if set(orders) != set(self.orders):
            self.wrong.append(f"row {seq}: the venue was restored with other orders: {set(orders) ^ set(self.orders)}")
        self.orders = orders

    def _look(self, now_ns: int) -> None:
        naked = self.naked()
        for symbol in [symbol for symbol in self._naked_ns if symbol not in naked]:
            self.naked_spans.append((self._naked_ns.pop(symbol), now_ns))
        for symbol in naked:
            self._naked_ns.setdefault(symbol, now_ns)
