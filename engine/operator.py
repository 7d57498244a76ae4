"""The operator's verbs: what a person, a script or another program asks for, through the same doors as all else."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import partial
from math import isfinite
from typing import Protocol

import msgspec

from engine import events
from engine.answers import Answer
from engine.errors import CommandRefused, EngineError, EntriesAreClosed
from engine.facade import Ask, Verb
from engine.faultpoints import reach
from engine.gate import NOT_HALTED
from engine.kernel import Kernel
from engine.manual_orders import ManualOrders, positive, traded_symbol
from engine.money import plain
from engine.unwinding.flattening import Flattening
from engine.unwinding.leftovers import describe_error, remainder, said, tell_trouble
from engine.watch import Watch

KILL_SCOPE = "kill"
KILL_PHRASE = "RESET KILL"
KILLED = f"the kill switch was used; hean-tui unlock {KILL_SCOPE} opens what it closed"
GATE_CLOSED = "the gate was closed by the operator"


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

    def fault(self, name: str, count: int, for_s: float) -> str:
        """Let something go wrong, so many times or for so long; a sentence that says what."""
        ...


class Operator:
    """Carries out asks on the engine's thread. Every ask is journaled as an event, also when it is refused."""

    def __init__(self, kernel: Kernel, world: World | None) -> None:
        self._kernel = kernel
        self._world = world
        self._watch = Watch(kernel.bus)
        orders = ManualOrders(kernel, self._watch)
        self._transfers_ordered = 0
        self.clean: Callable[[str], str] = str  # takes secrets out of a person's words
        self.when_resumed: Callable[[str], object] = str  # told why, so that faults a person has seen are let go
        self.books_differ: Callable[[], str | None] = lambda: None  # from those of the venue, as far as is known
        self.compare_books: Callable[[Answer], None] | None = None  # where there is a venue beside our own books
        self._closing: Flattening | None = None  # the last kill or flatten
        self._verbs: dict[Verb, Callable[[Ask, Answer], None]] = {
            Verb.START: self._start,
            Verb.STOP: self._stop,
            Verb.PAUSE: self._pause,
            Verb.RESUME: self._resume,
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
            Verb.FAULT: self._fault,
            Verb.RECONCILE: self._reconcile,
            Verb.UNLOCK: self._unlock,
        }

    def handle(self, ask: Ask) -> Answer:
        """Do what is asked; the answer settles when it is done."""
        answer = Answer()
        if ask.verb is Verb.KILL:
            self._kill(ask, answer)
            return answer
        ask = self._cleaned(ask)
        self._tell(ask)
        try:
            self._verbs[ask.verb](ask, answer)
        except CommandRefused as refusal:
            answer.refuse(refusal)
        except EngineError as error:
            answer.refuse(CommandRefused(str(error)))
        return answer

    def _cleaned(self, ask: Ask) -> Ask:
        clean = self.clean
        return msgspec.structs.replace(ask, reason=clean(ask.reason), value=clean(ask.value), key=clean(ask.key))

    def _tell(self, ask: Ask) -> None:
        kernel = self._kernel
        kernel.bus.publish(events.OperatorActed(kernel.timeline.now_ns, ask.verb, _words(ask), ask.command_id))

    # --- the engine

    def _start(self, _: Ask, answer: Answer) -> None:
        self._alive("start")
        if self._kernel.state == "starting":  # nobody may skip what is still to be found out
            answer.settle("the engine is starting; it works once all that happened is known")
            return
        self._kernel.start()
        answer.settle("; ".join(["the engine is running", *self._still()]))

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
        kernel = self._kernel
        was_paused = kernel.standing.paused is not None or kernel.standing.gate_closed is not None
        kernel.close_gate(None)
        kernel.pause(None)
        self.when_resumed("a person resumed")
        closed = kernel.account.entries_closed
        rest = "your pause is over" if was_paused else "nothing was paused"
        still = self._still() or [f"still, {closed}"]
        answer.settle("entries are open" if closed is None else "; ".join([rest, *still]))

    def _alive(self, verb: str) -> None:
        if self._kernel.state == "killed":
            raise EntriesAreClosed(f"cannot {verb}: {KILLED}")

    def _unlock(self, ask: Ask, answer: Answer) -> None:
        """A person who has looked opens what was closed for good; what exactly, has to be typed."""
        if ask.key != KILL_SCOPE:
            self._lift(ask, answer)
            return
        if self._kernel.state != "killed":
            raise CommandRefused("the kill switch was not used; there is nothing to unlock")
        if not ask.reason.strip():
            raise CommandRefused("unlock needs a reason, in your own words: --reason TEXT")
        if ask.value != KILL_PHRASE:
            raise EntriesAreClosed(f"the phrase was not the one that opens this lock: --phrase {KILL_PHRASE!r}")
        left = remainder(self._kernel, self._kernel.symbols)
        if left:
            raise CommandRefused(f"left are {said(left)}; kill or flatten first, until nothing is")
        self._kernel.pause("unlocked, and resting until you resume")
        self._kernel.revive(ask.reason)
        answer.settle("; ".join(["what the kill has closed is open", *self._still()]))

    def _lift(self, ask: Ask, answer: Answer) -> None:
        """A halt for money: its rules are the gate's; the books have to agree with the venue's first."""
        kernel = self._kernel
        account = kernel.account
        refusal = kernel.gate.refuse_unlock(ask.key, ask.value, account, kernel.timeline.now_ns)
        if refusal is not None and refusal.code == NOT_HALTED:
            raise CommandRefused(f"{refusal.told}; what a kill has closed is called {KILL_SCOPE}")
        if not ask.reason.strip():
            raise CommandRefused("unlock needs a reason, in your own words: --reason TEXT")
        if refusal is not None:
            raise EntriesAreClosed(refusal.told)
        if None in kernel.losses.marks_held().values():
            raise CommandRefused("something held has no price yet, so nobody knows from where to measure; ask again")
        differ = self.books_differ()
        if differ is not None:
            raise CommandRefused(f"our books and the venue's have to agree first: {differ}")
        kernel.pause("unlocked, and resting until you resume")
        kernel.lift_halt(ask.key, ask.reason)
        answer.settle("; ".join(["the halt is lifted, and losses are measured from here", *self._still()]))

    def _still(self) -> list[str]:
        """All that holds entries back: what no `resume` ends comes first, and then what one does."""
        kernel = self._kernel
        if kernel.state == "killed":
            return [f"still, {KILLED}"]
        halt, standing = kernel.gate.halted(), kernel.standing
        halted = None if halt is None else f"entries are halted: {halt}"
        lasting = [reason for reason in (halted, standing.degraded) if reason is not None]
        told = lasting if standing.gate_closed is None else [*lasting, standing.gate_closed]
        if told:
            told = [f"still, {told[0]}", *told[1:]]
        if standing.paused is not None:
            told.append(f"{'after that ' if lasting else ''}entries are paused until you resume")
        return told

    # --- closing

    @property
    def left_over(self) -> list[str]:
        """What the last kill or flatten could not close, as far as it is still there."""
        return [] if self._closing is None else self._closing.still_left()

    def _kill(self, ask: Ask, answer: Answer) -> None:
        """The gate closes before anything is looked at, told or written; whatever fails then, the rest is done."""
        kernel = self._kernel
        closed = GATE_CLOSED if ask.cancel_only else None
        kernel.shut(closed)
        troubles: list[str] = []

        def step(name: str, work: Callable[[], object]) -> None:
            try:
                work()
            except Exception as error:  # noqa: BLE001 - a failure in one step must not keep the others from being done
                troubles.append(f"{name} failed ({describe_error(error)})")

        cleaned = [msgspec.structs.replace(ask, reason="", value="", key="")]
        step("reading the reason", lambda: cleaned.append(self._cleaned(ask)))
        ask = cleaned[-1]
        reason = ask.reason or "kill by the operator"
        step("step 1", partial(reach, "kill.step_1"))
        step("step 2", partial(reach, "kill.step_2"))
        step("step 2", partial(kernel.kill, reason) if closed is None else partial(kernel.close_gate, closed))
        step("telling of it", partial(self._tell, ask))
        for trouble in troubles:
            tell_trouble(kernel, trouble)
        if closed is None:
            self._close_all(answer, reason, troubles)
        else:
            symbols = kernel.symbols
            self._closing = Flattening(kernel, answer, reason, symbols, reduce=False, asks=True, troubles=troubles)

    def _flatten(self, ask: Ask, answer: Answer) -> None:
        self._close_all(answer, ask.reason or "flatten", [])

    def _close_all(self, answer: Answer, reason: str, troubles: list[str]) -> None:
        """One run at a time: who asks while it works waits for the same end."""
        running = self._closing
        if running is not None and running.reduces and not running.is_over:
            running.join(answer, reason, troubles)
        else:
            self._closing = Flattening(self._kernel, answer, reason, self._kernel.symbols, troubles=troubles)

    def _close(self, ask: Ask, answer: Answer) -> None:
        symbol = traded_symbol(ask, self._kernel)
        if self._kernel.account.is_flat(symbol):
            raise CommandRefused(f"there is no position in {symbol} to close")
        Flattening(self._kernel, answer, f"close {symbol}", (symbol,))

    # --- settings, money, and the simulated world

    def _set(self, ask: Ask, answer: Answer) -> None:
        told = self._kernel.change_limit(ask.key, ask.value)
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

    def _reconcile(self, _: Ask, answer: Answer) -> None:
        if self.compare_books is None:
            raise CommandRefused("this run has no venue to compare the books with")
        self.compare_books(answer)

    def _fault(self, ask: Ask, answer: Answer) -> None:
        world = self._simulated("faults")
        answer.settle(world.fault(ask.key, int(ask.quantity or 1), _number(ask.value or "0")))

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
    if ask.actor:
        words.append(f"by {ask.actor}")
    return " ".join(word for word in words if word)


def _number(text: str) -> float:
    try:
        number = float(Decimal(text))
    except InvalidOperation as error:
        raise CommandRefused(f"{text!r} is not a number") from error
    if not isfinite(number):
        raise CommandRefused(f"a number must be finite; it was {text!r}")
    return number
