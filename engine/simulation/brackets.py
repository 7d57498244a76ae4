"""Exits that an entry brings along: a stop and a target that live at the venue and of which one ends the other."""

from typing import TYPE_CHECKING

from engine.commands import OrderType
from engine.refusals import Refusal
from engine.simulation.lifecycle import Lifecycle
from engine.simulation.market import Market
from engine.simulation.orders import Bracket, VenueOrder
from engine.simulation.triggers import has_passed

if TYPE_CHECKING:
    from engine.simulation.matching import Matcher


def place_exits(matcher: "Matcher", market: Market, entry: VenueOrder, lots: int, price: float) -> None:
    """The entry filled so many more lots: place its exits, or let them grow, never beyond the position."""
    bracket = entry.bracket
    assert bracket is not None, "only entries with exits come here"
    if bracket.stop_ticks:
        _protect(matcher, market, bracket, lots, price)
    if bracket.target_ticks:
        _aim(matcher, market, bracket, lots, price)


def shrink_sibling(lifecycle: Lifecycle, market: Market, exit_order: VenueOrder, lots: int) -> None:
    """One exit filled so many lots: the other has that much less to do, or nothing any more."""
    bracket = exit_order.bracket
    assert bracket is not None, "exits know what they belong to"
    sibling = bracket.sibling(exit_order)
    if sibling is None:
        return
    if sibling.left > lots:
        lifecycle.resize(market, sibling, sibling.lots - lots)
    else:
        lifecycle.cancel(market, sibling, Refusal.CANCELLED_BY_SIBLING)


def _protect(matcher: "Matcher", market: Market, bracket: Bracket, lots: int, price: float) -> None:
    if _grow(matcher.lifecycle, market, bracket.stop, lots):
        return
    closable = market.closable(bracket.side)
    if not closable:
        return
    stop = bracket.stop = _exit(matcher, market, bracket, "stop", bracket.stop_ticks, min(lots, closable))
    matcher.lifecycle.watch(market, stop)
    seen = price if price and not (stop.by_mark and market.marked) else market.reference(stop.by_mark)
    if has_passed(market, stop, seen):
        matcher.wake(market, stop, price or market.last)


def _aim(matcher: "Matcher", market: Market, bracket: Bracket, lots: int, price: float) -> None:
    if _grow(matcher.lifecycle, market, bracket.target, lots):
        return
    closable = market.closable(bracket.side)
    if not closable:
        return
    target = bracket.target = _exit(matcher, market, bracket, "target", bracket.target_ticks, min(lots, closable))
    if market.has_book:
        matcher.activate(market, target)
    else:
        matcher.take_at(market, target, price)


def _grow(lifecycle: Lifecycle, market: Market, exit_order: VenueOrder | None, lots: int) -> bool:
    """Whether the exit is alive; it is then made larger by these lots, up to the position."""
    if exit_order is None:
        return False
    size = min(exit_order.left + lots, market.closable(exit_order.side))
    if size > exit_order.left:
        lifecycle.resize(market, exit_order, exit_order.filled + size)
    return True


def _exit(matcher: "Matcher", market: Market, bracket: Bracket, name: str, ticks: int, lots: int) -> VenueOrder:
    """An exit; one that is needed again, because the first was closed before the entry was, says so in its id."""
    is_stop = name == "stop"
    now_ns = matcher.now_ns
    order_id = f"{bracket.parent_id}.{name}"
    number = 1
    while order_id in matcher.lifecycle.seen:
        number += 1
        order_id = f"{bracket.parent_id}.{name}.{number}"
    order = VenueOrder(
        order_id,
        bracket.side,
        OrderType.STOP_MARKET if is_stop else OrderType.LIMIT,
        lots,
        ticks=0 if is_stop else ticks,
        trigger_ticks=ticks if is_stop else 0,
        by_mark=bracket.by_mark,
        reduce_only=True,
        arrived_ns=now_ns,
    )
    order.worth_ticks = ticks
    order.bracket = bracket
    order.is_exit = True
    order.young = market.bar_is_open and now_ns != market.opened_ns
    matcher.lifecycle.seen.add(order_id)
    matcher.lifecycle.accept(market, order)
    matcher.lifecycle.tell_amended(market, order)  # nobody ordered this size: whoever hears of it must be told
    return order
