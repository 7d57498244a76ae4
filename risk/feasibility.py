"""What an account can trade: the smallest trade of each symbol beside the limits, and what idling costs."""

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum

import msgspec

from engine.instruments import Instrument
from engine.money import CENT, ONE, ZERO, ceil_to
from risk.limits import Limits
from risk.losses import tightened
from risk.tiers import TIERS, Amounts, Tier, is_below_all, tier_of

SERVER_SHARE_MAX = Decimal("0.02")  # of the account, a month: a quarter of it a year, before any trade
_NO_END = Decimal("Infinity")


class Reach(StrEnum):
    """Whether the smallest trade of a symbol is within an account's reach."""

    FITS = "fits"
    OVER_RISK = "over risk"  # it loses more at the stop than a trade may
    OVER_LIMIT = "over limit"  # no account helps: a position may not be worth that much
    NO_FUNDS = "no funds"
    NO_PRICE = "no price"


class Verdict(StrEnum):
    """How much of the market is left for an account."""

    NOTHING = "nothing"
    HARDLY = "hardly anything"  # trades fit, and the account is too small for what is around them
    SOME = "some"
    ALL = "all"


class Sum(msgspec.Struct, frozen=True, gc=False):
    """The smallest trade of a symbol at a price, in the quote currency."""

    price: Decimal
    quantity: Decimal
    value: Decimal
    needs: Decimal  # its margin at the leverage cap, and the taker's fees of the way in and out
    fees: Decimal  # those fees
    lot: Decimal  # what one lot is worth
    stop_loss: Decimal | None  # None: no stop is set


class Feasible(msgspec.Struct, frozen=True, gc=False):
    """One symbol, for one account."""

    instrument: Instrument
    reach: Reach
    smallest: Sum | None = None  # None: no price is known
    size: Decimal | None = None  # what the risk of a trade buys, within the leverage; None without a stop or a price
    begins_at: Decimal | None = None  # the smallest account that it fits; None: none does, or nobody knows

    @property
    def fits(self) -> bool:
        """Whether it can be traded within all limits."""
        return self.reach is Reach.FITS


