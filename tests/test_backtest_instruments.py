"""Instruments for history: a grid on which nothing is bent, and the costs that were asked for."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hean_tui.backtesting.instruments import history_instrument
from hean_tui.backtesting.markets import read_market, spot_of, symbol_in_words
from hean_tui.errors import WrongCommandLine

D = Decimal


def instrument_of(symbol: str, price: float, **more: object) -> object:
    """An instrument with nothing special about it."""
    given_costs = {"fee_maker": None, "fee_taker": None, "leverage": D(1), **more}
    return history_instrument(symbol, price, **given_costs)  # type: ignore[arg-type]


@given(st.floats(1e-9, 1e9))
def test_the_tick_cuts_a_price_into_billions(price: float) -> None:
    """Fine enough that rounding is below a part in a billion, coarse enough that floats still find the tick."""
    tick = history_instrument("A/USDT", price, fee_maker=None, fee_taker=None, leverage=D(1)).tick
    assert price / float(tick) <= 1.01e10
    assert price / float(tick) >= 0.99e9 or tick == 1


def test_listed_orders_lie_on_the_grid() -> None:
    """A price with 9 decimals and a quantity with 12 are played as they are."""
    instrument = history_instrument(
        "A/USDT:USDT",
        60_000.0,
        fee_maker=None,
        fee_taker=None,
        leverage=D(1),
        prices=[D("59999.123456789"), D(60_000)],
        quantities=[D("0.000000000001"), D("1.50")],
    )
    assert instrument.tick == D("1e-9")
    assert instrument.lot == D("1e-12")


def test_costs_are_those_of_the_kind_unless_told() -> None:
    """Perpetuals take 0.00055, spot 0.001; resting costs 0.0002; what is told holds for both."""
    perpetual = history_instrument("A/USDT:USDT", 1.0, fee_maker=None, fee_taker=None, leverage=D(1))
    spot = history_instrument("A/USDT", 1.0, fee_maker=None, fee_taker=None, leverage=D(1))
    assert (perpetual.fee_maker, perpetual.fee_taker, perpetual.is_spot) == (D("0.0002"), D("0.00055"), False)
    assert (spot.fee_maker, spot.fee_taker, spot.is_spot) == (D("0.0002"), D("0.001"), True)
    told = history_instrument("A/USDT", 1.0, fee_maker=D(0), fee_taker=D("0.002"), leverage=D(1))
    assert (told.fee_maker, told.fee_taker) == (D(0), D("0.002"))


@pytest.mark.parametrize(("leverage", "rate"), [(D(1), D("0.005")), (D(50), D("0.005")), (D(125), D("0.004"))])
def test_maintenance_leaves_room_below_the_initial_margin(leverage: Decimal, rate: Decimal) -> None:
    """Half a per cent, and never more than half of the initial margin."""
    (tier,) = history_instrument("A/USDT:USDT", 1.0, fee_maker=None, fee_taker=None, leverage=leverage).tiers
    assert tier.maintenance_rate == rate
    assert tier.max_leverage >= leverage


@pytest.mark.parametrize(
    ("name", "symbol"),
    [("BTCUSDT", "BTC/USDT:USDT"), ("eth-usdc", "ETH/USDC:USDC"), ("ETHBTC", "ETH/BTC:BTC"), ("SOL/USDT", "SOL/USDT")],
)
def test_names_of_files_in_our_words(name: str, symbol: str) -> None:
    """Letters alone are a perpetual; a slash is taken at its word."""
    assert symbol_in_words(name) == symbol


def test_names_that_say_nothing_are_refused() -> None:
    """A quote currency alone, or none, is no market."""
    for name in ("USDT", "moon", ""):
        with pytest.raises(WrongCommandLine, match="--symbol"):
            symbol_in_words(name)


def test_a_perpetual_has_its_spot_beside_it() -> None:
    """Without the settlement coin it is the spot market."""
    assert spot_of("BTC/USDT:USDT") == spot_of("BTC/USDT") == "BTC/USDT"
    assert read_market("BTC/USDT").is_spot
    assert not read_market("BTC/USDT:USDT").is_spot
    with pytest.raises(WrongCommandLine, match="settled in BTC"):
        read_market("BTC/USD:BTC")
