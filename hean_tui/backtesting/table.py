"""A backtest's result as a page of text for people."""

from collections.abc import Iterator

from engine.money import plain
from hean_tui.backtesting.result import CONVENTIONS, BacktestResult
from hean_tui.backtesting.words import counted, moment, money, percent, ratio

_NAME_WIDTH = 18
_HALTS_SHOWN = 5
_POSITIONS_SHOWN = 5
_SYMBOLS_SHOWN = 4
_FIDELITIES = {
    "A": "a book and trades",
    "B": "trades",
    "C": "bars of a minute or less",
    "D": "bars longer than a minute",
}


def as_table(result: BacktestResult) -> str:
    """What matters most first, every figure with its name."""
    lines = [
        title(result),
        f"{moment(result.from_)} to {moment(result.to)} UTC · {_amount_of_data(result)}",
        "",
        *(f"  {name:<{_NAME_WIDTH}}{value}" for name, value in figures(result)),
    ]
    if result.halts:
        lines += ["", *_halts(result)]
    if result.positions:
        lines += ["", *_positions(result)]
    lines += ["", f"Data: {_data(result)}"]
    lines += ["", *CONVENTIONS[1:8]]
    return "\n".join(lines) + "\n"


def title(result: BacktestResult) -> str:
    """What was tested on what."""
    symbols = result.symbol.split(",")
    shown = ", ".join(symbols[:_SYMBOLS_SHOWN])
    more = len(symbols) - _SYMBOLS_SHOWN
    return f"{result.strategy} on {shown}" + (f" and {more} more" if more > 0 else "")


def figures(result: BacktestResult) -> Iterator[tuple[str, str]]:
    """Names and values, as text; the page for browsers shows the same."""
    gain = result.pnl / result.capital
    yield "equity", f"{money(result.capital)} → {money(result.equity_final)}  ({percent(gain, signed=True)})"
    yield "profit", money(result.pnl, signed=True)
    yield "  realised", money(result.realised, signed=True)
    yield "  unrealised", money(result.unrealised, signed=True)
    yield "  fees", money(-result.fees, signed=True)
    yield "  funding", money(result.funding, signed=True)
    yield "slippage", f"{money(result.slippage)} within the prices"
    yield "max drawdown", f"{money(result.max_drawdown)}  ({result.max_drawdown_pct:.2f} %)"
    yield "sharpe", ratio(result.sharpe)
    yield "sortino", ratio(result.sortino)
    yield "calmar", ratio(result.calmar)
    yield "orders", f"{result.orders:,}, {result.denied:,} denied, {result.rejected:,} rejected"
    yield "fills", f"{result.fills:,}"
    yield "trades", f"{result.trades:,}, {percent(result.win_rate)} won"
    yield "profit factor", ratio(result.profit_factor)
    yield "expectancy", "–" if result.expectancy is None else f"{money(result.expectancy, signed=True)} a trade"
    yield "exposure", f"{percent(result.exposure)} of the time"
    yield "turnover", f"{result.turnover:,.2f} × the capital"
    yield "liquidations", f"{result.liquidations:,}"
    yield "fidelity", f"{result.fidelity}, {_FIDELITIES[result.fidelity]}"
    yield "speed", f"{result.wall_s:.2f} s, {result.events_per_s:,} events a second"
    yield "state hash", result.state_hash


def _amount_of_data(result: BacktestResult) -> str:
    parts = [counted(result.bars, "bar")] if result.bars else []
    if result.ticks:
        parts.append(counted(result.ticks, "trade"))
    return ", ".join(parts)


def _halts(result: BacktestResult) -> Iterator[str]:
    yield f"Entries were halted {counted(len(result.halts), 'time')}:"
    for halt in result.halts[:_HALTS_SHOWN]:
        yield f"  {moment(halt.ts)}  at {money(halt.equity)}: {halt.reason}"
    if len(result.halts) > _HALTS_SHOWN:
        yield f"  and {len(result.halts) - _HALTS_SHOWN} more"


def _positions(result: BacktestResult) -> Iterator[str]:
    yield "Still open at the end:"
    for position in result.positions[:_POSITIONS_SHOWN]:
        quantity, entry, mark = plain(position.quantity), plain(position.entry_price), plain(position.mark_price)
        yield (
            f"  {position.side} {quantity} {position.symbol} from {entry}, marked at {mark}: "
            f"{money(position.unrealised, signed=True)}"
        )
    if len(result.positions) > _POSITIONS_SHOWN:
        yield f"  and {len(result.positions) - _POSITIONS_SHOWN} more"


def _data(result: BacktestResult) -> str:
    data = result.data
    found = f"{counted(data.rows, 'row')}, {counted(data.gaps, 'gap')}"
    if data.missing:
        found += f" ({data.missing:,} missing)"
    return f"{found}, {counted(data.duplicates, 'duplicate')} left out, sha256 {data.sha256[:16]}…"
