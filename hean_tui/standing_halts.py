"""The halts of a journal that a restore is about to replace: a backup from before them does not lift them."""

import logging
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from engine.account import Account
from engine.gate import ACCOUNT_SCOPE, StandingHalt
from engine.host import system
from engine.record.folding import Fold
from hean_tui.replaying import fresh_kernel
from hean_tui.run_facts import RunFacts, facts_of
from infrastructure.journal import JournalFault, Kind, Places, verify
from infrastructure.journal.connections import size_of
from infrastructure.journal.reading import open_for_reading
from risk.gate import Gate

_log = logging.getLogger(__name__)
_RUNS = "SELECT body FROM journal WHERE kind = ? ORDER BY seq"
_LIST = "SELECT scope, reason FROM halts WHERE cleared_seq IS NULL ORDER BY scope"
_UNKNOWN = "The journal that was there cannot be read, so whether a halt was in force in it is not known."
_IN_PART = (
    "The journal that was there does not hold to its end; its halts are those of the rows that do, and of its list of "
    "halts as far as that can be read."
)


class StandingHalts(NamedTuple):
    """What was in force, at which engine time, and what cannot be known of it."""

    halts: list[StandingHalt]
    at_ns: int = 0
    doubt: str | None = None

    def rows_at(self, time_ns: int) -> Iterable[dict[str, Any]]:
        """Their rows in a journal whose engine time is another one: each has as long to go there as it had here."""
        for halt in self.halts:
            until_ns = time_ns + halt.until_ns - self.at_ns
            yield {**msgspec.structs.asdict(halt), "until_ns": until_ns, "level": "halt", "what": "carried"}


def standing_halts(folder: Path) -> StandingHalts:
    """Those of the journal of a folder whose lock the caller holds."""
    places = Places.within(folder)
    if not size_of(places.journal) and places.restored.exists():  # an earlier restore was cut short, and had them
        places = Places.alone(places.restored)
    elif not places.journal.exists() and not places.heads.exists():
        return StandingHalts([])
    try:
        with closing(open_for_reading(places)) as connection:
            return _read(connection, places)
    except (JournalFault, sqlite3.Error):
        return StandingHalts([], doubt=_UNKNOWN)


def _read(connection: sqlite3.Connection, places: Places) -> StandingHalts:
    runs, is_whole = _runs(connection)
    if not runs:
        return StandingHalts([], doubt=None if is_whole else _UNKNOWN)
    kernel = fresh_kernel(runs)
    gate = kernel.gate
    assert isinstance(gate, Gate), "a fresh kernel has it"
    fold = Fold(kernel)
    try:
        with system.without_collections():
            verify(places, fold.take, has_heads=places.heads.exists())
    except Exception:  # noqa: BLE001 - what is damaged may fail in any way, and a restore is what it needs
        _log.warning("the journal that is replaced was not read to its end", exc_info=True)
        is_whole = False
    gate.losses.begin(kernel.account)
    found = gate.standing(fold.last_ns)
    if is_whole:
        return StandingHalts(found, fold.last_ns)
    scopes = {halt.scope for halt in found}
    found += [halt for halt in _listed(connection, gate, kernel.account, fold.last_ns) if halt.scope not in scopes]
    return StandingHalts(found, fold.last_ns, _IN_PART)


def _runs(connection: sqlite3.Connection) -> tuple[list[RunFacts], bool]:
    """What the runs were made of, as far as that can be read, and whether that is all."""
    runs: list[RunFacts] = []
    try:
        for (body,) in connection.execute(_RUNS, (Kind.RUN_START,)):
            runs.append(facts_of(body))  # one by one: those before the damage are kept
    except (sqlite3.DatabaseError, msgspec.MsgspecError):
        return runs, False
    return runs, True


def _listed(connection: sqlite3.Connection, gate: Gate, account: Account, now_ns: int) -> list[StandingHalt]:
    """What the table beside the rows says; when each began is not in it, so that its whole time is before it."""
    tier = gate.losses.tier
    try:
        listed = connection.execute(_LIST).fetchall()
    except sqlite3.DatabaseError:
        return []
    return [
        StandingHalt(scope, reason, now_ns + tier.wait_ns, tier.name)
        if scope == ACCOUNT_SCOPE
        else StandingHalt(scope, reason, account.day_end_of(now_ns))
        for scope, reason in listed
    ]
