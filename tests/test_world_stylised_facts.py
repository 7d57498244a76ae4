"""The built-in market behaves like a market: the stylised facts of returns, volume, spreads, basis and funding."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.events import FundingRate, MarkPrice, Quote, Tick
from engine.instruments import Instrument
from engine.simulation.world import LISTING, World

Floats = NDArray[np.float64]

START_NS = 1_767_225_600_000_000_000  # 2026-01-01T00:00:00Z
MINUTE_NS = 60_000_000_000
DAYS = 10
MINUTES = DAYS * 1_440
SYMBOLS = ("BTC/USDT:USDT", "BTC/USDT", "ETH/USDT:USDT", "SOL/USDT:USDT", "FERN/USDT:USDT")
PERPETUALS = tuple(symbol for symbol in SYMBOLS if ":" in symbol)
REAL = Path(__file__).parents[2] / "shared" / "data" / "market" / "bybit_linear_2025-09_2026-02"


class Recording:
    """Ten days, minute by minute; what did not happen in a minute is not a number, or zero."""

    def __init__(self) -> None:
        def column(fill: float) -> dict[str, Floats]:
            return {symbol: np.full(MINUTES, fill) for symbol in SYMBOLS}

        self.middle, self.spread, self.depth, self.premium = (column(np.nan) for _ in range(4))
        self.volume, self.trades = column(0.0), column(0.0)
        self.rates: dict[str, list[tuple[int, float]]] = {symbol: [] for symbol in SYMBOLS}
        self.crossed = 0
        world = World(20, START_NS, symbols=SYMBOLS)
        quotes: dict[str, Quote] = {}
        minute_end, minute = START_NS + MINUTE_NS, 0
        for event in world.events():
            if event.ts >= minute_end:
                for symbol, quote in quotes.items():
                    self.middle[symbol][minute] = (quote.bid + quote.ask) / 2
                    self.spread[symbol][minute] = (quote.ask - quote.bid) / quote.bid
                    self.depth[symbol][minute] = sum(lots for _, lots in world.levels(symbol, 1, event.ts))
                minute_end, minute = minute_end + MINUTE_NS, minute + 1
                if minute == MINUTES:
                    break
            if isinstance(event, Quote):
                quotes[event.symbol] = event
                self.crossed += event.bid >= event.ask
            elif isinstance(event, Tick):
                self.volume[event.symbol][minute] += event.size
                self.trades[event.symbol][minute] += 1
            elif isinstance(event, MarkPrice):
                self.premium[event.symbol][minute] = event.mark / event.index - 1
            elif isinstance(event, FundingRate):
                self.rates[event.symbol].append((event.ts, event.rate))

    def returns(self, symbol: str, minutes: int = 1) -> Floats:
        """Logarithmic returns of the mid price over so many minutes."""
        middle: Floats = np.diff(np.log(self.middle[symbol][::minutes]))
        return middle


@pytest.fixture(scope="module")
def ten_days() -> Recording:
    """Ten days of five symbols, generated once for all tests here."""
    return Recording()


def excess_kurtosis(values: Floats) -> float:
    """Zero for a normal distribution."""
    deviations = values - values.mean()
    return float(np.mean(deviations**4) / np.mean(deviations**2) ** 2 - 3)


def autocorrelation(values: Floats, lag: int) -> float:
    """The correlation of a series with itself so many steps ago."""
    deviations = values - values.mean()
    return float(np.mean(deviations[lag:] * deviations[:-lag]) / np.mean(deviations**2))


def rank_correlation(one: Floats, other: Floats) -> float:
    """Spearman's, for things that are tied together by a curve."""
    ranks = [np.argsort(np.argsort(values)).astype(float) for values in (one, other)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def trailing_mean(values: Floats, count: int) -> Floats:
    """The mean of each value and those before it."""
    total = np.cumsum(np.concatenate((np.zeros(count), values)))
    mean: Floats = (total[count:] - total[:-count]) / count
    return mean


@pytest.mark.parametrize("symbol", PERPETUALS)
def test_returns_have_fat_tails_that_thin_with_the_horizon(ten_days: Recording, symbol: str) -> None:
    """One-minute returns are far from normal, and less so when ten minutes are added up."""
    minute = excess_kurtosis(ten_days.returns(symbol))
    assert minute > 3
    assert excess_kurtosis(ten_days.returns(symbol, 10)) < minute


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_returns_do_not_predict_returns(ten_days: Recording, symbol: str) -> None:
    """The first ten autocorrelations of one-minute returns are within the noise of fat-tailed data."""
    returns = ten_days.returns(symbol)
    assert max(abs(autocorrelation(returns, lag)) for lag in range(1, 11)) < 0.05


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_volatility_comes_in_clusters_that_dissolve_slowly(ten_days: Recording, symbol: str) -> None:
    """The autocorrelation of absolute returns starts high, falls, and is still there after an hour."""
    size = np.abs(ten_days.returns(symbol))
    at = {lag: autocorrelation(size, lag) for lag in (1, 10, 60)}
    assert at[1] > 0.15
    assert at[1] > at[10] > at[60] > 0.03


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_volume_moves_with_volatility(ten_days: Recording, symbol: str) -> None:
    """Minutes that go far are minutes in which much is traded."""
    size = np.abs(ten_days.returns(symbol))
    assert np.corrcoef(ten_days.volume[symbol][1:], size)[0, 1] > 0.2
    assert rank_correlation(ten_days.trades[symbol][1:], trailing_mean(size, 15)) > 0.25


@pytest.mark.parametrize("symbol", PERPETUALS)
def test_spreads_widen_and_depth_thins_with_volatility(ten_days: Recording, symbol: str) -> None:
    """Who makes the market steps back when it gets dangerous."""
    recent = trailing_mean(np.abs(ten_days.returns(symbol)), 15)
    calm, wild = (recent < np.quantile(recent, 0.1), recent > np.quantile(recent, 0.9))
    spread, depth = ten_days.spread[symbol][1:], ten_days.depth[symbol][1:]
    assert np.nanmean(spread[wild]) > 1.2 * np.nanmean(spread[calm])
    assert np.nanmean(depth[wild]) < 0.7 * np.nanmean(depth[calm])
    assert rank_correlation(depth, recent) < -0.3


def test_no_quote_is_crossed_or_locked(ten_days: Recording) -> None:
    """In ten days of five symbols every bid is below its ask."""
    assert ten_days.crossed == 0


def test_coins_move_together_but_not_as_one(ten_days: Recording) -> None:
    """Correlations of five-minute returns are those of a family, the small coin being the loosest member."""
    correlation = np.corrcoef([ten_days.returns(symbol, 5) for symbol in PERPETUALS])
    pairs = correlation[np.triu_indices(len(PERPETUALS), 1)]
    assert 0.3 < pairs.min() < pairs.max() < 0.95
    assert correlation[0, 1] > correlation[0, 3]


def test_volatilities_rank_from_the_large_coin_to_the_small(ten_days: Recording) -> None:
    """Annualised: half the price for the largest coin, more for each smaller one."""
    year = [float(ten_days.returns(symbol, 5).std() * np.sqrt(365 * 288)) for symbol in PERPETUALS]
    assert year == sorted(year)
    for low, volatility, high in zip((0.40, 0.50, 0.60, 0.90), year, (0.70, 0.95, 1.20, 1.90), strict=True):
        assert low < volatility < high


@pytest.mark.parametrize("symbol", PERPETUALS)
def test_the_basis_returns_to_its_mean(ten_days: Recording, symbol: str) -> None:
    """The premium over the index stays small, and half of a deviation is gone within two days."""
    premium = ten_days.premium[symbol]
    premium = premium[~np.isnan(premium)]
    assert np.abs(premium).max() < 0.01
    hourly = premium[::60]
    half_life_h = np.log(0.5) / np.log(autocorrelation(hourly, 1))
    assert 0.5 < half_life_h < 48


def test_a_perpetual_and_its_spot_market_are_one_price(ten_days: Recording) -> None:
    """Mid prices of the two markets differ by basis points and move together."""
    apart = ten_days.middle["BTC/USDT:USDT"] / ten_days.middle["BTC/USDT"] - 1
    assert np.nanquantile(np.abs(apart), 0.999) < 0.004
    assert np.corrcoef(ten_days.returns("BTC/USDT:USDT", 5), ten_days.returns("BTC/USDT", 5))[0, 1] > 0.95


@pytest.mark.parametrize("instrument", [one for one in LISTING if not one.is_spot], ids=lambda one: one.base)
def test_funding_follows_the_basis_within_its_cap(ten_days: Recording, instrument: Instrument) -> None:
    """The rate at the end of each interval rises with the interval's mean premium and never passes the cap."""
    rates = ten_days.rates[instrument.symbol]
    assert max(abs(rate) for _, rate in rates) <= float(instrument.funding_cap)
    last: dict[int, float] = {}
    for ts, rate in rates:
        last[(ts - START_NS) // instrument.funding_interval_ns] = rate
    length = instrument.funding_interval_ns // MINUTE_NS
    mean = np.nanmean(ten_days.premium[instrument.symbol].reshape(-1, length), axis=1)
    assert len(last) == mean.size == DAYS * 1_440 // length
    assert rank_correlation(np.array([last[interval] for interval in sorted(last)]), mean) > 0.6


@pytest.mark.skipif(not REAL.is_dir(), reason="the folder of recorded market data is not here")
@pytest.mark.parametrize("base", ["BTC", "ETH", "SOL"])
def test_facts_are_near_those_of_recorded_prices(ten_days: Recording, base: str) -> None:
    """Volatility, its clustering, and the tails without their greatest outliers are of the size of five real months."""
    parquet = pytest.importorskip("pyarrow.parquet")
    close = parquet.read_table(REAL / f"{base}USDT_5m.parquet").column("close").to_numpy()
    real, ours = np.diff(np.log(close)), ten_days.returns(f"{base}/USDT:USDT", 5)
    assert 0.6 < ours.std() / real.std() < 1.6
    for lag, tolerance in ((1, 0.2), (6, 0.2), (12, 0.2)):
        assert abs(autocorrelation(np.abs(ours), lag) - autocorrelation(np.abs(real), lag)) < tolerance
    trimmed = [values[np.abs(values) < 8 * values.std()] for values in (real, ours)]
    assert 0.3 < excess_kurtosis(trimmed[1]) / excess_kurtosis(trimmed[0]) < 3
