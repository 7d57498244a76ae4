"""Losses and peaks are those of a book-keeper who judges exactly at every look; the float guard only saves him work."""

from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st

from engine import events
from engine.account import Account
from engine.gate import Denial, OrderRequest
from engine.orders import Status
from risk.gate import Gate
from risk.limits import Limits
from tests.rehearsal import MINUTE, PERP, SECOND, SPOT, Stage

LIMIT = Decimal("0.05")
SYMBOLS = (PERP, SPOT)
# What happens in a step: each price moves by so many halves, and then perhaps somebody trades.
steps = st.lists(
    st.tuples(
        st.integers(-6, 6),
        st.integers(-6, 6),
        st.none() | st.tuples(st.sampled_from((0, 0, 1)), st.sampled_from((1, -1)), st.integers(1, 40)),
    ),
    min_size=1,
    max_size=60,
)
Steps = list[tuple[int, int, tuple[int, int, int] | None]]


class Judge(Gate):
    """Halts as the plain gate does, and lets everything else pass."""

    def check(self, request: OrderRequest, account: Account, now_ns: int) -> Denial | None:
        return None


class BookKeeper:
    """Holds money and coins in exact numbers and looks at all of it whenever he is told to."""

    def __init__(self) -> None:
        self.cash = Decimal(10_000)
        self.held = dict.fromkeys(SYMBOLS, Decimal(0))
        self.peak = self.cash
        self.halted_ns: int | None = None

    def trade(self, symbol: str, signed: Decimal, price: Decimal) -> None:
        self.cash -= signed * price
        self.held[symbol] += signed

    def look(self, now_ns: int, prices: dict[str, Decimal]) -> None:
        equity = self.cash + sum((self.held[symbol] * prices[symbol] for symbol in SYMBOLS), Decimal(0))
        self.peak = max(self.peak, equity)
        if self.halted_ns is None and 10_000 - equity >= 10_000 * LIMIT:
            self.halted_ns = now_ns


@given(steps)
@example([(0, 0, (0, 1, 40)), (-6, 0, None), (-6, 0, None), (0, 0, None)])
@example([(0, 0, (0, -1, 40)), (6, 0, None), (6, 0, None), (0, 0, None)])
@example([(0, 0, (0, 1, 40)), (0, 0, (1, 1, 40)), (6, -6, None), (6, 6, None), (-6, -6, None)])
def test_on_bars_every_close_is_judged(rows: Steps) -> None:
    """With one position or with two, long or short: the same peak and a halt at the same close."""
    stage = Stage(gate=Judge(Limits(daily_drawdown_limit=LIMIT)), native_ns=MINUTE)
    books = BookKeeper()
    prices = dict.fromkeys(SYMBOLS, Decimal(100))
    stage.kernel.start()
    for perp, spot, trade in ((0, 0, None), *rows):
        prices = {PERP: max(prices[PERP] + perp * 5, Decimal(5)), SPOT: max(prices[SPOT] + spot * 5, Decimal(5))}
        stage.timeline.advance(stage.now + MINUTE)
        for symbol in SYMBOLS:
            price = float(prices[symbol])
            stage.say(events.Candle(stage.now, symbol, stage.now - MINUTE, price, price, price, price, 1.0))
        books.look(stage.now, prices)
        if trade is not None:
            which, side, lots = trade
            symbol, quantity = SYMBOLS[which], Decimal(lots) / 4
            if symbol == SPOT and side < 0:
                continue
            order = stage.place(side, str(quantity), symbol)
            if order.status is not Status.DENIED:
                stage.accept(order.id, symbol)
                stage.execute(order, str(quantity), str(prices[symbol]))
                books.trade(symbol, side * quantity, prices[symbol])
                books.look(stage.now, prices)
    halts = [halt.ts for halt in stage.heard(events.Halt)]
    assert halts == ([] if books.halted_ns is None else [books.halted_ns])
    assert stage.account.peak_equity == books.peak
    assert stage.account.equity() == books.cash + sum(
        (books.held[symbol] * prices[symbol] for symbol in SYMBOLS), Decimal(0)
    )


def test_beside_trades_every_second_is_judged() -> None:
    """The price of a second ago that made the loss is found at the next look, not a second later."""
    stage = Stage(gate=Judge(Limits(daily_drawdown_limit=LIMIT)))
    stage.tick(100.0)
    stage.hold(1, "10", "100")
    stage.tick(160.0, after_ns=SECOND // 2)
    stage.tick(160.0, after_ns=SECOND)
    assert stage.account.peak_equity == 10_600
    stage.tick(50.0, after_ns=SECOND // 4)
    assert stage.heard(events.Halt) == []
    stage.timeline.advance(stage.now + SECOND)
    (halt,) = stage.heard(events.Halt)
    assert halt.ts - stage.account.ledger.positions[PERP].opened_at == 2 * SECOND
