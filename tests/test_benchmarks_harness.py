"""The benchmarks' own arithmetic, table and command line, on the benchmarks that are quick."""

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import LATEST, main
from benchmarks.backtests import FEW, run_backtest
from benchmarks.catalogue import BENCHMARKS
from benchmarks.dataset import ticks_file
from benchmarks.figures import Figure, median, quantile, side_by_side
from benchmarks.table import Measured, as_json, as_text, in_words


def test_a_quantile_is_the_sample_that_so_many_do_not_exceed() -> None:
    """Of the numbers from 1 to 1,000, 990 do not exceed the 99th percentile."""
    ordered = list(range(1, 1_001))
    assert [quantile(ordered, share) for share in (0.0, 0.5, 0.99, 0.999, 1.0)] == [1, 500, 990, 999, 1_000]
    assert quantile([7.0], 0.99) == 7.0
    assert median([3.0, 1.0, 100.0]) == 3.0


def test_work_side_by_side_is_done_in_turn() -> None:
    """Each ratio is made of neighbours, so that a machine that becomes busy meets both alike."""
    done: list[str] = []
    first_ns, second_ns, ratio = side_by_side(lambda: done.append("first"), lambda: done.append("second"), 5)
    assert done == ["first", "second"] * 5
    assert first_ns > 0
    assert second_ns > 0
    assert ratio > 0


@pytest.mark.parametrize(
    ("value", "limit", "met"), [(1.49, 1.5, True), (1.5, 1.5, True), (1.51, 1.5, False), (9, None, None)]
)
def test_a_limit_is_the_most_a_figure_may_be(value: float, limit: float | None, met: bool | None) -> None:
    """A figure at its limit meets it; one without a limit is neither met nor missed."""
    assert Figure("speed", value, "×", limit).met is met


def test_a_figure_survives_the_way_through_json() -> None:
    """What one process measured is what the other prints."""
    figure = Figure("first frame", 0.183, "s", 3.0, "median of 11")
    assert Figure.from_json(json.loads(json.dumps(figure.as_json()))) == figure


def test_a_missed_limit_is_seen_in_the_table_and_in_the_json() -> None:
    """Nobody has to compare numbers to find it."""
    figures = [Figure("kept", 1.0, "×", 1.5), Figure("not kept", 2.0, "×", 1.5), Figure("just so", 3.0, "×")]
    measured = Measured(BENCHMARKS[0], figures, 1.0)
    kept, not_kept, just_so = as_text(measured).splitlines()[-3:]
    assert kept.endswith("at most 1.5: met")
    assert not_kept.endswith("at most 1.5: MISSED")
    assert just_so.endswith("×")
    assert as_json([measured])["limits_met"] is False


@pytest.mark.parametrize(
    ("value", "words"), [(898_074.4, "898,074"), (482.31, "482"), (31.46, "31.5"), (0.07129, "0.0713"), (0, "0")]
)
def test_numbers_have_as_many_digits_as_mean_something(value: float, words: str) -> None:
    """Three, or all before the point."""
    assert in_words(value) == words


def test_every_benchmark_has_a_name_of_its_own() -> None:
    """A name on the command line means one benchmark."""
    assert len({benchmark.name for benchmark in BENCHMARKS}) == len(BENCHMARKS)


def test_an_unknown_benchmark_is_refused_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """It says what was asked for and what there is."""
    assert main(["buss"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("there is no benchmark 'buss'; there are bus, ")
    assert said.count("\n") == 1


def test_a_quick_look_prints_tables_and_leaves_the_last_whole_run_alone(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Two benchmarks in processes of their own; the JSON goes where it was asked for and nowhere else."""
    before = LATEST.stat().st_mtime_ns if LATEST.exists() else None
    output = tmp_path / "told.json"
    assert main(["bus", "decision", "--quick", "--output", str(output)]) == 0
    printed = capsys.readouterr().out
    told = json.loads(output.read_text(encoding="utf-8"))
    assert [one["name"] for one in told["benchmarks"]] == ["bus", "decision"]
    for one in told["benchmarks"]:
        assert f"{one['name']}: {one['question']}" in printed
        assert all(figure["name"] in printed for figure in one["figures"])
        assert all(figure["value"] >= 0 for figure in one["figures"])
    assert (LATEST.stat().st_mtime_ns if LATEST.exists() else None) == before


def test_a_measured_backtest_says_how_long_it_took_and_what_it_needed(tmp_path: Path) -> None:
    """The rows are those of the file, and a Python with numpy in it has more than 20 MiB and less than a gigabyte."""
    played = run_backtest("trades", ticks_file(rows=5_000, folder=tmp_path), FEW)
    assert played.rows == 5_000
    assert played.orders > 0
    assert played.wall_s > 0
    assert 20 < played.peak_mib < 1_024
