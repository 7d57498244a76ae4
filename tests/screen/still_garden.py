"""A garden that holds still: one snapshot as data, and a facade that answers at once and remembers what was asked."""

import math
from decimal import Decimal

import msgspec

from engine.errors import CommandRefused
from engine.facade import Ask
from engine.snapshot import (
    AccountView,
    Counts,
    DiscrepancyView,
    EngineView,
    HealthView,
    Loss,
    MarketView,
    OrderView,
    PositionView,
    ReconcileView,
    RiskView,
    Snapshot,
    StepView,
    StrategyView,
    StreamLine,
    Thresholds,
)

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
NOON = 1_767_277_927 * SECOND  # 2026-01-01 14:32:07 UTC


def _market(symbol: str, last: float, change: float, funding: float | None, hours: int, tick: float) -> MarketView:
    return MarketView(
        symbol=symbol,
        last=last,
        bid=last - tick,
        ask=last + tick,
        mark=last,
        change_24h=change,
        funding_rate=funding,
        next_funding=NOON + hours * HOUR - 32 * MINUTE if funding is not None else None,
        updated_at=NOON - 41_000_000,
    )


def _order(number: int, symbol: str, side: str, kind: str, price: str | None, status: str, **more: object) -> OrderView:
    fields: dict[str, object] = {
        "id": f"h{number:06d}",
        "exchange_id": None,
        "symbol": symbol,
        "side": side,
        "type": kind,
        "price": None if price is None or kind == "stop_market" else Decimal(price),
        "trigger_price": Decimal(price) if price is not None and kind == "stop_market" else None,
        "quantity": Decimal("0.4"),
        "filled": Decimal(0),
        "average_price": None,
        "status": status,
        "reduce_only": kind == "stop_market",
        "strategy": "impulse",
        "created_at": NOON - number * MINUTE,
        "reason": "",
    }
    return msgspec.convert(fields | more, OrderView)


POSITIONS = (
    PositionView(
        symbol="BTC/USDT:USDT",
        side="long",
        quantity=Decimal("0.012"),
        entry_price=Decimal("61204.5"),
        mark_price=Decimal("61388.0"),
        unrealised=Decimal("2.202"),
        realised=Decimal("-0.40"),
        funding=Decimal("-0.0734"),
        liquidation_price=Decimal("20810.5"),
        stop_price=Decimal("60640.0"),
        strategy="impulse",
        opened_at=NOON - 34 * MINUTE,
    ),
    PositionView(
        symbol="ETH/USDT:USDT",
        side="short",
        quantity=Decimal("0.40"),
        entry_price=Decimal("2611.20"),
        mark_price=Decimal("2616.75"),
        unrealised=Decimal("-2.22"),
        realised=Decimal("-0.52"),
        funding=Decimal("0.0209"),
        liquidation_price=Decimal("27018.4"),
        stop_price=Decimal("2640.00"),
        strategy="ema_cross",
        opened_at=NOON - 72 * MINUTE,
    ),
)

ORDERS = (
    _order(3, "SOL/USDT:USDT", "buy", "limit", "138.40", "accepted", quantity=Decimal(3)),
    _order(34, "BTC/USDT:USDT", "sell", "stop_market", "60640.0", "accepted", quantity=Decimal("0.012")),
    _order(72, "ETH/USDT:USDT", "buy", "stop_market", "2640.00", "accepted"),
    _order(35, "BTC/USDT:USDT", "buy", "market", None, "filled", filled=Decimal("0.012"), quantity=Decimal("0.012")),
    _order(9, "ETH/USDT", "buy", "limit", "2590.00", "denied", reason="MaxLeverage: 3.2 would be above 3"),
)

STREAM = (
    StreamLine(number=1, time=NOON - 72 * MINUTE, word="filled", text="sold 0.4 ETH/USDT:USDT at 2611.20, ema_cross"),
    StreamLine(number=2, time=NOON - 60 * MINUTE, word="funding", text="received 0.0209 for ETH/USDT:USDT at 0.0020%"),
    StreamLine(number=3, time=NOON - 34 * MINUTE, word="filled", text="bought 0.012 BTC/USDT:USDT at 61204.5, impulse"),
    StreamLine(
        number=4,
        time=NOON - 9 * MINUTE,
        word="let go",
        text="ETH/USDT, impulse: the order would raise leverage to 3.2, the limit is 3; a smaller size would pass",
    ),
    StreamLine(number=5, time=NOON - 3 * MINUTE, word="operator", text="buy SOL/USDT:USDT 3"),
)


def equity_curve(points: int = 480, start: float = 10_000.0) -> tuple[tuple[int, float], ...]:
    """A calm day of equity, half a minute a point."""
    return tuple(
        (
            NOON - (points - at) * 30 * SECOND,
            start + 14.0 * math.sin(at / 61) + 9.0 * math.sin(at / 17 + 1) + 3.0 * math.sin(at / 5) + at / 12,
        )
        for at in range(points + 1)
    )


