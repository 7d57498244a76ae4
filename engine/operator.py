"""The operator's verbs: what a person, a script or another program asks for, through the same doors as all else."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Protocol

from engine import events
from engine.answers import Answer
from engine.errors import CommandRefused, EngineError
from engine.facade import Ask, Verb
from engine.flattening import Flattening, remainder
from engine.kernel import Kernel
from engine.manual_orders import ManualOrders, positive, traded_symbol
from engine.money import plain
from engine.watch import Watch


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


class Operator:
    """Carries out asks on the engine's thread. Every ask is journaled as an event, also when it is refused."""

    def __init__(self, kernel: Kernel, world: World | None) -> None:
        self._kernel = kernel
        self._world = world
        self._watch = Watch(kernel.bus)
        orders = ManualOrders(kernel, self._watch)
        self._transfers_ordered = 0
        self.left_over: list[str] = []  # what a kill or flatten could not close
        self._verbs: dict[Verb, Callable[[Ask, Answer], None]] = {
            Verb.START: self._start,
            Verb.STOP: self._stop,
            Verb.PAUSE: self._pause,
            Verb.RESUME: self._resume,
            Verb.KILL: self._kill,
            Verb.FLATTEN: self._flatten,
            Verb.BUY: orders.trade,
            Verb.SELL: orders.trade,
            Verb.CLOSE: self._close,
            Verb.CANCEL: orders.cancel,
            Verb.PROTECT: orders.protect,
            Verb.SET: self._set,
            Verb.DEPOSIT: self._transfer,
            Verb.WITHDRAW: self._transfer,
            Verb.MARKET: self._market,
            Verb.FUNDING: self._funding,
        }

    def handle(self, ask: Ask) -> Answer:
        """Do what is asked; the answer settles when it is done."""
        answer = Answer()
        kernel = self._kernel
        kernel.bus.publish(events.OperatorActed(kernel.timeline.now_ns, ask.verb, _words(ask)))
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
        symbol = traded_symbol(ask, self._kernel)
        if self._kernel.account.is_flat(symbol):
            raise CommandRefused(f"there is no position in {symbol} to close")
        Flattening(self._kernel, answer, f"close {symbol}", (symbol,))

    def _remember_left(self) -> None:
        self.left_over = remainder(self._kernel, self._kernel.symbols)

    # --- settings, money, and the simulated world

    def _set(self, ask: Ask, answer: Answer) -> None:
        told = self._kernel.gate.change(ask.key, ask.value)
        self._kernel.judge()  # a tighter limit may be reached already
        answer.settle(told)

    def _transfer(self, ask: Ask, answer: Answer) -> None:
        world = self._simulated("transfers")
        amount = positive(ask.quantity, "the amount")
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
        self._watch.until(answer, arrived)

    def _market(self, ask: Ask, answer: Answer) -> None:
        symbol = traded_symbol(ask, self._kernel)
        self._simulated("moves of the market").move(symbol, _number(ask.value))
        answer.settle(f"{symbol} moves by {ask.value} within a minute")

    def _funding(self, ask: Ask, answer: Answer) -> None:
        symbol = traded_symbol(ask, self._kernel)
        self._simulated("funding rates").set_funding(symbol, _number(ask.value))
        answer.settle(f"the next funding of {symbol} is {ask.value}")

    def _simulated(self, what: str) -> World:
        if self._world is None:
            raise CommandRefused(f"{what} can only be ordered in the built-in market")
        return self._world


def _words(ask: Ask) -> str:
    """All that was asked for, beside the verb."""
    words = [ask.symbol, ask.order_id, "" if ask.quantity is None else plain(ask.quantity), ask.key, ask.value]
    for name, price in (("limit", ask.limit), ("stop", ask.stop), ("target", ask.target)):
        if price is not None:
            words += [name, plain(price)]
    words += ["reduce-only" if ask.reduce_only else "", "cancel-only" if ask.cancel_only else ""]
    if ask.reason:
        words.append(f"({ask.reason})")
    return " ".join(word for word in words if word)


def _number(text: str) -> float:
    try:
        number = float(Decimal(text))
    except InvalidOperation as error:
        raise CommandRefused(f"{text!r} is not a number") from error
    if not isfinite(number):
        raise CommandRefused(f"a number must be finite; it was {text!r}")
    return number
