"""Instruments for history: the costs that were asked for, on a grid so fine that nothing in a file is bent by it.

History does not say on which grid its market traded, and slippage or a list of old orders may need a finer one. So the
tick is a power of ten that cuts the first price into one to ten billion parts, finer still where the list of orders to
be played has more decimals; the lot is a hundred-millionth, with the same exception. Nothing is too small or too large.
"""

from collections.abc import Iterable
from decimal import Decimal
from math import floor, log10

from engine.instruments import Instrument, Kind, MarginTier
from hean_tui.backtesting.markets import read_market

MAKER = Decimal("0.0002")
TAKER = Decimal("0.00055")
SPOT_TAKER = Decimal("0.001")
MAINTENANCE_RATE = Decimal("0.005")
LEVERAGE_MAX = Decimal(100)
_PARTS = 10  # decimal digits of the first price on the grid
_LOT_DECIMALS = 8
_MOST = Decimal("1e18")  # the largest number a history file may hold


def history_instrument(
    symbol: str,
    first_price: float,
    *,
    fee_maker: Decimal | None,
    fee_taker: Decimal | None,
    leverage: Decimal,
    prices: Iterable[Decimal] = (),
    quantities: Iterable[Decimal] = (),
) -> Instrument:
    """The instrument of a symbol; `prices` and `quantities` are those that have to lie on the grid exactly."""
    market = read_market(symbol)
    tick_decimals = max(_PARTS - 1 - floor(log10(first_price)), *(map(_decimals, prices)), 0)
    lot_decimals = max(_LOT_DECIMALS, *(map(_decimals, quantities)), 0)
    tick = Decimal(1).scaleb(-tick_decimals)
    lot = Decimal(1).scaleb(-lot_decimals)
    if fee_taker is None:
        fee_taker = SPOT_TAKER if market.is_spot else TAKER
    return Instrument(
        symbol=symbol,
        kind=Kind.SPOT if market.is_spot else Kind.PERPETUAL,
        base=market.base,
        quote=market.quote,
        tick=tick,
        lot=lot,
        min_quantity=lot,
        max_quantity=_MOST,
        max_market_quantity=_MOST,
        min_notional=Decimal(0),
        min_price=tick,
        max_price=_MOST,
        fee_maker=MAKER if fee_maker is None else fee_maker,
        fee_taker=fee_taker,
        fee_liquidation=fee_taker,
        funding_cap=Decimal(1),  # what was settled was settled
        tiers=(_tier(leverage),),
    )


def _tier(leverage: Decimal) -> MarginTier:
    """One tier for any size; half of the initial margin has to stay where the leverage is very high."""
    return MarginTier(
        max_notional=_MOST * _MOST,
        max_leverage=max(LEVERAGE_MAX, leverage),
        maintenance_rate=min(MAINTENANCE_RATE, 1 / (2 * leverage)),
    )


def _decimals(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
