"""The command line as a test meets it: a home of its own, one call, and what came of it."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from hean_tui.cli import main
from hean_tui.settings import flat_names

SETTING_NAMES = (*flat_names.SETTINGS, *flat_names.LIVE_GATE, *flat_names.NOT_READ_YET)


@dataclass(frozen=True)
class Answer:
    """What a command line came to."""

    code: int
    out: str
    err: str

    @property
    def sentences(self) -> list[str]:
        """The lines on stderr."""
        return self.err.splitlines()


def move_in(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """Give the test a home without settings, and an environment that says nothing to the program."""
    for name in list(os.environ):
        if name.startswith(("HEAN", "XDG_")) or name in SETTING_NAMES:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home)


def say(capsys: pytest.CaptureFixture[str], *words: str) -> Answer:
    """Run one command line in this process."""
    capsys.readouterr()
    code = main(words)
    captured = capsys.readouterr()
    return Answer(code, captured.out, captured.err)


def catch_requests(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Put a listener where the engine's side begins, and collect what it is asked."""
    asked: list[Any] = []

    def listen(request: Any) -> int:
        asked.append(request)
        return 0

    for module, name in (("hean_tui.run", "run_command"), ("hean_tui.backtest", "backtest_command")):
        listener = ModuleType(module)
        setattr(listener, name, listen)
        monkeypatch.setitem(sys.modules, module, listener)
    return asked
