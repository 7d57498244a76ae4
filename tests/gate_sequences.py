"""A floor on which anybody does anything, and what must hold at each decision and after each execution.

Everything is reckoned here from positions, orders and marks, not from what the gate says of them.
"""

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

from engine import events
from engine.commands import LIMIT, MARKET, STOP_MARKET
from engine.errors import EngineError
from engine.gate import OPERATOR, OrderRequest
from engine.orders import Order
from tests.denial_cases import NAMES, SOL, SOL_COIN, SYMBOLS, Stage
from tests.trading_floor import LATENCY

LOT = Decimal("0.001")
TICK = Decimal("0.5")
ZERO = Decimal(0)
SMALLEST, LARGEST = 5, 500  # value, and quantity at the market, that the exchange takes
SHAPES = (MARKET, LIMIT, LIMIT, STOP_MARKET)
# Until what had left before a closing, and what was resting, is taken back by the venue.
ON_ITS_WAY_NS = LATENCY.entry_ns
Act = tuple[int, ...]


class Crowd(Stage):
    """Two strategies and a person, who trade without sense; each step is checked."""

    def __init__(self, **limits: Any) -> None:
        super().__init__(capital="5000", strategies=2, **limits)
        self.closed_ns: int | None = None  # since when nothing may grow
        self.sent_ns: dict[str, int] = {}
        self.wrong: list[str] = []
        self.late_fills = 0  # that grew a position after a closing, of orders that had left before it
        self.was = dict.fromkeys(SYMBOLS, ZERO)
        self._deeds: tuple[Callable[[int, str, int, int], None], ...] = (
            *(self._trade,) * 4,
            *(self._order,) * 4,
            *(self._signal,) * 2,
            self._flip,
            self._cancel,
            self._rule,
        )
        subscribe = self.kernel.bus.subscribe
        subscribe(events.OrderApproved, self._decided)
        subscribe(events.Execution, self._executed)
        for kind in (events.Halt, events.HaltLifted, events.EmergencyStop, events.StateChanged):
            subscribe(kind, self._closed)

    # --- what is checked

    @property
    def is_shut(self) -> bool:
        """Whether a halt or a kill is on."""
        return self.gate.halted() is not None or self.is_killed

    @property
    def is_killed(self) -> bool:
        """Whether everything is being closed."""
        return self.kernel.state == "killed"

    def _closed(self, _: events.Event) -> None:
        if not self.is_shut:
            self.closed_ns = None
        elif self.closed_ns is None:
            self.closed_ns = self.timeline.now_ns

    def _decided(self, event: events.OrderApproved) -> None:
        """An order leaves: with everything that is open filled, at the marks of now, it breaks no limit."""
        order = self.account.open_orders[event.order_id]
        self.sent_ns[order.id] = self.timeline.now_ns
        if order.reduce_only or not self._grows(order):
            return
        self._insist(not self.is_shut, f"{order.side} {order.quantity} {order.symbol} left after a halt or a kill")
        limits, equity, symbol = self.gate.limits, self.account.equity(), order.symbol
        worst = {name: self.worst(name, (order.side,) if name == symbol else (1, -1)) for name in SYMBOLS}
        coin = symbol.partition("/")[0]
        of_coin = sum((value for name, value in worst.items() if name.startswith(coin)), ZERO)
        mine = sum((value for name, value in worst.items() if self.account.holder(name) == order.strategy), ZERO)
        self._holds("leverage", sum(worst.values(), ZERO), limits.max_leverage * equity, order)
        if limits.max_position_size is not None:
            self._holds("position", worst[symbol], limits.max_position_size, order)
        if limits.max_concentration is not None:
            self._holds("coin", of_coin, limits.max_concentration * equity, order)
        if limits.max_strategy_exposure is not None:
            self._holds("strategy", mine, limits.max_strategy_exposure * equity, order)
        if order.strategy != OPERATOR:
            share = self.gate.sizer.share(order.strategy)
            self._holds("lease", mine, share * limits.max_leverage * equity, order)

    def _holds(self, what: str, value: Decimal, limit: Decimal, order: Order) -> None:
        """One lot of rounding, and not a cent more."""
        over = value - limit - LOT * self.account.markets.mark(order.symbol)
        self._insist(over <= 0, f"{what}: {value} of {limit} with {order.side} {order.quantity} {order.symbol}")

    def _insist(self, is_so: bool, sentence: str) -> None:
        """A kill goes on whatever fails in it: what was wrong is therefore kept, too."""
        if not is_so:
            self.wrong.append(sentence)
            raise AssertionError(sentence)

    def worst(self, symbol: str, sides: tuple[int, ...]) -> Decimal:
        """The most that a position on these sides can come to be worth, whichever of the orders are filled, and when.

        A limit below the mark is bought at its price, or never.
        """
        held, mark = self.account.held(symbol), self.account.markets.mark(symbol)
        worths = []
        for side in sides:
            resting = moving = ZERO
            for order in self._entries(symbol, side):
                if order.type is MARKET:
                    moving += order.leaves
                else:
                    resting += order.leaves * (mark if order.price is None or side < 0 else min(mark, order.price))
            worths.append(resting + max(ZERO, moving + held * side) * mark)
        return max(worths)

    def _entries(self, symbol: str, side: int) -> list[Order]:
        return [
            order
            for order in self.account.open_orders.values()
            if order.symbol == symbol and order.side == side and not order.reduce_only
        ]

    def _grows(self, order: Order) -> bool:
        """Whether the orders of its side, this one among them, could make the position larger or turn it around."""
        held = self.account.held(order.symbol)
        if order.symbol == SOL_COIN and order.side < 0:
            return order.quantity > held
        return sum((other.leaves for other in self._entries(order.symbol, order.side)), ZERO) > -held * order.side

    def _executed(self, event: events.Execution) -> None:
        """After a halt or a kill a position grows only by what had left before it."""
        before, after = self.was[event.symbol], self.account.held(event.symbol)
        self.was[event.symbol] = after
        grew = abs(after) > abs(before) or after * before < ZERO
        if grew and self.is_shut:
            closed_ns = self.closed_ns or 0
            self._insist(self.sent_ns[event.order_id] <= closed_ns, f"{event.order_id} left after the closing")
            self._insist(event.ts <= closed_ns + ON_ITS_WAY_NS, f"{event.order_id} was never taken back")
            self.late_fills += 1

    # --- what is done

    def act(self, act: Act) -> None:
        """One of the things that somebody can do; the numbers say which, how much and where."""
        kind, who, which, much, where = act
        symbol = SYMBOLS[which % 3]
        with suppress(EngineError):  # a strategy's own mistake, which it hears of
            self._deeds[kind % len(self._deeds)](who, symbol, much, where)

    def _trade(self, who: int, symbol: str, much: int, where: int) -> None:
        """The price moves, or nothing does for a moment or a minute."""
        last = self.kernel.markets[symbol].last or 100.0
        after_ns = (10_000_000, 60_000_000, 1_000_000_000, 60_000_000_000)[who % 4]
        price = max(5.0, round(last * (1 + (where - 10) * much / 10_000) * 2) / 2)
        self.trade(price, symbol, after_ns=after_ns)

    def _order(self, who: int, symbol: str, much: int, where: int) -> None:
        """A limit, a stop or an order at the market; by the person, by who holds the symbol, or by anybody."""
        side = 1 if where % 2 else -1
        mark, held = self.account.markets.mark(symbol), self.account.held(symbol)
        near = (mark * (1 + Decimal(where - 10) / 250) / TICK).to_integral_value() * TICK
        quantity = max(Decimal(much * much) / 100, LOT * 100).quantize(LOT)
        if much % 3 == 0 and held:  # as much as is held, or a part of it
            side, quantity = (-1 if held > 0 else 1), max(LOT, (abs(held) / (1 + much % 2)).quantize(LOT))
        shape = SHAPES[much % 4]
        trigger = (mark + side * (abs(near - mark) + TICK)) / TICK
        request = OrderRequest(
            symbol=symbol,
            side=side,
            quantity=quantity,
            type=shape,
            price=near if shape is LIMIT else None,
            trigger_price=trigger.to_integral_value() * TICK if shape is STOP_MARKET else None,
            reduce_only=where % 7 == 0,
        )
        holder = self.account.holder(symbol)
        if who % 3 == 2:
            words = {} if request.price is None else {"limit": request.price}
            verb = "buy" if side > 0 else "sell"
            self._place(
                request,
                lambda: self.ask(verb, symbol, str(quantity), reduce_only=request.reduce_only, **words),
                by_holder=True,
            )
            return
        strategy = self.strategies[NAMES.index(holder) if holder in NAMES and who > 4 else who % 2]
        self._place(request, lambda: strategy.desk.order(request), by_holder=holder == strategy.name)

    def _place(self, request: OrderRequest, place: Callable[[], object], *, by_holder: bool) -> None:
        """Whoever only takes from a position, within the exchange's filters, is never refused."""
        symbol, is_flagged = request.symbol, request.reduce_only
        held, mark = self.account.held(symbol), self.account.markets.mark(symbol)
        size = request.quantity
        if symbol != SOL_COIN:
            size += sum((order.leaves for order in self._entries(symbol, request.side)), ZERO)
        takes = (held * request.side < 0 and size <= abs(held)) or (is_flagged and symbol != SOL_COIN)
        worth = request.quantity * min(mark, request.price or mark, request.trigger_price or mark)
        is_large = is_flagged or worth >= SMALLEST  # a stop is worth what it is at its trigger
        denied = len(self.denied)
        place()
        # A strategy that was killed places nothing: closing is then the engine's.
        if takes and is_large and request.quantity <= LARGEST and (is_flagged or by_holder) and not self.is_killed:
            self._insist(len(self.denied) == denied, f"refused a reduction: {self.denied[-1:]}")

    def _flip(self, who: int, symbol: str, much: int, where: int) -> None:
        """More against a strategy's position than it holds: the half that closes it is never refused."""
        held, holder = self.account.held(symbol), self.account.holder(symbol)
        quantity = (abs(held) + Decimal(much) / 10).quantize(LOT)
        if symbol == SOL_COIN or holder not in NAMES or not held or quantity > LARGEST or self.is_killed:
            return
        if not all(order.is_protective for order in self.account.open_orders.values() if order.symbol == symbol):
            return
        passed = len(self.passed)
        side = -1 if held > 0 else 1
        if much % 2:
            self.order(side, quantity, symbol, by=NAMES.index(holder))
        else:
            self.strategies[NAMES.index(holder)].desk.signal(symbol, side, 1.0, "the other way", stop=_stop(where))
        self._insist(len(self.passed) == passed + 1, f"what closes was refused: {self.denied[-1:]}")

    def _signal(self, who: int, symbol: str, much: int, where: int) -> None:
        """A wish."""
        mark = float(self.account.markets.mark(symbol))
        direction = where % 3 - 1
        stop = max(0.5, mark * (1 - direction * much / 1_000)) if much % 2 else None
        self.strategies[who % 2].desk.signal(symbol, direction, 1.0, "it feels like it", stop=stop)

    def _cancel(self, who: int, symbol: str, much: int, where: int) -> None:
        """The person takes an order back, moves a stop, or closes a symbol."""
        orders = list(self.account.open_orders)
        if who % 3 == 0 and orders:
            self.ask("cancel", order_id=orders[much % len(orders)])
        elif who % 3 == 1:
            mark = float(self.account.markets.mark(symbol))
            self.ask("protect", symbol, stop=max(0.5, round(mark * (0.9 + where / 100) * 2) / 2))
        else:
            self.ask("close", symbol)

    def _rule(self, who: int, symbol: str, much: int, where: int) -> None:
        """Kill, pause, unlock, pay in and out, tighten and loosen."""
        match where:
            case 0 if much % 2:
                self.ask("kill")
            case 1:
                self.ask("pause")
            case 2 | 3 | 4 | 5:
                self.ask("resume")
            case 6 | 7 | 8:
                self.ask("unlock", key="kill", value="RESET KILL", reason="go on")
            case 9 | 10:
                self.timeline.advance(self.timeline.now_ns + 3_600_000_000_000)
                self.ask("unlock", key="account", value="RESET HUNTER", reason="go on")
            case 11 | 12:
                self.ask("deposit", quantity=str(much * 20 + 1))
            case 13:
                self.ask("withdraw", quantity=str(much * 20 + 1))
            case 14:
                self.ask("set", key="risk.max_leverage", value=str(1 + much % 4))
            case _:
                self.trade(self.kernel.markets[SOL].last or 100.0, SOL)


def _stop(where: int) -> float | None:
    """Far away on either side, or none."""
    return (None, 20.0, 500.0)[where % 3]
