"""From what was written down during a replay to the figures of the result."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from analytics.performance import calmar, sharpe, sortino
from analytics.recorder import Recorder
from analytics.round_trips import trip_figures
from engine.account import MINUTE_NS
from engine.days import DAY_NS
from engine.kernel import Kernel
from engine.money import ZERO, neat
from hean_tui.backtesting.data import BacktestData, MarketData
from hean_tui.backtesting.fingerprint import code_version, hash_of_files, hash_of_request
from hean_tui.backtesting.replay import Replay
from hean_tui.backtesting.result import (
    CONVENTIONS,
    BacktestResult,
    DataLine,
    FileLine,
    FillLine,
    FundingLine,
    HaltLine,
    PositionLine,
    tidy,
)
from hean_tui.requests import BacktestRequest
from infrastructure.history import History

_MS = 1_000_000
_MONEY_DECIMALS = 8  # of what is watched in float


def build_result(
    request: BacktestRequest, data: BacktestData, replay: Replay, *, slippage_bps: Decimal, start_ns: int, wall_ns: int
) -> BacktestResult:
    """All figures, once the replay is over."""
    kernel, recorder = replay.kernel, replay.recorder
    ledger = kernel.account.ledger
    end_ns = kernel.timeline.now_ns
    equity = kernel.account.equity()
    found = _data(data)
    trips = trip_figures(recorder.trips.closed)
    returns = recorder.daily.returns()
    drawdown = recorder.drawdown
    counts = kernel.orders.counts
    days = (end_ns - start_ns) / DAY_NS
    wall_s = wall_ns / 1e9
    return BacktestResult(
        strategy=",".join(request.strategies),
        symbol=",".join(data.traded),
        from_=start_ns // _MS,
        to=end_ns // _MS,
        capital=tidy(request.capital),
        bars=sum(market.bars.stats.rows for market in data.markets.values() if market.bars is not None),
        ticks=sum(market.trades.stats.rows for market in data.markets.values() if market.trades is not None),
        fidelity=max(_fidelity(data.markets[symbol]) for symbol in data.traded),
        equity_final=tidy(equity),
        pnl=tidy(equity - ledger.deposits),
        realised=tidy(ledger.realised),
        unrealised=tidy(ledger.unrealised(kernel.markets.mark)),
        fees=tidy(ledger.fees),
        funding=tidy(ledger.funding),
        slippage=_slippage(recorder, slippage_bps),
        orders=counts["orders"],
        denied=counts["denied"],
        rejected=counts["rejected"],
        errors=kernel.errors,
        fills=len(recorder.fills),
        trades=trips.trades,
        win_rate=trips.win_rate,
        profit_factor=trips.profit_factor,
        expectancy=None if trips.expectancy is None else tidy(trips.expectancy),
        max_drawdown=_money(drawdown.deepest),
        max_drawdown_pct=100 * drawdown.deepest_fraction,
        sharpe=sharpe(returns),
        sortino=sortino(returns),
        calmar=calmar(float(request.capital), float(equity), days, drawdown.deepest_fraction),
        exposure=recorder.in_market_ns(end_ns) / max(1, end_ns - start_ns),
        turnover=float(recorder.traded / request.capital),
        liquidations=recorder.liquidations,
        halts=tuple(
            HaltLine(ts=halt.ts_ns // _MS, level=halt.level, equity=tidy(halt.equity), reason=halt.reason)
            for halt in recorder.halts
        ),
        positions=_positions(kernel),
        data=found,
        equity_curve=tuple(
            (ts_ns // _MS, _money(value)) for ts_ns, value in recorder.curve.points(recorder.daily.ends)
        ),
        fill_list=_fills(recorder),
        funding_list=tuple(
            FundingLine(ts=paid.ts_ns // _MS, symbol=paid.symbol, rate=tidy(paid.rate), amount=tidy(paid.amount))
            for paid in recorder.funding
        ),
        parameters={
            name: {key: str(value) for key, value in seat.strategy.parameters.items()}
            for name, seat in kernel.strategies.seats.items()
        },
        conventions=CONVENTIONS,
        events_per_s=round(kernel.bus.published / wall_s) if wall_s else 0,
        wall_s=round(wall_s, 6),
        state_hash=kernel.state_hash(),
        code=code_version(),
        config_hash=hash_of_request(request, found.sha256),
    )


def _money(value: float) -> Decimal:
    return tidy(Decimal(repr(round(value, _MONEY_DECIMALS))))


def _fidelity(market: MarketData) -> str:
    """A book and trades, B trades, C bars of a minute or less, D coarser bars."""
    if market.bars is not None:
        return "C" if market.bars.interval_ns <= MINUTE_NS else "D"
    return "B" if market.book is None else "A"


def _slippage(recorder: Recorder, slippage_bps: Decimal) -> Decimal:
    """What taking was made worse by: each price was one without slippage, times one plus or minus it."""
    share = slippage_bps / 10_000
    total = sum(
        (
            fill.quantity * fill.price * share / (1 + fill.side * share)
            for fill in recorder.fills
            if not fill.maker and not fill.is_liquidation
        ),
        ZERO,
    )
    return tidy(round(total, _MONEY_DECIMALS))


def _fills(recorder: Recorder) -> tuple[FillLine, ...]:
    return tuple(
        FillLine(
            ts=fill.ts_ns // _MS,
            symbol=fill.symbol,
            side="buy" if fill.side > 0 else "sell",
            quantity=tidy(fill.quantity),
            price=tidy(fill.price),
            fee=tidy(fill.fee),
            maker=fill.maker,
            strategy=fill.strategy,
            kind="liquidation" if fill.is_liquidation else "trade",
        )
        for fill in recorder.fills
    )


def _positions(kernel: Kernel) -> tuple[PositionLine, ...]:
    return tuple(
        PositionLine(
            symbol=symbol,
            side="long" if position.quantity > 0 else "short",
            quantity=tidy(abs(position.quantity)),
            entry_price=tidy(neat(position.entry_price)),
            mark_price=tidy(kernel.markets.mark(symbol)),
            unrealised=tidy(position.unrealised(kernel.markets.mark(symbol))),
        )
        for symbol, position in sorted(kernel.account.ledger.positions.items())
        if position.quantity
    )


def _data(data: BacktestData) -> DataLine:
    histories: list[tuple[str, History[Any]]] = [
        (market.symbol, history) for market in data.markets.values() for history in market.histories()
    ]
    lines = tuple(
        FileLine(
            file=Path(history.path).name,
            kind=history.kind,
            symbol=symbol,
            rows=history.stats.rows,
            gaps=history.stats.gaps,
            missing=history.stats.missing,
            duplicates=history.stats.duplicates,
            sha256=history.stats.sha256,
        )
        for symbol, history in histories
    )
    return DataLine(
        rows=sum(line.rows for line in lines),
        gaps=sum(line.gaps for line in lines),
        missing=sum(line.missing for line in lines),
        duplicates=sum(line.duplicates for line in lines),
        sha256=hash_of_files(history.stats for _, history in histories),
        files=lines,
    )
