"""The picture of a running engine that every surface reads: frozen, complete, and the same for all.

The field names are a promise to other programs. Money and sizes are Decimal here and decimal strings in JSON; times
are nanoseconds here and ISO 8601 there; unknown is None. `market` and `stream` are for the screen.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

from engine.money import plain


class Record(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The root of all parts of a snapshot."""


class EngineView(Record, frozen=True, gc=False, kw_only=True):
    """What the engine is doing."""

    state: str = "stopped"
    # What a person closed until a person resumes, and why; the state may be another, as while the strategies rest.
    paused: str | None = None
    gate_closed: str | None = None
    mode: str = "paper"
    feed: str = "sim"
    run_id: str = ""
    time: int | None = None
    uptime_s: int = 0
    seed: int | None = None


class AccountView(Record, frozen=True, gc=False, kw_only=True):
    """What the account is worth."""

    equity: Decimal | None = None
    cash: Decimal | None = None
    realised: Decimal | None = None
    unrealised: Decimal | None = None
    fees: Decimal | None = None
    funding: Decimal | None = None
    peak_equity: Decimal | None = None
    drawdown: Decimal | None = None
    day_pnl: Decimal | None = None


class PositionView(Record, frozen=True, gc=False, kw_only=True):
    """One open position."""

    symbol: str
    side: str
    quantity: Decimal
    entry_price: Decimal
    mark_price: Decimal | None
    unrealised: Decimal | None
    realised: Decimal
    funding: Decimal
    liquidation_price: Decimal | None
    stop_price: Decimal | None
    strategy: str
    opened_at: int


class OrderView(Record, frozen=True, gc=False, kw_only=True):
    """One order, open or recently closed."""

    id: str
    exchange_id: str | None
    symbol: str
    side: str
    type: str
    price: Decimal | None
    trigger_price: Decimal | None
    quantity: Decimal
    filled: Decimal
    average_price: Decimal | None
    status: str
    reduce_only: bool
    strategy: str
    created_at: int
    reason: str


class Thresholds(Record, frozen=True, gc=False, kw_only=True):
    """The levels of loss, in money."""

    info: Decimal | None = None
    warning: Decimal | None = None
    critical: Decimal | None = None
    halt: Decimal | None = None


class Loss(Record, frozen=True, gc=False, kw_only=True):
    """What is being measured against the levels."""

    worst_trade: Decimal | None = None
    day: Decimal | None = None
    total: Decimal | None = None


class RiskView(Record, frozen=True, gc=False, kw_only=True):
    """How near the limits are."""

    tier: str | None = None
    level: str = "none"
    halted: bool = False
    halt_reason: str | None = None
    halt_until: int | None = None
    lift: str = "none"
    thresholds: Thresholds = Thresholds()
    loss: Loss = Loss()
    leverage: Decimal | None = None
    exposure: Decimal | None = None
    var_95: Decimal | None = None
    var_99: Decimal | None = None
    limits: dict[str, Decimal] = {}
    day_limit: Decimal | None = None
    note: str | None = None
    # Seconds that a position had no stop resting at the venue for all of it.
    naked_s: float | None = None
    naked_longest_s: float | None = None
    naked_total_s: float | None = None
    # What may be lost, worked out beside the engine every few seconds.
    es_95: Decimal | None = None
    es_99: Decimal | None = None
    halt_chance: float | None = None
    halt_hours: int | None = None
    worst_stress: str | None = None
    worst_stress_loss: Decimal | None = None
    risk_basis: str | None = None


class TiltView(Record, frozen=True, gc=False, kw_only=True):
    """How the operator is doing, where that is watched."""

    score: float | None = None
    rung: int | None = None
    rung_name: str | None = None
    reasons: tuple[str, ...] = ()
    intervention: str | None = None
    until: int | None = None
    throttle: float | None = None


