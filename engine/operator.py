"""The operator's verbs: what a person, a script or another program asks for, through the same doors as all else."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import partial
from math import isfinite
from typing import Protocol

from engine import events
from engine.answers import Answer
from engine.commands import BUY, SELL, AmendOrder, OrderType
from engine.errors import CommandRefused, EngineError
from engine.facade import Ask, Verb
from engine.flattening import Flattening, remainder
from engine.gate import OrderRequest
from engine.kernel import Kernel
from engine.money import ZERO, plain
from engine.orders import TERMINAL, Order, Status


class World(Protocol):
    """What a simulated market and venue let an operator do to them; a real one lets nobody."""

    def transfer(self, amount: Decimal) -> None:
        """Pay in (positive) or out."""
        ...

    def move(self, symbol: str, fraction: float) -> None:
        """Move a price by this fraction within a minute."""
        ...

    def set_funding(self, symbol: str, rate: float) -> None:
        """Announce a funding rate."""
        ...


_ORDER_NEWS = (
    events.OrderAccepted,
    events.OrderRejected,
    events.OrderFilled,
    events.OrderPartlyFilled,
    events.OrderCancelled,
    events.OrderExpired,
    events.OrderAmended,
    events.OrderNotAccepted,
    events.RequestRefused,
    events.Transferred,
)


_Watched = tuple[Callable[[], str | None], Answer, str]


class Operator:
    """Carries out asks on the engine's thread. Every ask is journaled as an event, also when it is refused."""

    def __init__(self, kernel: Kernel, world: World | None) -> None:
        self._kernel = kernel
        self._world = world
        self._watched: list[_Watched] = []
        self._transfers_ordered = 0
        self.left_over: list[str] = []  # what a kill or flatten could not close
        self._verbs: dict[Verb, Callable[[Ask, Answer], None]] = {
            Verb.START: self._start,
            Verb.STOP: self._stop,
            Verb.PAUSE: self._pause,
            Verb.RESUME: self._resume,
            Verb.KILL: self._kill,
            Verb.FLATTEN: self._flatten,
            Verb.BUY: self._trade,
            Verb.SELL: self._trade,
            Verb.CLOSE: self._close,
            Verb.CANCEL: self._cancel,
            Verb.PROTECT: self._protect,
            Verb.SET: self._set,
            Verb.DEPOSIT: self._transfer,
            Verb.WITHDRAW: self._transfer,
            Verb.MARKET: self._market,
            Verb.FUNDING: self._funding,
        }
        for kind in _ORDER_NEWS:
            kernel.bus.subscribe(kind, self._look)

    def handle(self, ask: Ask) -> Answer:
        """Do what is asked; the answer settles when it is done."""
        answer = Answer()
        kernel = self._kernel
        words = " ".join(
            part
            for part in (ask.symbol, ask.order_id, plain(ask.quantity) if ask.quantity else "", ask.key, ask.value)
            if part
        )
        kernel.bus.publish(events.OperatorActed(kernel.timeline.now_ns, ask.verb, words))
        try:
            self._verbs[ask.verb](ask, answer)
        except CommandRefused as refusal:
            answer.refuse(refusal)
        except EngineError as error:
            answer.refuse(CommandRefused(str(error)))
        return answer

    # --- the engine

    def _start(self, _: Ask, answer: Answer) -> None:
        self._alive("start")
        self._kernel.start()
        answer.settle("the engine is running")

    def _stop(self, ask: Ask, answer: Answer) -> None:
        kernel = self._kernel
        kernel.stop(ask.reason or "stopped by the operator")
        Flattening(kernel, answer, "stop", kernel.symbols, reduce=False)

    def _pause(self, ask: Ask, answer: Answer) -> None:
        self._alive("pause")
        self._kernel.pause(ask.reason or "entries are paused by the operator")
        answer.settle("entries are paused; exits and stops go on")

    def _resume(self, _: Ask, answer: Answer) -> None:
        self._alive("resume")
        self._kernel.close_gate(None)
        self._kernel.pause(None)
        answer.settle("entries are open")

    def _alive(self, verb: str) -> None:
        if self._kernel.state == "killed":
            raise CommandRefused(f"cannot {verb}: the kill switch ended this run; start a new one")

    # --- closing

    def _kill(self, ask: Ask, answer: Answer) -> None:
        kernel = self._kernel
        reason = ask.reason or "kill by the operator"
        if ask.cancel_only:
            kernel.close_gate("the gate was closed by the operator")
            Flattening(kernel, answer, reason, kernel.symbols, reduce=False)
            return
        kernel.kill(reason)
        answer.when_settled(lambda _: self._remember_left())
        Flattening(kernel, answer, reason, kernel.symbols)

    def _flatten(self, ask: Ask, answer: Answer) -> None:
        answer.when_settled(lambda _: self._remember_left())
        Flattening(self._kernel, answer, ask.reason or "flatten", self._kernel.symbols)

    def _close(self, ask: Ask, answer: Answer) -> None:
        symbol = self._symbol(ask)
        if self._kernel.account.is_flat(symbol):
            raise CommandRefused(f"there is no position in {symbol} to close")
        Flattening(self._kernel, answer, f"close {symbol}", (symbol,))

    def _remember_left(self) -> None:
        self.left_over = remainder(self._kernel, self._kernel.symbols)

    # --- orders

    def _trade(self, ask: Ask, answer: Answer) -> None:
        symbol = self._symbol(ask)
        quantity = _positive(ask.quantity, "the quantity")
        for name, price in (("limit", ask.limit), ("stop", ask.stop), ("target", ask.target)):
            if price is not None:
                _positive(price, f"the price of the {name}")
        order = self._kernel.orders.place(
            OrderRequest(
                symbol=symbol,
                side=BUY if ask.verb is Verb.BUY else SELL,
                quantity=quantity,
                type=OrderType.MARKET if ask.limit is None else OrderType.LIMIT,
                price=ask.limit,
                reduce_only=ask.reduce_only,
                stop=ask.stop,
                target=ask.target,
                reason=ask.reason or "by hand",
            )
        )
        if order.status is Status.DENIED:
            raise CommandRefused(order.reason)
        self._watch(answer, partial(_fate, order))

    def _cancel(self, ask: Ask, answer: Answer) -> None:
        order = self._kernel.account.open_orders.get(ask.order_id)
        if order is None:
            raise CommandRefused(f"there is no open order {ask.order_id!r}")

        def gone() -> str | None:
            return None if order.is_open else f"order {order.id} is {order.status.value}"

        self._watch(answer, gone, request_for=order.id)
        self._kernel.orders.cancel(order)

    def _protect(self, ask: Ask, answer: Answer) -> None:
        symbol = self._symbol(ask)
        kernel = self._kernel
        price = _positive(ask.stop, "the price of a stop")
        held = kernel.account.held(symbol)
        if kernel.account.is_flat(symbol):
            raise CommandRefused(f"there is no position in {symbol} to protect")
        price = kernel.account.instrument(symbol).price_near(price)
        for order in kernel.account.open_orders.values():
            if order.symbol == symbol and order.is_protective and order.trigger_price is not None:
                self._tighten(order, price, answer)
                return
        order = kernel.orders.place(
            OrderRequest(
                symbol=symbol,
                side=SELL if held > 0 else BUY,
                quantity=kernel.account.closable(symbol),
                type=OrderType.STOP_MARKET,
                trigger_price=price,
                reduce_only=True,
                reason="protect",
            )
        )
        if order.status is Status.DENIED:
            raise CommandRefused(order.reason)
        self._watch(answer, partial(_fate, order))

    def _tighten(self, order: Order, price: Decimal, answer: Answer) -> None:
        """Move a resting stop nearer; the stop of a long position sells."""
        rests = order.trigger_price
        assert rests is not None
        if price < rests if order.side == SELL else price > rests:
            raise CommandRefused(
                f"a stop rests at {plain(rests)} already; {plain(price)} is looser, and stops only tighten"
            )

        def moved() -> str | None:
            if order.is_open and order.trigger_price != price:
                return None
            return f"order {order.id} is {order.status.value}, the stop at {plain(order.trigger_price or rests)}"

        self._watch(answer, moved, request_for=order.id)
        if not answer.is_settled:
            self._kernel.orders.amend(order, AmendOrder(order.id, order.symbol, trigger_price=price))

    # --- settings, money, and the simulated world

    def _set(self, ask: Ask, answer: Answer) -> None:
        told = self._kernel.gate.change(ask.key, ask.value)
        self._kernel.judge()  # a tighter limit may be reached already
        answer.settle(told)

    def _transfer(self, ask: Ask, answer: Answer) -> None:
        world = self._simulated("transfers")
        amount = _positive(ask.quantity, "the amount")
        account = self._kernel.account
        if ask.verb is Verb.WITHDRAW:
            if amount >= account.equity():
                raise CommandRefused(f"cannot withdraw {plain(amount)}: the equity is {plain(account.equity())}")
            amount = -amount
        ordered = self._transfers_ordered + 1

        def arrived() -> str | None:
            if account.transfers < ordered:
                return None
            return f"the deposits are {plain(account.ledger.deposits)} now"

        world.transfer(amount)
        self._transfers_ordered = ordered
        self._watch(answer, arrived)

    def _market(self, ask: Ask, answer: Answer) -> None:
        symbol = self._symbol(ask)
        self._simulated("moves of the market").move(symbol, _number(ask.value))
        answer.settle(f"{symbol} moves by {ask.value} within a minute")

    def _funding(self, ask: Ask, answer: Answer) -> None:
        symbol = self._symbol(ask)
        self._simulated("funding rates").set_funding(symbol, _number(ask.value))
        answer.settle(f"the next funding of {symbol} is {ask.value}")

    def _simulated(self, what: str) -> World:
        if self._world is None:
            raise CommandRefused(f"{what} can only be ordered in the built-in market")
        return self._world

    # --- waiting

    def _symbol(self, ask: Ask) -> str:
        if ask.symbol not in self._kernel.markets:
            raise CommandRefused(
                f"{ask.symbol!r} is not traded in this run; known are {', '.join(self._kernel.symbols)}"
            )
        return ask.symbol

    def _watch(self, answer: Answer, look: Callable[[], str | None], request_for: str = "") -> None:
        """Settle the answer once `look` finds a sentence; `request_for` names the order a refusal would be about."""
        sentence = look()
        if sentence is None:
            self._watched.append((look, answer, request_for))
        else:
            answer.settle(sentence)

    def _look(self, news: events.Event) -> None:
        if not self._watched:
            return
        watched, self._watched = self._watched, []  # whoever is told may ask for the next thing at once
        for look, answer, request_for in watched:
            if answer.is_settled:
                continue
            if isinstance(news, events.RequestRefused) and news.order_id == request_for:
                answer.refuse(CommandRefused(f"order {request_for} stays as it is: {news.sentence}"))
                continue
            try:
                sentence = look()
            except CommandRefused as refusal:
                answer.refuse(refusal)
                continue
            if sentence is None:
                self._watched.append((look, answer, request_for))
            else:
                answer.settle(sentence)


def _fate(order: Order) -> str | None:
    """What became of an order, once it filled, ended or rests as it should; nothing filled is a refusal."""
    if order.status in TERMINAL:
        if order.filled == ZERO:
            raise CommandRefused(f"order {order.id} is {order.status.value}: {order.reason}")
        average = plain(Decimal(f"{order.average_price:.10g}"))
        return f"order {order.id} is {order.status.value}: {plain(order.filled)} at {average} on average"
    if order.type is OrderType.MARKET:
        return None
    return _rests(order)


def _rests(order: Order) -> str | None:
    if order.status in (Status.SUBMITTED, Status.AMENDING, Status.UNKNOWN):
        return None
    return f"order {order.id} is {order.status.value}"


def _number(text: str) -> float:
    try:
        number = float(Decimal(text))
    except InvalidOperation as error:
        raise CommandRefused(f"{text!r} is not a number") from error
    if not isfinite(number):
        raise CommandRefused(f"a number must be finite; it was {text!r}")
    return number


def _positive(value: Decimal | None, name: str) -> Decimal:
    if value is None or not value.is_finite() or value <= 0:
        raise CommandRefused(f"{name} must be above zero; it was {value}")
    return value
