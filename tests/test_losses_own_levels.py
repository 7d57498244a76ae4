"""A person's own levels: tighter ones hold, looser ones never do, and while the program runs they only ever tighten."""

from decimal import Decimal
from typing import Any

import pytest

from engine import events
from engine.errors import CommandRefused
from risk.gate import Gate
from risk.limits import Limits
from tests.losses_stage import PRICE, Losing
from tests.rehearsal import PERP
from tests.trading_floor import Floor

CENT = Decimal("0.01")
TABLE = {
    "Sniper": ("1000", {"info": 10, "warning": 25, "critical": 50, "halt": 75}),
    "Hunter": ("5000", {"info": 50, "warning": 100, "critical": 300, "halt": 400}),
    "Strategist": ("25000", {"info": 200, "warning": 500, "critical": 1_500, "halt": 2_000}),
}


def limits_of(**own: Any) -> Limits:
    return Limits(daily_drawdown_limit=Decimal("0.99"), **own)


@pytest.mark.parametrize("tier", TABLE)
@pytest.mark.parametrize("name", ["info", "warning", "critical", "halt"])
@pytest.mark.parametrize("by", [CENT, Decimal(3)])
def test_a_tighter_level_holds_and_a_looser_one_does_not(tier: str, name: str, by: Decimal) -> None:
    """To the cent; the other levels stay where they are."""
    capital, levels = TABLE[tier]
    for own, holds in ((levels[name] - by, levels[name] - by), (levels[name] + by, Decimal(levels[name]))):
        stage = Losing(capital, limits_of(**{f"{name}_loss": own}))
        stage.trade(1, 1)
        stage.price(PRICE - holds + CENT)
        assert not [word for word in stage.heard() if word.startswith(name)]
        stage.price(PRICE - holds)
        assert f"{name} {holds.normalize():f}" in stage.heard()
        amounts = stage.gate.losses.amounts
        assert {other: getattr(amounts, other) for other in levels} == {**levels, name: holds}


def test_critical_is_never_behind_halt() -> None:
    """A HALT that is tighter than Critical takes it along: both are told at once."""
    stage = Losing("1000", limits_of(halt_loss=Decimal(40)))
    stage.trade(1, 1)
    stage.price(PRICE - Decimal("39.99"))
    assert stage.heard() == ["info 39.99", "warning 39.99"]
    stage.price(PRICE - 40)
    assert stage.heard()[2:] == ["critical 40", "halt 40", "halt account"]


@pytest.mark.parametrize("tier", TABLE)
@pytest.mark.parametrize("name", ["info", "warning", "critical", "halt"])
def test_while_it_runs_a_level_is_tightened_and_never_loosened(tier: str, name: str) -> None:
    """By a cent, and by a cent back; what is refused changes nothing."""
    capital, levels = TABLE[tier]
    gate = Losing(capital, limits_of()).gate
    key = f"risk.{name}_loss"
    with pytest.raises(CommandRefused, match="never loosened") as refusal:
        gate.change(key, str(levels[name] + CENT))
    assert f"{levels[name]:,}.00 holds, and {levels[name]:,}.01 was asked for" in str(refusal.value)
    assert getattr(gate.losses.amounts, name) == levels[name]
    assert getattr(gate.limits, f"{name}_loss") is None
    gate.change(key, str(levels[name]))
    tighter = levels[name] - CENT
    assert gate.change(key, str(tighter)) == f"{key} is {tighter} now"
    assert getattr(gate.losses.amounts, name) == tighter
    with pytest.raises(CommandRefused, match="never loosened"):
        gate.change(f"{name}_loss", str(levels[name]))
    assert getattr(gate.losses.amounts, name) == tighter


@pytest.mark.parametrize("how", ["fold", "snapshot"])
def test_what_was_set_holds_in_a_fold_and_the_next_run_has_its_own(how: str) -> None:
    """A journal leads to the levels of then; a run begins with the limits that it was given."""
    stage = Losing("1000", limits_of())
    stage.kernel.change_limit("risk.halt_loss", "30")
    stage.kernel.judge()
    stage.trade(1, 1)
    stage.price(PRICE - Decimal("29.99"))
    stage.end_and_go_on(how, limits_of(halt_loss=Decimal(35)))
    stage.price(PRICE - Decimal("34.99"))
    assert stage.gate.halted() is None
    stage.price(PRICE - 35)
    assert stage.heard()[-2:] == ["halt 35", "halt account"]


@pytest.mark.parametrize(
    ("level", "words"),
    [("info", ["info"]), ("warning", ["warning"]), ("critical", ["critical"]), ("halt", ["critical", "halt"])],
)
def test_a_level_that_is_tightened_under_the_loss_is_told_at_once(level: str, words: list[str]) -> None:
    """The operator's `set` is judged as it is done: buying one cost a tenth."""
    floor = Floor((PERP,), gate=Gate(limits_of(default_stop=None)), capital="1000")
    told: list[events.Event] = []
    floor.kernel.bus.subscribe(events.DrawdownAlert, told.append)
    floor.do("buy", PERP, "1")
    assert floor.do("set", key=f"risk.{level}_loss", value="0.11") == f"risk.{level}_loss is 0.11 now"
    assert told == []
    floor.do("set", key=f"risk.{level}_loss", value="0.1")
    assert [getattr(alert, "level", "") for alert in told] == words
    assert floor.kernel.gate.halted() is None or level == "halt"


def test_the_next_trade_that_ends_is_measured_by_the_level_that_was_set() -> None:
    """From the moment of the `set` on, also where nothing was open."""
    stage = Losing("1000", limits_of())
    stage.kernel.change_limit("info_loss", "4")
    stage.kernel.judge()
    stage.trade(1, 1)
    stage.trade(-1, 1, PRICE - Decimal("3.99"))
    assert stage.heard() == []
    stage.trade(1, 1)
    stage.trade(-1, 1, PRICE - 4)
    assert stage.heard() == ["info 4"]
