"""The symbols of the built-in market: grids, limits, costs and margin ladders, as an exchange would publish them."""

from decimal import Decimal

from engine.instruments import HOUR_NS, Instrument, Kind, MarginTier
from engine.money import ZERO

MIN_NOTIONAL = Decimal(5)
SPOT_FEE = Decimal("0.001")
PERPETUAL_FEE_MAKER = Decimal("0.0002")
PERPETUAL_FEE_TAKER = Decimal("0.00055")


def _ladder(*steps: tuple[int, int, str]) -> tuple[MarginTier, ...]:
    """Tiers from (value up to, highest leverage, maintenance rate).

    The deduction of each makes the maintenance margin continuous where two tiers meet.
    """
    tiers: list[MarginTier] = []
    for max_notional, max_leverage, rate in steps:
        maintenance_rate, deduction = Decimal(rate), ZERO
        if tiers:
            below = tiers[-1]
            deduction = below.deduction + below.max_notional * (maintenance_rate - below.maintenance_rate)
        tiers.append(MarginTier(Decimal(max_notional), Decimal(max_leverage), maintenance_rate, deduction))
    return tuple(tiers)


def _spot(base: str, tick: str, lot: str, min_quantity: str, max_quantity: str, max_market_quantity: str) -> Instrument:
    return Instrument(
        symbol=f"{base}/USDT",
        kind=Kind.SPOT,
        base=base,
        quote="USDT",
        tick=Decimal(tick),
        lot=Decimal(lot),
        min_quantity=Decimal(min_quantity),
        max_quantity=Decimal(max_quantity),
        max_market_quantity=Decimal(max_market_quantity),
        min_notional=MIN_NOTIONAL,
        min_price=Decimal(tick),
        max_price=Decimal(tick) * 10**9,
        fee_maker=SPOT_FEE,
        fee_taker=SPOT_FEE,
        fee_in_base=True,
    )


def _perpetual(
    base: str,
    tick: str,
    lot: str,
    max_quantity: str,
    max_market_quantity: str,
    funding_hours: int,
    funding_cap: str,
    tiers: tuple[MarginTier, ...],
) -> Instrument:
    return Instrument(
        symbol=f"{base}/USDT:USDT",
        kind=Kind.PERPETUAL,
        base=base,
        quote="USDT",
        tick=Decimal(tick),
        lot=Decimal(lot),
        min_quantity=Decimal(lot),
        max_quantity=Decimal(max_quantity),
        max_market_quantity=Decimal(max_market_quantity),
        min_notional=MIN_NOTIONAL,
        min_price=Decimal(tick),
        max_price=Decimal(tick) * 10**8,
        fee_maker=PERPETUAL_FEE_MAKER,
        fee_taker=PERPETUAL_FEE_TAKER,
        funding_interval_ns=funding_hours * HOUR_NS,
        funding_cap=Decimal(funding_cap),
        tiers=tiers,
    )


_BTC_TIERS = _ladder(
    (2_000_000, 100, "0.005"),
    (10_000_000, 50, "0.01"),
    (25_000_000, 25, "0.02"),
    (60_000_000, 10, "0.05"),
    (150_000_000, 5, "0.1"),
)
_ETH_TIERS = _ladder(
    (1_000_000, 100, "0.005"),
    (5_000_000, 50, "0.01"),
    (15_000_000, 25, "0.02"),
    (40_000_000, 10, "0.05"),
    (90_000_000, 5, "0.1"),
)
_SOL_TIERS = _ladder(
    (300_000, 75, "0.0075"),
    (1_500_000, 40, "0.0125"),
    (5_000_000, 20, "0.025"),
    (15_000_000, 10, "0.05"),
    (30_000_000, 5, "0.1"),
)
_FERN_TIERS = _ladder((20_000, 25, "0.02"), (60_000, 15, "0.04"), (200_000, 8, "0.08"), (600_000, 4, "0.16"))

# FERN is invented: a small coin with thin books, hourly funding and a short margin ladder.
LISTING: tuple[Instrument, ...] = (
    _perpetual("BTC", "0.1", "0.001", "1190", "119", 8, "0.00375", _BTC_TIERS),
    _spot("BTC", "0.01", "0.000001", "0.000048", "83", "41.5"),
    _perpetual("ETH", "0.01", "0.01", "7240", "724", 8, "0.00375", _ETH_TIERS),
    _spot("ETH", "0.01", "0.00001", "0.00062", "2400", "1200"),
    _perpetual("SOL", "0.01", "0.1", "79770", "9500", 4, "0.005", _SOL_TIERS),
    _spot("SOL", "0.01", "0.001", "0.01", "25000", "12500"),
    _perpetual("FERN", "0.00001", "1", "2000000", "400000", 1, "0.01", _FERN_TIERS),
    _spot("FERN", "0.00001", "0.1", "1", "1000000", "500000"),
)
