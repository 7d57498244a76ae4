"""What a backtest has to say, with the names that other programs read."""

from decimal import Decimal

import msgspec

from engine.money import plain

CONVENTIONS = (
    "Money and sizes are exact decimal numbers in quote currency and base coin; times are milliseconds UTC.",
    "pnl is equity_final less capital: after fees and funding, with open positions at the last mark.",
    "funding is positive where it was received; realised is before fees and funding.",
    "A trade goes from flat to flat (or to the other side), and counts after its fees and funding.",
    "Returns for sharpe and sortino are those of UTC days, 365 a year, risk-free 0, sample standard deviation.",
    "calmar is the compound yearly return over the deepest drawdown.",
    "Drawdown is on marked equity, at the close of each bar or at each minute of trades.",
    "win_rate and exposure are fractions, max_drawdown_pct is per cent, turnover is in multiples of the capital.",
    "slippage is what the assumed slippage cost on top of the prices in the files; it is part of every price here.",
)


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """The root of all parts of a result."""


class HaltLine(Record, frozen=True, kw_only=True):
    """Entries were halted."""

    ts: int
    level: str
    equity: Decimal
    reason: str


class FileLine(Record, frozen=True, kw_only=True):
    """What was found in one file for one market."""

    file: str
    kind: str
    symbol: str
    rows: int
    gaps: int
    missing: int
    duplicates: int
    sha256: str


class DataLine(Record, frozen=True, kw_only=True):
    """What was found in all files together."""

    rows: int
    gaps: int
    missing: int
    duplicates: int
    sha256: str
    files: tuple[FileLine, ...]


class FillLine(Record, frozen=True, kw_only=True):
    """One execution."""

    ts: int
    symbol: str
    side: str
    quantity: Decimal
    price: Decimal
    fee: Decimal
    maker: bool
    strategy: str
    kind: str  # trade or liquidation


class FundingLine(Record, frozen=True, kw_only=True):
    """One settlement of funding."""

    ts: int
    symbol: str
    rate: Decimal
    amount: Decimal


class PositionLine(Record, frozen=True, kw_only=True):
    """A position that was still open at the end."""

    symbol: str
    side: str
    quantity: Decimal
    entry_price: Decimal
    mark_price: Decimal
    unrealised: Decimal


class BacktestResult(Record, frozen=True, kw_only=True, rename={"from_": "from"}):
    """All of it. What cannot be known is None."""

    strategy: str
    symbol: str
    from_: int
    to: int
    capital: Decimal
    bars: int
    ticks: int
    fidelity: str
    equity_final: Decimal
    pnl: Decimal
    realised: Decimal
    unrealised: Decimal
    fees: Decimal
    funding: Decimal
    slippage: Decimal
    orders: int
    denied: int
    rejected: int
    errors: int
    fills: int
    trades: int
    win_rate: float | None
    profit_factor: float | None
    expectancy: Decimal | None
    max_drawdown: Decimal
    max_drawdown_pct: float
    sharpe: float | None
    sortino: float | None
    calmar: float | None
    exposure: float
    turnover: float
    liquidations: int
    halts: tuple[HaltLine, ...]
    positions: tuple[PositionLine, ...]
    data: DataLine
    equity_curve: tuple[tuple[int, Decimal], ...]
    fill_list: tuple[FillLine, ...]
    funding_list: tuple[FundingLine, ...]
    parameters: dict[str, dict[str, str]]
    conventions: tuple[str, ...]
    events_per_s: int
    wall_s: float
    state_hash: str
    code: str
    config_hash: str


_ENCODER = msgspec.json.Encoder(decimal_format="number")


def to_json(result: BacktestResult) -> str:
    """The result as one line; decimals are JSON numbers with all their digits, so that nothing is rounded."""
    return _ENCODER.encode(result).decode()


def tidy(value: Decimal) -> Decimal:
    """The same number without an exponent and without trailing zeros."""
    return Decimal(plain(value))
