"""Real files of several exchanges read as their table says, and odd ones are refused or reported."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest

from infrastructure.history import BadHistory, History, Stats, open_history
from infrastructure.history.faults import time_text

MARKET = Path(__file__).parents[2] / "shared" / "data" / "market"
pytestmark = pytest.mark.skipif(not MARKET.is_dir(), reason="the folder of real market data is not here")

KINDS = {r"_funding\.parquet$": "funding", r"_mark_\d+h\.parquet$": "mark", r"_\d+[hm]\.parquet$": "bars"}
ODD = ("_quote_", "universe20", "XBTUSD")
VALUES = {"bars": "close", "mark": "close", "funding": "rate"}


def listed_files() -> list[tuple[str, str, list[str]]]:
    """The rows of the folder's table that describe one series each: file, kind, and the other cells."""
    if not MARKET.is_dir():
        return []
    lines = (MARKET / "README.md").read_text(encoding="utf-8").splitlines()
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    files = []
    for name, *cells in table:
        kind = next((kind for pattern, kind in KINDS.items() if re.search(pattern, name)), None)
        if kind and not any(odd in name for odd in ODD):
            files.append((name, kind, cells))
    return files


def opened(kind: str, name: str, **reading: Any) -> History[Any]:
    """A file of the folder."""
    return open_history(kind, MARKET / name, **reading)  # type: ignore[call-overload,no-any-return]


def moment(ts_ns: int | None) -> str:
    """A stamp as the table writes it, without its milliseconds."""
    assert ts_ns is not None
    return time_text(ts_ns - ts_ns % 10**9).replace("T", " ").removesuffix("Z")


@pytest.mark.parametrize(("name", "kind", "cells"), listed_files())
def test_a_series_has_the_rows_gaps_and_extremes_of_its_table(name: str, kind: str, cells: list[str]) -> None:
    """Rows, first and last stamp, extremes, gaps and duplicates are those that the folder's table gives."""
    rows, first, last, least, most, gaps, duplicates, *_ = cells
    history = opened(kind, name)
    values = np.concatenate([getattr(batch, VALUES[kind]) for batch in history.batches()])
    stats = history.stats
    assert (stats.rows, stats.gaps, stats.duplicates) == (int(rows), int(gaps), int(duplicates))
    assert (moment(stats.first_ns), moment(stats.last_ns)) == (first, last)
    assert (values.min(), values.max()) == (pytest.approx(float(least)), pytest.approx(float(most)))


def test_the_table_was_found() -> None:
    """The series above are no empty list."""
    assert len(listed_files()) > 35


def test_the_outages_of_2017_to_2021_are_all_there() -> None:
    """27 holes, and the bars that they lack are those between the first and last stamp that the file has not."""
    stats = opened("bars", "binance_spot_1h_2017-08_2021-12/BTCUSDT_spot_1h.parquet").stats
    assert stats.first_ns is not None
    assert stats.last_ns is not None
    hours = (stats.last_ns - stats.first_ns) // 3_600_000_000_000 + 1
    assert stats.gaps == 27
    assert 0 <= hours - stats.rows - stats.missing <= 3  # three restarts do not fall on the hour


def test_one_coin_of_a_universe_is_read_alone() -> None:
    """A file of twenty perpetuals needs a choice, and its parts add up to the whole."""
    name = "binance_perp_universe_1h/universe20_2025-09_2025-12.parquet"
    with pytest.raises(BadHistory, match="holds 20 symbols"):
        opened("bars", name)
    symbols = opened("bars", name, symbol="BTC/USDT:USDT").symbols
    every = [opened("bars", name, symbol=symbol).stats for symbol in symbols]
    assert sum(stats.rows for stats in every) == 52_630
    assert {(stats.gaps, stats.duplicates) for stats in every} == {(0, 0)}


def test_ticks_of_four_streams_keep_their_order() -> None:
    """Trades recorded side by side are told apart by their stream, and the flag tells who took."""
    name = "ticks_l2_binance_raw/trades_all.parquet"
    table = pyarrow.parquet.read_table(MARKET / name)
    streams = np.array(table["venue_symbol"])
    rows = 0
    for stream in ("btc_usdm", "btc_spot", "eth_spot", "eth_usdm"):
        batches = list(opened("trades", name, symbol=stream).batches())
        bought = np.array(table["taker_is_buyer"])[streams == stream]
        assert np.array_equal(np.concatenate([batch.side for batch in batches]) == 1, bought)
        rows += len(bought)
    assert rows == 67_331


def test_trades_without_ids_are_all_kept() -> None:
    """Kraken's trades have no ids, so none of them counts as repeated."""
    stats = opened("trades", "kraken_ethbtc_trades_2020-02/ETHBTC_trades.parquet").stats
    assert (stats.rows, stats.duplicates) == (13_814, 0)
    assert (moment(stats.first_ns), moment(stats.last_ns)) == ("2020-02-19 00:00:02", "2020-02-22 10:57:41")


def test_an_open_outside_its_bar_is_refused_where_it_first_happens() -> None:
    """BitMEX writes the close of the bar before as the open; the first row where that is impossible is named."""
    name = "bitmex_xbtusd_1m_2020-03/XBTUSD_1m.parquet"
    table = pyarrow.parquet.read_table(MARKET / name)
    first, high, low = (np.array(table[column]) for column in ("open", "high", "low"))
    row = int(((first < low) | (first > high)).argmax()) + 1
    with pytest.raises(BadHistory, match=rf"row {row}: open was {first[row - 1]}, outside the bar's low"):
        opened("bars", name, stamps="close")


def edge(name: str) -> Stats:
    """What is reported of a file from the folder of odd ones."""
    return opened("bars", f"edge/{name}").stats


def test_holes_are_reported() -> None:
    """An illiquid pair and a broken download are read, and their holes said."""
    holes = edge("BTCUSDT_perp_1h_two_gaps.feather")
    assert (holes.rows, holes.gaps) == (2_418, 2)
    assert holes.missing >= 400
    assert edge("UNITTEST_BTC-1m.feather").gaps > 0


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("bars", "edge/NOPAIR_XXX-4m.json", "its extension was .json"),
        ("bars", "edge/empty_funding_0rows.feather", "has no rows"),
        ("funding", "edge/empty_funding_0rows.feather", "lacks the column rate"),
        ("book", "bybit_book5_2024-07-01/book5_snapshots.parquet", "lacks the columns side, price, size"),
        ("bars", "minute_quotes_2022-12-13/bybit_perp_btcusdt_quote_1m.parquet", "lacks the columns open, high"),
        ("trades", "ticks_l2_binance_raw/btc_usdm_20240808.jsonl.gz", "its extension was .gz"),
    ],
)
def test_files_of_other_shapes_are_refused(kind: str, name: str, said: str) -> None:
    """What is no history of the kind asked for ends in one sentence."""
    with pytest.raises(BadHistory, match=re.escape(said)):
        opened(kind, name)
