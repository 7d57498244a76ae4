"""What holds for every account, whatever the instruments, prices and limits are."""

import json
from decimal import ROUND_CEILING, Decimal

from hypothesis import given
from hypothesis import strategies as st

from engine.instruments import Instrument, Kind, MarginTier
from hean_tui.feasibility_table import as_json_object, as_lines
from risk.feasibility import Feasibility, Reach, Verdict, feasibility
from risk.limits import Limits

D = Decimal
CENT = D("0.01")
WORSE_TO_BETTER = (Verdict.NOTHING, Verdict.HARDLY, Verdict.SOME, Verdict.ALL)

balances = st.decimals(D("0.00000001"), D(10) ** 12, places=8)
prices = st.none() | st.decimals(D("0.00001"), D(200_000), places=5)
small_risks = st.decimals(D("0.0001"), D("0.01"), places=4)  # no tier allows less than the largest of them
risks = st.decimals(D("0.0001"), D("0.9"), places=4)
stops = st.none() | st.decimals(D("0.0001"), D("0.5"), places=4)
ladders = st.sampled_from(
    [
        (),
        (MarginTier(D(20_000), D(25), D("0.02")),),
        (MarginTier(D(50), D(8), D("0.02")), MarginTier(D(500), D(3), D("0.1"))),
    ]
)


@st.composite
def instruments(draw: st.DrawFn) -> Instrument:
    """A contract or a coin, on any grid."""
    is_spot = draw(st.booleans())
    lot = D(10) ** draw(st.integers(-6, 1))
    return Instrument(
        symbol="OAK/USDT" if is_spot else "OAK/USDT:USDT",
        kind=Kind.SPOT if is_spot else Kind.PERPETUAL,
        base="OAK",
        quote="USDT",
        tick=D("0.00001"),
        lot=lot,
        min_quantity=lot * draw(st.integers(1, 50)),
        max_quantity=lot * 10**9,
        max_market_quantity=lot * draw(st.sampled_from([10, 10**4, 10**9])),
        min_notional=D(draw(st.sampled_from([0, 1, 5, 100]))),
        min_price=D("0.00001"),
        max_price=D(10**6),
        fee_maker=D(0),
        fee_taker=draw(st.decimals(0, D("0.002"), places=5)),
        fee_in_base=is_spot and draw(st.booleans()),
        tiers=() if is_spot else draw(ladders),
    )


markets = st.lists(st.tuples(instruments(), prices), max_size=4)


@st.composite
def limits(draw: st.DrawFn, risk: st.SearchStrategy[Decimal]) -> Limits:
    """What a person may have set."""
    share = st.none() | st.decimals(D("0.1"), D(5), places=1)
    return Limits(
        max_leverage=draw(st.decimals(D("0.1"), D(10), places=1)),
        max_position_size=draw(st.none() | st.decimals(D("0.01"), D(10**6), places=2)),
        max_strategy_exposure=draw(share),
        max_concentration=draw(share),
        risk_per_trade=draw(risk),
        max_risk_per_trade=draw(st.none() | risks),
        default_stop=draw(stops),
    )


def fitting(told: Feasibility) -> set[int]:
    """The places of what can be traded."""
    return {at for at, each in enumerate(told.symbols) if each.fits}


@given(balances, balances, markets, limits(small_risks), st.decimals(0, 1000, places=2))
def test_what_can_be_traded_with_less_can_be_traded_with_more(
    one: Decimal, other: Decimal, traded: list[tuple[Instrument, Decimal | None]], rules: Limits, server: Decimal
) -> None:
    """Every symbol, every size, and the verdict on all of them."""
    less, more = (feasibility(balance, traded, rules, server) for balance in sorted((one, other)))
    assert fitting(less) <= fitting(more)
    assert WORSE_TO_BETTER.index(less.verdict) <= WORSE_TO_BETTER.index(more.verdict)
    for of_less, of_more in zip(less.symbols, more.symbols, strict=True):
        assert (of_less.size or 0) <= (of_more.size or 0)
        assert of_less.begins_at == of_more.begins_at


@given(balances, markets, limits(risks))
def test_the_smallest_account_is_the_smallest(
    balance: Decimal, traded: list[tuple[Instrument, Decimal | None]], rules: Limits
) -> None:
    """It can trade the symbol; an account a cent smaller, or smaller still, cannot."""
    for market in traded:
        begins_at = feasibility(balance, [market], rules, D(0)).symbols[0].begins_at
        if begins_at is None:
            continue
        assert feasibility(begins_at, [market], rules, D(0)).symbols[0].fits
        for smaller in (begins_at - CENT, min(balance, begins_at - CENT).quantize(CENT, ROUND_CEILING)):
            if smaller > 0:
                assert not feasibility(smaller, [market], rules, D(0)).symbols[0].fits


@given(balances, markets, limits(risks))
def test_a_size_that_fits_keeps_to_the_account(
    balance: Decimal, traded: list[tuple[Instrument, Decimal | None]], rules: Limits
) -> None:
    """It is on the grid, not below the smallest, lost in part only as allowed, and paid for; else it is nothing."""
    told = feasibility(balance, traded, rules, D(0))
    for each in told.symbols:
        smallest, size = each.smallest, each.size
        if smallest is None or size is None:
            assert each.reach is Reach.NO_PRICE or rules.default_stop is None
        elif not each.fits:
            assert size == 0
        else:
            assert rules.default_stop is not None
            assert size >= smallest.quantity
            assert size % each.instrument.lot == 0
            value = size * smallest.price
            assert value * rules.default_stop <= balance * told.risk_per_trade
            assert value <= balance * rules.max_leverage


@given(balances, markets, limits(risks), st.decimals(0, 1000, places=2))
def test_everything_can_be_told_of_every_account(
    balance: Decimal, traded: list[tuple[Instrument, Decimal | None]], rules: Limits, server: Decimal
) -> None:
    """As lines with as many cells as the heading, and as JSON with one object a symbol and a whole sentence in each."""
    told = feasibility(balance, traded, rules, server)
    assert len(as_lines(told)) >= 8 + len(traded) - 1
    found = json.loads(json.dumps(as_json_object(told)))
    assert [each["symbol"] for each in found["symbols"]] == [instrument.symbol for instrument, _ in traded]
    for sentence in (*found["sentences"], *(each["sentence"] for each in found["symbols"])):
        assert sentence.endswith(".")
        assert "  " not in sentence
        assert "None" not in sentence
