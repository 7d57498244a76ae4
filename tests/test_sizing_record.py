"""A strategy's record over its life: which part of Kelly it is read with, and what of it a restart keeps."""

import json
from decimal import Decimal

import pytest

from risk.kelly import WINDOW, Basis, Kelly, Record, kelly_of

DEFAULT = Decimal("0.005")
SKILL = [2.0, -1.0] * 100
HALF = Decimal("0.5")


def record_of(outcomes: list[float], part: Decimal = Decimal("0.25")) -> Record:
    """These trades, one after the other."""
    record = Record(part)
    for outcome in outcomes:
        record.add(outcome)
    return record


def again(record: Record, part: Decimal = Decimal("0.25")) -> Record:
    """After a restart."""
    loaded = Record(part)
    loaded.load(json.loads(json.dumps(record.saved())))
    return loaded


@pytest.mark.parametrize(
    ("part", "word"), [("0.25", "quarter"), ("0.5", "half"), ("1", "full"), ("0.30", "0.3 of"), ("2", "2 of")]
)
def test_a_record_is_read_with_its_part_of_kelly_and_names_it(part: str, word: str) -> None:
    """Quarter, half and full have names; any other part is a number."""
    kelly = record_of(SKILL, Decimal(part)).kelly(DEFAULT)
    assert kelly == kelly_of(SKILL, DEFAULT, Decimal(part))
    assert kelly.basis is Basis.PROVEN
    assert kelly.sentence == f"{word} Kelly of 200 trades: {float(kelly.fraction) * 100:.3g} %"


def test_half_of_kelly_is_twice_a_quarter() -> None:
    """To the millionth, which is where both are cut."""
    quarter, half = (record_of(SKILL, Decimal(part)).kelly(DEFAULT).fraction for part in ("0.25", "0.5"))
    assert half == pytest.approx(2 * quarter, abs=Decimal("0.000002"))


def test_a_default_above_all_that_a_record_says_holds_until_it_is_read() -> None:
    """With too few trades the part is remembered too, though nothing follows from it."""
    assert record_of([1.0], HALF).kelly(DEFAULT) == Kelly(DEFAULT, 1, Basis.FEW, HALF)


def test_a_reading_is_not_made_while_an_order_waits() -> None:
    """Asked twice with the same default, the same answer comes back and nothing is worked out."""
    record = record_of(SKILL)
    assert record.kelly(DEFAULT) is record.kelly(DEFAULT)


@pytest.mark.parametrize("outcomes", [SKILL, [0.5, -1.0] * 30, [2.0, -1.0] * 20, [1.0] * 5], ids=len)
def test_a_restart_changes_no_size(outcomes: list[float]) -> None:
    """The very answer from before it, without another trade; and what would be written down again is the same."""
    record = record_of(outcomes)
    loaded = again(record)
    assert loaded.kelly(DEFAULT) == record.kelly(DEFAULT)
    assert loaded.reading == record.reading
    assert loaded.saved() == record.saved()


def test_a_record_between_two_readings_is_not_read_early_by_a_restart() -> None:
    """A hundred trades are read, and the fifth after them is the next reading: with three more it is not there yet."""
    record = record_of([2.0, -1.0] * 50)
    while record.reading is None or record.reading.trades < len(record.outcomes):
        record.add(2.0)
    known = len(record.outcomes)
    for _ in range(3):
        record.add(2.0)
    loaded = again(record)
    assert loaded.reading == record.reading
    assert loaded.kelly(DEFAULT).trades == known
    for each in (record, loaded):
        each.add(2.0)
        each.add(2.0)
    assert loaded.kelly(DEFAULT).trades == known + 5
    assert loaded.saved() == record.saved()


def test_the_window_holds_after_a_restart() -> None:
    """Five hundred trades are kept; the next one takes the place of the oldest."""
    loaded = again(record_of([-1.0] * WINDOW))
    loaded.add(3.0)
    assert list(loaded.outcomes) == [-1.0] * (WINDOW - 1) + [3.0]


def test_what_is_loaded_replaces_what_was_said_before() -> None:
    """A record that was asked already and then takes up an earlier run answers by that run."""
    record = Record()
    assert record.kelly(DEFAULT).basis is Basis.FEW
    record.load(record_of(SKILL).saved())
    assert record.kelly(DEFAULT) == kelly_of(SKILL, DEFAULT)
