"""Closing everything: cancel what adds risk, reduce what is held, verify, and say exactly what is left."""

from engine.answers import Answer
from engine.clock import SECOND_NS
from engine.commands import BUY, SELL, OrderType
from engine.gate import OPERATOR, OrderRequest
from engine.kernel import Kernel
from engine.money import plain
from engine.orders import Order, Status

ROUNDS_MAX = 40
ROUND_NS = SECOND_NS // 4


class Flattening:
    """One run of the procedure, in rounds a quarter of a second apart, over all symbols or one.

    Entries go first, then reduce-only market orders sized from what is held, round after round until nothing is left;
    protective stops stay until the position they protect is gone. On spot they go first, for they hold the coins.
    """

    def __init__(
        self, kernel: Kernel, answer: Answer, reason: str, symbols: tuple[str, ...], *, reduce: bool = True
    ) -> None:
        self._kernel = kernel
        self._answer = answer
        self._reason = reason
        self._symbols = symbols
        self._reduce = reduce
        self._rounds = 0
        self._work()

    def _work(self) -> None:
        if self._rounds >= ROUNDS_MAX:
            self._finish()  # and send nothing more: what is said to be left must not move any more
            return
        kernel = self._kernel
        entries = self._cancel(self._symbols, protective=False)
        if not self._reduce:
            if not entries:
                self._finish()
            else:
                self._again()
            return
        held = [symbol for symbol in self._symbols if not kernel.account.is_flat(symbol)]
        for symbol in held:
            # A spot exchange knows no reduce-only: beside a resting exit, the closing order would sell a second time.
            if not kernel.account.instrument(symbol).is_spot or not self._cancel((symbol,), protective=True):
                self._close(symbol)
        at_work = any(order.symbol in self._symbols and _closes(order) for order in kernel.account.open_orders.values())
        if not held and not entries and not at_work and not self._cancel(self._symbols, protective=True):
            self._finish()
        else:
            self._again()

    def _again(self) -> None:
        self._rounds += 1
        self._kernel.timeline.after(ROUND_NS, self._work)

    def _cancel(self, symbols: tuple[str, ...], *, protective: bool) -> int:
        """Ask for what is left of these orders to be cancelled; how many the venue still has."""
        kernel = self._kernel
        left = 0
        for order in list(kernel.account.open_orders.values()):
            if order.symbol not in symbols or _closes(order):
                continue
            if protective or not order.reduce_only:
                left += 1
                if order.status is not Status.SUBMITTED:
                    kernel.orders.cancel(order)
        return left

    def _close(self, symbol: str) -> None:
        kernel = self._kernel
        for order in kernel.account.open_orders.values():
            if order.symbol == symbol and _closes(order):
                return  # the last round's order is still at work
        account = kernel.account
        held = account.held(symbol)
        quantity = min(account.closable(symbol), account.instrument(symbol).max_market_quantity)
        kernel.orders.place(
            OrderRequest(
                symbol=symbol,
                side=SELL if held > 0 else BUY,
                quantity=quantity,
                reduce_only=True,
                strategy=self._holder(symbol),
                reason=self._reason,
            )
        )

    def _holder(self, symbol: str) -> str:
        """Whose position is closed: the books of that strategy must show it."""
        held = self._kernel.account.held(symbol)
        for (strategy, owned), share in self._kernel.account.owned.items():
            if owned == symbol and share.quantity * held > 0:
                return strategy
        return OPERATOR

    def _finish(self) -> None:
        if self._reduce:
            for symbol in self._symbols:
                self._kernel.account.net_out(symbol)
        left = remainder(self._kernel, self._symbols)
        if not self._reduce:
            entries = sum(
                1
                for order in self._kernel.account.open_orders.values()
                if order.symbol in self._symbols and not order.reduce_only
            )
            told = f"the venue did not cancel {entries} of the entries" if entries else "entries are cancelled"
            self._answer.settle(f"{self._reason}: {told}, stops stay")
        elif left:
            self._answer.settle(f"{self._reason}: left are {'; '.join(left)}; ask again when the venue answers")
        else:
            self._answer.settle(f"{self._reason}: flat, no position and no order is left")


def _closes(order: Order) -> bool:
    """Whether an order is one of those that close a position now, whoever sent it."""
    return order.reduce_only and order.type is OrderType.MARKET


def remainder(kernel: Kernel, symbols: tuple[str, ...]) -> list[str]:
    """What is still held and still resting."""
    account = kernel.account
    left = [f"{plain(account.held(symbol))} {symbol}" for symbol in symbols if not account.is_flat(symbol)]
    orders = sum(1 for order in account.open_orders.values() if order.symbol in symbols)
    if orders:
        left.append(f"{orders} open order{'s' if orders > 1 else ''}")
    return left
