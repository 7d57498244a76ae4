"""What the instrument itself demands, checked before anything is sent, with the numbers and what would pass."""

from decimal import Decimal

from engine.commands import MARKET, STOP_MARKET, TRAILING_STOP
from engine.gate import Denial, OrderRequest
from engine.instruments import Instrument
from engine.money import plain

_AT_MARKET = (MARKET, STOP_MARKET, TRAILING_STOP)
_PRICES = ("price", "trigger", "stop", "target")
_NO_PRICES = (None,) * len(_PRICES)


def against_filters(request: OrderRequest, instrument: Instrument, price: Decimal) -> Denial | None:
    """The first filter an order does not pass; `price` is what it is likely to be filled at."""
    quantity = request.quantity
    if quantity % instrument.lot:
        below = plain(instrument.quantity_below(quantity))
        return Denial(
            "OffLot", f"{plain(quantity)} is not a multiple of the lot {plain(instrument.lot)}; {below} would be"
        )
    if quantity < instrument.min_quantity:
        least = plain(instrument.min_quantity)
        return Denial(
            "BelowMinimumQuantity", f"{plain(quantity)} {instrument.base} is below the smallest order of {least}"
        )
    most = instrument.max_market_quantity if request.type in _AT_MARKET else instrument.max_quantity
    if quantity > most:
        return Denial(
            "AboveMaximumQuantity", f"{plain(quantity)} {instrument.base} is above the largest order of {plain(most)}"
        )
    prices = request.price, request.trigger_price, request.stop, request.target
    if prices != _NO_PRICES:
        denial = _against_prices(prices, instrument)
        if denial is not None:
            return denial
    if not request.reduce_only and quantity * price < instrument.min_notional:
        least = plain(instrument.min_notional)
        worth = plain((quantity * price).quantize(Decimal("0.01")))
        return Denial(
            "BelowMinimumNotional", f"an order worth {worth} is below the smallest of {least} {instrument.quote}"
        )
    return None


def _against_prices(prices: tuple[Decimal | None, ...], instrument: Instrument) -> Denial | None:
    for named, value in zip(_PRICES, prices, strict=True):
        if value is None:
            continue
        if not instrument.min_price <= value <= instrument.max_price:
            low, high = plain(instrument.min_price), plain(instrument.max_price)
            return Denial("PriceOutOfRange", f"the {named} {plain(value)} is outside {low} to {high}")
        if value % instrument.tick:
            near = plain(instrument.price_near(value))
            return Denial(
                "OffTick", f"the {named} {plain(value)} is not on the grid of {plain(instrument.tick)}; {near} would be"
            )
    return None
