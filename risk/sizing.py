"""From what a trade may lose to how much is bought: every factor makes it smaller, and the tier has the last word."""

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from typing import Any

import msgspec

from engine.instruments import Instrument
from engine.money import ONE, ZERO, ceil_to, plain
from risk.allocation import Allocation
from risk.dynamic_risk import DynamicRisk, Scaling
from risk.kelly import QUARTER, Kelly, Record
from risk.tiers import TIERS, Tier
from risk.volatility import TARGET, Volatility

CENT = Decimal("0.01")
_UNSCALED = Scaling()


class Stakes(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Everything a size is made of."""

    equity: Decimal
    price: Decimal
    distance: Decimal  # from the price to the stop, for one unit
    risk_per_trade: Decimal  # the default: of the equity, lost when the stop is hit
    risk_max: Decimal  # the tier's
    conviction: Decimal = ONE
    kelly: Kelly | None = None  # None: nobody keeps a record
    scaling: Scaling = _UNSCALED
    share: Decimal = ONE  # of the equity, leased to the strategy
    value_share: Decimal | None = None  # most value of the position, as a part of the equity; None: no such bound

    @property
    def wished(self) -> Decimal:
        """The part of the strategy's equity to risk, before anything makes it smaller."""
        return self.risk_per_trade if self.kelly is None else self.kelly.fraction

    def fraction(self, risk_max: Decimal) -> Decimal:
        """The part of the whole equity that the trade may lose, under a tier's cap."""
        fraction = self.wished
        if fraction > risk_max:
            fraction = risk_max
        # The cap comes first: what makes a size smaller does so also where the wish was far above the cap.
        factor, conviction, share = self.scaling.factor, self.conviction, self.share
        if factor < ONE:
            fraction *= factor
        if conviction < ONE:
            fraction *= conviction
        if share < ONE:
            fraction *= share
        if fraction < ZERO:
            return ZERO
        return fraction


class Size(msgspec.Struct, frozen=True, gc=False):
    """How much to buy or sell, not on the lot's grid yet, and what it was made of."""

    quantity: Decimal
    stakes: Stakes
    is_capped_by_value: bool

    @property
    def risk(self) -> Decimal:
        """What is lost where the stop is hit."""
        return self.quantity * self.stakes.distance

    def reasons(self) -> tuple[str, ...]:
        """Why it is as large as it is, in words that are made only here."""
        stakes = self.stakes
        reasons = [_percent(stakes.risk_per_trade) + " a trade" if stakes.kelly is None else stakes.kelly.sentence]
        if stakes.wished > stakes.risk_max:
            reasons.append(f"capped at the tier's {_percent(stakes.risk_max)}")
        reasons += stakes.scaling.says()
        if stakes.conviction < ONE:
            reasons.append(f"times {plain(_shown(stakes.conviction))}: the conviction of the signal")
        if stakes.share < ONE:
            reasons.append(f"of the {_percent(stakes.share)} of the equity that the strategy works with")
        if self.is_capped_by_value and stakes.value_share is not None:
            reasons.append(f"capped by volatility at {plain(_shown(stakes.value_share))} times the equity")
        return tuple(reasons)


def size_of(stakes: Stakes) -> Size:
    """The size at which hitting the stop costs what may be lost, and no position is worth more than may be."""
    equity, distance, value_share = stakes.equity, stakes.distance, stakes.value_share
    if equity <= ZERO or distance <= ZERO:
        return Size(ZERO, stakes, is_capped_by_value=False)
    quantity = equity * stakes.fraction(stakes.risk_max) / distance
    if value_share is not None:
        most = equity * value_share
        if quantity * stakes.price > most:
            return Size(most / stakes.price, stakes, is_capped_by_value=True)
    return Size(quantity, stakes, is_capped_by_value=False)


def least_quantity(instrument: Instrument, price: Decimal) -> Decimal:
    """The smallest order that the exchange takes at a price."""
    return ceil_to(max(instrument.min_quantity, instrument.min_notional / price), instrument.lot)


def smallest_account(
    stakes: Stakes, least: Decimal, leverage: Decimal | None = None, tiers: Sequence[Tier] = TIERS
) -> Decimal | None:
    """The equity, to the cent, at which this same trade would be as large as `least`; None where no equity is enough.

    A larger account may be in a tier whose cap is lower, so each tier is asked, the smallest first.
    """
    value_share = stakes.value_share
    if leverage is not None and (value_share is None or leverage < value_share):
        value_share = leverage
    if value_share is not None and value_share <= ZERO:
        return None
    by_value = ZERO if value_share is None else least * stakes.price / value_share
    for index, tier in enumerate(tiers):
        fraction = stakes.fraction(tier.risk_per_trade_max)
        if fraction <= ZERO or stakes.distance <= ZERO:
            return None
        begins_at = tier.begins_at if index else ZERO
        equity = max(least * stakes.distance / fraction, by_value, begins_at).quantize(CENT, ROUND_CEILING)
        if index + 1 == len(tiers) or equity < tiers[index + 1].begins_at:
            return equity
    return None


class Sizer:
    """What sizes depend on besides the order itself: records, losses, leases and volatilities of one account."""

    __slots__ = ("_blank", "allocation", "dynamic", "part", "records", "volatilities")

    def __init__(self, allocation: Allocation | None = None, part: Decimal = QUARTER) -> None:
        self.allocation = allocation or Allocation()
        self.dynamic = DynamicRisk()
        self.records: dict[str, Record] = {}
        self._blank = Record(part)  # of whoever has none: a size leaves nothing behind
        self.volatilities: dict[str, Volatility] = {}
        self.part = part  # of what Kelly would say; zero: records are not looked at

    def stakes(
        self,
        strategy: str,
        symbol: str,
        *,
        equity: Decimal,
        price: Decimal,
        distance: Decimal,
        conviction: Decimal,
        risk_per_trade: Decimal,
        risk_max: Decimal,
        scaling: Scaling | None = None,
        target: Decimal | None = TARGET,
    ) -> Stakes:
        """What one trade of a strategy is made of now; `scaling` where it was looked at since the last judgement."""
        record = self.records.get(strategy, self._blank)
        volatility = self.volatilities.get(symbol)
        return Stakes(
            equity=equity,
            price=price,
            distance=distance,
            risk_per_trade=risk_per_trade,
            risk_max=risk_max,
            conviction=conviction,
            kelly=record.kelly(risk_per_trade) if self.part else None,
            scaling=self.dynamic.scaling if scaling is None else scaling,
            share=self.share(strategy),
            value_share=None if volatility is None or target is None else volatility.room(target),
        )

    def share(self, strategy: str) -> Decimal:
        """The part of the equity that a strategy works with; all of it for whoever never took a seat."""
        lease = self.allocation.leases.get(strategy)
        return ONE if lease is None else lease.share

    def close_trade(self, strategy: str, pnl: Decimal, risked: Decimal) -> None:
        """A trade is over: its result after all costs, and what its stop would have cost when it was opened."""
        if risked > ZERO:
            self.add_outcome(strategy, float(pnl / risked))

    def add_outcome(self, strategy: str, outcome: float) -> None:
        """The same, over what was at risk already."""
        self._record(strategy).add(outcome)

    def _record(self, strategy: str) -> Record:
        try:
            return self.records[strategy]
        except KeyError:
            record = self.records[strategy] = Record(self.part)
            return record

    def sample(self, symbol: str, price: float) -> None:
        """An hour is over, and this was its last price."""
        self.volatilities.setdefault(symbol, Volatility()).sample(price)

    def saved(self) -> dict[str, Any]:
        """What follows from the journal, as plain values. Volatilities follow from the market and are not in it."""
        return {
            "records": {strategy: record.saved() for strategy, record in self.records.items()},
            "dynamic": self.dynamic.saved(),
            "allocation": self.allocation.saved(),
        }

    def load(self, saved: dict[str, Any]) -> None:
        """Remember it again."""
        self.records = {}
        for strategy, record in saved["records"].items():
            self._record(strategy).load(record)
        self.dynamic.load(saved["dynamic"])
        self.allocation.load(saved["allocation"])


def _percent(part: Decimal) -> str:
    return f"{float(part) * 100:.3g} %"


def _shown(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.001"), ROUND_HALF_EVEN)
