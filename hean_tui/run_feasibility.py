"""What the account of a run can trade, at the prices it begins with: told once, before anything is traded."""

from decimal import Decimal

from engine.errors import UnknownSymbol
from engine.markets import Market
from engine.money import ZERO
from engine.session import Session
from risk.feasibility import Feasibility, feasibility
from risk.gate import Gate
from risk.tiers import BY_NAME


def feasibility_of(session: Session, server_cost_per_month: Decimal) -> Feasibility | None:
    """By the account's own equity, tier, limits and last prices; None where nothing is left, or nobody knows yet."""
    kernel, gate = session.kernel, session.kernel.gate
    assert isinstance(gate, Gate), "a paper run is built with it"
    try:
        equity = kernel.account.equity()
    except UnknownSymbol:  # something is held that has no price yet
        return None
    if equity <= ZERO:
        return None
    return feasibility(
        equity,
        [(market.instrument, _price(market)) for market in kernel.markets.values()],
        gate.limits,
        server_cost_per_month,
        BY_NAME.get(gate.view(kernel.account).tier or ""),
    )


def _price(market: Market) -> Decimal | None:
    price = market.fair if market.last is None else market.last
    on_grid = ZERO if price is None else market.on_grid(price)
    return on_grid if on_grid > ZERO else None
