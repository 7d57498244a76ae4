"""Small histories written to files, and backtests of them through the command line."""

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import Answer, move_in, say

BTC = "BTC/USDT:USDT"
T0_MS = 1_700_006_400_000  # 2023-11-15T00:00:00Z, a Wednesday
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
BARS = "ts,open,high,low,close,volume"
MARKS = "ts,open,high,low,close"
FUNDING = "ts,rate"
TRADES = "ts,price,size,side"
BOOK = "ts,side,price,size"
ORDERS = "ts,side,quantity,type,price,reduce_only,symbol"


def at(minutes: float) -> int:
    """So many minutes after the start, in milliseconds."""
    return int(T0_MS + minutes * MINUTE_MS)


@dataclass(frozen=True)
class Bench:
    """A folder of its own, and the command line."""

    capsys: pytest.CaptureFixture[str]
    folder: Path

    def write(self, name: str, head: str, *rows: str) -> str:
        """A CSV file; each row starts with its time in minutes after the start."""
        lines = [head]
        for row in rows:
            minutes, _, rest = row.partition(",")
            lines.append(f"{at(float(minutes))},{rest}")
        (self.folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        return name

    def say(self, *words: str) -> Answer:
        """One `backtest` command line, as it is."""
        return say(self.capsys, "backtest", *words)

    def result(self, *words: str) -> dict[str, Any]:
        """The JSON of a backtest that must succeed, money exact."""
        answer = self.say(*words, "--json")
        assert answer.code == 0, answer.err
        found: dict[str, Any] = json.loads(answer.out, parse_float=Decimal, parse_int=int)
        return found

    def played(self, orders: list[str], *words: str) -> dict[str, Any]:
        """A list of orders played on BTC without slippage and without a risk gate."""
        self.write("orders.csv", ORDERS, *orders)
        plain = ("--symbol", BTC, "--no-risk", "--slippage-bps", "0")
        return self.result("--strategy", "scripted", "--set", "orders=orders.csv", *plain, *words)


def new_bench(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path) -> Bench:
    """A bench in an empty home."""
    move_in(monkeypatch, folder)
    return Bench(capsys, folder)
