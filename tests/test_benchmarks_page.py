"""The figures of a whole run on the page about benchmarks."""

import json
from pathlib import Path

import pytest

from benchmarks import page
from benchmarks.catalogue import BENCHMARKS
from benchmarks.figures import Figure
from benchmarks.table import Measured, as_json

MARKED = (
    "before\n<!-- latest -->\nold\n<!-- end of latest -->\nafter\n<!-- peers -->\nkept\n<!-- end of peers -->\nend\n"
)


def test_only_the_marked_part_is_replaced() -> None:
    """What a person wrote around it stays as it was."""
    assert page.replaced(MARKED, "latest", "new") == MARKED.replace("old", "new")


def test_the_last_whole_run_is_put_into_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each figure with its limit, a missed one in bold; where nothing was measured the page keeps what it had."""
    figures = [
        Figure("kept", 1.34, "×", 1.5),
        Figure("not kept", 3.29, "×", 3.0, "nearly"),
        Figure("speed", 9_876.5, "ns"),
    ]
    told = as_json([Measured(BENCHMARKS[0], figures, 1.0)])
    (tmp_path / "latest.json").write_text(json.dumps(told), encoding="utf-8")
    (tmp_path / "page.md").write_text(MARKED, encoding="utf-8")
    monkeypatch.setattr(page, "HERE", tmp_path)
    monkeypatch.setattr(page, "PAGE", tmp_path / "page.md")
    page.main()
    written = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "| kept | 1.34 × | ≤ 1.5 |  |" in written
    assert "| not kept | 3.29 × | ≤ 3, **missed** | nearly |" in written
    assert "| speed | 9,876 ns |  |  |" in written
    assert "old" not in written
    assert "kept\n<!-- end of peers -->" in written


def test_the_page_has_a_place_for_each_part_and_a_row_for_each_benchmark() -> None:
    """Nothing is measured that the page does not explain."""
    text = page.PAGE.read_text(encoding="utf-8")
    for part in page.PARTS:
        assert text.index(f"<!-- {part} -->\n") < text.index(f"<!-- end of {part} -->\n")
    for benchmark in BENCHMARKS:
        assert f"| `{benchmark.name}` |" in text
