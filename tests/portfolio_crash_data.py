"""Measures the crash tables on real market data: `python -m tests.portfolio_crash_data` writes what the files say."""

import sys
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow.compute
import pyarrow.parquet

from risk.portfolio.crashes import CRASHES, MARCH_2020, MAY_2021, NOVEMBER_2022, OCTOBER_2025, Crash, Move
from risk.portfolio.tails import Floats

MARKET = Path(__file__).parents[2] / "shared" / "data" / "market"
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
OLD_SPOT = "binance_spot_1h_2017-08_2021-12/{}USDT_spot_1h"
BYBIT = "bybit_linear_2025-09_2026-02/{}USDT_5m"
UNIVERSE = "binance_perp_universe_1h/universe20_2025-09_2025-12"
BOTH_VENUES = [
    f"funding_history/{venue}_{coin}USDT_funding" for venue in ("bybit", "binance") for coin in ("BTC", "ETH")
]
FUNDING = {
    MARCH_2020.name: [f"funding_history/binance_{coin}USDT_funding" for coin in ("BTC", "ETH")],
    MAY_2021.name: BOTH_VENUES,
    NOVEMBER_2022.name: BOTH_VENUES,
    OCTOBER_2025.name: [f"bybit_linear_2025-09_2026-02/{coin}USDT_funding" for coin in ("BTC", "ETH", "SOL", "ADA")],
}
MEASURED_FUNDING = (MARCH_2020, MAY_2021, NOVEMBER_2022, OCTOBER_2025)
MEASURED_GAPS = (MARCH_2020, OCTOBER_2025)


class Bars(NamedTuple):
    """Columns of a file of bars; the time is that of a bar's beginning, in milliseconds."""

    ts: Floats
    open: Floats
    high: Floats
    low: Floats
    close: Floats

    def within(self, crash: Crash) -> "Bars":
        """The bars of the days that a crash is measured on."""
        kept = inside(self.ts, crash)
        return Bars(*(column[kept] for column in self))


def bars_of(file: str, symbol: str | None = None) -> Bars:
    """A file of bars, or one symbol's of a file that has several."""
    table = pyarrow.parquet.read_table(MARKET / f"{file}.parquet")
    if symbol is not None:
        table = table.filter(pyarrow.compute.equal(table["symbol"], symbol))
    return Bars(*(np.asarray(table[name], dtype=np.float64) for name in Bars._fields))


def at_ms(day: str) -> int:
    """Midnight UTC."""
    return int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp() * 1000)


def inside(ts: Floats, crash: Crash) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which moments belong to a crash."""
    chosen: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = (ts >= at_ms(crash.begins)) & (ts < at_ms(crash.ends))
    return chosen


def hourly_closes(bars: Bars) -> dict[int, float]:
    """The last close of each hour, by the number of the hour."""
    return dict(zip((bars.ts // HOUR_MS).astype(int).tolist(), bars.close.tolist(), strict=True))


def move_of(bars: Bars) -> Move:
    """What the table says about one coin, from its bars of those days."""
    low = max(
        1.0 - lowest / max([opened, *bars.high[(bars.ts >= ts - DAY_MS) & (bars.ts < ts)].tolist()])
        for ts, opened, lowest in zip(bars.ts.tolist(), bars.open.tolist(), bars.low.tolist(), strict=True)
    )
    closes = hourly_closes(bars)
    days = [(price, [closes[h] for h in range(hour - 24, hour + 1) if h in closes]) for hour, price in closes.items()]
    fall = max(1.0 - price / max(day) for price, day in days)
    rebound = max(price / min(day) - 1.0 for price, day in days)
    return Move(low=low, close=fall, rebound=rebound)


def worse(one: Move, other: Move) -> Move:
    """Of two venues the worse, figure by figure."""
    return Move(max(one.low, other.low), max(one.close, other.close), max(one.rebound, other.rebound))


def moves_in(crash: Crash) -> dict[str, Move]:
    """The table of a crash as the files say it; empty for those whose days no file has."""
    if crash is MARCH_2020 or crash is MAY_2021:
        return {coin: move_of(bars_of(OLD_SPOT.format(coin)).within(crash)) for coin in ("BTC", "ETH")}
    if crash is not OCTOBER_2025:
        return {}
    moves = {coin: move_of(bars_of(UNIVERSE, f"{coin}USDT").within(crash)) for coin in crash.moves}
    for coin in ("BTC", "ETH", "SOL", "ADA"):
        moves[coin] = worse(moves[coin], move_of(bars_of(BYBIT.format(coin)).within(crash)))
    return moves


def funding_in(crash: Crash) -> tuple[float, float]:
    """The most that a day of funding cost a long, and a short, in the files of that crash."""
    sums = [0.0]
    for file in FUNDING[crash.name]:
        table = pyarrow.parquet.read_table(MARKET / f"{file}.parquet")
        ts, rate = np.asarray(table["ts"], dtype=np.float64) // HOUR_MS * HOUR_MS, np.asarray(table["rate"])
        kept = inside(ts, crash)
        ts, rate = ts[kept], rate[kept]
        sums += [float(rate[(ts > moment - DAY_MS) & (ts <= moment)].sum()) for moment in ts.tolist()]
    return max(sums), -min(sums)


def gap_in(crash: Crash) -> float:
    """The widest gap between perpetual and coin, at the closes that both have."""
    if crash is MARCH_2020:
        coin = hourly_closes(bars_of(OLD_SPOT.format("BTC")))
        table = pyarrow.parquet.read_table(MARKET / "bitmex_xbtusd_1m_2020-03/XBTUSD_1m.parquet")
        minutes = zip(table["ts"].to_pylist(), table["close"].to_pylist(), strict=True)
        # BitMEX stamps a bar at its end: the close of an hour carries the next hour's number.
        perpetual = {ts // HOUR_MS - 1: price for ts, price in minutes if ts % HOUR_MS == 0}
        first, last = at_ms(crash.begins) // HOUR_MS, at_ms(crash.ends) // HOUR_MS
    else:
        folder = "bybit_btc_spot_perp_2025-09_2025-10/BTCUSDT_{}_5m"
        columns = [bars_of(folder.format(kind)) for kind in ("spot", "perp")]
        coin, perpetual = (
            dict(zip(bars.ts.astype(int).tolist(), bars.close.tolist(), strict=True)) for bars in columns
        )
        first, last = at_ms(crash.begins), at_ms(crash.ends)
    gaps = [abs(float(price) / coin[at] - 1.0) for at, price in perpetual.items() if at in coin and first <= at < last]
    return max(gaps)


def hours_of(bars: Bars) -> list[float | None]:
    """Hourly closes without a hole in their count: an hour that nobody traded in is None."""
    closes = hourly_closes(bars)
    return [closes.get(hour) for hour in range(min(closes), max(closes) + 1)]


def main() -> None:
    """Write the tables, for comparing."""
    for crash in CRASHES:
        for coin, move in moves_in(crash).items():
            sys.stdout.write(f"{crash.name} {coin}: {move.low:.4f} {move.close:.4f} {move.rebound:.4f}\n")
    for crash in MEASURED_FUNDING:
        sys.stdout.write(f"{crash.name} funding: {funding_in(crash)}\n")
    for crash in MEASURED_GAPS:
        sys.stdout.write(f"{crash.name} gap: {gap_in(crash):.4f}\n")


if __name__ == "__main__":
    main()
