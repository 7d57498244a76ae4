"""`run`: build the session, host it on its own thread, show the garden or wait, and end with a snapshot and a code."""

import json
import logging
import math
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from engine.host.engine_host import EngineHost, HostSettings
from engine.money import plain
from engine.session import Session
from engine.snapshot import EngineView, Snapshot, to_json_object
from hean_tui.control_door import open_to_others
from hean_tui.errors import Unexpected, UserError, WrongConfiguration
from hean_tui.exit_codes import ExitCode, at_the_end_of_a_run
from hean_tui.halts import UNLOCK_KILL
from hean_tui.late_host import LateHost
from hean_tui.portfolio_watch import PortfolioWatch
from hean_tui.redaction import without_secrets
from hean_tui.requests import RunRequest
from hean_tui.run_log import RunLog
from hean_tui.run_modes import run_headless, run_with_garden
from hean_tui.run_summary import summary
from hean_tui.script_runner import ScriptRunner
from hean_tui.status_file import StatusFile
from hean_tui.supervised_child import RESTARTS
from hean_tui.telling import tell
from hean_tui.times import START_NS

if TYPE_CHECKING:
    from hean_tui.books import Books
    from infrastructure.machine.sampler import Call
    from risk.feasibility import Feasibility

_log = logging.getLogger(__name__)
_MILLISECOND_NS = 1_000_000


@dataclass(frozen=True, slots=True)
class _Run:
    """What a run is made of, once it is built."""

    session: Session
    script: ScriptRunner | None
    status: StatusFile | None
    host: EngineHost
    books: "Books"
    portfolio: PortfolioWatch
    feasible: "Feasibility | None"  # what the account can trade; None where nothing is left, or nobody knows


def run_command(request: RunRequest) -> int:
    """Run until the time is up, the script is done, or somebody ends it."""
    with RunLog(request, tell if request.headless else None) as log, ExitStack() as stack:
        return _run(request, log, stack)


def _run(request: RunRequest, log: RunLog, stack: ExitStack) -> int:
    if request.headless:
        run = _prepare(request, log, stack)
        stack.enter_context(open_to_others(request, run.host))
        _tell_kill(run)
        _tell_levels(run, request)
        _tell_feasibility(run)
        run_headless(run.host, request)
        watched = 0
    else:
        built, watched = _run_with_garden(request, log, stack)
        if built is None:
            return watched
        run = built
    if run.status is not None:
        run.status.close()
    latest = _with_portfolio(run)
    log.end(latest)
    if run.host.failure is not None:  # what broke in the midst of something has no state to speak for
        raise Unexpected(_crash_sentence(run.host.failure, request)) from run.host.failure
    run.session.finish()
    if request.headless:
        _print_end(latest, as_json=request.json)
    return watched or _exit_code(run.session, run.script, latest, run.books)


def _run_with_garden(request: RunRequest, log: RunLog, stack: ExitStack) -> tuple[_Run | None, int]:
    """The garden first, the engine once it is painted; no run at all if the screen ended before."""
    built: list[_Run] = []

    def build() -> EngineHost:
        built.append(_prepare(request, log, stack))
        return built[0].host

    starting = EngineView(state="starting", mode=request.mode, feed=request.feed, seed=request.seed)
    late = LateHost(build, Snapshot(engine=starting))
    stack.enter_context(open_to_others(request, late))
    watched = run_with_garden(late, request, lambda: built[0].feasible if built else None)
    if late.failure is not None and not built:
        if isinstance(late.failure, UserError):
            raise late.failure
        raise Unexpected(_crash_sentence(late.failure, request)) from late.failure
    return (built[0] if built else None), watched


def _prepare(request: RunRequest, log: RunLog, stack: ExitStack) -> _Run:
    from hean_tui.books import open_books
    from hean_tui.run_feasibility import feasibility_of
    from hean_tui.run_tape import taped

    books = stack.enter_context(open_books(request.data_folder.path, request.seed, _start_ns(request)))
    session = _build(request, log, books)
    session.views.count_drops(log.dropped)
    log.name(session.views.run_id)
    in_force = session.kernel.gate.in_force()
    _log.info("limits in force: %s", ", ".join(f"{name}={plain(limit)}" for name, limit in in_force.items()))
    if request.loaded.settings.engine.tape and not math.isinf(request.speed):
        stack.enter_context(taped(session, request.data_folder.path))
    script = ScriptRunner(session, request.script, _say_for(request)) if request.script_path else None
    status = None if request.status_file is None else StatusFile(request.status_file, tells_at_once=request.headless)
    if status is not None:
        session.views.count_drops(status.dropped)
    deliver_through = _with_probes(books.journal.deliver_through, session, request, log, stack)
    host = EngineHost(session, _host_settings(request, books), status, deliver_through, session.hooks)
    if status is not None:
        status.beside(host.heart, lambda: (books.journal.head.seq, books.journal.head.hash.hex()))
    if script is not None:
        if request.duration_ns is None:
            script.when_done = host.end
        script.start()
    portfolio = PortfolioWatch(session.kernel.markets, request.seed)
    session.views.assessed = portfolio.seen
    if not math.isinf(request.speed):
        stack.enter_context(portfolio.beside(host.latest))
    feasible = feasibility_of(session, request.loaded.settings.engine.server_cost_per_month)
    return _Run(session, script, status, host, books, portfolio, feasible)


