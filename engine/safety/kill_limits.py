"""The rules that use the kill switch by themselves: their names, their thresholds, and the evidence they show."""

from decimal import Decimal
from typing import NamedTuple

import msgspec

from engine.clock import SECOND_NS

DRAWDOWN = "drawdown"
LOSS_VELOCITY = "loss velocity"
ERROR_RATE = "error rate"
STALE_DATA = "stale data"
RECONCILE_MISMATCH = "reconcile mismatch"
ORDER_LATENCY = "order latency"
POSITION_CALCULATION = "position calculation"


class KillLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Every number that a kill goes by; each lies beyond what only closes entries, slows them or halts."""

    drawdown: Decimal = Decimal("1.5")  # times the amount of HALT, in all
    loss: Decimal = Decimal("1.25")  # times the amount of HALT, within the time below
    loss_within_ns: int = 300 * SECOND_NS
    confirm_ns: int = 2 * SECOND_NS  # a loss has to be there for so long: one bad print closes nothing
    errors: int = 20  # more than these within the time below
    errors_within_ns: int = 300 * SECOND_NS
    stale_ns: int = 900 * SECOND_NS  # a contract is held and nothing was heard of it
    stale_spot_ns: int = 3_600 * SECOND_NS  # coins trade rarely, and nothing can be called in for them
    mismatches: int = 3  # comparisons of the books in a row, and the time below
    mismatch_ns: int = 60 * SECOND_NS
    slow_order_ns: int = 1_500_000_000
    slow_orders: int = 10  # that add risk, in a row
    recount_ns: int = 10 * SECOND_NS  # how often everything is counted again, beside each execution


class Trigger(NamedTuple):
    """One rule, for whoever reads about it."""

    rule: str
    when: str  # with the names of its settings in braces
    evidence: tuple[str, ...]  # the names of the figures
    drill: str


TRIGGERS = (
    Trigger(
        DRAWDOWN,
        "the total drawdown is {drawdown} × HALT or more for 2 s, and something is still held",
        ("loss", "halt", "limit", "equity", "peak"),
        "drawdown",
    ),
    Trigger(
        LOSS_VELOCITY,
        "{loss} × HALT or more was lost within {loss_within_s} s and stays lost for 2 s, and something is still held",
        ("loss", "halt", "limit", "within_s", "took_s", "equity"),
        "loss-velocity",
    ),
    Trigger(
        ERROR_RATE,
        "more than {errors} errors and refused entries within {errors_within_s} s",
        ("count", "limit", "within_s", "errors", "rejections", "last"),
        "error-rate",
    ),
    Trigger(
        STALE_DATA,
        "a contract is held, nothing was heard of it for {stale_s} s (a coin: {stale_spot_s} s), "
        "and the exchange answers",
        ("symbol", "silent_s", "limit_s", "held"),
        "stale-data",
    ),
    Trigger(
        RECONCILE_MISMATCH,
        "the same part of the books differs without explanation in {mismatches} comparisons in a row "
        "and for {mismatch_s} s, and something is held",
        ("subject", "ours", "theirs", "comparisons", "for_s", "limit_s"),
        "reconcile-mismatch",
    ),
    Trigger(
        ORDER_LATENCY,
        "{slow_orders} entries in a row took more than {slow_order_ms} ms each until the first word of them",
        ("count", "limit_ms", "slowest_ms", "quickest_ms", "last_ms"),
        "order-latency",
    ),
    Trigger(
        POSITION_CALCULATION,
        "a position, counted again from the executions, is not the ledger's, its holders' shares do not add up to it, "
        "or the cash is not the sum of its parts; looked at with each execution and every {recount_every_s} s",
        ("subject", "ledger", "recounted", "executions"),
        "position-calculation",
    ),
)
