"""One run of the real program on a busy market: journal, orders and all, with the garden in front of it or without.

After a while it tells how late the engine was; then it goes on until somebody ends it.
"""

from __future__ import annotations

import argparse
import json
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from benchmarks.lateness_run import SEED, STRATEGY, WARM_UP_NS, Watch
from engine.events import Tick
from engine.host import system
from engine.host.engine_host import EngineHost, HostSettings
from engine.snapshot import EngineView, Snapshot
from hean_tui import bootstrap
from hean_tui.books import open_books
from hean_tui.commands.global_options import GlobalOptions
from hean_tui.commands.run_request import read_run_request
from hean_tui.late_host import LateHost
from hean_tui.own_process import end_as
from hean_tui.requests import RunRequest
from hean_tui.run_modes import run_headless, run_with_garden
from hean_tui.status_file import StatusFile
from hean_tui.times import START_NS
from risk.limits import Limits

SETTLES_S: Final = 2.0
STATUS: Final = "status.json"
TOLD: Final = "told.json"
_NOT_SAID: Final = ("scenario", "symbol", "strategy", "assignments", "capital", "seed", "start", "duration", "script")


def main() -> int:
    """Run in this folder; its files say the rest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--screen", action="store_true")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--activity", type=float, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    given = parser.parse_args()
    request = _request(given.folder, headless=not given.screen)
    with ExitStack() as stack:
        if not given.screen:
            run_headless(_build(stack, request, given), request)
            return 0
        picture = Snapshot(engine=EngineView(state="starting"))
        return run_with_garden(LateHost(lambda: _build(stack, request, given), picture), request)


def _request(folder: Path, *, headless: bool) -> RunRequest:
    words: dict[str, Any] = dict.fromkeys(_NOT_SAID)
    words.update(mode="paper", feed="sim", speed="realtime", headless=headless, status_file=str(folder / STATUS))
    return read_run_request(GlobalOptions(data_dir=str(folder / "data")), words)


def _build(stack: ExitStack, request: RunRequest, given: argparse.Namespace) -> EngineHost:
    bootstrap.WARM_UP_NS = WARM_UP_NS
    books = stack.enter_context(open_books(request.data_folder.path, SEED, START_NS))
    run = bootstrap.PaperRun(
        seed=SEED,
        scenario="",
        symbols=(),
        strategies=("impulse", STRATEGY),
        parameters={STRATEGY: {"fast": 200, "slow": 800, "on": "tick"}},
        capital=Decimal(10_000),
        limits=Limits(),
        activity=given.activity,
    )
    session = bootstrap.build_paper_session(run, None, books, waits=False)
    status = StatusFile(given.folder / STATUS, tells_at_once=False)
    stack.callback(status.close)
    host = EngineHost(session, HostSettings(), status, books.journal.deliver_through)
    status.beside(host.heart)
    watch = Watch(host)
    session.kernel.bus.subscribe(Tick, watch.on_tick)

    def begin() -> None:
        host.heart.forget_worst()
        watch.begin()
        watch.orders_before = session.kernel.orders.counts["orders"]
        system.later(given.seconds, tell)

    def tell() -> None:
        told = watch.end()
        told["orders"] = session.kernel.orders.counts["orders"] - watch.orders_before
        told["gap_ms"] = host.heart.worst_gap_ns / 1e6
        partial = given.folder / f"{TOLD}.partial"
        partial.write_text(json.dumps(told), encoding="utf-8")
        partial.replace(given.folder / TOLD)

    system.later(SETTLES_S, begin)
    return host


if __name__ == "__main__":
    raise SystemExit(end_as(main()))
