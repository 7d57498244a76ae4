"""Portfolio risk beside a run: the book of the newest picture judged every few seconds, on a thread of its own.

The engine only hands over prices that it keeps anyway. Nothing that comes out here decides anything or settles
anything, so a run's state does not depend on it; at full speed, where equal commands are equal runs, it is worked out
once, at the end.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import msgspec

from engine.host import system
from engine.markets import Markets
from engine.snapshot import PositionView, RiskView, Snapshot
from risk.portfolio.book import Book

EVERY_S = 5.0
_CENT = Decimal("0.01")
_log = logging.getLogger(__name__)


class PortfolioWatch:
    """What is known of the book's risk by now."""

    def __init__(self, markets: Markets, seed: int) -> None:
        self._markets = markets
        self._seed = seed
        self._found: dict[str, Any] = {}
        self._is_over = False

    def seen(self, risk: RiskView) -> RiskView:
        """The picture of the limits with what is known; on any thread."""
        return msgspec.structs.replace(risk, **self._found) if self._found else risk

    def judge(self, picture: Snapshot) -> None:
        """Judge the book of a picture; on the thread that calls."""
        from numpy.random import default_rng

        from risk.portfolio.assess import assess

        book = book_of(picture)
        if book is None:
            self._found = {}
            return
        closes = {symbol: list(self._markets[symbol].hours) for symbol in book.symbols}
        # The same seed each time: what changes from look to look is then the book and not the dice.
        found = assess(book, closes, default_rng(self._seed))
        worst = found.worst_stress
        self._found = {
            "var_95": _money(found.var_95),
            "var_99": _money(found.var_99),
            "es_95": _money(found.es_95),
            "es_99": _money(found.es_99),
            "halt_chance": None if picture.risk.halted else round(found.halt_chance, 6),
            "halt_hours": None if picture.risk.halted else found.halt_hours,
            "worst_stress": None if worst is None else worst.name,
            "worst_stress_loss": None if worst is None else _money(worst.loss),
            "risk_basis": found.basis,
        }

    @contextmanager
    def beside(self, latest: Callable[[], Snapshot | None]) -> Iterator[None]:
        """Judge again and again while the run goes on."""
        thread = system.spawn("portfolio", lambda: self._work(latest))
        try:
            yield
        finally:
            self._is_over = True
            thread.join(EVERY_S)

    def _work(self, latest: Callable[[], Snapshot | None]) -> None:
        waited_s = 0.0
        while not self._is_over:
            system.pause(0.1)
            waited_s += 0.1
            if waited_s < EVERY_S:
                continue
            waited_s = 0.0
            try:
                picture = latest()
                if picture is not None:
                    self.judge(picture)
            except Exception:  # noqa: BLE001 - a figure that is missing is no reason to lose the others
                _log.exception("the book's risk could not be worked out")


def book_of(picture: Snapshot) -> Book | None:
    """What is held, as portfolio risk sees it; None where nothing is, or nobody knows what it is worth."""
    risk, equity = picture.risk, picture.account.equity
    held = [each for each in picture.positions if each.mark_price is not None and each.quantity]
    if not held or equity is None:
        return None
    halt, total = risk.thresholds.halt, risk.loss.total
    room = float("inf") if halt is None or total is None else max(0.0, float(total - halt))
    return Book(
        symbols=tuple(each.symbol for each in held),
        notionals=tuple(_sign(each) * float(each.quantity * (each.mark_price or 0)) for each in held),
        equity=float(equity),
        room=room,
        stops=tuple(map(_stop, held)),
    )


def _sign(position: PositionView) -> int:
    return 1 if position.side == "long" else -1


def _stop(position: PositionView) -> float | None:
    """How far the stop is from the price, as a part of it; one that the price has passed already is at hand."""
    if position.stop_price is None or not position.mark_price:
        return None
    return max(0.0, _sign(position) * float(1 - position.stop_price / position.mark_price))


def _money(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(_CENT)
