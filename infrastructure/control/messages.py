"""What is said through the socket: one JSON object a line in both directions, the asking side first."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from engine.facade import Ask, Verb
from engine.snapshot import SCREEN_ONLY, Snapshot

VERSION = 1
REQUEST_MAX = 64 * 1024  # bytes of a line that is sent to an engine
ANSWER_MAX = 16 * 1024 * 1024  # and of one that comes back: a snapshot may be large
WINDOW_NS = 30 * 1_000_000_000  # a request that is older, or from the future, is a replayed one
WAIT_MAX_S = 300.0
WHOLE = tuple(name for name in Snapshot.__struct_fields__ if name not in SCREEN_ONLY)  # all that others may see
# What a person does with a running engine. Scripts alone move the built-in market and the money in it.
VERBS = frozenset(Verb) - {Verb.SET, Verb.DEPOSIT, Verb.WITHDRAW, Verb.MARKET, Verb.FUNDING}
_LONGEST_TEXT = 200
_LARGEST, _SMALLEST = Decimal(10) ** 12, Decimal(10) ** -18
_TEXTS = ("symbol", "order_id", "value", "key", "reason")
_NUMBERS = ("quantity", "limit", "stop", "target")


class Wish(StrEnum):
    """What can be wished for."""

    LOOK = "look"  # one answer with parts of the snapshot
    ASK = "ask"  # a verb: `taken` once the engine is at it, then its answer
    FOLLOW = "follow"  # what happens, until one side goes


class Outcome(StrEnum):
    """What an answer means."""

    HERE = "here"  # the parts that were wished for
    TAKEN = "taken"  # the engine has begun; another answer follows
    DONE = "done"
    REFUSED = "refused"  # by the gate, or for a reason in the command
    CLOSED = "closed"  # refused because of a halt, a lock or the kill switch
    LATE = "late"  # no answer of the engine in the time that was given
    BUSY = "busy"  # too many at the door
    WRONG = "wrong"  # not understood; nothing was done
    LINE = "line"  # of the stream that is followed
    OVER = "over"  # the engine has ended


_WISHES = frozenset(wish.value for wish in Wish)


class _WholeAsk(Ask, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True):
    """An ask in which nothing may be misspelled: a `reduce_only` that is overlooked would be another order."""


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line to the engine."""

    version: int
    id: str
    time_ns: int  # the wall clock of who asks
    wish: str
    surface: str = "another program"
    parts: tuple[str, ...] = ()
    ask: _WholeAsk | None = None
    wait_s: float = 30.0


class NotUnderstood(Exception):
    """A request that is none, with the reason as a sentence."""


def read_request(line: bytes) -> Request:
    """A request that is in order, or `NotUnderstood`; nothing of it has reached the engine."""
    try:
        request = msgspec.json.decode(line, type=Request)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise NotUnderstood(f"That was no request: {_printable(str(error))}.") from None
    if request.version != VERSION:
        raise NotUnderstood(
            f"This engine speaks version {VERSION} of the control protocol and was asked in version "
            f"{request.version}; use the hean-tui that started it."
        )
    if not (0 < len(request.id) <= 64 and request.id.isascii() and request.id.replace("-", "").isalnum()):
        raise NotUnderstood("The id of a request is made of 1 to 64 letters, digits and dashes.")
    if request.wish not in _WISHES or not set(request.parts) <= set(WHOLE):
        raise NotUnderstood("There is no such wish, or no such part of the snapshot.")
    if not _is_plain(request.surface) or not 0 <= request.wait_s <= WAIT_MAX_S:
        raise NotUnderstood("The surface or the wait of a request was not as it should be.")
    if (request.ask is None) is (request.wish == Wish.ASK):
        raise NotUnderstood("A request to ask names what is asked, and no other does.")
    if request.ask is not None:
        _check(request.ask)
    return request


def plain_ask(request: Request) -> Ask:
    """What is asked, as the engine knows it."""
    assert request.ask is not None
    return Ask(**msgspec.structs.asdict(request.ask))


def _check(ask: Ask) -> None:
    if ask.verb not in VERBS:
        raise NotUnderstood(f"{ask.verb.value} is not asked through the control socket; a script can.")
    if ask.actor or ask.command_id:
        raise NotUnderstood("Who asks is not for the asking side to say.")
    for name in _TEXTS:
        if not _is_plain(getattr(ask, name)):
            raise NotUnderstood(f"The {name} of a command has up to {_LONGEST_TEXT} printable characters.")
    for name in _NUMBERS:
        number = getattr(ask, name)
        if number is not None and not (number.is_finite() and _SMALLEST <= abs(number) <= _LARGEST):
            raise NotUnderstood(f"The {name} of a command was no number that could be meant.")


def _is_plain(text: str) -> bool:
    return len(text) <= _LONGEST_TEXT and text.isprintable()


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:_LONGEST_TEXT].rstrip(".")


def line_of(facts: Mapping[str, Any]) -> bytes:
    """A message as it goes over the wire."""
    return msgspec.json.encode(facts) + b"\n"


def answer(request_id: str, outcome: Outcome, sentence: str = "", **more: Any) -> bytes:
    """One line back."""
    return line_of({"version": VERSION, "id": request_id, "outcome": outcome.value, "sentence": sentence, **more})
