"""What is traded in a simulated run: perpetuals with coarse filters, so that sums can be done in the head."""

from decimal import Decimal

from engine.instruments import HOUR_NS, Instrument, Kind, MarginTier

_COINS = ("BTC", "ETH", "SOL", "XRP")
_TIERS = (
    MarginTier(Decimal(50_000), Decimal(50), Decimal("0.01")),
    MarginTier(Decimal(500_000), Decimal(20), Decimal("0.02"), Decimal(500)),
)


def instruments(count: int) -> list[Instrument]:
    """So many of them; funding is due each hour, so that short runs see some."""
    return [
        Instrument(
            symbol=f"{coin}/USDT:USDT",
            kind=Kind.PERPETUAL,
            base=coin,
            quote="USDT",
            tick=Decimal("0.01"),
            lot=Decimal("0.001"),
            min_quantity=Decimal("0.001"),
            max_quantity=Decimal(10_000),
            max_market_quantity=Decimal(5_000),
            min_notional=Decimal(5),
            min_price=Decimal("0.01"),
            max_price=Decimal(10_000_000),
            fee_maker=Decimal("0.0002"),
            fee_taker=Decimal("0.00055"),
            funding_interval_ns=HOUR_NS,
            tiers=_TIERS,
        )
        for coin in _COINS[:count]
    ]
