"""Batches of market history as plain numpy arrays, one class for each kind of file."""

from dataclasses import dataclass, fields
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

Kind = Literal["bars", "mark", "trades", "funding", "book"]

Times = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int8]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Rows side by side; `ts_ns` is nanoseconds UTC and never goes backwards."""

    ts_ns: Times

    def __len__(self) -> int:
        return len(self.ts_ns)

    def where(self, chosen: Mask | slice) -> Self:
        """The same columns with the chosen rows alone."""
        arrays: list[npt.NDArray[Any]] = [getattr(self, field.name)[chosen] for field in fields(self)]
        return type(self)(*arrays)

    def freeze(self) -> Self:
        """Make the arrays read-only, because one batch may be handed to several readers."""
        for field in fields(self):
            getattr(self, field.name).flags.writeable = False
        return self


@dataclass(frozen=True, slots=True, eq=False)
class Bars(Columns):
    """Bars that start at `ts_ns`; the volume of mark bars is zero where the file has none."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Trades(Columns):
    """Trades; `side` is +1 where the taker bought, -1 where it sold, 0 where the file does not know."""

    price: Floats
    size: Floats
    side: Codes


@dataclass(frozen=True, slots=True, eq=False)
class Funding(Columns):
    """Funding settlements: the fraction of notional that longs pay to shorts."""

    rate: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Book(Columns):
    """Changes of book levels; `side` is +1 bid, -1 ask, 0 clear (price and size then are zero), size 0 deletes."""

    price: Floats
    size: Floats
    side: Codes
