"""A person at the control socket while the program is about to be killed: cancels, orders, and what was answered."""

import random
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.crash_load import PERPS
from tests.engine_process import request, talk

_ORDER = re.compile(r"order (\S+) is ")
_ENTRIES = ("limit", "market")


class Operator:
    """Acts until the door is gone. What it was told of an order must be in the journal afterwards."""

    def __init__(self, door: Path, rng: random.Random, status: Callable[[], dict[str, Any] | None]) -> None:
        self._door = door
        self._rng = rng
        self._status = status
        self._over = threading.Event()
        self._asked = 0
        self.answered: list[str] = []  # ids of orders
        self._thread = threading.Thread(target=self._act, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Wait for the last answer, or for the door to go."""
        self._over.set()
        self._thread.join(10)

    def _act(self) -> None:
        while not self._over.is_set():
            with suppress(OSError, TimeoutError):  # the other side is killed in the midst of this
                self._one()
            time.sleep(self._rng.uniform(0.01, 0.08))

    def _one(self) -> None:
        status = self._status()
        if status is None:
            return
        open_ones = [order["id"] for order in status["orders"] if order["status"] in ("accepted", "partly_filled")]
        entries = [order["id"] for order in status["orders"] if order["id"] in open_ones and order["type"] in _ENTRIES]
        ask: dict[str, Any]
        if entries and self._rng.random() < 0.7:
            ask = {"verb": "cancel", "order_id": self._rng.choice(entries)}
        elif open_ones and self._rng.random() < 0.1:  # a stop, of all things
            ask = {"verb": "cancel", "order_id": self._rng.choice(open_ones)}
        else:
            ask = {"verb": self._rng.choice(("buy", "sell")), "symbol": PERPS[1], "quantity": "0.02"}
        self._asked += 1
        name = f"act-{self._asked}-{self._rng.randrange(10**9)}"
        for answer in talk(self._door, request("ask", name, ask=ask, wait_s=1.0), patience_s=2.0):
            if answer["outcome"] == "done":
                self.answered += _ORDER.findall(answer["sentence"])
