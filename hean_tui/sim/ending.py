"""The last minute of a run, without a fault: everything has to be known, equal and usable again."""

from decimal import Decimal

from engine.clock import SECOND_NS
from engine.facade import Ask, Verb
from engine.ledger import Ledger
from hean_tui.sim import checker
from hean_tui.sim.assembly import folded_hash
from hean_tui.sim.operator import UNLOCK
from hean_tui.sim.violations import Violation
from hean_tui.sim.world import World

LIVENESS_NS = 60 * SECOND_NS
_ROUNDED = Decimal("1e-8")  # what divisions of average prices may leave
_PERSON_LOOKS_NS = 10 * SECOND_NS
_PERSON_COMES_NS = 25 * SECOND_NS
_SETTLED_NS = 15 * SECOND_NS
_MOMENTS = 30  # to find one at which the exchange has said nothing for a second


def live_on(world: World) -> None:
    """A minute without faults; half way through a person opens what a person has closed."""
    world.calm()
    begin = world.timeline.now_ns
    world.run_until(begin + _PERSON_LOOKS_NS)
    if _is_killed(world):
        world.process.submit(Ask(verb=Verb.KILL, reason="whatever was left of it"))
    world.run_until(begin + _PERSON_COMES_NS)
    world.process.accept_others()
    if _is_killed(world):
        world.process.submit(UNLOCK)
    for verb in (Verb.RESUME, Verb.START):
        world.process.submit(Ask(verb=verb, reason="all is well again"))
    world.run_until(begin + LIVENESS_NS)
    _usable(world)
    world.process.submit(Ask(verb=Verb.STOP, reason="the day is over"))  # what is on its way then has time to arrive
    _settle(world, begin + LIVENESS_NS + _SETTLED_NS)


def _settle(world: World, at_ns: int) -> None:
    """Go to a moment at which nothing is on its way: a stop that rests may trigger just before any of them."""
    for _ in range(_MOMENTS):
        world.run_until(_between_rows(world, at_ns))
        at_ns = world.timeline.now_ns + SECOND_NS
        told = world.wire.told
        if not told or told[-1].at_ns + SECOND_NS <= world.timeline.now_ns:
            return


def _between_rows(world: World, at_ns: int) -> int:
    """The next moment half way between two full seconds of the engine's clock, at which rows are written."""
    half_ns = SECOND_NS // 2
    return at_ns + (half_ns - at_ns - world.clock.offset_ns) % SECOND_NS


def _is_killed(world: World) -> bool:
    engine = world.process.engine
    return engine is not None and engine.kernel.state == "killed"


def _usable(world: World) -> None:
    """The program runs, and takes orders unless a person or a rule has closed the gate."""
    engine = world.process.engine
    if engine is None:
        raise Violation("L-1", "the program is not running a minute after the last fault")
    if not engine.is_ready:
        raise Violation("L-1", "the start sequence has not ended a minute after the last fault")
    state = engine.kernel.state
    if state not in ("running", "halted"):
        raise Violation("L-4", f"the engine is {state} a minute after the last fault: {engine.why_closed}")


def judge(world: World) -> None:
    """Everything that must be so by now."""
    engine, watcher = world.process.engine, world.process.watcher
    assert engine is not None, "the program runs by now"
    assert watcher is not None, "and somebody watches it"
    waiting = watcher.unfinished()
    if waiting:
        raise Violation("L-2", f"a minute after the last fault {waiting[0]}")
    _same_books(world)
    watcher.check_books()
    checker.check(world.wire, world.disk.rows, is_calm=True)
    _same_after_replay(world)


def _same_books(world: World) -> None:
    """The exchange wins every argument; here there must be none left."""
    engine = world.process.engine
    assert engine is not None, "the program runs by now"
    account, venue = engine.kernel.account, world.exchange.venue
    for symbol in world.exchange.symbols:
        ours, theirs = account.held(symbol), venue.position(symbol).quantity
        if ours != theirs:
            raise Violation("I-48", f"we hold {ours} {symbol}, and the exchange has {theirs}")
    # What a position cost and what was realised of it depend on the order in which executions were heard; not so both.
    ours, theirs = _money(account.ledger), _money(venue.account)
    if abs(ours - theirs) > _ROUNDED:
        raise Violation("I-48", f"our cash less the cost of what we hold is {ours}, and the exchange's {theirs}")
    real = {order.order_id: order for order in venue.open_orders()}
    for order_id, order in account.open_orders.items():
        there = real.pop(order_id, None)
        if there is None:
            raise Violation("I-19", f"{order_id} is open in our books and not at the exchange")
        if (there.filled, there.quantity) != (order.filled, order.quantity):
            raise Violation(
                "I-13",
                f"{order_id} has {order.filled} of {order.quantity} filled; at the exchange "
                f"{there.filled} of {there.quantity}",
            )
    ours_there = [order_id for order_id, order in real.items() if order_id.startswith("H1") and not order.reduce_only]
    if ours_there:
        raise Violation("I-19", f"{ours_there[0]} is open at the exchange and not in our books")


def _money(ledger: Ledger) -> Decimal:
    return ledger.cash - sum((position.cost for position in ledger.positions.values()), Decimal(0))


def _same_after_replay(world: World) -> None:
    """The rows alone lead to the same state."""
    engine = world.process.engine
    assert engine is not None, "the program runs by now"
    if world.process.journal is None or world.process.journal.waiting:
        raise Violation("L-5", "rows still wait for the disk a minute after the last fault")
    world.disk.verify()
    live, again = engine.kernel.state_hash(), folded_hash(world.setting, world.disk)
    if live != again:
        raise Violation("I-42", f"the state is {live[:12]}, and its rows fold to {again[:12]}")
