"""What is closed to new risk while our books and the exchange's do not agree."""

from collections.abc import Iterable
from typing import Protocol

from engine import events
from engine.account import Account
from engine.exchange.comparison import CASH, Verdict

ACCOUNT = "account"


class Freezer(Protocol):
    """Closes entries for a symbol, or for the whole account, while the books do not agree."""

    def freeze(self, scope: str, reason: str) -> None:
        """Let nothing add risk there."""
        ...

    def thaw(self, scope: str) -> None:
        """The books agree again."""
        ...


class Freezing:
    """A symbol that differs is frozen; the account, where the cash or a second symbol does."""

    def __init__(self, account: Account, freezer: Freezer) -> None:
        self._account = account
        self._freezer = freezer
        self._frozen: dict[str, str] = {}

    def follow(self, discrepancies: Iterable[events.Discrepancy]) -> None:
        """Freeze what differs now, and thaw what agrees again."""
        frozen: dict[str, str] = {}
        unexplained = set()
        for told in discrepancies:
            is_position = told.subject == told.symbol
            if told.verdict == Verdict.UNEXPLAINED:
                unexplained.add(told.symbol or CASH)
            elif told.verdict != Verdict.EXTERNAL or not is_position:
                continue  # what is on its way, and what others only have in the book
            frozen[told.symbol if told.symbol in self._account.markets else ACCOUNT] = told.evidence
        if len(unexplained) > 1:
            frozen[ACCOUNT] = f"{len(unexplained)} parts of the books differ"
        for scope in self._frozen:
            if scope not in frozen:
                self._freezer.thaw(scope)
        for scope, reason in frozen.items():
            if scope not in self._frozen:
                self._freezer.freeze(scope, reason)
        self._frozen = frozen
