"""One run from a plan to its outcome."""

import resource
import traceback
from collections import Counter
from hashlib import sha256

import msgspec

from engine import faultpoints
from engine.commands import SubmitOrder
from engine.events import Execution
from hean_tui.sim.ending import judge, live_on
from hean_tui.sim.faults import S
from hean_tui.sim.outcome import Failure, Outcome
from hean_tui.sim.plan import HOUR_NS, Plan
from hean_tui.sim.trap import no_way_out
from hean_tui.sim.violations import Violation
from hean_tui.sim.world import START_NS, StepReached, World

_LAST_ROWS = 50
_ROW_LENGTH = 400
_FACTS = msgspec.json.Encoder(order="sorted")


def run(plan: Plan, *, until_step: int | None = None) -> Outcome:
    """Play a plan to its end, or to the first violation."""
    return play(World(plan), until_step=until_step)


def play(world: World, *, until_step: int | None = None) -> Outcome:
    """The same in a world that somebody has looked at, or tampered with."""
    began_s = _core_s()
    world.until_step = until_step
    faultpoints.disarm()
    faultpoints.count_hits()
    failure: Failure | None = None
    try:
        with no_way_out():
            world.run_with_faults()
            live_on(world)
            judge(world)
    except StepReached:
        pass
    except Violation as violation:
        failure = _failure(world, violation.invariant, violation.sentence, "")
    except Exception as error:  # noqa: BLE001 - whatever escapes from the engine is what the run was to find
        where = "".join(traceback.format_exception(error))
        failure = _failure(world, "I-45", f"{type(error).__name__}: {error}", where)
    finally:
        world.process.points.reached.update(faultpoints.hits())
        faultpoints.disarm()
    return _outcome(world, failure, _core_s() - began_s)


def _core_s() -> float:
    """How long a core has worked for us: what else runs on the machine counts for nothing."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _failure(world: World, invariant: str, sentence: str, details: str) -> Failure:
    rows = [
        f"{row.seq} {(row.time_ns - START_NS) / S:.6f} {row.kind} {row.body.decode()[:_ROW_LENGTH]}"
        for row in world.disk.rows[-_LAST_ROWS:]
    ]
    time_s = (world.timeline.now_ns - START_NS) / S
    return Failure(invariant, sentence, world.steps, time_s, details, tuple(rows))


def _outcome(world: World, failure: Failure | None, seconds: float) -> Outcome:
    plan, wire = world.plan, world.wire
    return Outcome(
        profile=plan.profile.name,
        seed=plan.seed,
        digest=digest(world),
        hours=plan.length_ns / HOUR_NS,
        steps=world.steps,
        ticks=world.ticks,
        rows=len(world.disk.rows),
        orders=sum(1 for left in wire.left if isinstance(left.command, SubmitOrder)),
        fills=sum(1 for told in wire.told if isinstance(told.event, Execution)),
        kills=world.process.kills,
        disk_failures=world.process.restarts_by_disk,
        faults=dict(sorted(world.board.seen.items())),
        acts=dict(sorted(world.operator.acts.items())),
        points=dict(sorted(Counter(world.process.points.hit).items())),
        reached=dict(sorted(world.process.points.reached.items())),
        seconds=seconds,
        failure=failure,
    )


def digest(world: World) -> str:
    """One hash of everything that happened: each row, each byte on the wire, each word of the exchange."""
    total = sha256()
    wire = world.wire
    for row in world.disk.rows:
        total.update(row.hash)
    for log in (wire.left, wire.arrived, wire.told):
        total.update(_FACTS.encode_lines(log))
    total.update(f"{world.steps} {world.ticks} {world.timeline.now_ns}".encode())
    engine = world.process.engine
    if engine is not None:
        total.update(engine.kernel.state_hash().encode())
    return total.hexdigest()
