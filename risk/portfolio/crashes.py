"""Five days on which everything fell, as small tables of numbers.

Of each coin: `low`, the worst fall from any price to a later one within 24 hours, wicks included; `close`, the same
from hourly close to hourly close; `rebound`, the worst rise from hourly close to hourly close within 24 hours. What
stands against a position falls to the low; what speaks for it falls only to the close, because nobody sold the wick.
Bars count as within 24 hours if they begin no more than 24 hours apart.
"""

import msgspec


class Move(msgspec.Struct, frozen=True):
    """How far a coin fell and rose, as fractions of the price before."""

    low: float
    close: float
    rebound: float


class Crash(msgspec.Struct, frozen=True):
    """A crash, as it would strike any book."""

    name: str
    begins: str  # the days measured, UTC; the second one is no longer part of them
    ends: str
    moves: dict[str, Move]
    long_funding: float  # the most that 24 hours of funding cost a long, as a fraction of its value
    short_funding: float  # and a short
    basis: float  # the widest gap between a perpetual and its coin, hourly closes
    source: str


# Where the gap between perpetual and coin was not measured, that of October 2025 stands in.
_GAP_OF_2025 = 0.0084

MARCH_2020 = Crash(
    name="March 2020",
    begins="2020-03-11",
    ends="2020-03-15",
    moves={
        "BTC": Move(low=0.5132, close=0.4645, rebound=0.3577),
        "ETH": Move(low=0.5416, close=0.4778, rebound=0.3875),
    },
    long_funding=0.00128,
    short_funding=0.00442,
    basis=0.0972,
    source="Binance spot, hourly bars; funding of Binance's perpetuals; gap of BitMEX's XBTUSD to Binance spot",
)

MAY_2021 = Crash(
    name="May 2021",
    begins="2021-05-18",
    ends="2021-05-22",
    moves={
        "BTC": Move(low=0.3197, close=0.1984, rebound=0.1835),
        "ETH": Move(low=0.4550, close=0.3349, rebound=0.3018),
    },
    long_funding=0.00182,
    short_funding=0.00373,
    basis=_GAP_OF_2025,
    source="Binance spot, hourly bars; funding of Bybit's and Binance's perpetuals; the gap is that of October 2025",
)

NOVEMBER_2022 = Crash(
    name="November 2022",
    begins="2022-11-07",
    ends="2022-11-12",
    moves={
        "BTC": Move(low=0.1942, close=0.1618, rebound=0.1528),
        "ETH": Move(low=0.2833, close=0.2484, rebound=0.2111),
        "SOL": Move(low=0.6278, close=0.5805, rebound=0.8087),
    },
    long_funding=0.0003,
    short_funding=0.00264,
    basis=_GAP_OF_2025,
    source="Binance perpetuals, hourly bars of public record: BTC 20,885.6 to 16,830, ETH 1,580.54 to 1,132.73,"
    " SOL 25.98 to 9.67; funding of Bybit's and Binance's BTC and ETH; the gap is that of October 2025",
)

AUGUST_2024 = Crash(
    name="August 2024",
    begins="2024-08-04",
    ends="2024-08-08",
    moves={
        "BTC": Move(low=0.1994, close=0.1842, rebound=0.1249),
        "ETH": Move(low=0.2803, close=0.2377, rebound=0.1401),
        "SOL": Move(low=0.2420, close=0.2283, rebound=0.2796),
    },
    long_funding=0.0003,
    short_funding=0.0003,
    basis=_GAP_OF_2025,
    source="Binance, hourly bars of public record (SOL: spot): BTC 61,064.6 to 48,888, ETH 2,934.66 to 2,112,"
    " SOL 145.12 to 110; funding not measured, the ordinary rate is charged to both sides; the gap is that of October"
    " 2025",
)

OCTOBER_2025 = Crash(
    name="October 2025",
    begins="2025-10-09",
    ends="2025-10-13",
    moves={
        "AAVE": Move(low=0.7138, close=0.2162, rebound=0.1241),
        "ADA": Move(low=0.6718, close=0.2693, rebound=0.1274),
        "ARB": Move(low=0.7587, close=0.3420, rebound=0.1527),
        "ATOM": Move(low=0.6513, close=0.3046, rebound=0.1578),
        "AVAX": Move(low=0.7053, close=0.2782, rebound=0.1209),
        "BCH": Move(low=0.2343, close=0.1399, rebound=0.1138),
        "BTC": Move(low=0.1751, close=0.0927, rebound=0.0510),
        "DOGE": Move(low=0.6699, close=0.2616, rebound=0.1600),
        "DOT": Move(low=0.7804, close=0.3274, rebound=0.1475),
        "ETH": Move(low=0.2461, close=0.1466, rebound=0.1223),
        "FIL": Move(low=0.4359, close=0.3509, rebound=0.1149),
        "LINK": Move(low=0.6416, close=0.2580, rebound=0.1519),
        "LTC": Move(low=0.6207, close=0.2819, rebound=0.1555),
        "NEAR": Move(low=0.5218, close=0.2610, rebound=0.1281),
        "OP": Move(low=0.6929, close=0.3753, rebound=0.1065),
        "SOL": Move(low=0.3703, close=0.1860, rebound=0.1409),
        "SUI": Move(low=0.8370, close=0.2727, rebound=0.1625),
        "TRX": Move(low=0.1199, close=0.0598, rebound=0.0394),
        "UNI": Move(low=0.7376, close=0.3428, rebound=0.1561),
        "XRP": Move(low=0.5842, close=0.1765, rebound=0.0997),
    },
    long_funding=0.0003,
    short_funding=0.0074,
    basis=_GAP_OF_2025,
    source="Binance perpetuals, hourly bars, and for BTC, ETH, SOL and ADA the worse of these and Bybit's 5-minute"
    " bars; funding of Bybit's perpetuals; gap of Bybit's BTC perpetual to its spot, 5-minute closes",
)

CRASHES = (MARCH_2020, MAY_2021, NOVEMBER_2022, AUGUST_2024, OCTOBER_2025)
