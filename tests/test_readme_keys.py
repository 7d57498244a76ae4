"""The README's table of keys and the keys of the garden say the same."""

import re
from pathlib import Path

from hean_tui.screen.keys import GARDEN_KEYS, PRIORITY_KEYS

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
SIGNS = {"equals_sign": "=", "colon": ":", "question_mark": "?"}


def test_the_table_names_every_page() -> None:
    """From the first to the last number that opens one."""
    pages = sorted(binding.key for binding in GARDEN_KEYS if (binding.id or "").startswith("page."))
    assert f"| `{pages[0]}` to `{pages[-1]}` | pages |" in README


def test_every_key_of_the_table_is_one_of_the_garden() -> None:
    """And each of the garden's own letters stands in the table."""
    table = README.partition("## Keys")[2].partition("##")[0]
    written = {key for row in table.splitlines() for key in re.findall(r"`([^`]+)`", row.partition("|")[2])}
    keys = [key for binding in (*GARDEN_KEYS, *PRIORITY_KEYS) for key in binding.key.split(",")]
    known = {SIGNS.get(key, key) for key in keys}
    assert written <= known
    assert {key for key in known if len(key) == 1 and not key.isdigit()} <= written


def test_the_unit_key_is_told_with_all_three_units() -> None:
    """Money, R and per cent."""
    row = next(line for line in README.splitlines() if line.startswith("| `z` `f` `m`"))
    assert all(word in row for word in ("money", "R", "per cent"))
