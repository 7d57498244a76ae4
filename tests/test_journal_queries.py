"""Questions to a journal: what people and reports ask, answered while the engine writes."""

from decimal import Decimal
from pathlib import Path

import aiosqlite
import pytest

from infrastructure.journal import Kind, NoJournal, Places
from infrastructure.journal.connections import reader_uri
from infrastructure.journal.queries import Halt, querying
from tests.journal_stage import NOON_NS, PATIENCE_S, execution, intent, journal_in


async def test_orders_fills_funding_equity_and_halts_are_answered(tmp_path: Path) -> None:
    """Each in the order of the rows, the newest last, while the journal is open for writing."""
    with journal_in(tmp_path) as journal:
        for number in range(3):
            journal.append(Kind.INTENT, intent(number), NOON_NS + number)
            journal.append(Kind.RESULT, {"client_id": f"H1-{number}", "state": "accepted"}, NOON_NS + number)
            journal.append(Kind.EXECUTION, execution(number), NOON_NS + 10 + number)
        journal.append(Kind.LEDGER, {"what": "FundingPaid", "amount": Decimal("-1.25")}, NOON_NS + 20)
        journal.append(Kind.LEDGER, {"what": "Transferred", "amount": Decimal(100)}, NOON_NS + 21)
        journal.append(Kind.INPUT, {"what": "marks", "marks": {"B": 1.5}, "equity": Decimal("10000.5")}, NOON_NS + 22)
        journal.append(Kind.INPUT, {"what": "command"}, NOON_NS + 23)
        journal.append(Kind.INPUT, "just a text", NOON_NS + 23)
        journal.append(Kind.HALT, {"scope": "account", "level": "halt", "reason": "enough"}, NOON_NS + 24)
        journal.append(Kind.HALT, {"scope": "ema", "level": "halt", "reason": "too much"}, NOON_NS + 25)
        journal.append(Kind.RESET, {"scope": "account"}, NOON_NS + 26).wait(PATIENCE_S)
        async with querying(tmp_path) as ask:
            orders, fills = await ask.orders(), await ask.fills(last=2)
            funding, equity, halts = await ask.funding(), await ask.equity(last=5), await ask.halts()
    assert [(order.body["client_id"], order.body["state"], order.time_ns) for order in orders] == [
        (f"H1-{number}", "accepted", NOON_NS + number) for number in range(3)
    ]
    assert [(fill.body["exec_id"], fill.time_ns) for fill in fills] == [("e1", NOON_NS + 11), ("e2", NOON_NS + 12)]
    assert [entry.body["amount"] for entry in funding] == ["-1.25"]
    assert [entry.body["equity"] for entry in equity] == ["10000.5"]
    assert halts == [Halt("account", "halt", "enough", 16, 18), Halt("ema", "halt", "too much", 17, None)]


async def test_a_question_cannot_write(tmp_path: Path) -> None:
    """The connection is opened for reading, and told so once more."""
    with journal_in(tmp_path):
        pass
    async with querying(tmp_path) as ask:
        for statement in ("DELETE FROM journal", "CREATE TEMP TABLE other(thing)"):
            with pytest.raises(aiosqlite.OperationalError, match="readonly"):
                await ask._connection.execute(statement)


async def test_a_folder_without_a_journal_is_told_in_a_sentence(tmp_path: Path) -> None:
    """Before any connection is made."""
    with pytest.raises(NoJournal, match="There is no journal"):
        async with querying(tmp_path):
            pass
    with pytest.raises(NoJournal):
        reader_uri(Places.within(tmp_path).journal)
