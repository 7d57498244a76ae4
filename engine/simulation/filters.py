"""The filters an order has to pass at the door, in this order, the first that fails naming the refusal.

     1  the grid         OffTick, PriceOutOfRange   limit, trigger, trail, attached stop and target
     2  the size         OffLot, BelowMinimumQuantity, AboveMaximumQuantity, AboveMaximumMarketQuantity
     3  the value        BelowMinimumNotional       not asked of orders that only reduce
     4  the trigger      TriggerAlreadyPassed       also for an attached stop or target on the wrong side of the entry
     5  the count        TooManyOrders              500 active and 10 conditional for each symbol
     6  the position     NothingToReduce
     7  the margin       LeverageAboveTier, InsufficientMargin, InsufficientBalance   (`engine.simulation.account`)

Before them come Outage, UnknownSymbol, SymbolNotTrading and DuplicateClientId (`engine.simulation.arrivals`).
"""

from decimal import Decimal

from engine.commands import BY_MARK, LIMIT, MARKET, STOP_LIMIT, STOP_MARKET, TRAILING_STOP, SubmitOrder
from engine.money import plain
from engine.refusals import Refusal
from engine.simulation.market import Market
from engine.simulation.orders import WATCHING, Bracket, VenueOrder

ACTIVE_ORDERS_MAX = 500
CONDITIONAL_ORDERS_MAX = 10

_NEEDS_PRICE = (LIMIT, STOP_LIMIT)
_NEEDS_TRIGGER = (STOP_MARKET, STOP_LIMIT)


