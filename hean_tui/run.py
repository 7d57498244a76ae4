"""`run`: build the session, host it on its own thread, show the garden or wait, and end with a snapshot and a code."""

import json
import logging
import math
import sys
from dataclasses import dataclass

from engine.flattening import remainder
from engine.host.engine_host import EngineHost, HostSettings
from engine.session import Session
from engine.snapshot import EngineView, Snapshot, to_json_object
from hean_tui.errors import Unexpected, UserError, WrongConfiguration
from hean_tui.exit_codes import ExitCode, at_the_end_of_a_run
from hean_tui.late_host import LateHost
from hean_tui.requests import RunRequest
from hean_tui.run_log import RunLog
from hean_tui.run_modes import run_headless, run_with_garden
from hean_tui.run_summary import summary
from hean_tui.script_runner import ScriptRunner
from hean_tui.status_file import StatusFile
from hean_tui.telling import tell

_log = logging.getLogger(__name__)
_MILLISECOND_NS = 1_000_000


@dataclass(frozen=True, slots=True)
class _Run:
    """What a run is made of, once it is built."""

    session: Session
    script: ScriptRunner | None
    status: StatusFile | None
    host: EngineHost


def run_command(request: RunRequest) -> int:
    """Run until the time is up, the script is done, or somebody ends it."""
    with RunLog(request, tell if request.headless else None) as log:
        return _run(request, log)


def _run(request: RunRequest, log: RunLog) -> int:
    if request.headless:
        run = _prepare(request, log)
        run_headless(run.host)
        watched = 0
    else:
        built, watched = _run_with_garden(request, log)
        if built is None:
            return watched
        run = built
    if run.status is not None:
        run.status.close()
    latest = run.host.latest()
    log.end(latest)
    if run.host.failure is not None:
        raise Unexpected(_crash_sentence(run.host.failure, request)) from run.host.failure
    if request.headless:
        _print_end(latest, as_json=request.json)
    return watched or _exit_code(run.session, run.script, latest)


def _run_with_garden(request: RunRequest, log: RunLog) -> tuple[_Run | None, int]:
    """The garden first, the engine once it is painted; no run at all if the screen ended before."""
    built: list[_Run] = []

    def build() -> EngineHost:
        built.append(_prepare(request, log))
        return built[0].host

    starting = EngineView(state="starting", mode=request.mode, feed=request.feed, seed=request.seed)
    late = LateHost(build, Snapshot(engine=starting))
    watched = run_with_garden(late, request)
    if late.failure is not None and not built:
        if isinstance(late.failure, UserError):
            raise late.failure
        raise Unexpected(_crash_sentence(late.failure, request)) from late.failure
    return (built[0] if built else None), watched


def _prepare(request: RunRequest, log: RunLog) -> _Run:
    session = _build(request, log)
    session.views.count_drops(log.dropped)
    script = ScriptRunner(session, request.script, _say_for(request)) if request.script_path else None
    status = None if request.status_file is None else StatusFile(request.status_file, tells_at_once=request.headless)
    if status is not None:
        session.views.count_drops(status.dropped)
    host = EngineHost(session, _host_settings(request), status)
    if script is not None:
        if request.duration_ns is None:
            script.when_done = host.end
        script.start()
    return _Run(session, script, status, host)


def _build(request: RunRequest, log: RunLog) -> Session:
    from hean_tui.bootstrap import START_NS, PaperRun, build_paper_session, limits_of

    settings = request.loaded.settings
    run = PaperRun(
        seed=request.seed,
        scenario=request.scenario,
        symbols=request.symbols,
        strategies=request.strategies,
        parameters=request.parameters,
        capital=request.capital,
        limits=limits_of(settings.risk),
        start_ns=START_NS if request.start_ns is None else request.start_ns,
        order_latency_ns=int(settings.sim.order_latency_ms * _MILLISECOND_NS),
        feed_latency_ns=int(settings.sim.feed_latency_ms * _MILLISECOND_NS),
    )
    try:
        return build_paper_session(run, log.listen)
    except ValueError as error:
        raise WrongConfiguration(f"{error}.") from None


def _host_settings(request: RunRequest) -> HostSettings:
    from hean_tui.bootstrap import START_NS

    start_ns = START_NS if request.start_ns is None else request.start_ns
    return HostSettings(
        speed=None if math.isinf(request.speed) else request.speed,
        end_ns=None if request.duration_ns is None else start_ns + request.duration_ns,
        commands_max=request.loaded.settings.engine.event_max_queue_size,
    )


def _exit_code(session: Session, script: ScriptRunner | None, latest: Snapshot) -> int:
    """Where several apply: an expectation that did not hold, something left after a kill, a halt, done."""
    codes = []
    if script is not None and script.failures:
        codes.append(ExitCode.ERROR)
    left = remainder(session.kernel, session.kernel.symbols) if session.operator.left_over else []
    if left:
        tell(f"Left over: {'; '.join(left)}.")
        codes.append(ExitCode.NOT_FLAT)
    if latest.risk.halted:
        tell(f"Halted: {latest.risk.halt_reason}.")
        codes.append(ExitCode.HALTED)
    return at_the_end_of_a_run(codes)


def _print_end(latest: Snapshot, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(to_json_object(latest), separators=(",", ":")) + "\n")
    else:
        sys.stdout.write(summary(latest))


def _say_for(request: RunRequest) -> "_Say":
    return _Say(to_terminal=request.headless)


class _Say:
    """Script notes go to stderr where there is no screen, and always to the log."""

    def __init__(self, *, to_terminal: bool) -> None:
        self._to_terminal = to_terminal

    def __call__(self, sentence: str) -> None:
        _log.info("script %s", sentence)
        if self._to_terminal:
            tell(sentence)


def _crash_sentence(failure: Exception, request: RunRequest) -> str:
    _log.critical("the engine stopped", exc_info=failure)
    place = request.data_folder.log_file
    return f"The engine stopped after an error ({type(failure).__name__}); the details are in {place}."
