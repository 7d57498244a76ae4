"""The journal beside the disk it writes to: one row alone, many producers at once, and a long one read back."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from benchmarks.figures import Figure, median, now_ns, quantile
from engine.host import system
from infrastructure.journal import ENTROPY_BYTES, Journal, Kind, Opening, Places, Ticket, open_journal, verify
from infrastructure.journal.rows import draft
from infrastructure.journal.store import Store

ALONE_LIMIT: Final = 3.0
PRODUCERS: Final = 64
ROWS_A_SECOND: Final = 1_000
LATENCY_LIMIT_MS: Final = 10.0
LONG_ROWS: Final = 1_000_000
READ_LIMIT_S: Final = 5.0
_BLOCK: Final = 5_000  # rows a commit while the long journal is made
_SYMBOLS: Final = ("BTC/USDT:USDT", "ETH/USDT:USDT", "SOL/USDT:USDT")


class _Fill(msgspec.Struct, frozen=True, gc=False):
    """What the fold needs of an execution."""

    symbol: str
    side: int
    quantity: Decimal
    fee: Decimal


def measure(*, quick: bool) -> list[Figure]:
    """All three, the long one in a tenth of its length when time is short."""
    return [
        *durable_row_alone(rounds=200 if quick else 2_000),
        *rows_from_producers(seconds=2 if quick else 10),
        *long_journal(rows=LONG_ROWS // 10 if quick else LONG_ROWS),
    ]


def durable_row_alone(rounds: int) -> list[Figure]:
    """From `append` until the row is known to be on the disk, beside write and fdatasync of the same bytes.

    The two take turns in the same folder, so that what else the disk does meets both alike.
    """
    rows: list[float] = []
    raws: list[float] = []
    with _folder() as folder, _journal(folder) as journal:
        raw = os.open(folder / "raw", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            for number in range(rounds):
                body = _intent(number)
                # All columns of the row: what the database stores of it, without the room its pages take.
                text = draft(Kind.INTENT, body, number).body + bytes(8 + 8 + 32) + b"intent" + b"benchmark"
                began = now_ns()
                os.write(raw, text)
                os.fdatasync(raw)
                between = now_ns()
                journal.append(Kind.INTENT, body, number).wait(10)
                rows.append((now_ns() - between) / 1e3)
                raws.append((between - began) / 1e3)
        finally:
            os.close(raw)
    ratio = median(rows) / median(raws)
    return [
        Figure("one row, write and fdatasync: median", median(raws), "µs"),
        Figure("one row, durable in the journal: median", median(rows), "µs"),
        Figure("durable over raw: medians", ratio, "×", ALONE_LIMIT),
    ]


def rows_from_producers(seconds: int) -> list[Figure]:
    """64 producers offer 1,000 rows a second together; how long each row takes until its producer knows.

    Producers and journal share an interpreter, whose threads take turns as they do in the program.
    """
    system.settle_memory()
    with _folder() as folder, _journal(folder) as journal:
        latencies, took_s = asyncio.run(_produce(journal, ROWS_A_SECOND * seconds // PRODUCERS))
    latencies.sort()
    note = f"{len(latencies) / took_s:,.0f} rows a second"
    return [
        Figure("64 producers, 1,000 rows a second: median", quantile(latencies, 0.5), "ms", note=note),
        Figure("64 producers, 1,000 rows a second: p99", quantile(latencies, 0.99), "ms", LATENCY_LIMIT_MS),
        Figure("64 producers, 1,000 rows a second: worst", latencies[-1], "ms"),
    ]


async def _produce(journal: Journal, each: int) -> tuple[list[float], float]:
    loop = asyncio.get_running_loop()
    journal.deliver_through(loop.call_soon_threadsafe)
    latencies: list[float] = []
    gap_s = PRODUCERS / ROWS_A_SECOND

    async def produce(producer: int) -> None:
        rng = random.Random(producer)
        began = loop.time() + rng.random() * gap_s
        for number in range(each):
            await asyncio.sleep(began + number * gap_s - loop.time())
            settled: asyncio.Future[Ticket] = loop.create_future()
            asked = now_ns()
            body = _intent(producer * each + number)
            journal.append(Kind.INTENT, body, number, when_settled=settled.set_result)
            assert (await settled).is_durable
            latencies.append((now_ns() - asked) / 1e6)

    started = now_ns()
    async with asyncio.TaskGroup() as producers:
        for producer in range(PRODUCERS):
            producers.create_task(produce(producer))
    return latencies, (now_ns() - started) / 1e9


def long_journal(rows: int) -> list[Figure]:
    """Every hash of a long journal recomputed; once more with every body decoded and the executions folded."""
    with _folder() as folder:
        _fill(folder, rows)
        began = now_ns()
        assert verify(Places.within(folder)).head.seq == rows
        alone_s = (now_ns() - began) / 1e9
        began = now_ns()
        fold = _Fold()
        verdict = verify(Places.within(folder), fold.visit)
        took_s = (now_ns() - began) / 1e9
        assert verdict.head.seq == rows
        assert fold.seen == rows
        size = (folder / "journal.db").stat().st_size
    limit = READ_LIMIT_S if rows == LONG_ROWS else READ_LIMIT_S * rows / LONG_ROWS
    note = f"{rows / took_s:,.0f} rows a second, {size / rows:.0f} bytes a row"
    return [
        Figure(f"{rows:,} rows verified", alone_s, "s"),
        Figure(f"{rows:,} rows verified and folded", took_s, "s", limit, note),
    ]


class _Fold:
    """Positions and fees out of the rows: the least that a recovery does with each of them."""

    def __init__(self) -> None:
        self.seen = 0
        self.positions: dict[str, Decimal] = {}
        self.fees = Decimal(0)
        self._decode = msgspec.json.Decoder(_Fill).decode
        self._decode_any = msgspec.json.Decoder().decode

    def visit(self, _: int, kind: bytes, body: bytes) -> None:
        """Take one row in."""
        self.seen += 1
        if kind == b"execution":
            fill = self._decode(body)
            positions = self.positions
            moved = fill.quantity if fill.side > 0 else -fill.quantity
            positions[fill.symbol] = positions.get(fill.symbol, Decimal(0)) + moved
            self.fees += fill.fee
        else:
            self._decode_any(body)


def _fill(folder: Path, rows: int) -> None:
    """A journal of that many rows, in the way of days of orders: intent, result, execution, ledger."""
    with _journal(folder):
        pass
    from infrastructure.journal.connections import open_writer
    from infrastructure.journal.heads import Heads
    from infrastructure.journal.schema import read_meta

    places = Places.within(folder)
    connection = open_writer(places.journal)
    store = Store(connection, places.journal, "benchmark")
    meta = read_meta(connection)
    heads = Heads(places.heads, meta["instance"], int(meta["openings"]))
    while store.head.seq < rows:
        first = store.head.seq
        block = [draft(*_step(number), number) for number in range(first, min(first + _BLOCK, rows))]
        heads.add(store.commit(block))
    heads.close()
    store.close()


def _step(number: int) -> tuple[str, dict[str, object]]:
    order = number // 4
    if number % 4 == 0:
        return Kind.INTENT, _intent(order)
    if number % 4 == 1:
        return Kind.RESULT, {"client_id": _client_id(order), "state": "ACKED", "exchange_id": f"{order:012d}"}
    if number % 4 == 2:
        return Kind.EXECUTION, {
            "venue": "paper",
            "category": "linear",
            "symbol": _SYMBOLS[order % 3],
            "exec_id": f"e{order:012d}",
            "client_id": _client_id(order),
            "side": 1 if order % 2 else -1,
            "quantity": Decimal("0.012"),
            "price": Decimal("61234.5"),
            "fee": Decimal("0.40414770"),
        }
    return Kind.LEDGER, {"realised": Decimal("1.25"), "fee": Decimal("-0.4041477"), "cash": Decimal("10000.84585")}


def _intent(number: int) -> dict[str, object]:
    return {
        "client_id": _client_id(number),
        "intent": number,
        "leg": "A",
        "gen": 0,
        "payload_hash": f"{number:064x}",
        "sign_by": 1_767_225_601_000_000_000,
        "symbol": _SYMBOLS[number % 3],
        "side": "buy",
        "quantity": Decimal("0.012"),
        "limits_version": 7,
    }


def _client_id(number: int) -> str:
    return f"H1k3q9z-{number:07d}-A0mb-x4t"


@contextmanager
def _folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="hean-tui-journal-") as name:
        yield Path(name)


@contextmanager
def _journal(folder: Path) -> Iterator[Journal]:
    opened = open_journal(folder, Opening("benchmark", 0, bytes(range(ENTROPY_BYTES)), "benchmark"))
    try:
        yield opened.journal
    finally:
        opened.journal.close()