def _with_portfolio(run: _Run) -> Snapshot:
    """The last picture, with the risk of the book that is left."""
    latest = run.host.latest()
    if not latest.positions or run.host.failure is not None:
        return latest
    run.portfolio.judge(latest)
    return msgspec.structs.replace(latest, risk=run.portfolio.seen(latest.risk))


def _tell_kill(run: _Run) -> None:
    """A run that comes up killed does nothing that a person waits for; also after a crash."""
    if run.session.kernel.state == "killed":
        tell(f"The kill switch was used here: no entry is taken, also not after a restart, until {UNLOCK_KILL}.")


def _tell_levels(run: _Run, request: RunRequest) -> None:
    """What was asked for and does not hold; the garden has it in its stream."""
    from hean_tui.run_limits import asked_limits, sentences_of_levels

    if not _is_after_crash():
        tell(*sentences_of_levels(run.session.kernel.gate, asked_limits(request.loaded)))


def _is_after_crash() -> bool:
    return os.environ.get(RESTARTS, "0") != "0"


def _tell_feasibility(run: _Run) -> None:
    """Once: what a supervisor starts again after a crash has told it already."""
    from hean_tui.feasibility_table import as_lines

    if run.feasible is not None and not _is_after_crash():
        tell(*as_lines(run.feasible))


def _with_probes(
    deliver_through: Callable[["Call"], None], session: Session, request: RunRequest, log: RunLog, stack: ExitStack
) -> Callable[["Call"], None]:
    """The machine is looked at beside a run in real time; at full speed equal commands are equal runs."""
    if session.safeguards is None or math.isinf(request.speed):
        return deliver_through
    from hean_tui.probes import sampler_for

    rules, folder = session.safeguards.rules, request.data_folder.path
    sampler = stack.enter_context(sampler_for(session.kernel.health, rules, folder, log.trouble))

    def both(call: "Call") -> None:
        deliver_through(call)
        sampler.through(call)

    return both


def _build(request: RunRequest, log: RunLog, books: "Books") -> Session:
    from hean_tui.bootstrap import PaperRun, build_paper_session
    from hean_tui.run_limits import asked_limits

    settings = request.loaded.settings
    run = PaperRun(
        seed=request.seed,
        scenario=request.scenario,
        symbols=request.symbols,
        strategies=request.strategies,
        parameters=request.parameters,
        capital=request.capital,
        limits=settings.risk.limits(),
        weights=settings.risk.weights,
        halt_flatten=settings.risk.halt_flatten,
        kill=settings.kill.limits(),
        start_ns=_start_ns(request) if books.went_to_ns is None else books.went_to_ns,
        order_latency_ns=int(settings.sim.order_latency_ms * _MILLISECOND_NS),
        feed_latency_ns=int(settings.sim.feed_latency_ms * _MILLISECOND_NS),
        asked=asked_limits(request.loaded),
        after_crash=_is_after_crash(),
    )
    try:
        return build_paper_session(run, log.listen, books, waits=math.isinf(request.speed))
    except ValueError as error:
        raise WrongConfiguration(f"{error}.") from None


def _start_ns(request: RunRequest) -> int:
    return START_NS if request.start_ns is None else request.start_ns


def _host_settings(request: RunRequest, books: "Books") -> HostSettings:
    start_ns = _start_ns(request) if books.went_to_ns is None else books.went_to_ns
    return HostSettings(
        speed=None if math.isinf(request.speed) else request.speed,
        end_ns=None if request.duration_ns is None else start_ns + request.duration_ns,
        commands_max=request.loaded.settings.engine.event_max_queue_size,
    )


def _exit_code(session: Session, script: ScriptRunner | None, latest: Snapshot, books: "Books") -> int:
    """Where several apply: an expectation that did not hold, a lost journal, something left, a halt, done."""
    codes = []
    if books.journal.failure is not None:
        tell(str(books.journal.failure))
        codes.append(ExitCode.WRONG_CONFIGURATION)
    if script is not None and script.failures:
        codes.append(ExitCode.ERROR)
    left = session.operator.left_over
    if left:
        tell(f"Left over: {'; '.join(left)}.")
        codes.append(ExitCode.NOT_FLAT)
    killed_by = None if session.safeguards is None else session.safeguards.killed_by
    if killed_by is not None:
        tell(f"Killed by the rule {killed_by.rule}: {killed_by.sentence}.")
        codes.append(ExitCode.HALTED)
    elif session.kernel.state == "killed":
        tell("Killed: the kill switch was used.")
        codes.append(ExitCode.HALTED)
    if latest.risk.halted:
        tell(f"Halted: {latest.risk.halt_reason}.")
        codes.append(ExitCode.HALTED)
    return at_the_end_of_a_run(codes)


def _print_end(latest: Snapshot, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(without_secrets(json.dumps(to_json_object(latest), separators=(",", ":"))) + "\n")
    else:
        sys.stdout.write(without_secrets(summary(latest)))


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