STILL = Snapshot(
    engine=EngineView(state="running", mode="paper", feed="sim", run_id="r1", time=NOON, uptime_s=14_640, seed=7),
    account=AccountView(
        equity=Decimal("10042.18"),
        cash=Decimal("10042.20"),
        realised=Decimal("46.31"),
        unrealised=Decimal("-0.018"),
        fees=Decimal("4.112"),
        funding=Decimal("-0.0525"),
        peak_equity=Decimal("10061.02"),
        drawdown=Decimal("18.84"),
        day_pnl=Decimal("42.18"),
    ),
    positions=POSITIONS,
    orders=ORDERS,
    risk=RiskView(
        tier="Strategist",
        thresholds=Thresholds(info=Decimal(-200), warning=Decimal(-500), critical=Decimal(-1500), halt=Decimal(-2000)),
        loss=Loss(worst_trade=Decimal("-2.74"), day=Decimal("42.18"), total=Decimal("-18.84")),
        day_limit=Decimal(-500),
        leverage=Decimal("0.18"),
        exposure=Decimal("1783.36"),
        limits={
            "max_leverage": Decimal(3),
            "max_position_size": Decimal(5000),
            "daily_drawdown_limit": Decimal("0.05"),
        },
        naked_s=0.0,
        naked_longest_s=1.2,
        naked_total_s=3.9,
        var_95=Decimal("61.40"),
        var_99=Decimal("102.75"),
        es_95=Decimal("88.10"),
        es_99=Decimal("141.32"),
        halt_chance=0.0004,
        halt_hours=12,
        worst_stress="May 2021",
        worst_stress_loss=Decimal("388.90"),
        risk_basis="by 480 hours of BTC/USDT:USDT and ETH/USDT:USDT",
    ),
    strategies=(
        StrategyView(
            name="impulse",
            state="running",
            allocation=Decimal(5000),
            pnl=Decimal("51.20"),
            signals=14,
            orders=9,
            last_signal="long BTC/USDT:USDT, conviction 0.71",
            reason="momentum above the cost of the way there and back",
        ),
        StrategyView(
            name="ema_cross",
            state="running",
            allocation=Decimal(5000),
            pnl=Decimal("-9.02"),
            signals=3,
            orders=3,
            last_signal="short ETH/USDT:USDT",
            reason=None,
        ),
    ),
    health={"feed": HealthView(state="healthy", reason="", age_s=0.041)},
    counts=Counts(events=184_210, signals=17, orders=12, fills=9, denied=1),
    state_hash="5f1c",
    market=(
        _market("BTC/USDT", 61_371.5, 0.0121, None, 0, 0.5),
        _market("BTC/USDT:USDT", 61_388.0, 0.0123, 0.0001, 2, 0.1),
        _market("ETH/USDT", 2_615.90, -0.0031, None, 0, 0.05),
        _market("ETH/USDT:USDT", 2_616.75, -0.0030, -0.00002, 2, 0.05),
        _market("SOL/USDT", 140.87, 0.0264, None, 0, 0.01),
        _market("SOL/USDT:USDT", 140.92, 0.0265, 0.000125, 6, 0.01),
        _market("MOSS/USDT", 0.031_842, -0.0812, None, 0, 0.000_01),
        _market("MOSS/USDT:USDT", 0.031_851, -0.0809, -0.00041, 2, 0.000_01),
    ),
    stream=STREAM,
    equity_curve=equity_curve(),
)


_BEGUN = (
    ("process", "done", "hean-tui 0.1.0, on paper"),
    ("lock", "done", "the data folder is ours alone"),
    ("storage", "done", "the journal opens, and its pages are whole"),
    ("chain", "done", "its newest rows are chained as they were written"),
    ("state", "done", "18,204 rows were read, 3 state hashes are the same"),
    ("run", "done", "the first row of this run is written"),
    ("clock", "done", "+0.4 ms from the exchange's, within 90.0 ms"),
    ("account", "done", "a paper account: no key, no rights, no modes to check"),
    ("picture", "doubtful", "2 open orders, 1 execution that nobody had heard of"),
    ("unknown orders", "running", "asking for H1dz0jy-000000d-A0w1-f53, which may still be on its way"),
    *((name, "waiting", "") for name in ("orphans", "books", "protection", "unfinished", "market data", "arming")),
)
# A start that goes on where an earlier run ended, in the middle of it.
STARTING = msgspec.structs.replace(
    STILL,
    engine=msgspec.structs.replace(STILL.engine, state="starting", uptime_s=2),
    start=tuple(
        StepView(step=at, name=name, state=state, sentence=sentence)
        for at, (name, state, sentence) in enumerate(_BEGUN)
    ),
)
# Hours later: one component is not well, and our books and the venue's are half a coin apart.
UNWELL = msgspec.structs.replace(
    STILL,
    health={
        "engine": HealthView(state="healthy", reason="", age_s=14_640.0),
        "journal": HealthView(state="degraded", reason="a commit took 1.4 s; 0.2 s is usual", age_s=95.0),
        "disk": HealthView(state="healthy", reason="", age_s=14_640.0),
        "strategy ema_cross": HealthView(state="down", reason="ZeroDivisionError in on_bar", age_s=610.0),
    },
    reconcile=ReconcileView(
        last_at=NOON - 12 * SECOND,
        lag_s=12.0,
        discrepancies=(
            DiscrepancyView(
                subject="SOL/USDT:USDT",
                symbol="SOL/USDT:USDT",
                verdict="unexplained",
                owner="",
                ours=Decimal(0),
                theirs=Decimal("0.5"),
                age_s=42.0,
                evidence="+5 lots, and no execution tells of them",
            ),
        ),
    ),
    start=tuple(
        msgspec.structs.replace(step, state="done", sentence=step.sentence or "done") for step in STARTING.start
    ),
)