class StrategyView(Record, frozen=True, gc=False, kw_only=True):
    """What a strategy is doing and why."""

    name: str
    state: str
    allocation: Decimal | None
    pnl: Decimal
    signals: int
    orders: int
    last_signal: str | None
    reason: str | None


class HealthView(Record, frozen=True, gc=False, kw_only=True):
    """How one component is."""

    state: str
    reason: str
    age_s: float


class Counts(Record, frozen=True, gc=False, kw_only=True):
    """How often things happened in this run."""

    events: int = 0
    signals: int = 0
    orders: int = 0
    fills: int = 0
    denied: int = 0
    rejected: int = 0
    errors: int = 0
    dropped: int = 0


class DiscrepancyView(Record, frozen=True, gc=False, kw_only=True):
    """One thing in which our books and the venue's differ: whose it is, since when, and what speaks for it."""

    subject: str  # the symbol, the id of an order, or `cash`
    symbol: str
    verdict: str  # explained, external or unexplained
    owner: str
    ours: Decimal
    theirs: Decimal
    age_s: float
    evidence: str


class StepView(Record, frozen=True, gc=False, kw_only=True):
    """One line of the check list of a start."""

    step: int
    name: str
    state: str  # waiting, running, done, doubtful or refused
    sentence: str


class ReconcileView(Record, frozen=True, gc=False, kw_only=True):
    """When our books were last compared with the venue's, and what differed."""

    last_at: int | None = None
    lag_s: float | None = None
    discrepancies: tuple[DiscrepancyView, ...] = ()


class MarketView(Record, frozen=True, gc=False, kw_only=True):
    """The last known prices of one symbol."""

    symbol: str
    last: float | None
    bid: float | None
    ask: float | None
    mark: float | None
    change_24h: float | None
    funding_rate: float | None
    next_funding: int | None
    updated_at: int | None


class StreamLine(Record, frozen=True, gc=False, kw_only=True):
    """One thing that happened, for people: a number that only grows, the moment, a word, and a sentence."""

    number: int
    time: int
    word: str
    text: str


class Snapshot(Record, frozen=True, gc=False, kw_only=True):
    """Everything a surface may know, at one instant."""

    schema: int = 1
    engine: EngineView = EngineView()
    account: AccountView = AccountView()
    positions: tuple[PositionView, ...] = ()
    orders: tuple[OrderView, ...] = ()
    risk: RiskView = RiskView()
    tilt: TiltView = TiltView()
    strategies: tuple[StrategyView, ...] = ()
    health: dict[str, HealthView] = {}
    counts: Counts = Counts()
    reconcile: ReconcileView = ReconcileView()
    state_hash: str | None = None
    market: tuple[MarketView, ...] = ()
    stream: tuple[StreamLine, ...] = ()
    equity_curve: tuple[tuple[int, float], ...] = ()
    start: tuple[StepView, ...] = ()  # the check list of a start that goes on where another run ended


_TIMES = frozenset(("time", "opened_at", "created_at", "halt_until", "until", "last_at", "next_funding", "updated_at"))
SCREEN_ONLY = frozenset(("equity_curve", "limits"))


def iso(ts_ns: int) -> str:
    """Nanoseconds as ISO 8601 UTC with milliseconds and Z."""
    moment = datetime.fromtimestamp(ts_ns // 1_000_000_000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ts_ns // 1_000_000 % 1000:03d}Z"


def to_json_object(part: Any, field: str = "") -> Any:
    """The snapshot as the plain objects other programs read."""
    if isinstance(part, msgspec.Struct):
        return {
            name: to_json_object(getattr(part, name), name)
            for name in part.__struct_fields__
            if name not in SCREEN_ONLY
        }
    if isinstance(part, Decimal):
        return plain(part)
    if isinstance(part, dict):
        return {key: to_json_object(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [to_json_object(item) for item in part]
    if field in _TIMES and isinstance(part, int):
        return iso(part)
    return part
