"""What an order was decided on, gathered at that moment: prices, features, the wish and the numbers of the gate.

Only journaled runs ask for it: a backtest explains itself by being run again.
"""

from math import isfinite
from typing import TYPE_CHECKING, Any

from engine.orders import Order

if TYPE_CHECKING:
    from engine.kernel import Kernel


def evidence(kernel: "Kernel", order: Order) -> dict[str, Any]:
    """Everything that a story of this order would tell before it left."""
    now = kernel.timeline.now_ns
    market = kernel.markets[order.symbol]
    prices = {"last": market.last, "bid": market.bid, "ask": market.ask, "mark": market.mark}
    told: dict[str, Any] = {
        "price": {name: value for name, value in prices.items() if value is not None},
        "gate": kernel.gate.figures(order, kernel.account),
    }
    if market.updated_ns is not None:
        told["price"]["age_ms"] = (now - market.updated_ns) / 1_000_000
    seat = kernel.strategies.seats.get(order.strategy)
    if seat is None:
        return told
    features = {
        f"{feature.name} {feature.length} of {feature.interval_ns // 1_000_000_000} s bars": value
        for feature, handle in seat.declared
        if feature.symbol == order.symbol and (value := seat.features[handle]) is not None and isfinite(value)
    }
    if features:
        told["features"] = features
    wish = seat.last
    if wish is not None and wish.ts == now and wish.symbol == order.symbol:
        told["signal"] = {
            "wish": wish.wish,
            "conviction": wish.conviction,
            "stop": wish.stop,
            "target": wish.target,
            "reason": wish.reason,
        }
    return told
