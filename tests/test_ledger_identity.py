"""The ledger against a purse and a pile of coins counted in fractions: whatever happens, both are worth the same."""

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from engine.ledger import Ledger, Position

SYMBOLS = ("BTC/USDT:USDT", "ETH/USDT:USDT", "BTC/USDT")


def decimals(low: int, high: int, scale: int) -> st.SearchStrategy[Decimal]:
    """Numbers on a grid of so many decimals."""
    return st.integers(low, high).map(lambda digits: Decimal(digits).scaleb(-scale))


class Fill(NamedTuple):
    """A trade."""

    symbol: str
    side: int
    quantity: Decimal
    price: Decimal
    fee_rate: Decimal  # of the value, or of the coins when they pay the fee


class Funding(NamedTuple):
    """An amount received or paid for holding."""

    symbol: str
    amount: Decimal


class Transfer(NamedTuple):
    """Money from outside, or to it."""

    amount: Decimal


fills = st.builds(
    Fill,
    st.sampled_from(SYMBOLS),
    st.sampled_from((1, -1)),
    decimals(1, 10**7, 5),
    decimals(1, 10**8, 3),
    decimals(-30, 100, 5),
)
happenings = st.lists(
    st.one_of(
        fills,
        st.builds(Funding, st.sampled_from(SYMBOLS), decimals(-(10**10), 10**10, 8)),
        st.builds(Transfer, decimals(-(10**8), 10**8, 2)),
    ),
    max_size=40,
)
prices = st.fixed_dictionaries({symbol: decimals(1, 10**8, 3) for symbol in SYMBOLS})


class Purse:
    """The model: money that went in and out, and coins that are there. It knows no cost, no profit and no rounding."""

    def __init__(self, capital: Decimal) -> None:
        self.money = self.paid_in = Fraction(capital)
        self.coins = dict.fromkeys(SYMBOLS, Fraction(0))
        self.fees = self.funding = Fraction(0)

    def fill(self, fill: Fill, fee: Decimal, in_coin: bool) -> None:
        quantity, price = Fraction(fill.quantity), Fraction(fill.price)
        self.coins[fill.symbol] += fill.side * quantity
        self.money -= fill.side * quantity * price
        if in_coin:
            self.coins[fill.symbol] -= Fraction(fee)
            self.fees += Fraction(fee) * price
        else:
            self.money -= Fraction(fee)
            self.fees += Fraction(fee)

    def worth(self, marks: dict[str, Decimal]) -> Fraction:
        return self.money + sum(coins * Fraction(marks[symbol]) for symbol, coins in self.coins.items())


def apply(happening: Fill | Funding | Transfer, ledger: Ledger, purse: Purse) -> None:
    """The same fact to both."""
    match happening:
        case Fill(symbol, side, quantity, price, fee_rate):
            in_coin = ":" not in symbol and side > 0 and fee_rate > 0
            fee = quantity * fee_rate if in_coin else quantity * price * fee_rate
            ledger.fill(symbol, side, quantity, price, fee, fee_in_base=in_coin)
            purse.fill(happening, fee, in_coin)
        case Funding(symbol, amount):
            ledger.pay_funding(symbol, amount)
            purse.money += Fraction(amount)
            purse.funding += Fraction(amount)
        case Transfer(amount):
            ledger.transfer(amount)
            purse.money += Fraction(amount)
            purse.paid_in += Fraction(amount)


@given(decimals(0, 10**9, 2), happenings, prices)
def test_equity_is_what_the_purse_and_the_coins_are_worth(
    capital: Decimal, history: list[Fill | Funding | Transfer], marks: dict[str, Decimal]
) -> None:
    """After any fills, fees in money or coin, funding and transfers the parts add up to it, to the last digit."""
    ledger, purse = Ledger(capital), Purse(capital)
    for happening in history:
        apply(happening, ledger, purse)

        # equity = deposits + realised + unrealised - fees + funding, where none of the five is defined by the others
        unrealised = sum(
            Fraction(position.quantity) * Fraction(marks[symbol]) - Fraction(position.cost)
            for symbol, position in ledger.positions.items()
        )
        assert Fraction(ledger.deposits) == purse.paid_in
        assert Fraction(ledger.fees) == purse.fees
        assert Fraction(ledger.funding) == purse.funding
        told = ledger.deposits + ledger.realised - ledger.fees + ledger.funding
        assert Fraction(told) + unrealised == purse.worth(marks)
        assert Fraction(ledger.equity(marks.__getitem__)) == purse.worth(marks)


@given(decimals(0, 10**9, 2), happenings)
def test_a_position_is_the_sum_of_what_was_traded(capital: Decimal, history: list[Fill | Funding | Transfer]) -> None:
    """Signed quantities add up, funding and transfers move none, and a flat position has cost nothing."""
    ledger, purse = Ledger(capital), Purse(capital)
    for happening in history:
        apply(happening, ledger, purse)
        for symbol, position in ledger.positions.items():
            assert Fraction(position.quantity) == purse.coins[symbol]
            if not position.quantity:
                assert position.cost == position.entry_price == 0
    assert sum((position.realised for position in ledger.positions.values()), Decimal(0)) == ledger.realised
    assert sum((position.fees for position in ledger.positions.values()), Decimal(0)) == ledger.fees
    assert sum((position.funding for position in ledger.positions.values()), Decimal(0)) == ledger.funding


@given(st.lists(fills, min_size=1, max_size=30))
def test_the_entry_price_is_the_average_of_what_was_bought(history: list[Fill]) -> None:
    """Adding moves the average, reducing does not (but for crumbs), turning around starts anew."""
    position = Position("BTC/USDT:USDT")
    quantity, entry = Fraction(0), Fraction(0)
    crumbs = Fraction(0)
    for fill in history:
        signed, price = Fraction(fill.side * fill.quantity), Fraction(fill.price)
        position.trade(fill.side * fill.quantity, fill.price)
        after = quantity + signed
        if quantity == 0 or (quantity > 0) == (signed > 0):
            entry = (quantity * entry + signed * price) / after
        elif after == 0:
            entry = Fraction(0)
            crumbs = Fraction(0)
        elif (after > 0) != (quantity > 0):
            entry = price
            crumbs = Fraction(0)
        else:
            crumbs += Fraction(1, 10**12)
        quantity = after
        assert Fraction(position.quantity) == quantity
        assert abs(Fraction(position.cost) - quantity * entry) <= crumbs


@given(decimals(1, 10**6, 3), decimals(1, 10**8, 2), decimals(1, 10**8, 2), st.sampled_from((1, -1)))
def test_a_round_trip_realises_the_difference(quantity: Decimal, bought: Decimal, sold: Decimal, side: int) -> None:
    """Closing all of a position earns the move of the price times the size, for long and for short."""
    position = Position("BTC/USDT:USDT")
    assert position.trade(side * quantity, bought) == 0
    assert position.trade(-side * quantity, sold) == side * quantity * (sold - bought)
    assert position.quantity == position.cost == 0


def test_three_thirds_lose_no_crumb() -> None:
    """What cannot be divided by three leaves with the last third: the loss is 0.00002, and no crumb."""
    position = Position("BTC/USDT:USDT")
    position.trade(Decimal(1), Decimal("0.1"))
    position.trade(Decimal(2), Decimal("0.10001"))
    realised = [position.trade(Decimal(-1), Decimal("0.1")) for _ in range(3)]
    assert sum(realised) == Decimal("-0.00002")
    assert all(-part.as_tuple().exponent <= 12 for part in realised)  # type: ignore[operator]
