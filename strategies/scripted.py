"""Plays a list of orders exactly: for checking one's own trade history against the engine."""

import csv
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, ClassVar

from engine.commands import BUY, SELL, OrderType
from engine.gate import OrderRequest
from engine.strategy import Strategy

_TYPES = {
    "": OrderType.MARKET,
    "market": OrderType.MARKET,
    "limit": OrderType.LIMIT,
    "stop": OrderType.STOP_MARKET,
    "stop_market": OrderType.STOP_MARKET,
}
_SIDES = {"buy": BUY, "sell": SELL}
_NEEDED = ("ts", "side", "quantity")
_KNOWN = (*_NEEDED, "type", "price", "reduce_only", "symbol")
_TRUE, _FALSE = ("true", "1", "yes"), ("", "false", "0", "no")


class Scripted(Strategy):
    """`orders` is a CSV file: ts, side, quantity[, type, price, reduce_only, symbol]."""

    defaults: ClassVar[Mapping[str, Any]] = {"orders": None}

    def __init__(self, name: str, symbols: tuple[str, ...], parameters: Mapping[str, Any]) -> None:
        super().__init__(name, symbols, parameters)
        path = self.parameters["orders"]
        if path is None:
            raise ValueError("scripted plays a list of orders; name it with --set orders=FILE")
        self._orders = read_orders(Path(str(path)), symbols, name)

    def start(self) -> None:
        """Every order waits for its moment; those from before the start go out at once."""
        now = self.desk.now_ns()
        for ts, request in self._orders:
            self.desk.at(max(ts, now), self.desk.order, request)


def read_orders(path: Path, symbols: tuple[str, ...], strategy: str) -> list[tuple[int, OrderRequest]]:
    """The orders of a file, in the order of time; a ValueError with one sentence names the first bad row."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, skipinitialspace=True)
            columns = [column.strip() for column in reader.fieldnames or ()]
            reader.fieldnames = columns
            missing = [column for column in _NEEDED if column not in columns]
            if missing:
                raise ValueError(f"{path} lacks the column {missing[0]!r}; it needs {', '.join(_NEEDED)}")
            strange = [column for column in columns if column not in _KNOWN]
            if strange:
                raise ValueError(f"{path} has an unknown column {strange[0]!r}; known are {', '.join(_KNOWN)}")
            rows = [
                _read_row(row, f"{path}, row {number}", symbols, strategy) for number, row in enumerate(reader, start=1)
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} cannot be read: {error}") from error
    rows.sort(key=lambda row: row[0])
    return rows


def _read_row(
    row: dict[str, str | None], place: str, symbols: tuple[str, ...], strategy: str
) -> tuple[int, OrderRequest]:
    def text(column: str) -> str:
        return (row.get(column) or "").strip()

    side = _SIDES.get(text("side").lower())
    if side is None:
        raise ValueError(f"{place}: the side must be buy or sell; it was {text('side')!r}")
    type_ = _TYPES.get(text("type").lower())
    if type_ is None:
        raise ValueError(f"{place}: the type must be market, limit or stop; it was {text('type')!r}")
    price = _number(text("price"), "price", place) if text("price") else None
    if type_ is not OrderType.MARKET and price is None:
        raise ValueError(f"{place}: a {type_.value} order needs a price")
    reduce_only = text("reduce_only").lower()
    if reduce_only not in _TRUE + _FALSE:
        raise ValueError(f"{place}: reduce_only must be true or false; it was {reduce_only!r}")
    symbol = text("symbol") or symbols[0]
    if symbol not in symbols:
        raise ValueError(f"{place}: {symbol!r} is not among the symbols of this run ({', '.join(symbols)})")
    return _moment(text("ts"), place), OrderRequest(
        symbol=symbol,
        side=side,
        quantity=_number(text("quantity"), "quantity", place),
        type=type_,
        price=price if type_ is OrderType.LIMIT else None,
        trigger_price=price if type_ is OrderType.STOP_MARKET else None,
        reduce_only=reduce_only in _TRUE,
        strategy=strategy,
        reason="from the list",
    )


def _number(text: str, what: str, place: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{place}: the {what} must be a number; it was {text!r}") from None
    if not number.is_finite() or number <= 0:
        raise ValueError(f"{place}: the {what} must be above zero; it was {text}")
    return number


def _moment(text: str, place: str) -> int:
    """Integer milliseconds UTC, or an ISO time (UTC unless it says otherwise), as nanoseconds."""
    if text.isdigit():
        return int(text) * 1_000_000
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{place}: ts must be milliseconds or an ISO time; it was {text!r}") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1_000