class Feasibility(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One account."""

    balance: Decimal
    tier: Tier
    amounts: Amounts  # the levels that hold
    limits: Limits
    risk_per_trade: Decimal  # as the tier allows it
    server_cost_per_month: Decimal
    symbols: tuple[Feasible, ...]

    @property
    def is_below_all(self) -> bool:
        """Whether it is under the smallest tier."""
        return is_below_all(self.balance)

    @property
    def server_is_dear(self) -> bool:
        """Whether waiting alone takes more than it should."""
        return self.server_cost_per_month > self.balance * SERVER_SHARE_MAX

    @property
    def verdict(self) -> Verdict:
        """All in one word; where a trade risks 1 % or less, a larger account never has a worse one."""
        fitting = sum(each.fits for each in self.symbols)
        if not fitting:
            return Verdict.NOTHING
        if self.is_below_all or self.server_is_dear:
            return Verdict.HARDLY
        return Verdict.ALL if fitting == len(self.symbols) else Verdict.SOME

    def percent(self, amount: Decimal) -> Decimal:
        """An amount in per cent of the account."""
        return amount * 100 / self.balance


def feasibility(
    balance: Decimal,
    markets: Iterable[tuple[Instrument, Decimal | None]],
    limits: Limits,
    server_cost_per_month: Decimal,
    tier: Tier | None = None,
) -> Feasibility:
    """What an account, which must have something in it, can trade at these prices.

    `tier` is the one that holds, where the account has a past: it may be another than that of the balance.
    """
    holding = tier_of(balance) if tier is None else tier
    risk_per_trade = _risk_in(holding, limits)
    return Feasibility(
        balance=balance,
        tier=holding,
        amounts=tightened(holding.amounts, limits),
        limits=limits,
        risk_per_trade=risk_per_trade,
        server_cost_per_month=server_cost_per_month,
        symbols=tuple(
            _feasible(instrument, price, balance, risk_per_trade * balance, limits) for instrument, price in markets
        ),
    )


def smallest_trade(instrument: Instrument, price: Decimal, stop: Decimal | None) -> Decimal:
    """The smallest quantity that is bought, and that can be sold again.

    A spot exchange takes no sale below its smallest value, also not at the stop, and keeps its fee in coin; a position
    in contracts can always be closed.
    """
    lowest = price * (1 - stop) if instrument.is_spot and stop is not None else price
    least = ceil_to(max(instrument.min_quantity, instrument.min_notional / lowest), instrument.lot)
    return ceil_to(least / (1 - instrument.fee_taker), instrument.lot) if instrument.fee_in_base else least


def _feasible(
    instrument: Instrument, price: Decimal | None, balance: Decimal, risk: Decimal, limits: Limits
) -> Feasible:
    if price is None:
        return Feasible(instrument, Reach.NO_PRICE)
    smallest = _smallest(instrument, price, limits)
    if _is_over_limit(instrument, smallest, limits):
        reach = Reach.OVER_LIMIT
    elif smallest.needs > balance:
        reach = Reach.NO_FUNDS
    elif smallest.stop_loss is not None and smallest.stop_loss > risk:
        reach = Reach.OVER_RISK
    else:
        reach = Reach.FITS
    size = _size(instrument, smallest, risk, balance, limits)
    begins_at = None if reach is Reach.OVER_LIMIT else _begins_at(smallest, limits)
    return Feasible(instrument, reach, smallest, size, begins_at)


def _smallest(instrument: Instrument, price: Decimal, limits: Limits) -> Sum:
    stop = limits.default_stop
    quantity = smallest_trade(instrument, price, stop)
    value = quantity * price
    steps = _leverages(instrument, limits)
    leverage = next((leverage for most, leverage in steps if value <= most), steps[-1][1])
    fees = value * 2 * instrument.fee_taker
    return Sum(
        price=price,
        quantity=quantity,
        value=value,
        needs=value / leverage + fees,
        fees=fees,
        lot=instrument.lot * price,
        stop_loss=None if stop is None else value * stop,
    )


def _leverages(instrument: Instrument, limits: Limits) -> list[tuple[Decimal, Decimal]]:
    """Up to which value of a position how many times the account it may be."""
    caps = (limits.max_leverage, limits.max_strategy_exposure, limits.max_concentration)
    cap = min(cap for cap in caps if cap is not None)
    if instrument.is_spot:  # coins are paid for, not borrowed
        return [(_NO_END, min(cap, ONE))]
    if not instrument.tiers:
        return [(_NO_END, cap)]
    return [(tier.max_notional, min(cap, tier.max_leverage)) for tier in instrument.tiers]


def _is_over_limit(instrument: Instrument, smallest: Sum, limits: Limits) -> bool:
    most = limits.max_position_size
    if most is not None and smallest.value > most:
        return True
    return smallest.quantity > instrument.max_market_quantity or smallest.value > _leverages(instrument, limits)[-1][0]


def _size(instrument: Instrument, smallest: Sum, risk: Decimal, balance: Decimal, limits: Limits) -> Decimal | None:
    """What the risk of a trade buys; nothing where that is below the smallest trade."""
    stop = limits.default_stop
    if stop is None:
        return None
    fees = 2 * instrument.fee_taker
    steps = _leverages(instrument, limits)
    room = max(min(most, balance * leverage / (1 + fees * leverage)) for most, leverage in steps)
    if limits.max_position_size is not None:
        room = min(room, limits.max_position_size)
    wanted = min(risk / stop, room) / smallest.price
    size = instrument.quantity_below(min(wanted, instrument.max_market_quantity))
    return size if size >= smallest.quantity else ZERO


def _begins_at(smallest: Sum, limits: Limits) -> Decimal:
    """The smallest account, to the cent, that is large enough for the margin and for the loss at the stop.

    A higher tier lets a trade lose a smaller part, so each tier is asked, and the first has it that it does not exceed.
    """
    ends = (*(tier.begins_at for tier in TIERS[1:]), _NO_END)
    return next(least for tier, end in zip(TIERS, ends, strict=True) if (least := _least(smallest, tier, limits)) < end)


def _least(smallest: Sum, tier: Tier, limits: Limits) -> Decimal:
    """The smallest account at the risk that a tier allows; it may be beyond the tier's end."""
    least = smallest.needs
    if smallest.stop_loss is not None:
        least = max(least, smallest.stop_loss / _risk_in(tier, limits))
    return ceil_to(least, CENT)


def _risk_in(tier: Tier, limits: Limits) -> Decimal:
    return min(limits.risk_per_trade, limits.max_risk_per_trade or tier.risk_per_trade_max)
