"""Ten orders and what became of them, as `hean-tui journal why` tells it: the stories of the page `why.md`.

A script gives each order its fate on the built-in market; the page holds what the program then says, word for word.
"""
# ruff: noqa: INP001 - docs holds pages, and this script beside them; it is no package.

import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hean_tui.books import rows_of
from hean_tui.cli import main as hean_tui
from infrastructure.journal.bodies import plain_body
from infrastructure.journal.places import Places

PAGE = Path(__file__).with_name("why.md")
BEGIN, END = "<!-- stories -->\n", "<!-- end of stories -->\n"
PERP, ETH, SOL = "BTC/USDT:USDT", "ETH/USDT:USDT", "SOL/USDT:USDT"
# What is told, and the steps that make it happen; the first order of them is the one that is told of.
FATES = (
    ("Bought at the market, and closed by hand", (f"+1m buy {PERP} 0.01 --stop 80000", f"+20m close {PERP}")),
    ("A limit that waited until the price came", (f"+31m buy {ETH} 0.2 --limit 2950", f"+32m market {ETH} -3%")),
    ("A limit that was taken back", (f"+61m buy {SOL} 1 --limit 100", "+62m flatten")),
    ("Stopped out", (f"+91m buy {PERP} 0.02 --stop 86000", f"+92m market {PERP} -6%")),
    ("A target that was reached", (f"+121m buy {SOL} 5 --stop 115 --target 140", f"+122m market {SOL} +20%")),
    ("More than the limits allow", (f"+151m buy {ETH} 50",)),
    ("Sent while the venue was out of order", ("+161m fault venue.outage for 1m", f"+161m buy {ETH} 0.1")),
    ("It never arrived", ("+171m fault venue.command_lost next 1", f"+171m buy {ETH} 0.1 --limit 2000")),
    (
        "Taken and filled, and nobody heard of it",
        ("+181m fault venue.report_lost next 4", f"+181m buy {ETH} 0.1 --stop 2100"),
    ),
    ("Closed by the kill switch", (f"+201m sell {SOL} 3 --stop 175", "+205m kill")),
)


def stories() -> str:
    """Play the script in a folder of its own and tell of the first order of each fate."""
    with TemporaryDirectory() as folder:
        script = Path(folder) / "fates.txt"
        script.write_text("\n".join(step for _, steps in FATES for step in steps) + "\n", encoding="utf-8")
        here = ("--data-dir", f"{folder}/data")
        _say("run", "--headless", "--speed", "max", "--seed", "7", "--script", str(script), *here)
        rows = [(row.kind, plain_body(row.body)) for row in rows_of(Places.within(Path(folder) / "data" / "paper-sim"))]
        by_hand = [str(body["order_id"]) for kind, body in rows if _is_told(kind, body)]
        told = []
        titles = ["A strategy's own", *(title for title, _ in FATES)]
        for title, order_id in zip(titles, [_first_of_a_strategy(rows), *by_hand], strict=True):
            story = _say(*here, "journal", "why", order_id)
            told.append(f"### {title}\n\n```\n$ hean-tui journal why {order_id}\n{story}```\n")
    return "\n".join(told)


def _is_told(kind: str, body: dict[str, Any]) -> bool:
    return body.get("reason") == "by hand" if kind == "intent" else body.get("code") == "LeverageTooHigh"


def _first_of_a_strategy(rows: list[tuple[str, dict[str, Any]]]) -> str:
    return next(str(body["order_id"]) for kind, body in rows if kind == "intent" and "signal" in body["because"])


def page() -> str:
    """The page as it should be."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + stories() + END + after


def _say(*words: str) -> str:
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(io.StringIO()):
        hean_tui(words)
    return out.getvalue()


def main() -> None:
    """Write it."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
