"""Changing an open order: what may change, and what it costs in the queue."""

from engine.commands import AmendOrder
from engine.money import plain
from engine.refusals import Refusal
from engine.simulation.filters import Refused, check_value, price_ticks, read_lots
from engine.simulation.market import Market
from engine.simulation.matching import Matcher
from engine.simulation.orders import Place, VenueOrder
from engine.simulation.triggers import has_passed


def amend(matcher: Matcher, market: Market, order: VenueOrder, command: AmendOrder) -> None:
    """Apply an amendment or raise the refusal; the order is then as it was.

    A smaller size keeps the place in the queue. Another price or a larger size is a new arrival: it may trade at once.
    """
    lots = _new_lots(market, order, command)
    ticks, trigger_ticks = _new_prices(market, order, command)
    if (lots, ticks, trigger_ticks) == (order.lots, order.ticks, order.trigger_ticks):
        raise Refused(
            Refusal.NOTHING_TO_AMEND,
            f"the order {order.order_id} would have stayed as it is; give it another quantity or price it has",
        )
    if not order.reduce_only:
        check_value(market, (lots - order.filled) * (ticks or trigger_ticks or order.worth_ticks))
    loses_place = ticks != order.ticks or lots > order.lots
    if order.place is Place.WATCHING:
        _move_trigger(matcher, market, order, trigger_ticks)
        order.lots, order.ticks = lots, ticks
        order.worth_ticks = ticks or order.trigger_ticks
        matcher.lifecycle.tell_amended(market, order)
        return
    is_resting = order.place is Place.RESTING
    if is_resting and loses_place:
        market.leave(order)
        try:
            _resize(matcher, market, order, lots, ticks)
        except Refused:
            matcher.lifecycle.rest(market, order, order.ahead)
            raise
        order.arrived_ns = matcher.now_ns
        matcher.lifecycle.tell_amended(market, order)
        matcher.activate(market, order)
    else:
        _resize(matcher, market, order, lots, ticks)
        matcher.lifecycle.tell_amended(market, order)


def _new_lots(market: Market, order: VenueOrder, command: AmendOrder) -> int:
    if command.quantity is None:
        return order.lots
    filled = market.instrument.quantity(order.filled)
    if order.filled and command.quantity <= filled:
        raise Refused(
            Refusal.AMEND_BELOW_FILLED,
            f"the new quantity {plain(command.quantity)} was not above the {plain(filled)} already filled; "
            "cancel the order instead",
        )
    lots = read_lots(market, command.quantity, by_market=order.ticks == 0)
    return min(lots, order.filled + market.closable(order.side)) if order.reduce_only else lots


def _new_prices(market: Market, order: VenueOrder, command: AmendOrder) -> tuple[int, int]:
    ticks, trigger_ticks = order.ticks, order.trigger_ticks
    if command.price is not None:
        if not ticks:
            raise Refused(Refusal.NOTHING_TO_AMEND, f"the order {order.order_id} has no limit price to change")
        ticks = price_ticks(market, command.price, "limit price")
    if command.trigger_price is not None:
        if order.place is not Place.WATCHING:
            raise Refused(Refusal.NOTHING_TO_AMEND, f"the order {order.order_id} has no trigger to change")
        trigger_ticks = price_ticks(market, command.trigger_price, "trigger price")
    return ticks, trigger_ticks


def _move_trigger(matcher: Matcher, market: Market, order: VenueOrder, trigger_ticks: int) -> None:
    before = order.trigger_ticks
    if trigger_ticks == before:
        return
    order.trigger_ticks = trigger_ticks
    seen = market.reference(order.by_mark)
    if has_passed(market, order, seen):
        order.trigger_ticks = before
        raise Refused(
            Refusal.TRIGGER_ALREADY_PASSED,
            f"the trigger {plain(market.instrument.price(trigger_ticks))} had been passed: the price was {seen}",
        )
    order.arrived_ns = matcher.now_ns
    if order.trail_ticks:
        order.best_ticks = trigger_ticks - order.side * order.trail_ticks


def _resize(matcher: Matcher, market: Market, order: VenueOrder, lots: int, ticks: int) -> None:
    """Give an active order its new size and price, if the account can carry them."""
    account = matcher.lifecycle.account
    before = order.lots, order.ticks, order.worth_ticks
    points = order.left * order.worth_ticks
    account.reserve(market, order, -order.left)
    order.lots, order.ticks, order.worth_ticks = lots, ticks, ticks or order.worth_ticks
    try:
        if order.left * order.worth_ticks > points:
            account.admit(market, order, order.left)
    except Refused:
        order.lots, order.ticks, order.worth_ticks = before
        raise
    finally:
        account.reserve(market, order, order.left)
