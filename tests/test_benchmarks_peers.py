"""What the comparison with other engines stands on: its data, the strategy's decisions, and who agrees with whom."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from benchmarks.dataset import (
    START_PRICE,
    Bars,
    Ticks,
    bars_file,
    fingerprint,
    load_ticks,
    make_bars,
    make_ticks,
    ticks_file,
)
from benchmarks.peers.bare_loop import run_ticks
from benchmarks.peers.entries import ENTRIES, OURS, Entry
from benchmarks.peers.goals import results
from benchmarks.peers.outcome import Case, Stopwatch, Trade, case_from_arguments, summary
from benchmarks.peers.runs import Bout, Line, Measured
from benchmarks.peers.table import as_json, as_text

SEED = 5
ROWS = 4_000
BARE = next(entry for entry in ENTRIES if entry.name == "bare loop")
HEAN = next(entry for entry in ENTRIES if entry.name == OURS)


@pytest.fixture(scope="module")
def ticks() -> Ticks:
    """A few thousand ticks."""
    return make_ticks(SEED, ROWS)


@pytest.fixture(scope="module")
def bars() -> Bars:
    """A few thousand bars."""
    return make_bars(SEED, ROWS)


def line(trades: str, wall_s: float) -> Line:
    """What a runner printed, as far as the driver looks."""
    return {
        "data_sha256": "the same",
        "trades_sha256": trades,
        "wall_s": wall_s,
        "cpu_s": wall_s,
        "rows": 100,
        "orders": 3,
        "version": "1",
        "fill_rule": "next tick",
        "worst_gap_ticks": 0.0,
    }


def bout(ours: Line, theirs: Line, against: Entry = BARE) -> Bout:
    """A case that two took part in."""
    return Bout(Case("ticks", 200, 800, 100, SEED, ""), [Measured(HEAN, [ours]), Measured(against, [theirs])])


def test_the_same_seed_makes_the_same_market(ticks: Ticks, bars: Bars) -> None:
    """Ticks and bars are a function of the seed and the size, and of nothing else."""
    assert fingerprint(make_ticks(SEED, ROWS)) == fingerprint(ticks)
    assert fingerprint(make_bars(SEED, ROWS)) == fingerprint(bars)
    assert fingerprint(make_ticks(SEED + 1, ROWS)) != fingerprint(ticks)


def test_ticks_come_about_ten_a_second_and_never_two_at_once(ticks: Ticks) -> None:
    """The next tick is the same row to everyone, and the pace is a busy market's."""
    gaps_ms = np.diff(ticks.ts_ms)
    assert gaps_ms.min() >= 1
    assert 30 < gaps_ms.mean() < 300
    assert len(np.unique(gaps_ms)) > 100
    assert abs(float(ticks.price[0]) - START_PRICE) < 100


def test_a_tick_is_large_enough_for_a_whole_flip(ticks: Ticks) -> None:
    """No simulator has to split an order, so that fills can be compared."""
    assert ticks.size.min() >= 0.02


def test_bars_hold_together(bars: Bars) -> None:
    """High and low enclose open and close, and minutes follow each other without a gap."""
    assert bool((bars.high_ticks >= np.maximum(bars.open_ticks, bars.close_ticks)).all())
    assert bool((bars.low_ticks <= np.minimum(bars.open_ticks, bars.close_ticks)).all())
    assert set(np.diff(bars.ts_ms).tolist()) == {60_000}


def test_ticks_come_back_from_the_cache_as_they_were_made(tmp_path: Path, ticks: Ticks) -> None:
    """The second load reads the file that the first one wrote."""
    first = load_ticks(SEED, ROWS, tmp_path)
    assert fingerprint(first) == fingerprint(ticks) == fingerprint(load_ticks(SEED, ROWS, tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == [f"ticks-{SEED}-{ROWS}.npy"]


def test_the_parquet_files_say_the_same_as_the_columns(tmp_path: Path, ticks: Ticks, bars: Bars) -> None:
    """What the command line reads and what the peers read is one market."""
    trades = pq.read_table(ticks_file(SEED, ROWS, tmp_path)).to_pydict()
    assert list(trades) == ["ts", "price", "size", "side"]
    assert trades["price"] == ticks.price.tolist()
    assert set(trades["side"]) == {"buy", "sell"}
    minutes = pq.read_table(bars_file(SEED, ROWS, tmp_path)).to_pydict()
    assert list(minutes) == ["ts", "open", "high", "low", "close", "volume"]
    assert minutes["close"] == (bars.close_ticks / 10).tolist()


def test_the_bare_loop_decides_as_the_averages_written_out_do() -> None:
    """Six prices by hand: averages of 1 and 3 ticks, so the fast one is the price itself."""
    prices = [10.0, 12.0, 12.0, 8.0, 8.0, 14.0, 14.0]
    # The slow one, alpha 1/2: 10, 11, 11.5, 9.75, 8.875, 11.4375: long, short, short, long from the third tick on.
    columns = ((row, price, 1.0, 1) for row, price in enumerate(prices))
    assert run_ticks(columns, 1, 3) == [
        Trade(2, 1, 1, 8.0),
        Trade(3, -1, 2, 8.0),
        Trade(5, 1, 2, 14.0),
    ]


def test_a_decision_on_the_last_row_is_nobodys(ticks: Ticks, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no row left to fill it, so that engines that fill at once are not told apart from those that wait."""
    monkeypatch.setattr(Case, "ticks", lambda _: ticks)
    case = case_from_arguments(["--dataset", "ticks", "--fast", "1", "--slow", "3", "--rows", str(ROWS)])
    with Stopwatch() as taken:
        pass
    price = float(ticks.price[101])
    trades = [Trade(100, 1, 10, price), Trade(ROWS - 1, -1, 20, price)]
    said = summary(case, taken, trades, peer="p", version="1", fill_rule="next tick", fees=None)
    assert (said["orders"], said["fills_at_rule"], said["worst_gap_ticks"]) == (1, 1.0, 0.0)


def test_different_trades_are_said_out_loud() -> None:
    """One that traded differently is not compared as if it had done the same work."""
    assert "everyone made the same trades" in as_text([bout(line("a", 1.0), line("a", 2.0))])
    assert "NOT THE SAME TRADES" in as_text([bout(line("a", 1.0), line("b", 2.0))])


def test_a_goal_is_met_at_exactly_its_ratio() -> None:
    """Two fifths of the bare loop's pace are enough, a little less is not."""
    met, missed = (results([bout(line("a", wall_s), line("a", 1.0))])[0] for wall_s in (2.5, 2.6))
    assert (met.met, missed.met) == (True, False)
    assert as_json([bout(line("a", 2.5), line("a", 1.0))])["goals"][0]["measured"] == 0.4
