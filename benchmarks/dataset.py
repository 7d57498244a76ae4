"""The benchmarks' market data: trade ticks and one-minute bars that are a pure function of a seed and a size."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

SEED: Final = 20_240_601
TICK_ROWS: Final = 1_000_000
BAR_ROWS: Final = 500_000
START_MS: Final = 1_704_067_200_000  # 2024-01-01T00:00:00Z
MINUTE_MS: Final = 60_000
START_PRICE: Final = 60_000.0
TICKS_PER_UNIT: Final = 10  # one price tick is 0.1
LOTS_PER_UNIT: Final = 1_000  # one lot is 0.001
SMALLEST_TRADE_LOTS: Final = 20  # a flip's whole quantity, so that any simulator fills it in one piece
FOLDER: Final = Path(__file__).resolve().parent.parent / ".peers" / "data"

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Ticks(NamedTuple):
    """Trades as columns; `side` is the taker's, +1 for a buy and -1 for a sale."""

    ts_ms: Integers
    price_ticks: Integers
    size_lots: Integers
    side: Integers

    @property
    def price(self) -> Floats:
        """The price as the float nearest to its decimal notation."""
        return self.price_ticks / float(TICKS_PER_UNIT)

    @property
    def size(self) -> Floats:
        """The size as the float nearest to its decimal notation."""
        return self.size_lots / float(LOTS_PER_UNIT)


