"""Closing everything: cancel what adds risk, reduce what is held, verify at the exchange, and say exactly what is left.

Steps 3 to 6 of a kill; the first two close the gate and write it down. Each step is guarded: what goes wrong in one is
told, and the next one is done.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal

from engine.answers import Answer
from engine.clock import SECOND_NS
from engine.exchange.sight import OwnBooks, Picture, Sight
from engine.faultpoints import reach
from engine.kernel import Kernel
from engine.money import ZERO
from engine.unwinding.cancelling import Cancelling
from engine.unwinding.closing import Closing, is_dust
from engine.unwinding.leftovers import (
    describe_error,
    left_behind,
    remainder,
    said_cancelled,
    said_flat,
    tell_trouble,
    write_proof,
)

__all__ = ["ROUND_NS", "WITHIN_NS", "Flattening", "remainder"]

ROUND_NS = SECOND_NS // 4
ROUND_MAX_NS = 2 * SECOND_NS  # between two rounds in which nothing changed
WITHIN_NS = 75 * SECOND_NS
CLOSES_UNTIL_NS = 12 * SECOND_NS  # before the end: until then what became of the last orders is known
CANCELS_UNTIL_NS = 4 * SECOND_NS  # before the end
CANCEL_WITHIN_NS = 10 * SECOND_NS  # where only our own books are looked at
SELL_BESIDE_EXITS = 4  # on spot: in each so-manieth round
READ_BACK_NS = 60 * SECOND_NS
READ_FAR_BACK_NS = 3_600 * SECOND_NS


class Flattening:
    """One run of the procedure, in rounds, over all symbols or one.

    Entries go first, then reduce-only market orders sized from what the exchange holds, until it holds nothing in two
    looks; protective stops stay until then. On spot they go first, for they hold the coins. It ends when the exchange
    and our books show nothing, or when its time is up. With `reduce` off it ends when no entry is left.
    """

    def __init__(
        self,
        kernel: Kernel,
        answer: Answer,
        reason: str,
        symbols: tuple[str, ...],
        *,
        reduce: bool = True,
        asks: bool | None = None,
        troubles: Sequence[str] = (),
    ) -> None:
        self._kernel = kernel
        self._account = kernel.account
        self._answers = [answer]
        self._reason = reason
        self._symbols = symbols
        self._reduce = reduce
        self._is_asking = reduce if asks is None else asks
        self._sight: Sight = kernel.sight if self._is_asking else OwnBooks(kernel.account)
        self._patience_ns = WITHIN_NS if self._is_asking else CANCEL_WITHIN_NS
        self._orders = Cancelling(kernel, self._sight, symbols, self._note_trouble)
        self._began_ns = kernel.timeline.now_ns
        self._ends_ns = self._began_ns + self._patience_ns
        self._closings = {symbol: Closing(kernel, symbol) for symbol in symbols}
        self._known = Picture(None, None, is_read=False)  # the newest word on each part
        self._beside: dict[str, Decimal] = {}  # what our books held when the exchange said what it holds
        self._shape: object = None
        self._idle = 0
        self._flat_looks = 0
        self._flat_since_ns = 0  # when the first of them was asked for
        self._clear_looks = 0  # in which, after that, no order was there
        self._was_read = False  # all executions, since it was seen flat
        self._is_wide = True
        self._troubles = list(troubles)
        self._rounds = 0
        self.left: list[str] | None = None  # once it is over
        self._in_books: list[str] = []  # what was, then
        kernel.timeline.post(self._ends_ns, self._time_is_up)
        self._round()

    @property
    def is_over(self) -> bool:
        """Whether it is flat, or was given up."""
        return self.left is not None

    @property
    def reduces(self) -> bool:
        """Whether it closes what is held, too."""
        return self._reduce

    def join(self, answer: Answer, reason: str, troubles: Sequence[str] = ()) -> None:
        """Somebody asks for the same again: this run goes on for as long as a new one would."""
        self._troubles += [trouble for trouble in troubles if trouble not in self._troubles]
        self._answers.append(answer)
        self._reason = reason
        self._ends_ns = self._kernel.timeline.now_ns + self._patience_ns
        self._kernel.timeline.post(self._ends_ns, self._time_is_up)
        for closing in self._closings.values():
            closing.hurry()

    # --- rounds

    def _round(self) -> None:
        if self.is_over:
            return
        self._rounds += 1
        self._orders.is_over = self._is_asking and self._kernel.timeline.now_ns > self._ends_ns - CANCELS_UNTIL_NS
        self._step(3, self._orders.take_back_known_entries)
        back_ns = READ_FAR_BACK_NS if self._is_wide else READ_BACK_NS
        self._is_wide = False
        try:
            self._sight.look(self._began_ns - back_ns, self._look_at)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next round tries again
            self._note_trouble("looking", error)
            self._again()

    def _look_at(self, picture: Picture) -> None:
        if self.is_over:
            return
        known = self._known
        if picture.held is not None:
            self._beside = {symbol: self._account.held(symbol) for symbol in self._symbols}
        self._known = picture._replace(
            held=known.held if picture.held is None else picture.held,
            orders=known.orders if picture.orders is None else picture.orders,
            listed_ns=known.listed_ns if picture.orders is None else picture.listed_ns,
        )
        self._step(3, lambda: self._orders.take_back_entries(picture))
        if self._reduce:
            self._step(4, lambda: self._close(picture))
            self._step(5, lambda: self._clear(picture))
            self._step(6, lambda: self._verify(picture))
        elif picture.orders is not None and not self._orders.entries(picture):
            self._finish([])
        if not self.is_over:
            self._again()

    def _again(self) -> None:
        """Soon while things change, and more and more rarely while nothing does."""
        shape = (self._known.held, self._known.orders, self._flat_looks, len(self._account.open_orders))
        self._idle = 0 if shape != self._shape else min(self._idle + 1, 8)
        self._shape = shape
        timeline = self._kernel.timeline
        timeline.post(timeline.now_ns + min(ROUND_NS << self._idle, ROUND_MAX_NS), self._round)

    def _time_is_up(self) -> None:
        if not self.is_over and self._kernel.timeline.now_ns >= self._ends_ns:
            # Nothing more is sent: what is said to be left must not move any more.
            known = self._known
            if not self._reduce:
                self._finish(self._orders.entries(known))
            elif self._is_proven:
                self._finish([])
            else:
                listed = self._orders.still_listed(known)
                self._finish(left_behind(self._kernel, self._symbols, known, listed, self._beside))

    def _step(self, number: int, work: Callable[[], None]) -> None:
        try:
            reach(f"kill.step_{number}")
            work()
        except Exception as error:  # noqa: BLE001 - a failure in one step must not keep the others from being done
            self._note_trouble(f"step {number}", error)

    def _note_trouble(self, where: str, error: Exception) -> None:
        sentence = f"{where} failed ({describe_error(error)})"
        if sentence not in self._troubles:
            self._troubles.append(sentence)
            tell_trouble(self._kernel, sentence)

    # --- step 4: what is held

    def _close(self, picture: Picture) -> None:
        if self._kernel.timeline.now_ns > self._ends_ns - CLOSES_UNTIL_NS:
            return
        for symbol, closing in self._closings.items():
            # A spot exchange knows no reduce-only: beside a resting exit, closing would sell a second time.
            is_spot = self._account.markets[symbol].is_spot
            has_exits = is_spot and not self._is_flat(symbol, picture) and self._orders.take_back_all(picture, symbol)
            if has_exits and self._rounds % SELL_BESIDE_EXITS:  # where they come again and again, it sells beside them
                continue
            try:
                closing.work(self._known._replace(held=picture.held), self._reason)
            except Exception as error:  # noqa: BLE001 - one symbol that cannot be closed must not keep the others
                self._note_trouble(f"closing {symbol}", error)

    def _is_flat(self, symbol: str, picture: Picture) -> bool:
        """Whether the exchange holds nothing that could be closed, as far as this picture can say so."""
        if picture.held is None or not is_dust(self._kernel, symbol, picture.held.get(symbol, ZERO)):
            return False
        return symbol not in picture.moved or self._account.is_flat(symbol)

    # --- step 5: the stops, once there is nothing to protect

    def _clear(self, picture: Picture) -> None:
        if picture.held is None:  # a look that showed nothing at all proves nothing, and frees no stop
            return
        is_flat = all(self._is_flat(symbol, picture) for symbol in self._symbols)
        if is_flat and not self._flat_looks:
            self._flat_since_ns = picture.listed_ns
        self._flat_looks = self._flat_looks + 1 if is_flat else 0
        self._was_read = self._was_read and is_flat
        if self._is_proven_flat:
            # What closed it may be listed a moment later than what is held: until our books have it, stops stay.
            is_whole = picture.is_read and self._sight.shows_all(self._flat_since_ns, picture.listed_ns)
            self._orders.take_back_all(picture, keeps_stops=not is_whole)

    @property
    def _is_proven_flat(self) -> bool:
        return self._flat_looks >= self._sight.looks

    # --- step 6: the proof

    def _verify(self, picture: Picture) -> None:
        held = picture.held
        self._was_read = self._was_read or (picture.is_read and self._flat_looks > 0)
        if held is not None and picture.is_read:  # an execution may be missing that happened long ago
            self._is_wide = any(held.get(symbol, ZERO) != self._account.held(symbol) for symbol in self._symbols)
        if picture.orders is None:
            return
        listed = self._orders.listed(picture)
        self._clear_looks = self._clear_looks + 1 if self._is_proven_flat and not listed else 0
        self._sight.ask_after([order for order in self._orders.ours() if order.id not in listed], self._is_proven_flat)
        if self._clear_looks and self._was_read and not remainder(self._kernel, self._symbols):
            self._finish([])

    @property
    def _is_proven(self) -> bool:
        """Whether the exchange has nothing, whatever our books may still ask it about."""
        if self._sight.looks > min(self._clear_looks, self._flat_looks) or not self._was_read:
            return False
        listed_ns = self._known.listed_ns
        is_clear = all(self._sight.cannot_come(order, listed_ns) for order in self._orders.ours())
        return is_clear and all(self._account.is_flat(symbol) for symbol in self._symbols)

    # --- the end

    def _finish(self, left: list[str]) -> None:
        kernel = self._kernel
        self.left = left
        if self._reduce:
            for symbol in self._symbols:
                try:
                    kernel.net_out(symbol)
                except Exception as error:  # noqa: BLE001 - the end has to be told all the same
                    self._note_trouble(f"netting {symbol} out", error)
            told = said_flat(left, self._known.reason, self._troubles)
        else:
            told = said_cancelled(left, by_id=self._is_asking, troubles=self._troubles)
        self._in_books = remainder(kernel, self._symbols)
        self._write(left)
        for answer in self._answers:
            answer.settle(f"{self._reason}: {told}")

    def _write(self, left: list[str]) -> None:
        name = ("kill" if self._orders.is_killed else "flatten") if self._reduce else "cancel"
        known = self._known
        body = {
            "what": f"{name}.{'left' if left else 'done'}",
            "reason": self._reason,
            "left": left,
            "shown_by": self._sight.name,
            "positions": None if known.held is None else dict(known.held),
            "orders": None if known.orders is None else list(known.orders),
            "unreachable": known.reason,
            "rounds": self._rounds,
            "began_ns": self._began_ns,
            "closed_with": [name for closing in self._closings.values() for name in closing.placed],
            "cancelled_by_name": list(self._orders.named),
            "unresolved": [order.id for order in self._orders.ours()],
            "troubles": self._troubles,
        }
        write_proof(self._kernel, body)

    def still_left(self) -> list[str]:
        """What it left and is still there, as far as our books can say."""
        if not self.left:
            return []
        if not self._reduce:
            return [f"order {name}" for name in self._orders.entries(Picture(None, None))]
        now = remainder(self._kernel, self._symbols)
        return self.left if now == self._in_books else now
