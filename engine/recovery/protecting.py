"""Positions that nothing at the exchange protects: a stop for each, or they are closed."""

from collections.abc import Callable
from decimal import Decimal

from engine.account import EXTERNAL, Account
from engine.answers import Answer
from engine.clock import Timeline
from engine.errors import CommandRefused
from engine.exchange.patience import Patience
from engine.money import ZERO, plain
from engine.recovery.outside import Outside


def naked(account: Account) -> dict[str, Decimal]:
    """How much of each of our positions in contracts no stop covers. What others hold is theirs to protect."""
    found = {}
    for symbol, position in account.ledger.positions.items():
        stranger = account.owned.get((EXTERNAL, symbol))
        is_theirs = stranger is not None and stranger.quantity == position.quantity
        if not position.quantity or is_theirs or symbol not in account.markets or account.markets[symbol].is_spot:
            continue
        bare = account.closable(symbol) - sum((stop.leaves for stop in account.stops(symbol)), ZERO)
        if bare > ZERO:
            found[symbol] = bare
    return found


class Protecting:
    """One pass over all naked positions at once; it always ends, and says what it found and what is left."""

    def __init__(
        self,
        timeline: Timeline,
        account: Account,
        outside: Outside,
        patience: Patience,
        then: Callable[[str, list[str]], None],
    ) -> None:
        self._timeline = timeline
        self._account = account
        self._outside = outside
        self._patience = patience
        self._then = then
        self._found = naked(account)
        self._told: list[str] = []
        self._bare: list[str] = []
        self._left = len(self._found)
        if not self._found:
            then("every position has its stop", self._bare)
        for symbol in self._found:
            self._protect(symbol)

    def _protect(self, symbol: str) -> None:
        if self._outside.protect is None:
            self._close(symbol)
            return
        answer = Answer()
        answer.when_settled(lambda settled: self._protected(symbol, settled))
        self._timeline.post(self._timeline.now_ns + self._patience.protect_ns, self._give_up, symbol, answer)
        self._outside.protect(symbol, answer)

    def _protected(self, symbol: str, answer: Answer) -> None:
        if answer.refusal is None:
            self._end(symbol, str(answer.sentence))
        else:
            self._close(symbol)

    def _give_up(self, symbol: str, answer: Answer) -> None:
        answer.refuse(CommandRefused(f"no stop for {symbol} was confirmed in time"))

    def _close(self, symbol: str) -> None:
        if self._outside.flatten is None:
            self._end(symbol, f"{plain(self._found[symbol])} {symbol} has no stop", is_bare=True)
            return
        answer = Answer()
        answer.when_settled(lambda settled: self._closed(symbol, settled))
        self._outside.flatten((symbol,), answer)

    def _closed(self, symbol: str, answer: Answer) -> None:
        sentence = f"{symbol} could not be protected and was closed: {answer.sentence or answer.refusal}"
        self._end(symbol, sentence, is_bare=symbol in naked(self._account))

    def _end(self, symbol: str, sentence: str, *, is_bare: bool = False) -> None:
        self._told.append(sentence)
        if is_bare:
            self._bare.append(sentence)
        self._left -= 1
        if not self._left:
            self._then("; ".join(self._told), self._bare)
