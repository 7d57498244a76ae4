"""No alert is missed, none comes early: a book-keeper looks at everything, in fractions, at every price."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from engine import events
from tests.losses_keeper import Keeper
from tests.losses_stage import ETH, SYMBOLS, Losing
from tests.rehearsal import PERP, SECOND, SPOT

MINUTE = 60 * SECOND
Step = tuple[str, int, int, int]
HANDS = {PERP: False, ETH: True, SPOT: False}  # what is traded in ETH was traded elsewhere
capitals = st.sampled_from((400, 700, 1_990, 2_050, 4_000, 9_950, 10_300, 40_000))
symbols = st.integers(0, 2)
moves = st.tuples(st.just("move"), *(st.integers(-3_000, 3_000) for _ in range(3)))
trades = st.tuples(
    st.sampled_from(("buy", "sell", "close", "turn")), symbols, st.integers(1, 3_000), st.integers(0, 900)
)
payments = st.tuples(st.just("fund"), symbols, st.integers(-3_000, 3_000), st.just(0))
transfers = st.tuples(
    st.just("transfer"), st.sampled_from((-9_000, -1_000, -300, -7, 9, 150, 1_500, 9_000)), symbols, symbols
)
others = st.tuples(st.sampled_from(("wait", "lift", "keep", "fold", "snapshot", "earlier")), symbols, symbols, symbols)
hours = st.tuples(st.just("hour"), st.integers(0, 95), symbols, symbols)
steps = st.lists(moves | moves | trades | trades | payments | transfers | others | hours, min_size=1, max_size=40)


class Pair:
    """The engine's books and his; everything is done to both."""

    def __init__(self, capital: int, native_ns: int) -> None:
        self.stage = Losing(str(capital), native_ns=native_ns)
        self.keeper = Keeper(Fraction(capital), dict.fromkeys(SYMBOLS, Fraction(10_000)))
        self.scale = 1 if capital < 2_000 else 10 if capital < 10_000 else 40

    def take(self, step: Step) -> None:
        what, one, two, three = step
        stage, keeper = self.stage, self.keeper
        if what == "move":
            self._move((one, two, three))
        elif what in ("buy", "sell", "close", "turn"):
            self._trade(what, SYMBOLS[one], two, three)
        elif what == "fund":
            amount = Decimal(two * self.scale) / 100
            stage.fund(amount, SYMBOLS[one])
            keeper.fund(SYMBOLS[one], Fraction(amount))
        elif what == "transfer":
            if min(keeper.equity, keeper.day_start) + one > 100:
                stage.transfer(one)
                keeper.transfer(Fraction(one))
        elif what == "wait":
            self._wait()
        elif what == "lift" and keeper.is_halted:
            stage.kernel.lift_halt("account", "looked")
            keeper.lift()
        elif what == "hour":  # when days begin, from the next one on
            stage.kernel.change_limit("risk.day_start_h", str(one / 4))
        elif what == "keep":
            stage.keep()
        elif what in ("fold", "snapshot", "earlier"):
            stage.end_and_go_on(what)

    def _move(self, cents: tuple[int, ...]) -> None:
        stage, keeper = self.stage, self.keeper
        prices = {}
        for symbol, cent in zip(SYMBOLS, cents, strict=True):
            price = max(keeper.prices[symbol] + Fraction(cent * self.scale, 100), Fraction(100))
            prices[symbol] = price
        if stage.native_ns:
            if self._is_last(stage.native_ns):
                keeper.midnight()
            stage.bars({symbol: float(price) for symbol, price in prices.items()})
        else:
            for symbol, price in prices.items():
                stage.price(str(float(price)), symbol, looks=False)
        keeper.prices.update(prices)
        if not stage.native_ns:
            if self._is_last(SECOND):
                keeper.midnight()
            stage.pass_time(SECOND)
        keeper.look()

    def _wait(self) -> None:
        if self._is_last(9 * MINUTE):
            self.keeper.midnight()
        self.stage.pass_time(9 * MINUTE)

    def _is_last(self, nanoseconds: int) -> bool:
        """Whether the day ends within so long."""
        return self.stage.now + nanoseconds >= self.stage.account.day_ends_ns

    def _trade(self, what: str, symbol: str, lots: int, cents: int) -> None:
        """At up to nine dollars beside the price, for a fee of so many cents; coins are never sold short."""
        stage, keeper = self.stage, self.keeper
        trade = keeper.trades.get(symbol)
        held = Fraction(0) if trade is None else trade.quantity
        quantity = Fraction(lots, 1_000)
        if what in ("close", "turn"):
            side = -1 if held > 0 else 1
            quantity = abs(held) if what == "close" else abs(held) + quantity
        else:
            side = 1 if what == "buy" else -1
        after = held + side * quantity
        if not quantity or (symbol == SPOT and after < 0):
            return
        if keeper.is_halted and not HANDS[symbol] and (after * held < 0 or abs(after) > abs(held)):
            return  # refused
        price = keeper.prices[symbol] + side * Fraction(cents, 100)
        fee = Fraction(cents * self.scale // 7, 100)
        stage.trade(side, decimal(quantity), decimal(price), symbol, fee=decimal(fee), elsewhere=HANDS[symbol])
        keeper.fill(symbol, side * quantity, price, fee)

    def compare(self) -> None:
        of_days = {event.reason for event in self.stage.told if isinstance(event, events.Halt) and event.scope == "day"}
        told = [
            (event.level, Fraction(event.loss))
            for event in self.stage.told
            if isinstance(event, events.DrawdownAlert) and event.sentence not in of_days
        ]
        assert sorted(told) == sorted(self.keeper.told)
        assert Fraction(self.stage.account.equity()) == self.keeper.equity
        assert self.stage.tier == self.keeper.tier
        assert (self.stage.gate.losses.halted is not None) is self.keeper.is_halted


def decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / number.denominator


def play(capital: int, actions: list[Step], native_ns: int) -> None:
    pair = Pair(capital, native_ns)
    for step in actions:
        pair.take(step)
        pair.compare()


@given(capitals, steps)
def test_beside_trades(capital: int, actions: list[Step]) -> None:
    """A look within every second, in up to three symbols, with money, restarts and a midnight between."""
    play(capital, actions, 0)


@given(capitals, steps)
def test_on_bars(capital: int, actions: list[Step]) -> None:
    """A look with each bar of four hours, over many days."""
    play(capital, actions, 4 * 60 * MINUTE)
