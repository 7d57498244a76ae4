"""The way out: what a strategy holds, closed as far as the account holds it too."""

from decimal import Decimal

from engine.account import Account
from engine.commands import BUY, SELL
from engine.events import Signal
from engine.gate import OrderRequest


def exit_of(signal: Signal, held: Decimal, account: Account) -> OrderRequest | None:
    """The order that closes it; dust below a lot stays."""
    in_account = account.held(signal.symbol)
    if in_account * held <= 0:
        return None
    quantity = account.tradable(signal.symbol, min(abs(held), abs(in_account)))
    if not quantity:
        return None
    return OrderRequest(
        symbol=signal.symbol,
        side=SELL if held > 0 else BUY,
        quantity=quantity,
        reduce_only=True,
        strategy=signal.strategy,
        reason=signal.reason,
    )
