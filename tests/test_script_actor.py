"""Who asked for something stands in the journal, also where it was a script."""

import json
from pathlib import Path

import pytest

from tests.command_line import move_in, say


def test_what_a_script_asks_is_asked_in_the_name_of_the_script(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Every verb, also one that the engine refuses."""
    move_in(monkeypatch, tmp_path)
    script = tmp_path / "day.txt"
    script.write_text("+1s pause\n+2s resume\n+3s close BTC/USDT:USDT\n+4s kill\n")
    words = ("run", "--headless", "--speed", "max", "--data-dir", "data", "--symbol", "BTC/USDT:USDT")
    assert say(capsys, *words, "--script", str(script)).code == 7  # it ends killed
    exported = say(capsys, "--data-dir", "data", "journal", "export").out.splitlines()
    bodies = [row["body"] for row in map(json.loads, exported) if row["kind"] == "input"]
    acts = [(body["verb"], body["words"]) for body in bodies if body["what"] == "OperatorActed"]
    assert acts == [
        ("pause", "by the script"),
        ("resume", "by the script"),
        ("close", "BTC/USDT:USDT by the script"),
        ("kill", "by the script"),
    ]
