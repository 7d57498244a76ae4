"""Trials of the journal on a disk that forgets: `python -m tests.disk_trials NAME FIRST COUNT [PRAGMA]`.

Each trial is a process of its own, forked for it, because its end is the point. The parent looks at what came back with
plain SQLite, and prints one JSON object a trial.
"""

import json
import logging
import os
import random
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import apsw

from infrastructure.journal import (
    Journal,
    JournalClosed,
    JournalFault,
    Kind,
    Opening,
    Places,
    Ticket,
    open_journal,
    verify,
)
from infrastructure.journal.bodies import plain_body
from infrastructure.journal.chain_check import Visited
from tests.lossy_disk import POWER_LOST, SECTOR, LossyDisk, Plan

OPERATIONS = 900  # about as many as a whole trial has
_NOON_NS = 1_767_268_800_000_000_000
_BROKEN = 99


def power_loss(seed: int) -> Plan:
    """The power goes at some moment of the trial, or after its last row."""
    rng = random.Random(seed)
    return Plan(seed, power_lost_at=rng.randrange(1, OPERATIONS + OPERATIONS // 10))


def birth(seed: int) -> Plan:
    """The power goes while a new journal is made, or with its first rows."""
    return Plan(seed, power_lost_at=1 + seed * 3 % 120)


def lying(seed: int) -> Plan:
    """The same on a disk that says it has synced."""
    return power_loss(seed)._replace(syncs=False)


def full_disk(seed: int) -> Plan:
    """The n-th write finds no room; the power goes afterwards."""
    return Plan(seed, fails_at=seed, error=apsw.FullError)


def failing_write(seed: int) -> Plan:
    """The n-th write fails."""
    return Plan(seed, fails_at=seed)


def failing_sync(seed: int) -> Plan:
    """The n-th sync fails, and what it was for may be lost."""
    return Plan(seed, fails_at=seed, failing="sync")


def slow_disk(seed: int) -> Plan:
    """Every sync takes a while."""
    return Plan(seed, sync_takes_s=0.1, bursts=4)


TRIALS: dict[str, Callable[[int], Plan]] = {
    plan.__name__: plan for plan in (power_loss, birth, lying, full_disk, failing_write, failing_sync, slow_disk)
}


def work(folder: Path, plan: Plan, pragmas: list[str], told: int) -> None:
    """Append rows in bursts and in two lives, and tell of each that is durable; ends without power."""
    rng = random.Random(plan.seed)
    disk = LossyDisk(plan)
    # Small logs are copied into the database often, so that the moments of that are met too.
    pragmas = [f"wal_autocheckpoint = {rng.choice((8, 40, 1000))}", *pragmas]
    number = 0
    heads = Places.within(folder).heads
    for life in range(2):
        journal = open_journal(
            folder, Opening(f"run-{life}", _NOON_NS, rng.randbytes(24), "1"), driver=disk.driver(*pragmas)
        ).journal
        disk.folder_synced()  # the last thing that opening does
        synced = heads.stat().st_size
        disk.before_power_is_lost = partial(_forget, heads, synced)
        for _ in range(plan.bursts // 2):
            if not _append(journal, number, rng, told, plan.sync_takes_s > 0):
                _after_a_failure(journal, disk)
            number = journal.next_seq
        assert journal.close(10)
        disk.before_power_is_lost = partial(_forget, heads, heads.stat().st_size)
    disk.lose_power()


def _append(journal: Journal, number: int, rng: random.Random, told: int, slow: bool) -> bool:
    try:
        for extra in range(rng.choice((1, 1, 2, 30))):
            body = {"venue": "p", "category": "l", "symbol": "B", "exec_id": f"e{number + extra}"}
            body["room"] = "x" * rng.choice((0, 200, 5000))
            ticket = journal.append(
                Kind.EXECUTION,
                body,
                _NOON_NS,
                when_settled=partial(_tell, told),
            )
        # The engine is not held up, and the row is not durable before the disk says so.
        assert not (slow and ticket.is_durable)
        ticket.wait(10)
    except JournalClosed:
        return False
    return True


def _tell(told: int, ticket: Ticket) -> None:
    if ticket.is_durable:
        os.write(told, b"%d\n" % ticket.seq)


def _after_a_failure(journal: Journal, disk: LossyDisk) -> None:
    """The journal is closed for good: nothing is written or synced any more, whatever is asked of it."""
    journal.close(10)
    before = disk.operations
    try:
        journal.append(Kind.ALARM, "again", _NOON_NS)
    except JournalClosed:
        if disk.has_failed and disk.operations == before:
            disk.lose_power()
    os._exit(_BROKEN)


def _forget(heads: Path, synced: int, rng: random.Random) -> None:
    """The lines since the last sync come back as far as chance has it, with holes."""
    content = bytearray(heads.read_bytes())
    end = rng.randrange(synced, len(content) + 1) if synced <= len(content) else len(content)
    for start in range(-(-synced // SECTOR) * SECTOR, end, SECTOR):
        if rng.random() < 0.3:
            content[start : start + SECTOR] = bytes(SECTOR)
    heads.write_bytes(content[:end])


def examine(folder: Path, told: list[int]) -> dict[str, Any]:
    """What came back, as the next engine finds it."""
    there: set[int] = set()
    executions = 0

    def visit(rows: Sequence[Visited]) -> None:
        nonlocal executions
        for seq, kind, _, body in rows:
            there.add(seq)
            if kind == "execution":
                executions += 1
                assert plain_body(body)["exec_id"].startswith("e")

    places = Places.within(folder)
    fault = None
    try:
        # An opening by plain SQLite recovers the log; a row more, and all of it is read again.
        journal = open_journal(folder, Opening("after", _NOON_NS, bytes(range(24)), "1")).journal
        journal.append(Kind.INPUT, "after", _NOON_NS).wait(10)
        assert journal.close(10)
        verify(places, visit)
        if executions != _projected(places):
            fault = "the table of executions is not that of the rows"
    except (JournalFault, AssertionError) as error:
        fault = f"{type(error).__name__}: {error}"
    return {"told": len(told), "lost": len(set(told) - there), "rows": len(there), "fault": fault}


def _projected(places: Places) -> int:
    from infrastructure.journal.connections import open_reader

    connection = open_reader(places.journal)
    (count,) = connection.execute("SELECT count(*) FROM executions").fetchone()
    connection.close()
    return int(count)


def trial(plan: Plan, pragmas: list[str]) -> dict[str, Any]:
    """One process that ends without power, and what it left behind."""
    folder = Path(tempfile.mkdtemp(prefix="hean-tui-trial-"))
    reading, writing = os.pipe()
    (folder / "ballast").write_bytes(b"")
    try:
        child = os.fork()
        if child == 0:
            os.close(reading)
            code = _BROKEN
            try:
                work(folder, plan, pragmas, writing)
            except JournalFault:  # it could not even be opened
                code = POWER_LOST
            except BaseException:  # noqa: BLE001 - a child must not become a second parent
                traceback.print_exc()
            finally:
                os._exit(code)
        os.close(writing)
        with open(reading, "rb") as stream:
            told = [int(line) for line in stream.read().split(b"\n")[:-1]]
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        return {"seed": plan.seed, "ended": ended, **examine(folder, told)}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _say_nothing(*_: object) -> None:
    pass


def main(name: str, first: str, count: str, *pragmas: str) -> None:
    """Print what came of each trial."""
    sys.excepthook = sys.unraisablehook = _say_nothing  # what fails here fails on purpose
    logging.getLogger("infrastructure").addHandler(logging.NullHandler())
    for seed in range(int(first), int(first) + int(count)):
        sys.stdout.write(json.dumps(trial(TRIALS[name](seed), list(pragmas))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
