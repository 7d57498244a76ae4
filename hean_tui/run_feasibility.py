"""What the account of a run can trade, at the prices it begins with: told once, before anything is traded."""

from decimal import Decimal

from engine.errors import UnknownSymbol
from engine.markets import Market
from engine.money import ZERO
from engine.session import Session
from hean_tui.settings.model import Settings
from risk.feasibility import Feasibility, feasibility
from risk.tiers import BY_NAME


def feasibility_of(session: Session, settings: Settings) -> Feasibility | None:
    """By the account's own equity, tier and last prices; None where nothing is left, or where nobody knows yet."""
    kernel = session.kernel
    try:
        equity = kernel.account.equity()
    except UnknownSymbol:  # something is held that has no price yet
        return None
    if equity <= ZERO:
        return None
    return feasibility(
        equity,
        [(market.instrument, _price(market)) for market in kernel.markets.values()],
        settings.risk.limits(),
        settings.engine.server_cost_per_month,
        BY_NAME.get(kernel.gate.view(kernel.account).tier or ""),
    )


def _price(market: Market) -> Decimal | None:
    price = market.fair if market.last is None else market.last
    on_grid = ZERO if price is None else market.on_grid(price)
    return on_grid if on_grid > ZERO else None
