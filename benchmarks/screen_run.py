"""The garden on a recording of an engine: nothing but the screen uses the processor. What it took goes to a file."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

from engine.clock import SECOND_NS
from engine.facade import Ask
from engine.host import system
from engine.host.receipts import FutureReceipt
from engine.snapshot import Snapshot
from hean_tui.bootstrap import PaperRun, build_paper_session
from hean_tui.screen.app import PULL_EVERY_S, GardenApp, open_garden
from hean_tui.times import START_NS
from risk.limits import Limits

PICTURES: Final = 240
_SETTLES_S: Final = 1.0


class Recording:
    """Fills `EngineFacade` with pictures that were taken before."""

    def __init__(self, pictures: Sequence[Snapshot]) -> None:
        self._pictures = pictures
        self._shown = 0

    def latest(self) -> Snapshot:
        """The next picture, round and round."""
        self._shown += 1
        return self._pictures[self._shown % len(self._pictures)]

    def submit(self, ask: Ask) -> FutureReceipt:
        """A recording takes no commands."""
        return FutureReceipt().refuse(f"a recording cannot {ask.verb}")


def main() -> None:
    """Show it for so many seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--output", type=Path, required=True)
    given = parser.parse_args()
    recording = Recording(_pictures())
    told: dict[str, float] = {}
    draws = 0
    cpu_began_s = thread_began_s = began_s = 0.0

    def begin(app: GardenApp) -> None:
        system.settle_memory()
        app.simulate_key("tab")
        app.set_timer(_SETTLES_S, lambda: watch(app))

    def watch(app: GardenApp) -> None:
        nonlocal cpu_began_s, thread_began_s, began_s, draws
        cpu_began_s, thread_began_s, began_s = time.process_time(), time.thread_time(), time.perf_counter()
        draws = recording._shown
        app.set_timer(given.seconds, lambda: end(app))

    def end(app: GardenApp) -> None:
        told.update(
            wall_s=time.perf_counter() - began_s,
            cpu_s=time.process_time() - cpu_began_s,
            thread_s=time.thread_time() - thread_began_s,
            draws=recording._shown - draws,
        )
        app.leave_soon(0)

    open_garden(recording, on_first_frame=begin)
    given.output.write_text(json.dumps(told), encoding="utf-8")


def _pictures() -> list[Snapshot]:
    """A minute of a busy paper run with positions and orders, a picture every quarter of a second."""
    session = build_paper_session(
        PaperRun(
            seed=7,
            scenario="",
            symbols=(),
            strategies=("ema_cross", "impulse"),
            parameters={"ema_cross": {"fast": 200, "slow": 800, "on": "tick"}},
            capital=Decimal(10_000),
            limits=Limits(),
            activity=5.0,
        )
    )
    pictures = []
    for number in range(1, PICTURES + 1):
        session.run_until(START_NS + 600 * SECOND_NS + int(number * PULL_EVERY_S * SECOND_NS))
        pictures.append(session.views.snapshot())
    return pictures


if __name__ == "__main__":
    main()
