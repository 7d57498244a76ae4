"""The cheap ways of not looking must never overlook anything: quiet bands and margin guards against plain reckoning."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.commands import TriggerBy
from engine.events import Execution
from engine.money import ZERO
from tests.venue_stage import OTHER, TIERS, Stage, perpetual

SYMBOLS = ("BTC/USDT:USDT", OTHER)
MOVES = st.lists(
    st.tuples(
        st.sampled_from(("tick", "tick", "tick", "mark", "order", "funding", "deposit")),
        st.integers(0, 1),
        st.integers(-40, 40),
        st.integers(1, 4_000),
    ),
    max_size=60,
)


def maintenance(value: Decimal) -> Decimal:
    """The tier table of the stage, read again."""
    tier = next((tier for tier in TIERS if value <= tier.max_notional), TIERS[-1])
    return value * tier.maintenance_rate - tier.deduction


class Watch:
    """A venue with two perpetuals and the plain reckoning of its margin, price by price."""

    def __init__(self, margin: str) -> None:
        self.stage = Stage(
            perpetual(), perpetual(OTHER), capital=10_000, leverage=Decimal(20), margin=margin, slippage_bps=1.0
        )
        self.last = dict.fromkeys(SYMBOLS, 100.0)
        self.mark: dict[str, float] = {}
        for symbol in SYMBOLS:
            self.stage.tick(100.0, symbol=symbol)

    def fair(self, symbol: str) -> Decimal:
        """The mark, or the last price while there is none."""
        return Decimal(str(self.mark.get(symbol, self.last[symbol])))

    def act(self, number: int, kind: str, which: int, offset: int, lots: int) -> None:
        """One thing happens."""
        symbol = SYMBOLS[which]
        price = round(float(self.fair(symbol)) * (1 + offset / 400), 1)
        match kind:
            case "tick":
                self.last[symbol] = price
                self.stage.tick(price, symbol=symbol)
            case "mark":
                self.mark[symbol] = price
                self.stage.mark(price, symbol=symbol)
            case "order":
                self.stage.order(f"o{number}", 1 if offset > 0 else -1, lots / 10, symbol=symbol)
            case "funding":
                self.stage.venue.settle_funding(symbol, Decimal(offset) / 1_000, self.stage.timeline.now_ns)
            case _:
                self.stage.venue.transfer(Decimal(lots))


def is_due(watch: Watch) -> bool:
    """Whether, reckoned plainly, something should have been liquidated."""
    venue = watch.stage.venue
    ledger = venue.account
    held = {symbol: venue.position(symbol) for symbol in SYMBOLS if venue.position(symbol).quantity}
    if not held:
        return False
    balance = ledger.cash + sum((p.quantity * watch.fair(s) - p.cost for s, p in held.items()), ZERO)
    return balance <= sum((maintenance(abs(p.quantity) * watch.fair(s)) for s, p in held.items()), ZERO)


def is_due_isolated(watch: Watch) -> bool:
    """The same, position by position."""
    for symbol in SYMBOLS:
        position = watch.stage.venue.position(symbol)
        if position.quantity:
            value = abs(position.cost)
            left = value / 20 + position.quantity * watch.fair(symbol) - position.cost
            if left <= maintenance(value):
                return True
    return False


@pytest.mark.parametrize("margin", ["cross", "isolated"])
@given(moves=MOVES)
def test_no_position_outlives_its_margin(margin: str, moves: list[tuple[str, int, int, int]]) -> None:
    """After every single event nothing is left standing that should have gone, in either kind of margin."""
    watch = Watch(margin)
    due = is_due if margin == "cross" else is_due_isolated
    for number, (kind, which, offset, lots) in enumerate(moves):
        watch.act(number, kind, which, offset, lots)
        assert not due(watch)


@given(
    orders=st.lists(st.tuples(st.sampled_from((1, -1)), st.integers(1, 300), st.booleans(), st.booleans()), max_size=8),
    prices=st.lists(st.integers(850, 1_150), max_size=40),
)
def test_a_quiet_tick_is_one_at_which_nothing_was_due(
    orders: list[tuple[int, int, bool, bool]], prices: list[int]
) -> None:
    """After each price no stop is left that it passed, and no limit that it went through."""
    stage = Stage(capital=10_000_000)
    stage.tick(100.0)
    for number, (side, distance, is_stop, by_mark) in enumerate(orders):
        price = f"{100 + (side if is_stop else -side) * distance / 10:.1f}"
        if is_stop:
            trigger_by = TriggerBy.MARK if by_mark else TriggerBy.LAST
            stage.order(f"s{number}", side, 1, type="stop_market", trigger_price=price, trigger_by=trigger_by)
        else:
            stage.order(f"l{number}", side, 1, price)
    for ticks in prices:
        stage.tick(ticks / 10, 0.001)
        for order in stage.venue.open_orders():
            if order.trigger_price is not None:
                assert (order.trigger_price * 10 - ticks) * order.side > 0
            if order.price is not None:
                assert (ticks - order.price * 10) * order.side >= 0
    fills = [event for event in stage.events if isinstance(event, Execution)]
    assert stage.held == sum((event.quantity * event.side for event in fills), ZERO)