class Refused(Exception):
    """The venue says no; it becomes an event before it leaves the venue."""

    def __init__(self, code: Refusal, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


def read_order(market: Market, command: SubmitOrder, now_ns: int) -> VenueOrder:
    """The command as an order on the grid, or the refusal of the filters 1 to 6."""
    kind = command.type
    order = VenueOrder(
        command.order_id,
        command.side,
        kind,
        0,
        by_mark=command.trigger_by is BY_MARK,
        time_in_force=command.time_in_force,
        reduce_only=command.reduce_only,
        arrived_ns=now_ns,
    )
    if kind is not MARKET:
        _read_prices(market, command, order)
    if command.stop is not None or command.target is not None:
        order.bracket = Bracket(
            order.order_id,
            -order.side,
            0 if command.stop is None else price_ticks(market, command.stop, "attached stop"),
            0 if command.target is None else price_ticks(market, command.target, "attached target"),
            order.by_mark,
        )
    order.lots = read_lots(market, command.quantity, by_market=order.ticks == 0)
    order.worth_ticks = order.ticks or order.trigger_ticks or market.ticks.nearest(market.last or market.reference())
    if not order.reduce_only and order.lots * order.worth_ticks < market.min_points:
        check_value(market, order.lots * order.worth_ticks)
    if kind is not MARKET or order.bracket is not None:
        check_triggers(market, order)
    if len(market.orders) >= CONDITIONAL_ORDERS_MAX:
        check_count(market, order)
    if order.reduce_only and not market.closable(order.side):
        raise Refused(
            Refusal.NOTHING_TO_REDUCE,
            f"a reduce-only {'purchase' if order.side > 0 else 'sale'} has nothing to reduce: the position was "
            f"{plain(market.position.quantity)} {market.instrument.base}",
        )
    return order


def _read_prices(market: Market, command: SubmitOrder, order: VenueOrder) -> None:
    kind = command.type
    if kind in _NEEDS_PRICE:
        order.ticks = price_ticks(market, command.price, "limit price")
        order.worth_ticks = order.ticks
    if kind in _NEEDS_TRIGGER:
        order.trigger_ticks = price_ticks(market, command.trigger_price, "trigger price")
    elif kind is TRAILING_STOP:
        order.trail_ticks = price_ticks(market, command.trail, "trail", is_distance=True)
        if command.trigger_price is not None:  # where it starts, instead of one trail behind the price
            order.trigger_ticks = price_ticks(market, command.trigger_price, "trigger price")
            order.best_ticks = order.trigger_ticks - order.side * order.trail_ticks


def price_ticks(market: Market, price: Decimal | None, name: str, *, is_distance: bool = False) -> int:
    """A price as ticks, on the grid and within the range of the instrument."""
    instrument = market.instrument
    if price is None:
        raise Refused(Refusal.PRICE_OUT_OF_RANGE, f"the {name} was missing; this type of order needs one")
    ticks = market.ticks.count(price)
    if ticks is None:
        raise Refused(Refusal.OFF_TICK, f"the {name} {price} was not a multiple of the tick {plain(instrument.tick)}")
    lowest = instrument.tick if is_distance else instrument.min_price
    if not lowest <= price <= instrument.max_price or ticks <= 0:
        raise Refused(
            Refusal.PRICE_OUT_OF_RANGE,
            f"the {name} {price} was outside {plain(lowest)} to {plain(instrument.max_price)}",
        )
    return ticks


def read_lots(market: Market, quantity: Decimal, *, by_market: bool) -> int:
    """A quantity as lots, on the grid and within the limits of the instrument."""
    lots = market.lots.count(quantity)
    if lots is not None and market.min_lots <= lots <= (market.market_lots if by_market else market.max_lots):
        return lots
    instrument = market.instrument
    if lots is None:
        raise Refused(Refusal.OFF_LOT, f"the quantity {quantity} was not a multiple of the lot {plain(instrument.lot)}")
    if lots < market.min_lots:
        raise Refused(
            Refusal.BELOW_MINIMUM_QUANTITY,
            f"the quantity {plain(quantity)} was below the minimum of {plain(instrument.min_quantity)}",
        )
    if lots > market.max_lots:
        raise Refused(
            Refusal.ABOVE_MAXIMUM_QUANTITY,
            f"the quantity {plain(quantity)} was above the maximum of {plain(instrument.max_quantity)}",
        )
    raise Refused(
        Refusal.ABOVE_MAXIMUM_MARKET_QUANTITY,
        f"the quantity {plain(quantity)} was above the maximum of {plain(instrument.max_market_quantity)} "
        "for orders at the market; split it or give a limit",
    )


def check_value(market: Market, points: int) -> None:
    """Refuse what is worth too little; where no price is known yet, nothing can be said."""
    if 0 < points < market.min_points:
        raise Refused(
            Refusal.BELOW_MINIMUM_NOTIONAL,
            f"the order was worth {plain(market.value(points))} {market.instrument.quote}, "
            f"below the minimum of {plain(market.instrument.min_notional)}",
        )


def check_triggers(market: Market, order: VenueOrder) -> None:
    """Refuse a stop whose moment has passed, and exits that the entry would find already passed."""
    now = market.ticks.nearest(market.reference(order.by_mark))
    side = order.side
    if order.trigger_ticks and now and (now - order.trigger_ticks) * side >= 0:
        raise Refused(
            Refusal.TRIGGER_ALREADY_PASSED,
            f"the trigger {_price(market, order.trigger_ticks)} had been passed: the price was {_price(market, now)}",
        )
    bracket = order.bracket
    if bracket is None:
        return
    entry = order.ticks or order.trigger_ticks or now
    stop, target = bracket.stop_ticks, bracket.target_ticks
    nearest = min(entry * side, now * side) if now and not order.is_conditional else entry * side
    if stop and entry and stop * side >= nearest:
        raise Refused(
            Refusal.TRIGGER_ALREADY_PASSED,
            f"the attached stop {_price(market, stop)} had been passed: the entry was at {_price(market, entry)} "
            f"and the price was {_price(market, now)}",
        )
    if target and entry and target * side <= entry * side:
        raise Refused(
            Refusal.TRIGGER_ALREADY_PASSED,
            f"the attached target {_price(market, target)} had been passed: the entry was at {_price(market, entry)}",
        )


def check_count(market: Market, order: VenueOrder) -> None:
    """Refuse the order that is one too many; exits that came with an entry do not count."""
    if order.is_conditional:
        if sum(not watching.is_exit for watching in market.watching) >= CONDITIONAL_ORDERS_MAX:
            raise Refused(
                Refusal.TOO_MANY_ORDERS,
                f"{CONDITIONAL_ORDERS_MAX} conditional orders of {market.symbol} were open, which is the most",
            )
    elif len(market.orders) >= ACTIVE_ORDERS_MAX:
        active = sum(o.place is not WATCHING and not o.is_exit for o in market.orders.values())
        if active >= ACTIVE_ORDERS_MAX:
            raise Refused(
                Refusal.TOO_MANY_ORDERS,
                f"{ACTIVE_ORDERS_MAX} active orders of {market.symbol} were open, which is the most",
            )


def _price(market: Market, ticks: int) -> str:
    return plain(market.instrument.price(ticks))
