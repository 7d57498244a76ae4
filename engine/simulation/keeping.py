"""Live orders as facts, and facts as live orders: counted in ticks and lots here, written in decimals there."""

from decimal import Decimal

from engine.commands import OrderType, SubmitOrder, TriggerBy
from engine.money import ZERO
from engine.orders import Status
from engine.simulation.facts import BracketKept, OrderKept
from engine.simulation.market import Market
from engine.simulation.orders import Bracket, Place, VenueOrder


def kept(market: Market, order: VenueOrder, status: Status, reason: str, accepted_ns: int, now_ns: int) -> OrderKept:
    """Everything there is to know of an order now."""
    instrument = market.instrument

    def price(ticks: int) -> Decimal | None:
        return instrument.price(ticks) if ticks else None

    bracket = order.bracket
    return OrderKept(
        now_ns,
        order.order_id,
        market.symbol,
        order.side,
        order.type,
        instrument.quantity(order.lots),
        instrument.quantity(order.filled),
        status,
        order.time_in_force,
        exchange_id=order.exchange_id,
        reason=reason,
        price=price(order.ticks),
        trigger_price=price(order.trigger_ticks),
        by_mark=order.by_mark,
        trail=price(order.trail_ticks),
        best=price(order.best_ticks),
        worth=price(order.worth_ticks),
        reduce_only=order.reduce_only,
        is_exit=order.is_exit,
        bracket=None
        if bracket is None
        else BracketKept(
            bracket.parent_id, bracket.side, price(bracket.stop_ticks), price(bracket.target_ticks), bracket.by_mark
        ),
        place="" if order.place is Place.NOWHERE else order.place.name.lower(),
        accepted_ns=accepted_ns,
        arrived_ns=order.arrived_ns,
    )


def kept_at_the_door(command: SubmitOrder, status: Status, reason: str, now_ns: int) -> OrderKept:
    """An order that was turned away: as it was asked for."""
    return OrderKept(
        now_ns,
        command.order_id,
        command.symbol,
        command.side,
        command.type,
        command.quantity,
        ZERO,
        status,
        command.time_in_force,
        reason=reason,
        price=command.price,
        trigger_price=command.trigger_price,
        by_mark=command.trigger_by is TriggerBy.MARK,
        trail=command.trail,
        reduce_only=command.reduce_only,
        accepted_ns=now_ns,
        arrived_ns=now_ns,
    )


def live(market: Market, fact: OrderKept, brackets: dict[str, Bracket]) -> VenueOrder:
    """The order of a fact, not put anywhere yet; exits of one entry share their bracket."""
    instrument = market.instrument

    def ticks(price: Decimal | None) -> int:
        return 0 if price is None else instrument.ticks(price)

    order = VenueOrder(
        fact.order_id,
        fact.side,
        fact.type,
        instrument.lots(fact.quantity),
        ticks=ticks(fact.price),
        trigger_ticks=ticks(fact.trigger_price),
        trail_ticks=ticks(fact.trail),
        by_mark=fact.by_mark,
        time_in_force=fact.time_in_force,
        reduce_only=fact.reduce_only,
        arrived_ns=fact.arrived_ns,
        exchange_id=fact.exchange_id,
        filled=instrument.lots(fact.filled),
        best_ticks=ticks(fact.best),
        worth_ticks=ticks(fact.worth),
        is_exit=fact.is_exit,
    )
    told = fact.bracket
    if told is not None:
        bracket = brackets.get(told.parent_id)
        if bracket is None:
            bracket = brackets[told.parent_id] = Bracket(
                told.parent_id, told.side, ticks(told.stop), ticks(told.target), told.by_mark
            )
        order.bracket = bracket
        if fact.is_exit:
            if order.type is OrderType.STOP_MARKET:
                bracket.stop = order
            else:
                bracket.target = order
    return order
