"""Plays a list of orders exactly: for checking one's own trade history against the engine."""

import csv
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from stat import S_ISREG
from typing import Any, ClassVar

from engine.commands import BUY, SELL, OrderType
from engine.gate import OrderRequest
from engine.strategy import Strategy
from strategies.moments import read_moment

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
LARGEST_LIST = 100_000_000  # bytes
_TRUE, _FALSE = ("true", "1", "yes"), ("", "false", "0", "no")


class Scripted(Strategy):
    """`orders` is a CSV file: ts, side, quantity[, type, price, reduce_only, symbol]."""

    defaults: ClassVar[Mapping[str, Any]] = {"orders": None}

    def __init__(self, name: str, symbols: tuple[str, ...], parameters: Mapping[str, Any]) -> None:
        super().__init__(name, symbols, parameters)
        self._orders = read_orders(orders_file(self.parameters), symbols, name)
        self._sent = 0

    @property
    def waiting(self) -> int:
        """How many orders have not been sent: their moment has not come."""
        return len(self._orders) - self._sent

    def start(self) -> None:
        """Every order waits for its moment; those from before the start go out at once."""
        self._sent = 0
        now = self.desk.now_ns()
        for ts, request in self._orders:
            self.desk.at(max(ts, now), self._send, request)

    def _send(self, request: OrderRequest) -> None:
        self._sent += 1
        self.desk.order(request)


def orders_file(parameters: Mapping[str, Any]) -> Path:
    """Where the list is."""
    path = parameters.get("orders")
    if path is None:
        raise ValueError("scripted plays a list of orders; name it with --set orders=FILE")
    return Path(str(path))


def read_orders(path: Path, symbols: tuple[str, ...], strategy: str) -> list[tuple[int, OrderRequest]]:
    """The orders of a file, in the order of time; a ValueError with one sentence names the first bad row."""
    try:
        _refuse_what_is_no_list(path)
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


def _refuse_what_is_no_list(path: Path) -> None:
    # A device or a pipe has no end, and a list is held in memory as a whole.
    facts = path.stat()
    if not S_ISREG(facts.st_mode):
        raise ValueError(f"{path} is not a plain file; write the orders into one")
    if facts.st_size > LARGEST_LIST:
        raise ValueError(f"{path} is larger than {LARGEST_LIST // 1_000_000} MB; play a shorter list")


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
    try:
        return read_moment(text)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from None
