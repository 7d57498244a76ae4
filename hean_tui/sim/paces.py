"""How often what should agree is looked at in a simulated day: as in the program, and less often where trades are rare.

Between two prices nothing can be seen that was not there at the first of them: to judge more often than prices come
finds nothing and costs most of the time of a run in which a trade comes once a minute.
"""

from hean_tui.paper_links import IN_TIME, Pace
from hean_tui.sim.faults import S
from hean_tui.sim.plan import Plan

_MARK_NS = 4 * S
_UNIT_MAX_NS = 60 * S


def pace_of(plan: Plan) -> Pace:
    """That of the program, stretched as far as the market is slower than one trade a second."""
    unit = max(1, min(_UNIT_MAX_NS, plan.tick_ns) // S)
    return Pace(
        compare_ns=max(IN_TIME.compare_ns, 10 * unit * S),
        look_ns=unit * IN_TIME.look_ns,
        prices_ns=unit * IN_TIME.prices_ns,
        judge_ns=unit * IN_TIME.judge_ns,
        markless_ns=mark_ns(plan) * 3 // 2,
    )


def mark_ns(plan: Plan) -> int:
    """Between two marks of a symbol."""
    return max(_MARK_NS, min(_UNIT_MAX_NS, plan.tick_ns))
