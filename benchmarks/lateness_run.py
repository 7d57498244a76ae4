"""One run of the engine in real time, with the garden in front of it or without; what it found goes to a file.

It is a program of its own because the garden wants a terminal, and because each run begins with a fresh interpreter.
"""

from __future__ import annotations

import argparse
import json
import time
from decimal import Decimal
from pathlib import Path
from typing import Final

from benchmarks.figures import now_ns
from engine.clock import SECOND_NS
from engine.events import Tick
from engine.host import system
from engine.host.engine_host import EngineHost, HostSettings
from engine.host.lateness import Lateness
from hean_tui import bootstrap
from hean_tui.screen.app import GardenApp, open_garden
from risk.limits import Limits

SEED: Final = 7
STRATEGY: Final = "ema_cross"
WARM_UP_NS: Final = 60 * SECOND_NS  # four hours of a market this busy would be a minute's work
SETTLES_S: Final = 1.0  # after the first frame, before anything counts


class Watch:
    """Counts what happens between two moments."""

    def __init__(self, host: EngineHost) -> None:
        self._host = host
        self._ticks = 0
        self._began_ns = 0
        self._cpu_began_s = 0.0
        self.orders_before = 0

    def on_tick(self, _: Tick) -> None:
        """One more."""
        self._ticks += 1

    def begin(self) -> None:
        """From now on it counts."""
        self._host.lateness = Lateness()
        self._ticks = 0
        self._began_ns = now_ns()
        self._cpu_began_s = time.process_time()

    def end(self) -> dict[str, float]:
        """What was seen since."""
        wall_s = (now_ns() - self._began_ns) / 1e9
        lateness = self._host.lateness
        return {
            "p50_ms": lateness.quantile_ms(0.5),
            "p99_ms": lateness.quantile_ms(0.99),
            "p999_ms": lateness.quantile_ms(0.999),
            "max_ms": lateness.worst_ns / 1e6,
            "ticks_per_s": self._ticks / wall_s,
            "cpu_share": (time.process_time() - self._cpu_began_s) / wall_s,
        }


def main() -> None:
    """Run for so many seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--screen", action="store_true")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--activity", type=float, required=True)
    parser.add_argument("--output", type=Path, required=True)
    given = parser.parse_args()
    host, watch = _hosted(given.activity)
    told = _with_the_garden(host, watch, given.seconds) if given.screen else _alone(host, watch, given.seconds)
    host.end()
    host.join(5.0)
    given.output.write_text(json.dumps(told), encoding="utf-8")


def _hosted(activity: float) -> tuple[EngineHost, Watch]:
    """The paper run on a market that is this busy."""
    bootstrap.WARM_UP_NS = WARM_UP_NS
    session = bootstrap.build_paper_session(
        bootstrap.PaperRun(
            seed=SEED,
            scenario="",
            symbols=(),
            strategies=("impulse", STRATEGY),
            parameters={STRATEGY: {"fast": 200, "slow": 800, "on": "tick"}},
            capital=Decimal(10_000),
            limits=Limits(),
            activity=activity,
        )
    )
    host = EngineHost(session, HostSettings())
    watch = Watch(host)
    session.kernel.bus.subscribe(Tick, watch.on_tick)
    return host, watch


def _alone(host: EngineHost, watch: Watch, seconds: float) -> dict[str, float]:
    host.start()
    system.settle_memory()
    time.sleep(SETTLES_S)
    watch.begin()
    time.sleep(seconds)
    return watch.end()


def _with_the_garden(host: EngineHost, watch: Watch, seconds: float) -> dict[str, float]:
    """The garden repaints four times a second while one of its panes has the focus."""
    told: dict[str, float] = {}

    def begin(app: GardenApp) -> None:
        system.settle_memory()
        app.simulate_key("tab")
        app.set_timer(SETTLES_S, watch.begin)
        app.set_timer(SETTLES_S + seconds, lambda: end(app))

    def end(app: GardenApp) -> None:
        told.update(watch.end())
        app.leave_soon(0)

    host.start()
    open_garden(host, on_first_frame=begin)
    return told


if __name__ == "__main__":
    main()
