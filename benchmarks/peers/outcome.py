"""What one runner measured: the case it was given, the stopwatch it used, the line of JSON it prints."""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import platform
import time
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from benchmarks.dataset import (
    BAR_ROWS,
    LOTS_PER_UNIT,
    SEED,
    TICK_ROWS,
    TICKS_PER_UNIT,
    Bars,
    Ticks,
    fingerprint,
    load_bars,
    load_ticks,
)

Dataset = Literal["ticks", "bars"]
FillRule = Literal["same tick", "next tick", "next open"]
ROWS: dict[Dataset, int] = {"ticks": TICK_ROWS, "bars": BAR_ROWS}
FIRST_TRADES_SHOWN = 5


class Case(NamedTuple):
    """What to run: which data, which two periods, and which of the peer's settings."""

    dataset: Dataset
    fast: int
    slow: int
    rows: int
    seed: int
    variant: str

    def ticks(self) -> Ticks:
        """The ticks of this case."""
        return load_ticks(self.seed, self.rows)

    def bars(self) -> Bars:
        """The bars of this case."""
        return load_bars(self.seed, self.rows)


class Trade(NamedTuple):
    """One filled order: the row that decided it, +1 to buy or -1 to sell, its quantity and the price of its fill."""

    row: int
    side: int
    lots: int
    price: float


class Stopwatch:
    """Measures wall and processor time, with everything loaded before out of the garbage collector's sight."""

    wall_s: float
    cpu_s: float

    def start(self) -> None:
        gc.collect()
        gc.freeze()
        self._cpu_started_s = time.process_time()
        self._wall_started_s = time.perf_counter()

    def stop(self) -> None:
        self.wall_s = time.perf_counter() - self._wall_started_s
        self.cpu_s = time.process_time() - self._cpu_started_s
        gc.unfreeze()

    def __enter__(self) -> Stopwatch:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def case_from_arguments(arguments: Sequence[str] | None = None) -> Case:
    """The case named on the runner's command line."""
    parser = argparse.ArgumentParser(description="Measure one peer on one case; one line of JSON comes out.")
    parser.add_argument("--dataset", choices=get_args(Dataset), required=True)
    parser.add_argument("--fast", type=int, required=True)
    parser.add_argument("--slow", type=int, required=True)
    parser.add_argument("--rows", type=int)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--variant", default="")
    given = parser.parse_args(arguments)
    rows = ROWS[given.dataset] if given.rows is None else given.rows
    return Case(given.dataset, given.fast, given.slow, rows, given.seed, given.variant)


def report(
    case: Case,
    taken: Stopwatch,
    trades: Sequence[Trade],
    *,
    peer: str,
    version: str,
    fill_rule: FillRule | None,
    fees: float | None,
) -> None:
    """Print the one line. A decision on the last row has no row to be filled on, so nobody's counts."""
    print(json.dumps(summary(case, taken, trades, peer=peer, version=version, fill_rule=fill_rule, fees=fees)))


def summary(
    case: Case,
    taken: Stopwatch,
    trades: Sequence[Trade],
    *,
    peer: str,
    version: str,
    fill_rule: FillRule | None,
    fees: float | None,
) -> dict[str, Any]:
    """The line's content."""
    counted = [trade for trade in trades if trade.row < case.rows - 1]
    data: Ticks | Bars = case.ticks() if case.dataset == "ticks" else case.bars()
    at_rule, worst_gap_ticks = _fill_prices(data, counted, fill_rule)
    return {
        "peer": peer,
        "version": version,
        "variant": case.variant,
        "dataset": case.dataset,
        "data_sha256": fingerprint(data),
        "fast": case.fast,
        "slow": case.slow,
        "rows": case.rows,
        "wall_s": round(taken.wall_s, 6),
        "cpu_s": round(taken.cpu_s, 6),
        "rows_per_s": round(case.rows / taken.wall_s),
        "orders": len(counted),
        "trades_sha256": trades_sha256(counted),
        "first_trades": [_shown(trade) for trade in counted[:FIRST_TRADES_SHOWN]],
        "fill_rule": fill_rule,
        "fills_at_rule": at_rule,
        "worst_gap_ticks": worst_gap_ticks,
        "fees": None if fees is None else round(fees, 4),
        "python": platform.python_version(),
    }


def trades_sha256(trades: Sequence[Trade]) -> str:
    """The fingerprint of what was decided: row, side and quantity of every order, in order."""
    lines = (f"{trade.row},{trade.side:+d},{trade.lots}\n" for trade in trades)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _shown(trade: Trade) -> list[object]:
    return [trade.row, "buy" if trade.side > 0 else "sell", trade.lots / LOTS_PER_UNIT, round(trade.price, 4)]


def _fill_prices(
    data: Ticks | Bars, trades: Sequence[Trade], rule: FillRule | None
) -> tuple[float | None, float | None]:
    """Which share of the fills has exactly the price the rule names, and how far off the worst one is."""
    if rule is None or not trades:
        return None, None
    rows = np.array([trade.row for trade in trades], dtype=np.int64)
    price_ticks = np.array([trade.price for trade in trades]) * TICKS_PER_UNIT
    column = data.price_ticks if isinstance(data, Ticks) else data.open_ticks
    expected = column[rows if rule == "same tick" else rows + 1]
    gaps = np.abs(price_ticks - expected)
    return round(float((gaps < 1e-4).mean()), 6), round(float(gaps.max()), 3)
