"""Stops that watch a price: when they have been passed, and how a trailing one follows."""

from engine.simulation.market import Market
from engine.simulation.orders import VenueOrder


def has_passed(market: Market, order: VenueOrder, price: float) -> bool:
    """Whether a price is at or beyond the trigger: above for a purchase, below for a sale."""
    trigger = order.trigger_ticks
    if not price or not trigger:
        return False
    if order.side > 0:
        return market.ticks.floor(price) >= trigger
    return market.ticks.ceil(price) <= trigger


def trail_behind(market: Market, order: VenueOrder, price: float) -> None:
    """Let a trailing stop follow a price that is the best so far; it never goes back."""
    if not order.trail_ticks or not price:
        return
    side = order.side
    ticks = market.ticks.floor(price) if side < 0 else market.ticks.ceil(price)
    if not order.best_ticks or (order.best_ticks - ticks) * side > 0:
        order.best_ticks = ticks
        order.trigger_ticks = ticks + side * order.trail_ticks
