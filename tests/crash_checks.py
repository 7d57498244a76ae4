"""What must hold after a kill, looked at from outside: each look returns the sentences of what does not."""

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from engine.record.folding import Fold, FoldedRow
from hean_tui.replaying import fresh_kernel
from hean_tui.run_facts import facts_of
from infrastructure.journal import Places, verify
from infrastructure.journal.reading import Row, open_for_reading, rows
from tests.crash_books import IN_FLIGHT, Books

# Signing 1 s, the exchange's window 2.5 s, clocks 1 s, its index 3 s; two looks 2 s apart and the wait for an answer.
FENCE_S = 7.5 + 2 + 2 + 2
_SECOND_NS = 1_000_000_000


class Told(NamedTuple):
    """A row that the program had called durable before it was killed."""

    seq: int
    hash: str


class Inspection:
    """Follows one data folder through all its kills."""

    def __init__(self, folder: Path) -> None:
        self._places = Places.within(folder)
        self.books = Books()
        self._fold: Fold | None = None
        self.compared = 0  # starts at which our cash and the venue's were compared to the last digit
        self.at_a_kill: Counter[str] = Counter()  # orders by the state a kill found them in
        self.rows = 0

    def after_a_kill(self, told: Told | None, *, has_started: bool) -> list[str]:
        """Everything that can be said of the file that was left."""
        wrong: list[str] = []
        hashes: dict[int, bytes] = {}
        if not self._places.journal.exists():
            return ["there is no journal, and rows were called durable"] if told else []
        verdict = verify(self._places, readers_max=1)
        connection = open_for_reading(self._places)
        try:
            new = [row for piece in rows(connection, self._places, self.books.last_seq) for row in piece]
            if told is not None:
                found = connection.execute("SELECT hash FROM journal WHERE seq = ?", (told.seq,)).fetchone()
                hashes = {told.seq: found[0]} if found else {}
        finally:
            connection.close()
        if told is not None and hashes.get(told.seq, b"").hex() != told.hash:
            wrong.append(f"row {told.seq} was called durable, and the journal ends with row {verdict.head.seq}")
        self.rows += len(new)
        wrong += self._add(new)
        if has_started:
            wrong += self._all_was_heard()
        return wrong

    def _add(self, new: list[Row]) -> list[str]:
        books = self.books
        before = len(books.wrong)
        for row in new:
            books.take((row,))
            self._add_to_fold(row)
        wrong = books.wrong[before:]
        if self._fold is not None:
            wrong += self._fold.differences
            self._fold.differences.clear()
        wrong += books.ours.doubled
        books.ours.doubled.clear()
        if books.venue is not None:
            wrong += books.venue.wrong + books.venue.sums.doubled
            books.venue.wrong.clear()
            books.venue.sums.doubled.clear()
        wrong += self._our_own_sums()
        self.at_a_kill.update(fate.status for fate in books.fates.values() if not fate.ends)
        wrong += self._too_long_in_flight()
        return wrong

    def _add_to_fold(self, row: Row) -> None:
        books = self.books
        if self._fold is None:
            if row.kind != "run_start":
                return
            self._kernel = fresh_kernel([facts_of(row.body)])
            self._fold = Fold(self._kernel)
        self._fold.take((FoldedRow._make(row),))
        venue = books.venue
        if row.kind == "venue" and row.seq == books.run_row + 1 and venue is not None and not books.owed:
            self.compared += 1
            cash = self._kernel.account.ledger.cash
            if cash != venue.cash:
                books.wrong.append(f"row {row.seq}: our cash is {cash}, and the venue's {venue.cash}")

    def _our_own_sums(self) -> list[str]:
        """What a replay arrives at against what the rows add up to."""
        if self._fold is None:
            return []
        ledger = self._kernel.account.ledger
        held = {name: each.quantity for name, each in sorted(ledger.positions.items()) if each.quantity}
        cost = self.cost()
        ours = self.books.ours
        wrong = []
        if held != ours.held:
            wrong.append(f"a replay holds {held}, and our executions add up to {ours.held}")
        if ledger.cash - cost != ours.paid:
            wrong.append(f"a replay has {ledger.cash - cost} in cash less cost, and our rows add up to {ours.paid}")
        return wrong

    def _too_long_in_flight(self) -> list[str]:
        books = self.books
        wrong = []
        for name, fate in books.fates.items():
            if fate.status in IN_FLIGHT:
                age_s = (books.last_ns - max(fate.since_ns, books.run_began_ns)) / _SECOND_NS
                if age_s > FENCE_S:
                    wrong.append(f"order {name} has been {fate.status} for {age_s:.1f} s")
        return wrong

    def _all_was_heard(self) -> list[str]:
        """Once a start is finished, what happened at the venue before it is in our books, and the sums are the same."""
        books = self.books
        missing = [" ".join(fact) for fact in books.owed if fact not in books.ours.facts]
        wrong = [f"the start ended without having heard of {fact}" for fact in missing]
        if books.venue is not None:
            flying = {fact for fact in books.venue.sums.facts if fact not in books.ours.facts}
            if not flying and books.venue.sums.held != books.ours.held:
                wrong.append(f"our positions are {books.ours.held}, and the venue's {books.venue.sums.held}")
        return wrong

    def still_naked(self) -> list[str]:
        """What a start should have protected, or closed."""
        venue, began_ns = self.books.venue, self.books.run_began_ns
        found = [] if venue is None else venue.naked_since_before(began_ns)
        return [f"{symbol} has had no stop since before the start" for symbol in found]

    def cost(self) -> Decimal:
        """What all that is held has cost, as a replay knows it."""
        return sum((each.cost for each in self._kernel.account.ledger.positions.values()), Decimal(0))

    def in_force(self, status: dict[str, Any]) -> list[str]:
        """What a status says against what the rows before this run had closed."""
        books = self.books
        state = status["engine"]["state"]
        wrong = []
        if books.killed is not None and state != "killed":
            wrong.append(f"a kill was in force ({books.killed}), and the engine is {state}")
        if books.halts and not status["risk"]["halted"]:
            wrong.append(f"halts were in force ({books.halts}), and none is")
        return wrong
