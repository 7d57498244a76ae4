"""The tables and transcripts of the page `drawdowns.md`: three accounts that lose what they may, wait, and go on.

Each tier has three scripts, played one after the other in one folder; the page holds what the program then says.
"""
# ruff: noqa: INP001 - docs holds pages, and this script beside them; it is no package.

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from engine.host import system
from hean_tui.cli import main as hean_tui
from risk.tiers import TIERS, Lift, Tier

PAGE = Path(__file__).with_name("drawdowns.md")
DRILLS = Path(__file__).with_name("drills")
BEGIN, END = "<!-- {} -->\n", "<!-- end of {} -->\n"
ACTS = ("falls", "waits", "lifts")
SYMBOLS = ("--symbol", "BTC/USDT:USDT", "--symbol", "ETH/USDT:USDT")
RUN = ("run", "--headless", "--speed", "max", "--scenario", "quiet", "--seed", "7", *SYMBOLS)
# What an account begins with, and when: two hours or four before a day ends.
BEGINNINGS = {
    "Sniper": ("--capital", "1000", "--start", "2026-01-01T20:00:00Z"),
    "Hunter": ("--capital", "5000", "--start", "2026-01-01T22:00:00Z"),
    "Strategist": ("--capital", "20000", "--start", "2026-01-01T22:00:00Z"),
}
_SAID = re.compile(r"^(line \d+: |Halted: |Killed )")
_LIFTS = {
    Lift.ACKNOWLEDGE: "waiting, and an acknowledgement",
    Lift.MANUAL_RESET: "a person who has looked",
    Lift.LOCKOUT: "a lockout, then a person",
}
_LOOKS = 300  # a tenth of a second apart, until the run answers


def level_table() -> str:
    """Each tier's levels, and how its halt is lifted, as they are in the code."""
    heads = ("", *(tier.name for tier in TIERS), "measured on")
    rows: list[tuple[str, ...]] = [("account from", *(f"{tier.begins_at:,}" for tier in TIERS), "the highest equity")]
    for name, measured in (
        ("info", "a single trade, open or closed"),
        ("warning", "the day, UTC unless set"),
        ("critical", "everything since the highest equity"),
        ("halt", "everything since the highest equity"),
    ):
        title = "HALT" if name == "halt" else name.capitalize()
        rows.append((title, *(f"{getattr(tier.amounts, name):,}" for tier in TIERS), measured))
    rows += [
        ("how it ends", *(_LIFTS[tier.lift] for tier in TIERS), ""),
        ("not before", *(_wait(tier) for tier in TIERS), "the halt"),
        ("the phrase", *(f"`{tier.phrase}`" for tier in TIERS), ""),
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, ("---",) * len(heads), *rows)) + "\n"


def _wait(tier: Tier) -> str:
    minutes = tier.wait_ns // 60_000_000_000
    return f"{minutes // 60} h" if minutes > 60 else f"{minutes} min"


def transcript(tier: str) -> str:
    """What the three runs of a tier say, each under its script; between the first two, another shell asks."""
    told = []
    with TemporaryDirectory() as folder:
        for act in ACTS:
            script = DRILLS / f"drawdown-{tier.lower()}-{act}.txt"
            first = BEGINNINGS[tier] if act == ACTS[0] else ()
            code, _, err = _say(*RUN, *first, "--script", str(script), "--data-dir", folder)
            said = "\n".join(line for line in err.splitlines() if _SAID.match(line))
            steps = script.read_text(encoding="utf-8")
            words = " ".join((*first, "--script", f"docs/drills/{script.name}", "--data-dir", "D"))
            told.append(
                f"```\n{steps}```\n\n```\n$ hean-tui {' '.join(RUN)} \\\n    {words}\n{said}\n$ echo $?\n{code}\n```\n"
            )
            if tier == TIERS[0].name and act == ACTS[0]:
                told.append(_from_another_shell(folder, tier))
    return "\n".join(told)


def _from_another_shell(folder: str, tier: str) -> str:
    """The same folder in real time, and a person's commands; on a copy, so that the next run begins as it would."""
    reason, phrase = "I have calmed down", f"RESET {tier.upper()}"
    with TemporaryDirectory() as copied:
        there = copytree(folder, Path(copied) / "data")
        with _running(there):
            _, status, _ = _say("--data-dir", str(there), "status")
            rows = "".join(f"{line}\n" for line in status.splitlines() if line.startswith(("tier", "risk", "lifted")))
            code, _, err = _say("--data-dir", str(there), "unlock", "account", "--reason", reason, "--phrase", phrase)
    return (
        "While a run goes on in that folder, another shell is told the same:\n\n"
        f"```\n$ hean-tui status | grep -E '^(tier|risk|lifted)'\n{rows}"
        f'$ hean-tui unlock account --reason "{reason}" --phrase "{phrase}"\n{err}$ echo $?\n{code}\n```\n'
    )


@contextmanager
def _running(folder: Path) -> Iterator[None]:
    words = ("run", "--headless", "--no-supervisor", *SYMBOLS, "--data-dir", str(folder))
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "hean_tui", *words],
        cwd=PAGE.parents[1],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(_LOOKS):
            code, told, _ = _say("--data-dir", str(folder), "--json", "status")
            if code == 0 and json.loads(told)["engine"]["state"] not in ("stopped", "starting"):
                break  # it takes commands
            system.pause(0.1)
        yield
    finally:
        process.terminate()
        process.wait()


def page() -> str:
    """The page as it should be."""
    text = PAGE.read_text(encoding="utf-8")
    parts: dict[str, Callable[[], str]] = {
        "levels": level_table,
        **{tier.name: partial(transcript, tier.name) for tier in TIERS},
    }
    for name, written in parts.items():
        begin, end = BEGIN.format(name), END.format(name)
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = before + begin + written() + end + after
    return text


def _say(*words: str) -> tuple[int, str, str]:
    """One command line: its exit code, and what it said on stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = hean_tui(words)
    return code, out.getvalue(), err.getvalue()


def main() -> None:
    """Write it."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
