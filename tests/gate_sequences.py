"""A floor on which anybody does anything, and what must hold at each decision and after each execution.

Everything is reckoned here from positions, orders and marks, not from what the gate says of them.
"""

from decimal import Decimal
from typing import Any

from engine import events
from engine.commands import MARKET, OrderType
from engine.errors import EngineError
from engine.gate import OPERATOR, OrderRequest
from engine.orders import Order
from tests.denial_cases import SOL, SOL_COIN, SYMBOLS, Stage
from tests.trading_floor import LATENCY

LOT = Decimal("0.001")
TICK = Decimal("0.5")
ZERO = Decimal(0)
# Until what had left before a closing, and what was resting, is taken back by the venue.
ON_ITS_WAY_NS = LATENCY.entry_ns
Act = tuple[int, ...]


class Crowd(Stage):
    """Two strategies and a person, who trade without sense; each step is checked."""

    def __init__(self, **limits: Any) -> None:
        super().__init__(capital="5000", strategies=2, **limits)
        self.closed_ns: int | None = None  # since when nothing may grow
        self.sent_ns: dict[str, int] = {}
        self.late_fills = 0  # that grew a position after a closing, of orders that had left before it
        self.was = dict.fromkeys(SYMBOLS, ZERO)
        self._deeds = (self._trade,) * 4 + (self._order,) * 4 + (self._signal,) * 2
        self._deeds += (self._flip, self._cancel, self._rule)
        subscribe = self.kernel.bus.subscribe
        subscribe(events.OrderApproved, self._decided)
        subscribe(events.Execution, self._executed)
        for kind in (events.Halt, events.HaltLifted, events.EmergencyStop, events.StateChanged):
            subscribe(kind, self._closed)

    # --- what is checked

    @property
    def is_shut(self) -> bool:
        """Whether a halt or a kill is on."""
        return self.gate.halted() is not None or self.kernel.state == "killed"

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
        assert not self.is_shut, f"{order.side} {order.quantity} {order.symbol} left after a halt or a kill"
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
        assert over <= 0, f"{what}: {value} of {limit} with {order.side} {order.quantity} {order.symbol} {order.type}"

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
            assert self.closed_ns is not None
            assert self.sent_ns[event.order_id] <= self.closed_ns, f"{event.order_id} left after the closing"
            assert event.ts <= self.closed_ns + ON_ITS_WAY_NS, f"{event.order_id} was never taken back"
            self.late_fills += 1

    # --- what is done

    def act(self, act: Act) -> None:
        """One of the things that somebody can do; the numbers say which, how much and where."""
        kind, who, which, much, where = act
        symbol = SYMBOLS[which % 3]
        try:
            self._deeds[kind % len(self._deeds)](who, symbol, much, where)
        except EngineError:
            pass  # a strategy's own mistake, which it hears of

    def _trade(self, who: int, symbol: str, much: int, where: int) -> None:
        """The price moves, or nothing does for a moment or a minute."""
        last = self.kernel.markets[symbol].last or 100.0
        after_ns = (10_000_000, 60_000_000, 1_000_000_000, 60_000_000_000)[who % 4]
        price = max(5.0, round(last * (1 + (where - 10) * much / 10_000) * 2) / 2)
        self.trade(price, symbol, after_ns=after_ns)

    def _order(self, who: int, symbol: str, much: int, where: int) -> None:
        """A limit, a stop or an order at the market; half of them by strategies, and by the person."""
        side = 1 if where % 2 else -1
        mark = self.account.markets.mark(symbol)
        held = self.account.held(symbol)
        near = (mark * (1 + Decimal(where - 10) / 250) / TICK).to_integral_value() * TICK
        quantity = max(Decimal(much * much) / 100, LOT * 100).quantize(LOT)
        if much % 3 == 0 and held:  # as much as is held, or a part of it
            side, quantity = (-1 if held > 0 else 1), max(LOT, (abs(held) / (1 + much % 2)).quantize(LOT))
        shape = (OrderType.MARKET, OrderType.LIMIT, OrderType.LIMIT, OrderType.STOP_MARKET)[much % 4]
        is_priced = shape is OrderType.LIMIT
        if who % 3 == 2:
            words = {"limit": str(near)} if is_priced else {}
            request = OrderRequest(symbol=symbol, side=side, quantity=quantity)
            self._expect(
                request,
                lambda: self.ask(
                    "buy" if side > 0 else "sell", symbol, str(quantity), reduce_only=where % 7 == 0, **words
                ),
                is_flagged=where % 7 == 0,
                holder=self.account.holder(symbol) or OPERATOR,
            )
            return
        strategy = self.strategies[who % 3]
        trigger = mark + side * abs(near - mark) + side * TICK
        request = OrderRequest(
            symbol=symbol,
            side=side,
            quantity=quantity,
            type=shape,
            price=near if is_priced else None,
            trigger_price=(trigger / TICK).to_integral_value() * TICK if shape is OrderType.STOP_MARKET else None,
            reduce_only=where % 7 == 0,
            strategy=strategy.name,
        )
        self._expect(
            request, lambda: strategy.desk.order(request), is_flagged=request.reduce_only, holder=strategy.name
        )

    def _expect(self, request: OrderRequest, place: Any, *, is_flagged: bool, holder: str) -> None:
        """Whoever only takes from a position of his own, within the exchange's filters, is never refused."""
        symbol, side = request.symbol, request.side
        held, mark = self.account.held(symbol), self.account.markets.mark(symbol)
        waiting = sum((order.leaves for order in self._entries(symbol, side)), ZERO)
        takes = held * side < 0 and request.quantity + (ZERO if symbol == SOL_COIN else waiting) <= abs(held)
        takes = takes or (is_flagged and symbol != SOL_COIN)
        is_large = request.quantity * min(mark, request.price or mark) >= 5
        may = takes and request.quantity <= 500 and (is_large or is_flagged)
        if may and (is_flagged or self.account.holder(symbol) == holder) and self.kernel.state != "killed":
            denied = len(self.denied)
            place()
            assert len(self.denied) == denied, self.denied[-1]
        else:
            place()

    def _flip(self, who: int, symbol: str, much: int, where: int) -> None:
        """More against a position than it is: the half that closes it is never refused, whoever holds it."""
        held = self.account.held(symbol)
        holder = self.account.holder(symbol)
        strategy = next((one for one in self.strategies if one.name == holder), None)
        quantity = (abs(held) + Decimal(much) / 10).quantize(LOT)
        if symbol == SOL_COIN or strategy is None or not held or quantity > 500 or self.kernel.state == "killed":
            return
        side = -1 if held > 0 else 1
        busy = any(order.symbol == symbol and not order.is_protective for order in self.account.open_orders.values())
        before = len(self.passed)
        self.strategies[0].desk.order if strategy is None else strategy.desk.order(
            OrderRequest(symbol=symbol, side=side, quantity=quantity, strategy=strategy.name)
        )
        if not busy:
            assert len(self.passed) == before + 1, self.denied[-1]

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
