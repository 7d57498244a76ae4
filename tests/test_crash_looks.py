"""The looks from outside see what they are there to see: each of them is shown a journal that is wrong."""

import json
from decimal import Decimal
from typing import Any

from infrastructure.journal.reading import Row
from tests.crash_books import Books

_BTC = "BTC/USDT:USDT"
_FILL = {
    "execution_id": "e1",
    "order_id": "o1",
    "symbol": _BTC,
    "side": 1,
    "quantity": "0.010",
    "price": "90000.0",
    "fee": "0.495",
    "fee_currency": "USDT",
}


def books_of(*rows: tuple[str, dict[str, Any]]) -> Books:
    """What is made of rows that follow a first start."""
    books = Books()
    first = ("run_start", {"capital": "10000"})
    numbered = [
        Row(seq, kind, seq * 1_000, json.dumps(body).encode()) for seq, (kind, body) in enumerate((first, *rows), 1)
    ]
    books.take(numbered)
    return books


def venue(*facts: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "venue", {"ts": 5, "facts": list(facts)}


def ours(**more: Any) -> tuple[str, dict[str, Any]]:
    return "execution", {"what": "Execution", **_FILL, **more}


def test_sums_are_exact_and_count_the_fee() -> None:
    """0.010 bought at 90000 for 0.495: cash less cost falls by 900.495, and comes back with the sale."""
    books = books_of(ours(), ours(execution_id="e2", side=-1, price="91000.0", fee="0.5005"))
    assert books.ours.held == {}
    assert books.ours.paid == Decimal("10009.0045")


def test_an_execution_that_is_told_twice_is_seen() -> None:
    """In our rows and in the venue's."""
    assert books_of(ours(), ours()).ours.doubled
    told = venue({"what": "Execution", **_FILL})
    books = books_of(told, told)
    assert books.venue is not None
    assert books.venue.sums.doubled


def test_two_equal_transfers_are_two_and_both_sides_have_to_know_them() -> None:
    """A slow machine may book two deposits of ten at one moment; one that only we know of was made up."""
    deposit = {"what": "Transferred", "ts": 7, "amount": "10"}
    row, again = ("ledger", deposit), ("run_start", {"capital": "10000"})
    books = books_of(venue(deposit, deposit), row, row, again)
    assert books.ours.doubled == []
    assert books.ours.paid == Decimal(10020)
    assert books.wrong == []
    assert books_of(venue(deposit), row, row, again).wrong == ["the venue knows nothing of Transferred 7 10 number 2"]


def test_a_client_id_that_is_used_twice_is_seen() -> None:
    """By us, and by what arrives at the venue."""
    intent = ("intent", {"client_id": "o1", "quantity": "0.01"})
    assert any("used before" in text for text in books_of(intent, intent).wrong)
    arrives = venue({"what": "SubmitOrder", "order_id": "o1"})
    books = books_of(arrives, arrives)
    assert books.venue is not None
    assert books.venue.wrong


def test_a_second_end_is_seen() -> None:
    """An order that was cancelled and rejected cannot have been both."""
    rows = [
        ("intent", {"client_id": "o1", "quantity": "0.01"}),
        ("transition", {"what": "OrderCancelled", "order_id": "o1"}),
        ("result", {"what": "OrderRejected", "order_id": "o1"}),
    ]
    assert any("has ended as" in text for text in books_of(*rows).wrong)


def test_what_was_not_heard_is_owed() -> None:
    """A fill that only the venue knows when a run begins has to be told in it."""
    books = books_of(venue({"what": "Execution", **_FILL}), ("run_start", {"capital": "10000"}))
    assert len(books.owed) == 1
    assert books.ours.held == {}


def test_a_fill_that_the_venue_never_had_is_seen() -> None:
    """Nobody invents executions."""
    assert any("knows nothing" in text for text in books_of(ours(), ("run_start", {"capital": "10000"})).wrong)


def test_a_position_without_a_stop_is_naked_and_one_with_a_stop_is_not() -> None:
    """Only a stop on the other side that can only reduce covers it."""
    fill = {"what": "Execution", **_FILL}
    stop = {
        "what": "OrderKept",
        "order_id": "s1",
        "symbol": _BTC,
        "side": -1,
        "type": "stop_market",
        "quantity": "0.010",
        "filled": "0",
        "status": "accepted",
        "reduce_only": True,
    }
    bare = books_of(venue(fill)).venue
    covered = books_of(venue(fill), venue(stop)).venue
    wrong_side = books_of(venue(fill), venue({**stop, "side": 1})).venue
    assert bare is not None
    assert covered is not None
    assert wrong_side is not None
    assert str(bare.naked()[_BTC]) == "0.010"
    assert covered.naked() == {}
    assert _BTC in wrong_side.naked()


def test_kills_and_halts_are_in_force_until_they_are_lifted() -> None:
    """As the rows say it."""
    rows = [
        ("mode", {"what": "kill", "reason": "enough"}),
        ("halt", {"what": "Halt", "scope": "day", "reason": "lost"}),
    ]
    books = books_of(*rows)
    assert books.killed == "enough"
    assert books.halts == {"day": "lost"}
    lifted = [("mode", {"what": "revive", "reason": "seen"}), ("reset", {"what": "HaltLifted", "scope": "day"})]
    books = books_of(*rows, *lifted)
    assert books.killed is None
    assert books.halts == {}
