"""What the instrument itself demands, checked before anything is sent, with the numbers and what would pass."""

from decimal import ROUND_DOWN, Decimal

from engine.commands import MARKET, STOP_MARKET, TRAILING_STOP
from engine.gate import Denial, OrderRequest
from engine.instruments import Instrument
from engine.money import CENT, plain
from risk.sizing import least_quantity

_AT_MARKET = (MARKET, STOP_MARKET, TRAILING_STOP)


def against_filters(request: OrderRequest, instrument: Instrument, price: Decimal) -> Denial | None:
    """The first filter an order does not pass; `price` is what it is likely to be filled at."""
    quantity = request.quantity
    if quantity % instrument.lot:
        below = max(instrument.quantity_below(quantity), instrument.min_quantity)
        return Denial(
            "OffLot",
            f"{plain(quantity)} is not a multiple of the lot {plain(instrument.lot)}",
            (("quantity", quantity), ("lot", instrument.lot), ("fits", below)),
            f"{plain(below)} would be one",
        )
    if quantity < instrument.min_quantity:
        fits = instrument.min_quantity if request.reduce_only else least_quantity(instrument, price)
        return Denial(
            "BelowMinimumQuantity",
            f"{plain(quantity)} {instrument.base} is below the smallest order of {plain(instrument.min_quantity)}",
            (("quantity", quantity), ("least", instrument.min_quantity), ("fits", fits)),
            f"{plain(fits)} would pass",
        )
    most = instrument.max_market_quantity if request.type in _AT_MARKET else instrument.max_quantity
    if quantity > most:
        fits = instrument.quantity_below(most)
        return Denial(
            "AboveMaximumQuantity",
            f"{plain(quantity)} {instrument.base} is above the largest order of {plain(most)}",
            (("quantity", quantity), ("most", most), ("fits", fits)),
            f"{plain(fits)} would pass",
        )
    denial = (
        (request.price is not None and _against_price("price", request.price, instrument))
        or (request.trigger_price is not None and _against_price("trigger", request.trigger_price, instrument))
        or (request.stop is not None and _against_price("stop", request.stop, instrument))
        or (request.target is not None and _against_price("target", request.target, instrument))
        or (request.trail is not None and _against_price("trail", request.trail, instrument))
    )
    if denial:
        return denial
    if not request.reduce_only and quantity * price < instrument.min_notional:
        least, worth = instrument.min_notional, quantity * price
        fits = least_quantity(instrument, price)
        return Denial(
            "BelowMinimumNotional",
            f"an order worth {_amount(worth)} is below the smallest of {plain(least)} {instrument.quote}",
            (("worth", worth), ("least", least), ("fits", fits)),
            f"{plain(fits)} would pass",
        )
    return None


def _against_price(named: str, value: Decimal, instrument: Instrument) -> Denial | None:
    low = instrument.tick if named == "trail" else instrument.min_price  # a trail is a distance
    high = instrument.max_price
    if not low <= value <= high:
        fits = instrument.price_above(low) if value < low else instrument.price_below(high)
        return Denial(
            "PriceOutOfRange",
            f"the {named} {plain(value)} is outside {plain(low)} to {plain(high)}",
            (("price", value), ("lowest", low), ("highest", high), ("fits", fits)),
            f"{plain(fits)} would pass",
        )
    if value % instrument.tick:
        fits = instrument.price_near(value)
        return Denial(
            "OffTick",
            f"the {named} {plain(value)} is not on the grid of {plain(instrument.tick)}",
            (("price", value), ("tick", instrument.tick), ("fits", fits)),
            f"{plain(fits)} would be",
        )
    return None


def _amount(worth: Decimal) -> str:
    """To the cent, rounded down: what is too little does not look like enough."""
    return plain(worth.quantize(CENT, ROUND_DOWN))
