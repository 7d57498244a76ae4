"""Orders by hand: placed, cancelled and protected through the same gate and desk as everything else."""

from decimal import Decimal
from functools import partial

from engine.answers import Answer
from engine.commands import BUY, SELL, AmendOrder, OrderType
from engine.errors import CommandRefused, EntriesAreClosed
from engine.facade import Ask, Verb
from engine.faultpoints import reach
from engine.gate import OPERATOR, OrderRequest
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
        account = self._kernel.account
        side = BUY if ask.verb is Verb.BUY else SELL
        # What is added to a strategy's position, or taken from it, is that strategy's from then on.
        holder = account.holder(symbol) or OPERATOR
        held = account.held(symbol)
        if holder != OPERATOR and held * side < 0 and quantity > abs(held):
            raise CommandRefused(
                f"{holder} holds {plain(held)} {symbol}; an order by hand may close it and not turn it around"
            )
        order = self._kernel.orders.place(
            OrderRequest(
                symbol=symbol,
                side=side,
                quantity=quantity,
                strategy=holder,
                type=OrderType.MARKET if ask.limit is None else OrderType.LIMIT,
                price=ask.limit,
                reduce_only=ask.reduce_only,
                stop=ask.stop,
                target=ask.target,
                reason=ask.reason or "by hand",
            )
        )
        if order.status is Status.DENIED:
            closed = account.entries_closed
            stands_against = closed is not None and order.reason.startswith(closed)
            raise (EntriesAreClosed if stands_against else CommandRefused)(order.reason)
        refused, rest = self._kernel.orders.half_refused, ""
        if refused is not None and order.quantity < quantity:
            rest = f"; the other {plain(quantity - order.quantity)} was refused ({refused.code}): {refused.sentence}"
        elif (ask.stop or ask.target) and not (order.command.stop or order.command.target):
            rest = "; it only closes, so no stop and no target went with it"
        self._watch.until(answer, partial(_fate, order, rest))

    def cancel(self, ask: Ask, answer: Answer) -> None:
        order = self._kernel.account.open_orders.get(ask.order_id)
        if order is None:
            raise CommandRefused(f"there is no open order {ask.order_id!r}")

        def gone() -> str | None:
            return None if order.is_open else f"order {order.id} is {order.status.value}"

        self._watch.until(answer, gone, request_for=order.id)
        self._kernel.orders.cancel(order)

    def protect(self, ask: Ask, answer: Answer) -> None:
        """Move every stop of a position to this price where that is nearer, and cover what none of them covers."""
        symbol = traded_symbol(ask, self._kernel)
        kernel = self._kernel
        account = kernel.account
        price = positive(ask.stop, "the price of a stop")
        side = SELL if account.held(symbol) > 0 else BUY
        closable = account.closable(symbol)
        if not closable:
            raise CommandRefused(f"there is no position in {symbol} to protect")
        price = account.instrument(symbol).price_near(price)
        stops = account.stops(symbol)
        missing = closable - sum((stop.leaves for stop in stops), ZERO)
        looser = [stop for stop in stops if _is_nearer(price, stop)]
        if missing <= 0 and not looser:
            if any(stop.trigger_price == price for stop in stops):
                answer.settle(f"stops at {plain(price)} cover {plain(closable)} {symbol}")
                return
            rests = ", ".join(plain(stop.trigger_price) for stop in stops if stop.trigger_price is not None)
            raise CommandRefused(f"a stop rests at {rests} already; {plain(price)} is looser, and stops only tighten")
        if missing > 0:
            looser.append(self._new_stop(symbol, side, missing, price))

        def moved() -> str | None:
            if any(stop.is_open and (stop.trigger_price != price or _rests(stop) is None) for stop in looser):
                return None
            for stop in looser:
                if not stop.is_open:
                    _fate(stop)  # refused by the venue, unless it did its work already
            return f"stops at {plain(price)} cover {plain(closable)} {symbol}"

        self._watch.until(answer, moved, request_for=looser[0].id)
        for stop in looser:
            if stop.is_open and stop.trigger_price != price and not answer.is_settled:
                kernel.orders.amend(stop, AmendOrder(stop.id, symbol, trigger_price=price))

    def _new_stop(self, symbol: str, side: int, quantity: Decimal, price: Decimal) -> Order:
        reach("stop.before")
        stop = self._kernel.orders.place(
            OrderRequest(
                symbol=symbol,
                side=side,
                quantity=quantity,
                type=OrderType.STOP_MARKET,
                trigger_price=price,
                reduce_only=True,
                strategy=self._kernel.account.holder(symbol) or OPERATOR,
                reason="protect",
            )
        )
        if stop.status is Status.DENIED:
            raise CommandRefused(stop.reason)
        reach("stop.done")
        return stop


def _is_nearer(price: Decimal, stop: Order) -> bool:
    """Whether a stop at this price would end the position sooner; the stop of a long position sells."""
    rests = stop.trigger_price
    return rests is not None and (price > rests if stop.side == SELL else price < rests)


def _fate(order: Order, rest: str = "") -> str | None:
    """What became of an order, and of its rest, once it filled, ended or rests as it should; no fill is a refusal."""
    if order.status in TERMINAL:
        if order.filled == ZERO:
            raise CommandRefused(f"order {order.id} is {order.status.value}: {order.reason}{rest}")
        average = plain(Decimal(f"{order.average_price:.10g}"))
        return f"order {order.id} is {order.status.value}: {plain(order.filled)} at {average} on average{rest}"
    rests = None if order.type is OrderType.MARKET else _rests(order)
    return None if rests is None else f"{rests}{rest}"


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
