"""What the exchange asks of an order, at each border: exactly there it passes, and beyond it is told what would."""

from decimal import Decimal

import msgspec
import pytest

from engine.commands import OrderType
from engine.gate import Denial, OrderRequest
from risk.filters import against_filters
from tests.rehearsal import PERP, instrument

D = Decimal
PRICES = {"price": "price", "trigger_price": "trigger", "stop": "stop", "target": "target", "trail": "trail"}


def request(quantity: str = "2", kind: OrderType = OrderType.MARKET, *, reduces: bool = False) -> OrderRequest:
    """An order for the perpetual."""
    return OrderRequest(symbol=PERP, side=1, quantity=D(quantity), type=kind, reduce_only=reduces)


def priced(field: str, value: str) -> OrderRequest:
    """One with a price in it."""
    return msgspec.structs.replace(request(kind=OrderType.LIMIT), **{field: D(value)})


def denial(code: str, sentence: str, passes: str, **numbers: str | int) -> Denial:
    """As it should be."""
    return Denial(code, sentence, tuple((name, D(value)) for name, value in numbers.items()), passes)


OF = instrument(PERP)  # tick 0.5, lot 0.001, 0.001 to 1,000 and 500 at the market, at least 5, prices 0.5 to 10,000,000
FILTERS: list[tuple[OrderRequest, str, Denial | None]] = [  # an order, what it is likely to be filled at, the refusal
    (request("1.001"), "100", None),
    (
        request("1.0015"),
        "100",
        denial(
            "OffLot",
            "1.0015 is not a multiple of the lot 0.001",
            "1.001 would be one",
            quantity="1.0015",
            lot="0.001",
            fits="1.001",
        ),
    ),
    (
        request("0.0005"),
        "100",
        denial(
            "OffLot",
            "0.0005 is not a multiple of the lot 0.001",
            "0.001 would be one",
            quantity="0.0005",
            lot="0.001",
            fits="0.001",
        ),
    ),
    (request("500"), "100", None),
    *(
        (
            request("500.001", kind),
            "100",
            denial(
                "AboveMaximumQuantity",
                "500.001 BTC is above the largest order of 500",
                "500 would pass",
                quantity="500.001",
                most=500,
                fits=500,
            ),
        )
        for kind in (OrderType.MARKET, OrderType.STOP_MARKET, OrderType.TRAILING_STOP)
    ),
    (request("1000", OrderType.LIMIT), "100", None),
    (
        request("1000.001", OrderType.LIMIT),
        "100",
        denial(
            "AboveMaximumQuantity",
            "1000.001 BTC is above the largest order of 1000",
            "1000 would pass",
            quantity="1000.001",
            most=1000,
            fits=1000,
        ),
    ),
    (request("0.05"), "100", None),
    (
        request("0.049"),
        "100.99",
        denial(
            "BelowMinimumNotional",
            "an order worth 4.94 is below the smallest of 5 USDT",
            "0.05 would pass",
            worth="4.94851",
            least=5,
            fits="0.05",
        ),
    ),
    (request("0.049", reduces=True), "100", None),
    *((priced(field, value), "100", None) for field in PRICES for value in ("0.5", "99.5", "10000000")),
    *(
        (
            priced(field, value),
            "100",
            denial(
                "PriceOutOfRange",
                f"the {name} {value} is outside 0.5 to 10000000",
                f"{fits} would pass",
                price=value,
                lowest="0.5",
                highest=10_000_000,
                fits=fits,
            ),
        )
        for field, name in PRICES.items()
        for value, fits in (("0.4", "0.5"), ("10000000.5", "10000000"))
    ),
    *(
        (
            priced(field, "99.7"),
            "100",
            denial(
                "OffTick",
                f"the {name} 99.7 is not on the grid of 0.5",
                "99.5 would be",
                price="99.7",
                tick="0.5",
                fits="99.5",
            ),
        )
        for field, name in PRICES.items()
    ),
]


@pytest.mark.parametrize(("order", "price", "expected"), FILTERS)
def test_what_the_exchange_asks_for(order: OrderRequest, price: str, expected: Denial | None) -> None:
    """Exactly at each border it passes, and beyond it is told what would."""
    assert against_filters(order, OF, D(price)) == expected


def test_below_the_smallest_quantity() -> None:
    """What would pass is worth enough too; what only reduces need not be."""
    coarse = msgspec.structs.replace(OF, min_quantity=D("0.01"))
    assert against_filters(request("0.01", reduces=True), coarse, D(100)) is None
    for reduces, fits in ((False, "0.05"), (True, "0.01")):
        assert against_filters(request("0.009", reduces=reduces), coarse, D(100)) == denial(
            "BelowMinimumQuantity",
            "0.009 BTC is below the smallest order of 0.01",
            f"{fits} would pass",
            quantity="0.009",
            least="0.01",
            fits=fits,
        )
    assert against_filters(request("0.0095"), coarse, D(100)) == denial(
        "OffLot",
        "0.0095 is not a multiple of the lot 0.001",
        "0.01 would be one",
        quantity="0.0095",
        lot="0.001",
        fits="0.01",
    )


def test_a_trail_is_measured_by_the_tick_and_not_by_the_lowest_price() -> None:
    """It is a distance: half a tick is too little, one is enough, also where no price may be as low."""
    high = msgspec.structs.replace(OF, min_price=D(50))
    assert against_filters(priced("trail", "0.5"), high, D(100)) is None
    found = against_filters(priced("trail", "0.25"), high, D(100))
    assert found is not None
    assert found.sentence == "the trail 0.25 is outside 0.5 to 10000000"
    low = against_filters(priced("stop", "49"), high, D(100))
    assert low is not None
    assert (low.sentence, low.passes) == ("the stop 49 is outside 50 to 10000000", "50 would pass")
