"""The page denials.md says what the gate says: every code that can be produced, and no other."""

import ast
from decimal import Decimal
from pathlib import Path

import engine.gate
import engine.order_desk
from docs.denials import PAGE, page
from engine.money import plain
from hean_tui.settings.model import known_keys
from risk.denials import CODES, UNLOCKING
from risk.limits import Limits

ROOT = Path(__file__).parents[1]


def produced() -> set[str]:
    """The codes of all denials that the engine and the gate make, read from the code itself."""
    codes = set()
    for path in sorted([*(ROOT / "engine").rglob("*.py"), *(ROOT / "risk").rglob("*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Denial":
                code = node.args[0]
                if isinstance(code, ast.Constant):
                    codes.add(str(code.value))
                elif isinstance(code, ast.Name):  # a code that has a name
                    codes.add(str(getattr(engine.gate, code.id, None) or getattr(engine.order_desk, code.id)))
    return codes


def test_the_page_shows_what_the_gate_says() -> None:
    """Whoever changes a sentence changes the page, with `make docs`."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_code_is_in_the_table_and_no_other() -> None:
    """What can be produced is explained, and what is explained can be produced."""
    assert produced() == set(CODES) | set(UNLOCKING)
    rows = [line.split("**")[1] for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| **")]
    assert rows == [*CODES, *UNLOCKING]


def test_every_limit_on_the_page_is_a_setting_with_this_default() -> None:
    """Who reads the page can set what it says."""
    limits = Limits()
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if "| `risk." in line]
    assert len(rows) == 16
    for row in rows:
        code, key, told = (cell.strip() for cell in row.strip("|").split("|"))
        assert code in CODES
        assert key.strip("`") in known_keys()
        default = getattr(limits, key.strip("`").removeprefix("risk."), None)
        if isinstance(default, Decimal):
            assert plain(default * 100 if told.split()[1:2] == ["%"] else default) == told.split()[0]
