"""The character of each coin: how far it swings, with whom, and what its two order books look like."""

import msgspec


class Trading(msgspec.Struct, frozen=True):
    """An order book on an ordinary day. Money is in the quote currency, the spread a fraction of the price."""

    trades_per_s: float
    trades_per_burst: float  # bursts without a trade count: they are changes of the quote alone
    trade_notional: float  # the median
    top_notional: float  # the median at the best price of one side
    spread: float
    reach: float  # how far from the best price the visible ladder goes


class Coin(msgspec.Struct, frozen=True):
    """A coin's price process and its two markets. `number` keys its random streams and must never change."""

    name: str
    number: int
    price: float
    volatility: float  # of a year, as a fraction
    kinship: float  # correlation of its returns with the market's
    stress: float  # how many times the market's own distance it goes when something happens to the market
    leaps_per_day: float
    leap: float  # mean size of one of its own leaps
    basis: float  # the perpetual over the spot price: mean, slow and fast standard deviation
    basis_slow: float
    basis_fast: float
    perpetual: Trading
    spot: Trading


BP = 1e-4

COINS: tuple[Coin, ...] = (
    Coin(
        name="BTC",
        number=1,
        price=88_000.0,
        volatility=0.54,
        kinship=0.94,
        stress=1.0,
        leaps_per_day=0.6,
        leap=0.0025,
        basis=0.8 * BP,
        basis_slow=2.2 * BP,
        basis_fast=1.3 * BP,
        perpetual=Trading(1.0, 1.5, 900.0, 60_000.0, 0.025 * BP, 0.010),
        spot=Trading(0.35, 1.5, 450.0, 30_000.0, 0.030 * BP, 0.010),
    ),
    Coin(
        name="ETH",
        number=2,
        price=2_950.0,
        volatility=0.70,
        kinship=0.91,
        stress=1.3,
        leaps_per_day=0.8,
        leap=0.0035,
        basis=0.8 * BP,
        basis_slow=2.6 * BP,
        basis_fast=1.5 * BP,
        perpetual=Trading(0.55, 1.5, 600.0, 40_000.0, 0.045 * BP, 0.012),
        spot=Trading(0.20, 1.5, 300.0, 18_000.0, 0.060 * BP, 0.012),
    ),
    Coin(
        name="SOL",
        number=3,
        price=126.0,
        volatility=0.86,
        kinship=0.86,
        stress=1.6,
        leaps_per_day=1.2,
        leap=0.0045,
        basis=0.5 * BP,
        basis_slow=4.0 * BP,
        basis_fast=2.2 * BP,
        perpetual=Trading(0.30, 1.4, 350.0, 22_000.0, 0.80 * BP, 0.015),
        spot=Trading(0.12, 1.2, 180.0, 9_000.0, 1.00 * BP, 0.015),
    ),
    Coin(
        name="FERN",
        number=4,
        price=0.42,
        volatility=1.20,
        kinship=0.74,
        stress=2.2,
        leaps_per_day=4.0,
        leap=0.0075,
        basis=0.0,
        basis_slow=11.0 * BP,
        basis_fast=5.0 * BP,
        perpetual=Trading(0.10, 0.8, 85.0, 1_400.0, 5.5 * BP, 0.030),
        spot=Trading(0.05, 0.8, 60.0, 700.0, 9.0 * BP, 0.030),
    ),
)
