"""The stories in the documents are what the program says today, word for word."""

from pathlib import Path

import pytest

from docs import stories
from tests.command_line import move_in


def test_the_page_of_stories_is_current(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`make docs` writes the page anew; nobody edits a story by hand."""
    move_in(monkeypatch, tmp_path)
    assert stories.page() == stories.PAGE.read_text(encoding="utf-8")
