"""The journal beside the disk it writes to: one row alone, many producers at once, and a long one read back."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from analytics.features import RunningFeatures
from benchmarks.figures import Figure, median, now_ns, quantile
from engine import events
from engine.clock import Timeline
from engine.gate import OrderRequest
from engine.host import system
from engine.kernel import Kernel, KernelSettings
from engine.record.recorder import Recorder
from engine.simulation.world import LISTING
from hean_tui.books import runs_of
from hean_tui.replaying import replay_verified
from hean_tui.run_facts import RunFacts
from hean_tui.times import START_NS
from infrastructure.journal import ENTROPY_BYTES, Journal, Kind, Opening, Places, Ticket, open_journal, verify
from infrastructure.journal.connections import open_writer
from infrastructure.journal.heads import Heads
from infrastructure.journal.rows import Draft, draft
from infrastructure.journal.schema import read_meta
from infrastructure.journal.store import Store
from risk.gate import Gate
from risk.limits import Limits

ALONE_LIMIT: Final = 3.0
PRODUCERS: Final = 64
ROWS_A_SECOND: Final = 1_000
LATENCY_LIMIT_MS: Final = 10.0
LONG_ROWS: Final = 1_000_000
READ_LIMIT_S: Final = 5.0
_BLOCK: Final = 5_000  # rows a commit while the long journal is made


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
    """Every hash of a long journal recomputed; once more with every row folded into a fresh kernel, as a start does."""
    with _folder() as folder:
        written = _fill(folder, rows)
        places = Places.within(folder)
        began = now_ns()
        head = verify(places).head
        alone_s = (now_ns() - began) / 1e9
        runs = runs_of(places)
        began = now_ns()
        replayed = replay_verified(places, runs)
        took_s = (now_ns() - began) / 1e9
        assert not replayed.fold.differences
        assert replayed.kernel.state_hash() == written
        size = (folder / "journal.db").stat().st_size
    limit = READ_LIMIT_S * head.seq / LONG_ROWS
    note = f"{head.seq / took_s:,.0f} rows a second, {size / head.seq:.0f} bytes a row"
    return [
        Figure(f"{head.seq:,} rows verified", alone_s, "s"),
        Figure(f"{head.seq:,} rows verified and folded into a kernel", took_s, "s", limit, note),
    ]


class _Blocks:
    """Fills the engine's `Journal` with rows that are committed thousands at a time."""

    def __init__(self, folder: Path) -> None:
        with _journal(folder):
            pass
        places = Places.within(folder)
        connection = open_writer(places.journal)
        meta = read_meta(connection)
        self._store = Store(connection, places.journal, "benchmark")
        self._heads = Heads(places.heads, meta["instance"], int(meta["openings"]))
        self._waiting: list[Draft] = []
        self.is_durable = self.is_settled = True
        self.seq = self._store.head.seq

    def append(
        self,
        kind: str,
        body: object,
        time_ns: int,
        *,
        exchange_ns: int | None = None,
        when_settled: Callable[..., None] | None = None,
    ) -> _Blocks:
        """Keep a row; the receipt is this journal itself."""
        self._waiting.append(draft(kind, body, time_ns, exchange_ns))
        self.seq += 1
        if len(self._waiting) == _BLOCK:
            self.commit()
        return self

    def commit(self) -> None:
        """Write what waits."""
        self._heads.add(self._store.commit(self._waiting))
        self._waiting.clear()

    def wait(self, timeout_s: float | None = None) -> None:
        """Nobody waits here."""

    def when_settled(self, callback: Callable[..., None]) -> None:
        """It is."""
        callback(self)

    def close(self) -> None:
        """Write the rest and end."""
        self.commit()
        self._heads.close()
        self._store.close()


def _fill(folder: Path, rows: int) -> str:
    """A journal of that many rows, written by a kernel that trades day after day; the state it ends in."""
    journal = _Blocks(folder)
    timeline = Timeline(START_NS)
    recorder = Recorder(journal, timeline, "paper", waits=False)
    settings = KernelSettings(capital=Decimal(10_000), start_ns=START_NS, leverage=Decimal(3), epoch=1)
    gate = Gate(Limits(max_data_age_s=None))  # there is one price, for ever
    kernel = Kernel(settings, timeline, LISTING, gate, RunningFeatures(), _nowhere, recorder)
    recorder.send = _nowhere
    for instrument in LISTING:
        kernel.bus.publish(events.Tick(START_NS, instrument.symbol, 100.0, 1.0))
    recorder.is_silent = False
    facts = RunFacts(
        run="benchmark",
        program="benchmark",
        mode="paper",
        feed="sim",
        scenario="",
        symbols=(),
        strategies=(),
        seed=0,
        parameters={},
        capital=settings.capital,
        leverage=settings.leverage,
        limits=kernel.gate.in_force(),
        epoch=1,
        start_ns=START_NS,
        instruments=LISTING,
    )
    recorder.note("run_start", msgspec.structs.asdict(facts))
    kernel.begin_run(facts.limits)
    kernel.start()
    number = 0
    while journal.seq < rows:
        _trade(kernel, number)
        number += 1
    journal.close()
    return kernel.state_hash()


def _trade(kernel: Kernel, number: int) -> None:
    """An order with its acknowledgement, its fill and the note of what the venue did; every other one closes."""
    timeline = kernel.timeline
    timeline.advance(timeline.now_ns + 1_000_000_000)
    now, symbol = timeline.now_ns, LISTING[number // 2 % len(LISTING)].symbol
    side = 1 if number % 2 == 0 else -1
    request = OrderRequest(symbol=symbol, side=side, quantity=Decimal(1), reduce_only=side < 0, reason="benchmark")
    order = kernel.orders.place(request)
    assert kernel.recorder is not None
    kernel.recorder.note("venue", {"ts": now, "facts": [{"what": "SubmitOrder", "order_id": order.id}]})
    kernel.bus.publish(events.OrderAccepted(now, order.id, symbol, f"o{number}"))
    price, fee = Decimal(100), Decimal("0.0001")  # all fees together stay far from a limit
    kernel.bus.publish(
        events.Execution(now, f"e{number}", order.id, symbol, side, Decimal(1), price, fee, "USDT", maker=False)
    )


def _nowhere(*_: object) -> None:
    """Nothing is sent."""


def _intent(number: int) -> dict[str, object]:
    return {
        "client_id": f"H1k3q9z-{number:07d}-A0mb-x4t",
        "intent": number,
        "leg": "A",
        "gen": 0,
        "payload_hash": f"{number:064x}",
        "sign_by": 1_767_225_601_000_000_000,
        "symbol": "BTC/USDT:USDT",
        "side": "buy",
        "quantity": Decimal("0.012"),
        "limits_version": 7,
    }


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
