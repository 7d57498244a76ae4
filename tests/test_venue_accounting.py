"""The venue's books against an independent reckoning in fractions, for whatever happens."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.events import Event, Execution, FundingPaid, OrderAccepted, OrderAmended, OrderCancelled, OrderExpired
from engine.instruments import Instrument
from tests.venue_stage import Stage, perpetual, spot

KINDS = st.sampled_from(
    ("market", "limit", "stop", "bracket", "trail", "cancel", "amend", "tick", "mark", "funding", "transfer")
)
ACTS = st.lists(st.tuples(KINDS, st.sampled_from((1, -1)), st.integers(1, 5_000), st.integers(-80, 80)), max_size=50)


def play(stage: Stage, story: list[tuple[str, int, int, int]]) -> None:
    """Act after act; what the venue refuses is refused."""
    stage.tick(100.0)
    for number, (kind, side, lots, offset) in enumerate(story):
        quantity = f"{lots / 1000:.3f}"
        price = f"{100 + offset / 10:.1f}"
        name = f"o{number}"
        earlier = f"o{number // 2}"
        match kind:
            case "market":
                stage.order(name, side, quantity)
            case "limit":
                stage.order(name, side, quantity, price)
            case "stop":
                stage.order(name, side, quantity, type="stop_market", trigger_price=price)
            case "bracket":
                stage.order(name, side, quantity, stop=100 - side * 4, target=100 + side * 3)
            case "trail":
                stage.order(name, side, quantity, type="trailing_stop", trail=abs(offset) / 10 + 0.1)
            case "cancel":
                stage.cancel(earlier)
            case "amend":
                stage.amend(earlier, quantity=quantity, price=price)
            case "tick":
                stage.tick(float(price), lots / 1000, side)
            case "mark":
                stage.mark(float(price))
            case "funding":
                stage.venue.settle_funding(stage.symbol, Decimal(offset) / 10_000, stage.timeline.now_ns)
            case _:
                stage.venue.transfer(Decimal(lots) / 100)


def reckon(events: list[Event], capital: int, mark: Fraction) -> tuple[Fraction, Fraction]:
    """Equity and quantity from the venue's words alone: what was paid, what came, and what is left at the mark."""
    money, quantity = Fraction(capital), Fraction(0)
    for event in events:
        if isinstance(event, Execution):
            signed = event.side * Fraction(event.quantity)
            money -= signed * Fraction(event.price)
            quantity += signed
            if event.fee_currency == "USDT":
                money -= Fraction(event.fee)
            else:
                quantity -= Fraction(event.fee)
        elif isinstance(event, FundingPaid):
            money += Fraction(event.amount)
        elif type(event).__name__ == "Transferred":
            money += Fraction(event.amount)  # type: ignore[attr-defined]
    return money + quantity * mark, quantity


@pytest.mark.parametrize(
    ("instrument", "options"),
    [
        (perpetual(), {"leverage": Decimal(10)}),
        (perpetual(), {"leverage": Decimal(10), "margin": "isolated"}),
        (perpetual(fee_maker=Decimal("-0.0001")), {"slippage_bps": 2.0}),
        (spot(), {}),
    ],
    ids=["cross", "isolated", "rebates", "spot"],
)
@given(story=ACTS)
def test_equity_is_what_was_paid_in_and_everything_that_came_of_it(
    instrument: Instrument, options: dict[str, object], story: list[tuple[str, int, int, int]]
) -> None:
    """To the last digit, in the ledger's own terms too, and with the same position."""
    stage = Stage(instrument, capital=1_000, **options)
    play(stage, story)
    venue = stage.venue
    ledger = venue.account
    position = venue.position(stage.symbol)
    mark = Decimal("123.4")
    equity, quantity = reckon(stage.events, 1_000, Fraction(mark))
    assert Fraction(ledger.equity(lambda _: mark)) == equity
    assert Fraction(position.quantity) == quantity
    unrealised = position.unrealised(mark)
    assert ledger.deposits + ledger.realised + unrealised - ledger.fees + ledger.funding == ledger.equity(
        lambda _: mark
    )


@given(story=ACTS)
def test_no_order_is_filled_beyond_its_quantity_or_after_its_end(story: list[tuple[str, int, int, int]]) -> None:
    """Every order is accepted once, filled between nothing and its size, and silent after its end."""
    stage = Stage(capital=1_000, leverage=Decimal(10))
    play(stage, story)
    sizes: dict[str, Decimal] = {}
    filled: dict[str, Decimal] = {}
    ended: set[str] = set()
    asked = {f"o{number}": Decimal(lots) / 1000 for number, (_, _, lots, _) in enumerate(story)}
    for event in stage.events:
        order_id = getattr(event, "order_id", "")
        if not order_id or order_id.startswith("liquidation"):
            continue
        match event:
            case OrderAccepted():
                assert order_id not in filled
                filled[order_id] = Decimal(0)
                if order_id in asked:
                    sizes[order_id] = asked[order_id]
            case OrderAmended():
                assert order_id not in ended
                assert event.quantity >= filled[order_id]
                sizes[order_id] = event.quantity
            case Execution():
                assert order_id not in ended
                filled[order_id] += event.quantity
                assert 0 < filled[order_id] <= sizes[order_id]
                if filled[order_id] == sizes[order_id]:
                    ended.add(order_id)
            case OrderCancelled() | OrderExpired():
                assert order_id not in ended
                ended.add(order_id)
    assert {order.order_id for order in stage.venue.open_orders()} == set(filled) - ended


@given(story=ACTS)
def test_what_open_orders_reserve_is_given_back_when_they_are_gone(story: list[tuple[str, int, int, int]]) -> None:
    """After everything was cancelled, what is free is the balance less the margin of the position."""
    stage = Stage(capital=1_000, leverage=Decimal(10))
    play(stage, story)
    venue = stage.venue
    stage.tick(100.0)
    stage.mark(100.0)
    for order in venue.open_orders():
        stage.cancel(order.order_id)
    assert venue.open_orders() == []
    assert venue.available() == venue.equity() - abs(stage.held) * 100 / 10


@given(story=ACTS)
def test_the_same_story_is_told_twice_in_the_same_words(story: list[tuple[str, int, int, int]]) -> None:
    """Nothing but what was put in decides what comes out."""
    first, second = Stage(capital=1_000), Stage(capital=1_000)
    play(first, story)
    play(second, story)
    assert first.events == second.events
