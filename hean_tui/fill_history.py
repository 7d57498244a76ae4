"""What was filled, out of the journal of a data folder: the history that a snapshot does not hold."""

import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics.round_trips import RoundTrips, TripFigures, trip_figures
from engine.money import plain
from engine.snapshot import iso
from hean_tui.journal_faults import as_user_error
from infrastructure.journal.connections import explained
from infrastructure.journal.faults import JournalFault, NoJournal
from infrastructure.journal.places import Places
from infrastructure.journal.reading import open_for_reading

if TYPE_CHECKING:
    import sqlite3

_FILLS = """
SELECT journal.seq, journal.t_mono, journal.body FROM executions JOIN journal USING (seq)
ORDER BY journal.seq DESC LIMIT ?
"""
_INTENT = "SELECT journal.body FROM intents JOIN journal USING (seq) WHERE client_id = ?"
ALL = -1  # what SQLite takes for no limit


def fills(folder: Path, most: int = ALL) -> list[dict[str, Any]]:
    """The newest fills, the oldest of them first; none where nothing was ever written down."""
    places = Places.within(folder)
    try:
        connection = open_for_reading(places)
    except NoJournal:
        return []
    except JournalFault as fault:
        raise as_user_error(fault) from None
    try:
        with explained(places.journal):
            rows = connection.execute(_FILLS, (most,)).fetchall()
            return [_fill(connection, *row) for row in reversed(rows)]
    except JournalFault as fault:
        raise as_user_error(fault) from None
    finally:
        connection.close()


def trips(found: Iterable[dict[str, Any]]) -> TripFigures:
    """What the finished round trips of these fills say together."""
    rounds = RoundTrips()
    for fill in found:
        fee, price = Decimal(fill["fee"]), Decimal(fill["price"])
        if fill["fee_currency"] == fill["symbol"].partition("/")[0]:
            fee *= price
        side = 1 if fill["side"] == "buy" else -1
        rounds.fill(0, fill["strategy"] or "", fill["symbol"], side, Decimal(fill["quantity"]), price, fee)
    return trip_figures(rounds.closed)


def _fill(connection: "sqlite3.Connection", seq: int, time_ns: int, body: bytes) -> dict[str, Any]:
    facts = json.loads(body)
    return {
        "seq": seq,
        "time": iso(facts.get("ts", time_ns)),
        "symbol": facts["symbol"],
        "side": "buy" if facts["side"] > 0 else "sell",
        **{name: plain(Decimal(facts[name])) for name in ("quantity", "price", "fee")},
        "fee_currency": facts["fee_currency"],
        "maker": facts["maker"],
        "kind": facts.get("kind", "trade"),
        "order_id": facts["order_id"],
        "execution_id": facts["execution_id"],
        "strategy": facts.get("strategy") or _strategy(connection, facts["order_id"]),
    }


def _strategy(connection: "sqlite3.Connection", order_id: str) -> str | None:
    """Whose order it was; a stop that the venue made of an entry's wish, `ID.stop`, is its entry's."""
    found = connection.execute(_INTENT, (order_id.partition(".")[0],)).fetchone()
    return None if found is None else json.loads(found[0]).get("strategy")
