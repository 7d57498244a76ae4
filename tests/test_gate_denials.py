"""Every refusal of the gate: a unit before the limit it passes, beyond it is refused, and what is said to pass does."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from engine.events import OrderDenied
from engine.facade import Ask, Verb
from infrastructure.control.messages import VERSION, plain_ask, read_request
from risk.denials import CODES
from tests.denial_cases import CASES, SOL, Case, Stage

LOT = Decimal("0.001")

# While entries are closed the desk adds the missing word itself; nobody is told of a refusal.
NEVER_TOLD = {"NotReduceOnly"}


def case_id(case: Case) -> str:
    """The code."""
    return case.code


def refused(case: Case) -> tuple[Stage, OrderDenied]:
    """The stage after the refusal, and what was told."""
    stage = case.stage()
    case.beyond(stage)
    (denied,) = stage.denied
    return stage, denied


def test_every_code_has_its_case() -> None:
    """In the order of the table."""
    assert [case.code for case in CASES] == [code for code in CODES if code not in NEVER_TOLD]


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_a_unit_before_the_limit_passes(case: Case) -> None:
    """One lot, one tick or one moment less than what is refused."""
    stage = case.stage()
    case.within(stage)
    assert stage.denied == []
    assert len(stage.passed) == 1


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_beyond_the_limit_is_refused_with_the_code(case: Case) -> None:
    """Nothing leaves, and the sentence names what was wrong."""
    stage, denied = refused(case)
    assert denied.code == case.code
    assert stage.passed == []
    assert denied.sentence.endswith(denied.passes)
    assert denied.sentence == denied.sentence.strip()
    assert ".." not in denied.sentence


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_what_is_said_to_pass_does(case: Case) -> None:
    """Whoever follows the sentence is not refused again."""
    stage, denied = refused(case)
    numbers = dict(denied.numbers)
    stage.denied.clear()
    other = case.cure(stage, numbers) or stage
    assert other.denied == []
    assert len(other.passed) >= 1


SIZED = [case for case in CASES if case.is_sized]


@pytest.mark.parametrize("case", SIZED, ids=case_id)
def test_the_quantity_that_fits_is_the_largest(case: Case) -> None:
    """It stands in the sentence as in the numbers; where it is an upper bound, one lot more is refused again."""
    _, denied = refused(case)
    fits = dict(denied.numbers)["fits"]
    assert f"{fits.normalize():f} would" in denied.passes
    if case.code in ("OffLot", "BelowMinimumQuantity", "BelowMinimumNotional"):
        return
    stage = case.stage()
    case.cure(stage, {"fits": fits + LOT})
    assert [again.code for again in stage.denied] == [case.code]


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_a_refusal_leaves_no_trace(case: Case) -> None:
    """What was not sent is no entry: neither the books nor the next order know of it."""
    stage = case.stage()
    before = stage.kernel.state_hash(), stage.gate.judged()["hands"]
    for _ in range(2):
        stage.order(1, "0.0001")  # refused, whatever the case is about
    assert stage.gate.judged()["hands"] == before[1]
    assert len(stage.denied) == 2


class ByHand(Stage):
    """The same orders, by a person."""

    def order(self, side: int, quantity: str | Decimal, symbol: str = SOL, *, by: int = 0, **words: Any) -> None:
        words.pop("type", None)
        words["limit"] = words.pop("price", None)
        self.asks(Ask(verb=Verb.BUY if side > 0 else Verb.SELL, symbol=symbol, **_decimals(quantity=quantity, **words)))

    def asks(self, ask: Ask) -> None:
        """Hand it to the operator."""
        self.operator.handle(ask)


class ThroughTheSocket(ByHand):
    """The same, as a line that another program writes to the control socket."""

    def asks(self, ask: Ask) -> None:
        words = {
            name: value if isinstance(value, str | bool) else str(value)
            for name, value in msgspec.structs.asdict(ask).items()
            if value not in (None, "", False)
        }
        request = {"version": VERSION, "id": "a", "time_ns": 1, "wish": "ask", "ask": words}
        self.operator.handle(plain_ask(read_request(msgspec.json.encode(request))))


def _decimals(**words: Any) -> dict[str, Any]:
    return {name: Decimal(value) if isinstance(value, str) else value for name, value in words.items()}


# What a person does not have: a share of the capital, signals, a rate that is to be earned, and another's position.
OF_STRATEGIES = ("HeldByAnother", "LeaseUsedUp", "CarryTooThin", "NoStop", "TooSmall")
OF_ALL = [case for case in CASES if case.code not in OF_STRATEGIES]


@pytest.mark.parametrize("door", [ByHand, ThroughTheSocket])
@pytest.mark.parametrize("case", OF_ALL, ids=case_id)
def test_the_same_gate_serves_people_and_programs(case: Case, door: type[Stage]) -> None:
    """By hand and through the control socket an order meets the same limit, to the word."""
    _, expected = refused(case)
    stage = case.stage(door)
    case.within(stage)
    assert stage.denied == []
    stage = case.stage(door)
    case.beyond(stage)
    (denied,) = stage.denied
    assert (denied.code, denied.numbers, denied.passes) == (expected.code, expected.numbers, expected.passes)
    assert denied.sentence.replace("operator", "impulse") == expected.sentence.replace("operator", "impulse")
    assert stage.passed == []


def test_after_a_kill_an_order_that_closes_gets_the_missing_word() -> None:
    """It leaves as reduce-only, and nobody is told of a refusal."""
    stage = Stage()
    stage.hold(1, "2")
    stage.kernel.kill("the test says so")
    stage.ask("sell", SOL, "1")
    (order,) = stage.account.open_orders.values()
    assert order.command.reduce_only
    assert stage.denied == []
