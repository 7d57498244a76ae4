"""The books of a data folder as an outsider keeps them, from the rows of its journal alone."""

import json
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from infrastructure.journal.reading import Row
from tests.crash_money import Fact, Sums
from tests.crash_venue import Venue

ENDS = ("denied", "filled", "cancelled", "rejected", "expired", "not_accepted")
IN_FLIGHT = ("submitted", "unknown", "cancelling", "amending")
# What a row says of its order, by what it tells.
_STATES = {
    "OrderAccepted": "accepted",
    "OrderAmended": "accepted",
    "RequestRefused": "accepted",
    "OrderTriggered": "accepted",
    "OrderRejected": "rejected",
    "OrderDenied": "denied",
    "OrderCancelled": "cancelled",
    "OrderExpired": "expired",
    "OrderUnknown": "unknown",
    "OrderNotAccepted": "not_accepted",
    "CancelOrder": "cancelling",
    "AmendOrder": "amending",
}
_STAYS = {"OrderTriggered": ("cancelling", "amending"), "OrderAccepted": ("cancelling", "amending")}


class Fate:
    """One order: where it is, since when, and everything it was."""

    def __init__(self, now_ns: int, status: str) -> None:
        self.status = status
        self.since_ns = now_ns
        self.quantity: Decimal | None = None
        self.filled = Decimal(0)
        self.ends: set[str] = set()
        self.was = {status}

    def go(self, status: str, now_ns: int) -> None:
        """The next thing that is told of it."""
        if status in ENDS:
            self.ends.add(status)
        elif self.ends:
            return  # late news move nothing
        if status == "accepted" and self.filled:
            status = "partly_filled"
        if status != self.status:
            self.status, self.since_ns = status, now_ns
            self.was.add(status)

    def fill(self, quantity: Decimal, now_ns: int) -> None:
        """An execution; what was ended otherwise before stays so."""
        self.filled += quantity
        is_full = self.quantity is not None and self.filled >= self.quantity
        self.was.add("filled" if is_full else "partly_filled")
        if is_full and not self.ends:
            self.go("filled", now_ns)
        elif not self.ends and self.status in ("submitted", "accepted", "unknown"):
            self.go("partly_filled", now_ns)


class Books:
    """Ours and the venue's, kept apart; `wrong` says in sentences what must never be."""

    def __init__(self) -> None:
        self.last_seq = 0
        self.last_ns = 0
        self.run_began_ns = 0
        self.run_row = 0
        self.runs = 0
        self.ours = Sums()
        self.venue: Venue | None = None
        self.fates: dict[str, Fate] = {}
        self.owed: dict[Fact, int] = {}  # what the venue had told of money that we had not heard when a run began
        self.killed: str | None = None
        self.halts: dict[str, str] = {}
        self.prices: dict[str, float] = {}
        self.kinds: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._intents: set[str] = set()

    def take(self, rows: Iterable[Row]) -> None:
        """Rows in their order."""
        for row in rows:
            if row.seq != self.last_seq + 1:
                self.wrong.append(f"row {row.seq} follows row {self.last_seq}")
            if row.time_ns < self.last_ns:
                self.wrong.append(f"row {row.seq}: engine time went back")
            self.last_seq, self.last_ns = row.seq, row.time_ns
            self._row(row, json.loads(row.body))
            self.kinds[row.kind] += 1

    def _row(self, row: Row, body: dict[str, Any]) -> None:
        what = body.get("what", "")
        if row.kind == "run_start":
            self._begin(row, body)
        elif row.kind == "venue":
            assert self.venue is not None
            self.venue.take(body, row.seq)
        elif row.kind == "intent":
            self._intend(row, body)
        elif row.kind in ("execution", "ledger"):
            self.ours.take(body, row.seq)
            if what == "Execution":
                self._fate(body["order_id"], row).fill(Decimal(body["quantity"]), row.time_ns)
        elif what in _STATES:
            self._state(row, body, what)
        elif what in ("marks", "prices"):
            self.prices.update({symbol: price for symbol, price in body["marks"].items() if price is not None})
        elif what == "kill":
            self.killed = body["reason"] or "killed"
        elif what == "revive":
            self.killed = None
        elif what == "Halt":
            self.halts[body["scope"]] = body["reason"]
        elif what == "HaltLifted":
            self.halts.pop(body["scope"], None)

    def _begin(self, row: Row, body: dict[str, Any]) -> None:
        self.runs += 1
        self.run_row, self.run_began_ns = row.seq, row.time_ns
        if self.venue is None:
            self.venue = Venue(Decimal(body["capital"]))
            self.ours.paid = Decimal(body["capital"])
        theirs = self.venue.sums.facts
        self.owed = {fact: seq for fact, seq in theirs.items() if fact not in self.ours.facts}
        invented = [" ".join(fact) for fact in self.ours.facts if fact not in theirs]
        self.wrong += [f"the venue knows nothing of {fact}" for fact in invented]

    def _intend(self, row: Row, body: dict[str, Any]) -> None:
        name = body["client_id"]
        if name in self._intents:
            self.wrong.append(f"row {row.seq}: the client id {name} was used before")
        self._intents.add(name)
        fate = self.fates[name] = Fate(row.time_ns, "submitted")
        fate.quantity = Decimal(body["quantity"])

    def _state(self, row: Row, body: dict[str, Any], what: str) -> None:
        name = body["order_id"]
        fate = self._fate(name, row)
        if fate.status in _STAYS.get(what, ()):
            return
        if what == "OrderAmended":
            fate.quantity = Decimal(body["quantity"])
        is_full = fate.quantity is not None and fate.filled >= fate.quantity
        fate.go("filled" if is_full and not fate.ends else _STATES[what], row.time_ns)
        if len(fate.ends) > 1:
            self.wrong.append(f"row {row.seq}: order {name} has ended as {' and as '.join(sorted(fate.ends))}")

    def _fate(self, name: str, row: Row) -> Fate:
        """An exit that the venue placed itself is heard of for the first time when it tells of it."""
        found = self.fates.get(name)
        if found is None:
            found = self.fates[name] = Fate(row.time_ns, "submitted")
            found.was.clear()
            self._learn(name, found)
        elif found.quantity is None:
            self._learn(name, found)
        return found

    def _learn(self, name: str, fate: Fate) -> None:
        kept = None if self.venue is None else self.venue.orders.get(name)
        if kept is not None:
            fate.quantity = Decimal(kept["quantity"])
