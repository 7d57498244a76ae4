"""What people and reports ask a journal: orders, fills, funding, equity and halts, without holding anybody up.

Each answer is read on a thread of its own connection, which can only read, so whoever asks goes on meanwhile and the
engine never notices.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import aiosqlite

from infrastructure.journal.bodies import plain_body
from infrastructure.journal.connections import BUSY_S, READER_PRAGMAS, explained, reader_uri
from infrastructure.journal.places import Places
from infrastructure.journal.reading import open_for_reading

_ALL = -1  # what SQLite takes for no limit
_NEWEST = "ORDER BY seq DESC LIMIT ?"
_ORDERS = f"""
    SELECT j.seq AS seq, j.t_mono, j.body, i.state FROM intents i JOIN journal j ON j.seq = i.seq {_NEWEST}"""  # noqa: S608
_FILLS = f"""
    SELECT j.seq AS seq, j.t_mono, j.body, NULL FROM executions e JOIN journal j ON j.seq = e.seq {_NEWEST}"""  # noqa: S608
_OF_A_KIND = f"SELECT seq, t_mono, body, NULL FROM journal WHERE kind = ? {_NEWEST}"  # noqa: S608 - our own words
_HALTS = "SELECT scope, level, reason, set_seq, cleared_seq FROM halts ORDER BY set_seq"


class Entry(NamedTuple):
    """A row that answers a question: its number, the engine's time, and what it says."""

    seq: int
    time_ns: int
    body: dict[str, Any]


class Halt(NamedTuple):
    """The last halt of a scope, by the number of its row; and of the row that lifted it, if one did."""

    scope: str
    level: str
    reason: str
    set_seq: int
    cleared_seq: int | None


class Queries:
    """One reading connection; the newest comes last in every answer."""

    def __init__(self, connection: aiosqlite.Connection, file: Path) -> None:
        self._connection = connection
        self._file = file

    async def orders(self, last: int = _ALL) -> list[Entry]:
        """What was decided, each with the `state` that its order has reached."""
        return await self._entries(_ORDERS, (last,))

    async def fills(self, last: int = _ALL) -> list[Entry]:
        """Every execution, once."""
        return await self._entries(_FILLS, (last,))

    async def funding(self, last: int = _ALL) -> list[Entry]:
        """Funding that was paid or received."""
        found = await self._entries(_OF_A_KIND, ("ledger", _ALL))
        return _newest([entry for entry in found if entry.body.get("what") == "FundingPaid"], last)

    async def equity(self, last: int = _ALL) -> list[Entry]:
        """The moments at which the account was judged, as far as their rows tell an `equity`."""
        found = await self._entries(_OF_A_KIND, ("input", _ALL))
        return _newest([entry for entry in found if "equity" in entry.body], last)

    async def halts(self) -> list[Halt]:
        """The last halt of each scope."""
        return [Halt(*row) for row in await self._rows(_HALTS, ())]

    async def _entries(self, statement: str, values: tuple[Any, ...]) -> list[Entry]:
        entries = []
        for seq, time_ns, text, state in reversed(await self._rows(statement, values)):
            body = plain_body(text)
            if isinstance(body, dict):
                entries.append(Entry(seq, time_ns, body if state is None else {**body, "state": state}))
        return entries

    async def _rows(self, statement: str, values: tuple[Any, ...]) -> list[Any]:
        with explained(self._file):
            return list(await self._connection.execute_fetchall(statement, values))


@asynccontextmanager
async def querying(folder: Path) -> AsyncIterator[Queries]:
    """Ask the journal of a data folder; the engine may be running there or not."""
    places = Places.within(folder)
    open_for_reading(places).close()  # whatever is wrong with it is said here, in one sentence
    with explained(places.journal):
        connection = await aiosqlite.connect(reader_uri(places.journal), uri=True, timeout=BUSY_S, isolation_level=None)
    try:
        with explained(places.journal):
            for pragma in READER_PRAGMAS:
                await connection.execute(f"PRAGMA {pragma}")
        yield Queries(connection, places.journal)
    finally:
        await connection.close()


def _newest(entries: list[Entry], last: int) -> list[Entry]:
    return entries if last == _ALL else entries[len(entries) - min(last, len(entries)) :]