class Bars(NamedTuple):
    """One-minute bars as columns; `ts_ms` is the start of the minute, prices are in price ticks."""

    ts_ms: Integers
    open_ticks: Integers
    high_ticks: Integers
    low_ticks: Integers
    close_ticks: Integers
    volume_lots: Integers

    @property
    def prices(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Open, high, low and close as the floats nearest to their decimal notation."""
        scale = float(TICKS_PER_UNIT)
        return self.open_ticks / scale, self.high_ticks / scale, self.low_ticks / scale, self.close_ticks / scale

    @property
    def volume(self) -> Floats:
        """The volume as the float nearest to its decimal notation."""
        return self.volume_lots / float(LOTS_PER_UNIT)


def make_ticks(seed: int = SEED, rows: int = TICK_ROWS) -> Ticks:
    """Trades at about ten a second, in bursts, around a mid price whose volatility clusters."""
    draw = np.random.Generator(np.random.PCG64(seed))
    # Never two in one millisecond: "the next tick" must mean one and the same row to every simulator.
    ts_ms = START_MS + np.cumsum(1 + draw.exponential(99.0 * _clustered(draw, rows, 300, 0.5)).astype(np.int64))
    moves = draw.standard_t(4.0, rows) * 1.2e-5 * _clustered(draw, rows, 1_000, 0.6)
    moves[draw.random(rows) < 0.5] = 0.0  # half of all trades leave the mid where it was
    mid_ticks = np.rint(START_PRICE * np.exp(np.cumsum(moves)) * TICKS_PER_UNIT).astype(np.int64)
    side = np.where(_runs(draw, rows, 0.3), 1, -1).astype(np.int64)
    price_ticks = mid_ticks + (side + 1) // 2  # buys lift the ask, one tick above the bid
    size_lots = SMALLEST_TRADE_LOTS + draw.lognormal(2.5, 1.4, rows).astype(np.int64)
    return Ticks(ts_ms.astype(np.int64), price_ticks, size_lots, side)


def make_bars(seed: int = SEED, rows: int = BAR_ROWS) -> Bars:
    """One-minute bars without gaps in time, each opening where the last one closed or a few ticks away."""
    draw = np.random.Generator(np.random.PCG64(seed + 1))
    ts_ms = START_MS + MINUTE_MS * np.arange(rows, dtype=np.int64)
    spread = 6.0e-4 * _clustered(draw, rows, 240, 0.6)
    moves = draw.standard_t(4.0, rows) * spread * 0.7
    close = START_PRICE * np.exp(np.cumsum(moves - moves.mean()))
    close_ticks = np.rint(close * TICKS_PER_UNIT).astype(np.int64)
    open_ticks = np.concatenate(([round(START_PRICE * TICKS_PER_UNIT)], close_ticks[:-1])) + draw.integers(-3, 4, rows)
    reach = np.rint(np.abs(draw.standard_normal((2, rows))) * spread * close * 0.5 * TICKS_PER_UNIT).astype(np.int64)
    high_ticks = np.maximum(open_ticks, close_ticks) + reach[0]
    low_ticks = np.minimum(open_ticks, close_ticks) - reach[1]
    volume_lots = SMALLEST_TRADE_LOTS + draw.lognormal(9.0, 1.0, rows).astype(np.int64)
    return Bars(ts_ms, open_ticks, high_ticks, low_ticks, close_ticks, volume_lots)


def load_ticks(seed: int = SEED, rows: int = TICK_ROWS, folder: Path = FOLDER) -> Ticks:
    """The ticks of this seed and size, from the cache if they are there."""
    path = folder / f"ticks-{seed}-{rows}.npy"
    if not path.exists():
        _store(path, np.stack(make_ticks(seed, rows)))
    return Ticks(*np.load(path))


def load_bars(seed: int = SEED, rows: int = BAR_ROWS, folder: Path = FOLDER) -> Bars:
    """The bars of this seed and size, from the cache if they are there."""
    path = folder / f"bars-{seed}-{rows}.npy"
    if not path.exists():
        _store(path, np.stack(make_bars(seed, rows)))
    return Bars(*np.load(path))


def ticks_file(seed: int = SEED, rows: int = TICK_ROWS, folder: Path = FOLDER) -> Path:
    """The same ticks as a parquet file with the columns `hean-tui backtest --trades` reads."""
    path = folder / f"ticks-{seed}-{rows}.parquet"
    if not path.exists():
        data = load_ticks(seed, rows, folder)
        side = np.where(data.side > 0, "buy", "sell")
        _store_table(path, {"ts": data.ts_ms, "price": data.price, "size": data.size, "side": side})
    return path


def bars_file(seed: int = SEED, rows: int = BAR_ROWS, folder: Path = FOLDER) -> Path:
    """The same bars as a parquet file with the columns `hean-tui backtest --bars` reads."""
    path = folder / f"bars-{seed}-{rows}.parquet"
    if not path.exists():
        data = load_bars(seed, rows, folder)
        prices = dict(zip(("open", "high", "low", "close"), data.prices, strict=True))
        _store_table(path, {"ts": data.ts_ms, **prices, "volume": data.volume})
    return path


def fingerprint(rows: Ticks | Bars) -> str:
    """The SHA-256 of the columns, to tell that two programs read the same data."""
    digest = hashlib.sha256()
    for column in rows:
        digest.update(np.ascontiguousarray(column, dtype="<i8").tobytes())
    return digest.hexdigest()


def _store(path: Path, columns: NDArray[np.int64]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half_written = path.with_suffix(".part.npy")
    np.save(half_written, columns)
    half_written.replace(path)


def _store_table(path: Path, columns: dict[str, Any]) -> None:
    import pyarrow as pa  # not in the environments of the peers, which read the columns instead
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    half_written = path.with_suffix(".part")
    pq.write_table(pa.table(columns), half_written)
    half_written.replace(path)


def _clustered(draw: np.random.Generator, rows: int, block_rows: int, strength: float) -> Floats:
    """A positive factor around one that wanders slowly from block to block."""
    level = 0.0
    levels = []
    for shock in draw.standard_normal(rows // block_rows + 1):
        level = 0.95 * level + 0.3 * float(shock)
        levels.append(level)
    return np.repeat(np.exp(strength * np.asarray(levels)), block_rows)[:rows]


def _runs(draw: np.random.Generator, rows: int, turn_probability: float) -> NDArray[np.bool_]:
    """A coin that keeps its face for a while, as the taker's side does."""
    turns = np.cumsum(draw.random(rows) < turn_probability)
    even: NDArray[np.bool_] = turns % 2 == 0
    return even
