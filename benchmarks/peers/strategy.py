"""The constants of the one strategy that every peer runs."""

from __future__ import annotations

from typing import Final

SYMBOL: Final = "BTCUSDT"
POSITION_LOTS: Final = 1  # 0.001
FLIP_LOTS: Final = 2 * POSITION_LOTS
TAKER_FEE: Final = "0.0004"  # and so few coins: an engine that halts at losses is not to halt at a month of fees
MAKER_FEE: Final = "0.0002"
STARTING_CASH: Final = 1_000_000
