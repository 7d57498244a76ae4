"""How soon somebody sees something: the help, and the garden's first frame beside that of the smallest Textual app."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.bare_app import WORDS
from benchmarks.figures import Figure, median, now_ns
from benchmarks.terminal import ROOT, Terminal

HELP_LIMIT_S: Final = 0.4
PAINT_LIMIT: Final = 3.0
HEAVY: Final = ("ccxt", "numpy", "pandas", "pyarrow", "pybit", "pydantic", "textual")
# One word of the header, of every pane and of the key hints: with all of them there, the frame is whole.
FRAME_WORDS: Final = (
    *(b"paper", b"pond", b"stones", b"ripples", b"stream", b"meadow", b"fence", b"moss", b"breath", b"leave"),
)
PRICE_WORDS: Final = (*FRAME_WORDS, b"BTC perp")
_IMPORT: Final = "import sys, hean_tui.cli; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
_PAINTED_WITHIN_S: Final = 60.0


def measure(*, quick: bool) -> list[Figure]:
    """The command line first, then both screens in turn."""
    help_runs = 3 if quick else 15
    nothing_s = _wall_s([sys.executable, "-c", "pass"], help_runs)
    figures = [
        Figure("python, doing nothing", nothing_s, "s"),
        Figure("import hean_tui.cli", _wall_s([sys.executable, "-c", "import hean_tui.cli"], help_runs), "s"),
        Figure("hean-tui --help", _wall_s([*_program(), "--help"], help_runs), "s", HELP_LIMIT_S),
        _heavy_modules(),
    ]
    bare, garden, prices = _paints(1 if quick else 11)
    ratio = median([one / other for one, other in zip(garden, bare, strict=True)])
    return [
        *figures,
        Figure("first frame of a bare Textual app", median(bare) / 1e9, "s"),
        Figure("first frame of the garden", median(garden) / 1e9, "s"),
        Figure("the garden's first frame over the bare app's", ratio, "×", PAINT_LIMIT),
        Figure("first prices in the garden, four hours of market warmed up", median(prices) / 1e9, "s"),
    ]


def _program() -> list[str]:
    """`hean-tui` as it was installed, else the package."""
    script = Path(sys.executable).with_name("hean-tui")
    return [str(script)] if script.exists() else [sys.executable, "-m", "hean_tui"]


def _wall_s(command: Sequence[str], runs: int) -> float:
    taken = []
    for _ in range(1 + runs):
        began = now_ns()
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        taken.append(now_ns() - began)
    return median(taken[1:]) / 1e9


def _heavy_modules() -> Figure:
    done = subprocess.run([sys.executable, "-c", _IMPORT], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    heavy = [name for name in done.stdout.split() if name in HEAVY]
    note = f"imported: {', '.join(heavy)}" if heavy else f"none of {', '.join(HEAVY)}"
    return Figure("heavy packages that the command line imports", len(heavy), "", 0.0, note)


def _paints(runs: int) -> tuple[list[int], list[int], list[int]]:
    """When the frames had arrived, in ns after the start of their process: bare app, garden, and garden with prices.

    The first start of each is left out: it compiles what was edited and brings the files into memory.
    """
    bare, garden, prices = [], [], []
    with TemporaryDirectory() as folder:
        for _ in range(1 + runs):
            bare += _painted_ns([sys.executable, "-m", "benchmarks.bare_app"], [(WORDS.encode(),)], folder)
            frame, priced = _painted_ns([sys.executable, "-m", "hean_tui"], [FRAME_WORDS, PRICE_WORDS], folder)
            garden.append(frame)
            prices.append(priced)
    return bare[1:], garden[1:], prices[1:]


def _painted_ns(command: Sequence[str], stages: Sequence[Sequence[bytes]], folder: str) -> list[int]:
    """When all words of each stage were there."""
    with Terminal(command, {"HEAN_DATA_DIR": folder}) as terminal:
        return [terminal.read_until(partial(_holds_all, words), _PAINTED_WITHIN_S) for words in stages]


def _holds_all(words: Sequence[bytes], written: bytearray) -> bool:
    return all(word in written for word in words)
