"""What is open and what holds at a moment: with the chain of facts, all that a journal determines."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.kernel import Kernel


def open_state(kernel: "Kernel") -> dict[str, Any]:
    """In plain values, the same in any process."""
    account = kernel.account
    ledger = account.ledger
    return {
        "deposits": ledger.deposits,
        "realised": ledger.realised,
        "fees": ledger.fees,
        "funding": ledger.funding,
        "peak": account.peak_equity,
        "day_start": account.day_start_equity,
        "positions": [
            (symbol, position.quantity, position.cost, position.realised, position.fees, position.funding)
            for symbol, position in sorted(ledger.positions.items())
        ],
        "orders": [
            (
                order.id,
                order.symbol,
                order.side,
                order.quantity,
                order.filled,
                order.price,
                order.trigger_price,
                order.status,
            )
            for _, order in sorted(account.open_orders.items())
        ],
        "state": kernel.state,
        "shares": [
            (strategy, symbol, share.quantity, share.cost, share.realised, share.fees, share.funding)
            for (strategy, symbol), share in sorted(account.owned.items())
        ],
        "trips": [
            (strategy, symbol, trip.net, trip.risk, trip.is_told)
            for (strategy, symbol), trip in sorted(account.trips.items())
        ],
        "risk": kernel.gate.judged(),
    }