# An account that has lost what its tier may lose; one position is left, and its stop does not cover all of it.
HALTED = msgspec.structs.replace(
    STILL,
    engine=msgspec.structs.replace(STILL.engine, state="halted"),
    account=AccountView(
        equity=Decimal("924.02"),
        cash=Decimal("921.82"),
        realised=Decimal("-74.31"),
        unrealised=Decimal("2.20"),
        fees=Decimal("3.86"),
        funding=Decimal("-0.0021"),
        peak_equity=Decimal("999.99"),
        drawdown=Decimal("75.97"),
        day_pnl=Decimal("-36.98"),
    ),
    equity_curve=equity_curve(start=874.5),
    positions=(msgspec.structs.replace(POSITIONS[0], stop_price=None),),
    risk=msgspec.structs.replace(
        STILL.risk,
        tier="Sniper",
        level="halt",
        halted=True,
        halt_reason="the drawdown of 75.97 reached the Sniper's HALT of 75.00",
        halt_until=NOON + 228 * MINUTE,
        lift="acknowledge",
        thresholds=Thresholds(info=Decimal(-10), warning=Decimal(-25), critical=Decimal(-50), halt=Decimal(-75)),
        loss=Loss(worst_trade=Decimal("-20.04"), day=Decimal("-36.98"), total=Decimal("-75.97")),
        day_limit=Decimal("-48.05"),
        naked_s=12.0,
        naked_longest_s=12.0,
        naked_total_s=14.7,
        halt_chance=None,
        halt_hours=None,
    ),
)


class Settled:
    """A receipt that is answered already."""

    def __init__(self, sentence: str, *, refused: bool) -> None:
        """Hold the answer."""
        self._sentence = sentence
        self._refused = refused

    def settled(self) -> bool:
        """At once."""
        return True

    def answer(self, timeout_s: float | None = None) -> str:
        """The sentence, as an answer or as a refusal."""
        if self._refused:
            raise CommandRefused(self._sentence)
        return self._sentence


class Open:
    """A receipt that nobody answers."""

    def settled(self) -> bool:
        """Not yet."""
        return False

    def answer(self, timeout_s: float | None = None) -> str:
        """There is none."""
        raise TimeoutError


class StillFacade:
    """The same picture at every look; commands are written down and answered."""

    def __init__(self, view: Snapshot = STILL, *, refusing: str | None = None, answering: bool = True) -> None:
        """Show this picture; refuse everything with a sentence, if one is given."""
        self.view = view
        self.refusing = refusing
        self.answering = answering
        self.asked: list[Ask] = []  # without who asked, which stands beside it
        self.actors: list[str] = []

    def latest(self) -> Snapshot:
        """The picture."""
        return self.view

    def submit(self, ask: Ask) -> Settled | Open:
        """Write the command down."""
        self.asked.append(msgspec.structs.replace(ask, actor=""))
        self.actors.append(ask.actor)
        if not self.answering:
            return Open()
        if self.refusing is not None:
            return Settled(self.refusing, refused=True)
        return Settled("done", refused=False)

    def in_state(self, state: str, *, paused: bool = False, gate_closed: bool = False) -> None:
        """The same picture of an engine in another state, with what a person closed beside it."""
        engine = msgspec.structs.replace(
            self.view.engine,
            state=state,
            paused="entries are paused by the operator" if paused or state == "paused" else None,
            gate_closed="the gate was closed by the operator" if gate_closed else None,
        )
        self.view = msgspec.structs.replace(self.view, engine=engine)


class StillClock:
    """The screen's clock, moved by hand."""

    def __init__(self) -> None:
        """Start somewhere."""
        self.now_s = 1000.0

    def __call__(self) -> float:
        """The present."""
        return self.now_s
