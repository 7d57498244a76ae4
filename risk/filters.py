"""What the instrument itself demands, checked before anything is sent, with the numbers and what would pass."""

from decimal import Decimal

from engine.commands import OrderType
from engine.gate import Denial, OrderRequest
from engine.instruments import Instrument
from engine.money import plain

_MARKET = (OrderType.MARKET, OrderType.STOP_MARKET, OrderType.TRAILING_STOP)


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
    most = instrument.max_market_quantity if request.type in _MARKET else instrument.max_quantity
    if quantity > most:
        return Denial(
            "AboveMaximumQuantity", f"{plain(quantity)} {instrument.base} is above the largest order of {plain(most)}"
        )
    for named, value in (
        ("price", request.price),
        ("trigger", request.trigger_price),
        ("stop", request.stop),
        ("target", request.target),
    ):
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
    if not request.reduce_only and quantity * price < instrument.min_notional:
        least = plain(instrument.min_notional)
        worth = plain((quantity * price).quantize(Decimal("0.01")))
        return Denial(
            "BelowMinimumNotional", f"an order worth {worth} is below the smallest of {least} {instrument.quote}"
        )
    return None
