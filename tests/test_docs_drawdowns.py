"""The transcripts of the page about losses are what the program says today, word for word."""

from pathlib import Path

import pytest

from docs import drawdowns
from tests.command_line import move_in


def test_the_page_of_losses_is_current(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`make docs` writes the page anew; nobody edits a transcript by hand."""
    move_in(monkeypatch, tmp_path)
    page = drawdowns.PAGE.read_text(encoding="utf-8")
    assert drawdowns.page() == page
    assert "does not hold, it was" not in page


def test_no_script_of_the_page_is_left_out() -> None:
    """Every drawdown script beside the page is one of its acts."""
    there = {path.name for path in drawdowns.DRILLS.glob("drawdown-*.txt")}
    assert there == {f"drawdown-{name.lower()}-{act}.txt" for name in drawdowns.BEGINNINGS for act in drawdowns.ACTS}
