"""What differs between our books and the exchange's, by rules that leave no room for taste.

Positions are compared in whole lots, without tolerance. Money is compared as cash less what the positions cost: that
sum does not depend on the order in which executions were heard, while each of the two alone does.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from engine.account import EXTERNAL, Account
from engine.exchange.questions import OrderTruth, PositionTruth
from engine.instruments import Instrument
from engine.money import ZERO, plain
from engine.orders import Order, Status

MONEY_ROUNDING = Decimal("1e-8")  # what divisions of average prices may leave
WITHOUT_LOTS = Decimal("0.0001")
CASH = "cash"
PROGRAM = "H1"  # what the ids of all our runs begin with


class Verdict(StrEnum):
    """What a difference means, from good to bad."""

    EQUAL = "equal"
    EXPLAINED = "explained"
    EXTERNAL = "external"
    UNEXPLAINED = "unexplained"


class Difference(NamedTuple):
    """One thing that is not the same in both books."""

    subject: str
    symbol: str
    verdict: Verdict
    owner: str
    ours: Decimal
    theirs: Decimal
    evidence: str


def is_apart(instrument: Instrument, ours: Decimal, theirs: Decimal) -> bool:
    """Whether there is a lot between two quantities; crumbs of a fee in coin are less than that."""
    gap = abs(theirs - ours)
    return gap >= instrument.lot if instrument.lot else gap > WITHOUT_LOTS


def positions(account: Account, truths: Iterable[PositionTruth]) -> list[Difference]:
    """Every symbol that either side holds something of."""
    held = {symbol: position.quantity for symbol, position in account.ledger.positions.items() if position.quantity}
    theirs = {truth.symbol: truth.quantity for truth in truths if truth.quantity}
    found = []
    for symbol in sorted(held.keys() | theirs.keys()):
        mine, other = held.get(symbol, ZERO), theirs.get(symbol, ZERO)
        numbers = f"{symbol}: ours {plain(mine)}, the exchange's {plain(other)}"
        if symbol not in account.markets:
            evidence = f"{numbers}; this run does not trade it"
            found.append(Difference(symbol, symbol, Verdict.EXTERNAL, EXTERNAL, mine, other, evidence))
        elif is_apart(account.instrument(symbol), mine, other):
            position = account.ledger.positions.get(symbol)
            owner = position.strategy if position is not None and position.strategy else EXTERNAL
            evidence = f"{numbers}; {_apart(account.instrument(symbol), other - mine)}, and no execution explains it"
            found.append(Difference(symbol, symbol, Verdict.UNEXPLAINED, owner, mine, other, evidence))
        elif (stranger := account.owned.get((EXTERNAL, symbol))) is not None and stranger.quantity:
            evidence = f"{numbers}, of which {plain(stranger.quantity)} came from orders that are not ours"
            found.append(
                Difference(symbol, symbol, Verdict.EXTERNAL, EXTERNAL, mine - stranger.quantity, other, evidence)
            )
    return found


def money(account: Account, truths: Iterable[PositionTruth], cash: Decimal) -> Difference | None:
    """Cash; to be asked only where all positions agree, for a position that differs has a cost that differs."""
    ledger = account.ledger
    ours = ledger.cash - sum((position.cost for position in ledger.positions.values()), ZERO)
    theirs = cash - sum((truth.quantity * truth.entry_price for truth in truths), ZERO)
    if abs(ours - theirs) <= MONEY_ROUNDING:
        return None
    gap = plain((theirs - ours).quantize(MONEY_ROUNDING))
    evidence = f"cash: ours {plain(ledger.cash)}, the exchange's {plain(cash)}; {gap} that no fee or funding explains"
    return Difference(CASH, "", Verdict.UNEXPLAINED, "account", ledger.cash, cash, evidence)


def missing_orders(orders: Iterable[Order], listed: Sequence[OrderTruth]) -> list[Difference]:
    """Orders that we believe to rest and the exchange does not list: their end is on its way, or was lost."""
    names = {truth.order_id for truth in listed}
    return [
        Difference(
            order.id,
            order.symbol,
            Verdict.EXPLAINED,
            order.strategy,
            order.leaves,
            ZERO,
            f"{order.symbol}: order {order.id} is {order.status.value} here and not open at the exchange; asking",
        )
        for order in orders
        if order.id not in names and order.status not in (Status.SUBMITTED, Status.UNKNOWN)
    ]


def strange_order(truth: OrderTruth, prefix: str, *, is_adding: bool) -> Difference:
    """An open order at the exchange that is not in our books."""
    if truth.order_id.startswith(prefix) and is_adding:
        verdict, whose = Verdict.EXPLAINED, "an order of ours without a row, which is being cancelled"
    elif truth.order_id.startswith(prefix):
        verdict, whose = Verdict.EXTERNAL, "an order of ours without a row, which can only reduce and stays"
    elif truth.order_id.startswith(PROGRAM):
        verdict, whose = Verdict.EXTERNAL, "an order of another run of this program"
    else:
        verdict, whose = Verdict.EXTERNAL, "an order of somebody else"
    rest = truth.quantity - truth.filled
    side = "buys" if truth.side > 0 else "sells"
    evidence = f"{truth.symbol}: {whose}, {truth.order_id or truth.exchange_id}, {side} {plain(rest)}"
    return Difference(truth.order_id or truth.exchange_id, truth.symbol, verdict, EXTERNAL, ZERO, rest, evidence)


def _apart(instrument: Instrument, gap: Decimal) -> str:
    if not instrument.lot:
        return f"{plain(gap)} apart"
    lots = int(gap / instrument.lot)
    return f"{lots:+d} lot{'' if abs(lots) == 1 else 's'}"
