"""Orders by hand: placed, cancelled and protected through the same gate and desk as everything else."""

from decimal import Decimal
from functools import partial

from engine.answers import Answer
from engine.commands import BUY, SELL, AmendOrder, OrderType
from engine.errors import CommandRefused
from engine.facade import Ask, Verb
from engine.gate import OrderRequest
from engine.kernel import Kernel
from engine.money import ZERO, plain
from engine.orders import TERMINAL, Order, Status
from engine.watch import Watch


class ManualOrders:
    """What a person does with single orders."""

    def __init__(self, kernel: Kernel, watch: Watch) -> None:
        self._kernel = kernel
        self._watch = watch

    def trade(self, ask: Ask, answer: Answer) -> None:
        symbol = traded_symbol(ask, self._kernel)
        quantity = positive(ask.quantity, "the quantity")
        for name, price in (("limit", ask.limit), ("stop", ask.stop), ("target", ask.target)):
            if price is not None:
                positive(price, f"the price of the {name}")
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
        self._watch.until(answer, partial(_fate, order))

    def cancel(self, ask: Ask, answer: Answer) -> None:
        order = self._kernel.account.open_orders.get(ask.order_id)
        if order is None:
            raise CommandRefused(f"there is no open order {ask.order_id!r}")

        def gone() -> str | None:
            return None if order.is_open else f"order {order.id} is {order.status.value}"

        self._watch.until(answer, gone, request_for=order.id)
        self._kernel.orders.cancel(order)

    def protect(self, ask: Ask, answer: Answer) -> None:
        symbol = traded_symbol(ask, self._kernel)
        kernel = self._kernel
        price = positive(ask.stop, "the price of a stop")
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
        self._watch.until(answer, partial(_fate, order))

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

        self._watch.until(answer, moved, request_for=order.id)
        if not answer.is_settled:
            self._kernel.orders.amend(order, AmendOrder(order.id, order.symbol, trigger_price=price))


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


def traded_symbol(ask: Ask, kernel: Kernel) -> str:
    """The symbol that is meant, if this run trades it."""
    if ask.symbol not in kernel.markets:
        raise CommandRefused(f"{ask.symbol!r} is not traded in this run; known are {', '.join(kernel.symbols)}")
    return ask.symbol


def positive(value: Decimal | None, name: str) -> Decimal:
    if value is None or not value.is_finite() or value <= 0:
        raise CommandRefused(f"{name} must be above zero; it was {value}")
    return value
