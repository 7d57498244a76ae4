"""What is left after everything should have been closed, in words and in a row: by quantity, symbol and order id."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any

from engine import events
from engine.exchange.sight import Picture
from engine.kernel import Kernel
from engine.money import ZERO, plain

SAID_MAX = 12
NO_PROOF = "no proof that nothing is left"
_ANEW = "hean-tui kill from another shell does all of it again"


def remainder(kernel: Kernel, symbols: tuple[str, ...]) -> list[str]:
    """What our books still show as held and as open; dust below the smallest order is nothing that could be closed."""
    account = kernel.account
    held = [f"{plain(account.held(symbol))} {symbol}" for symbol in symbols if not account.is_flat(symbol)]
    return held + [f"order {order.id}" for order in account.open_orders.values() if order.symbol in symbols]


def left_behind(
    kernel: Kernel, symbols: tuple[str, ...], known: Picture, listed: Sequence[str], beside: Mapping[str, Decimal]
) -> list[str]:
    """What the exchange had when it was seen last, and what is beside it in our books; never nothing.

    `beside` is what our books held then: where they have moved since, they know more.
    """
    account = kernel.account
    left = []
    for symbol in symbols:
        ours = account.held(symbol)
        theirs = ours if known.held is None or beside.get(symbol) != ours else known.held.get(symbol, ZERO)
        if theirs and account.tradable(symbol, abs(theirs)):
            left.append(f"{plain(theirs)} {symbol}")
        elif not account.is_flat(symbol):
            left.append(f"{plain(ours)} {symbol} in our books alone")
    left += [f"order {name}" for name in listed]
    unseen = [order for order in account.open_orders.values() if order.id not in listed]
    alone = "" if known.orders is None else ", in our books alone"
    left += [f"order {order.id}{alone}" for order in unseen if order.symbol in symbols]
    return left or [NO_PROOF]


def said(left: Sequence[str]) -> str:
    """All of it, or as much as a person can still read."""
    more = len(left) - SAID_MAX
    return "; ".join(left) if more <= 0 else f"{'; '.join(left[:SAID_MAX])}; and {more} more"


def said_flat(left: Sequence[str], unreachable: str, troubles: Sequence[str]) -> str:
    """How a closing ended."""
    if not left:
        told = "flat, no position and no order is left"
    else:
        told = f"left are {said(left)}; ask again when the venue answers"
        if unreachable:
            told += f"; that is what was known last, for the exchange did not answer: {unreachable}"
    return told + _said_troubles(troubles)


def said_cancelled(entries: Sequence[str], *, by_id: bool, troubles: Sequence[str]) -> str:
    """How the cancelling of entries ended."""
    told = "entries are cancelled"
    if entries:
        names = f" ({said(entries)})" if by_id else ""
        told = f"the venue did not cancel {len(entries)} of the entries{names}"
    return f"{told}, stops stay{_said_troubles(troubles)}"


def _said_troubles(troubles: Sequence[str]) -> str:
    return f"; on the way {said(troubles)}; {_ANEW}" if troubles else ""


def describe_error(error: Exception) -> str:
    """Its name and its words."""
    return f"{type(error).__name__}: {error}"


def write_proof(kernel: Kernel, body: dict[str, Any]) -> None:
    """A row of how it ended; what cannot be written must not change how it ended."""
    if kernel.recorder is not None:
        with suppress(Exception):
            kernel.recorder.note("alarm" if body["left"] else "mode", body)


def tell_trouble(kernel: Kernel, sentence: str) -> None:
    """Something on the way failed: written down and told, as far as that is possible now."""
    if kernel.recorder is not None:
        with suppress(Exception):
            kernel.recorder.note("alarm", {"what": "kill.trouble", "sentence": sentence})
    with suppress(Exception):
        kernel.bus.publish(events.ErrorOccurred(kernel.timeline.now_ns, "kill", sentence))
