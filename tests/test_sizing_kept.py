"""What is worked out once: scalings and bounds that are asked for again are the same ones, and never out of date."""

import json
from decimal import Decimal

import pytest

from risk.dynamic_risk import DynamicRisk
from risk.kelly import growth_fraction, read
from risk.tiers import HUNTER, SNIPER
from risk.volatility import Volatility

D = Decimal
NONE = D(0)
AMOUNTS = HUNTER.amounts  # Warning 100, HALT 400


def test_losses_that_are_no_worse_change_nothing() -> None:
    """As bad as the worst of the day, or better: the scaling that is there, and no other made beside it."""
    dynamic = DynamicRisk()
    assert dynamic.judge(1, D(60), D(200), AMOUNTS)
    known = dynamic.scaling
    for loss, drawdown in ((60, 200), (60, 100), (10, 200), (-5, 0)):
        assert dynamic.at(1, D(loss), D(drawdown), AMOUNTS) is known
        assert not dynamic.judge(1, D(loss), D(drawdown), AMOUNTS)
        assert dynamic.scaling is known


@pytest.mark.parametrize(("loss", "drawdown"), [("100", "200"), ("60", "210")])
def test_either_loss_that_is_worse_is_looked_at(loss: str, drawdown: str) -> None:
    """The day's, or the drawdown alone."""
    dynamic = DynamicRisk()
    dynamic.judge(1, D(60), D(200), AMOUNTS)
    before = dynamic.scaling.factor
    assert dynamic.at(1, D(loss), D(drawdown), AMOUNTS).factor < before
    assert dynamic.judge(1, D(loss), D(drawdown), AMOUNTS)
    assert dynamic.scaling.factor < before


def test_after_a_restart_tighter_amounts_count_at_once() -> None:
    """The same day and the same losses, with the levels of a smaller tier: 20 of the Sniper's 25 and 75 are lost."""
    dynamic = DynamicRisk()
    dynamic.judge(1, D(20), D(20), AMOUNTS)
    loaded = DynamicRisk()
    loaded.load(json.loads(json.dumps(dynamic.saved())))
    assert loaded.scaling == dynamic.scaling
    assert loaded.at(1, D(20), D(20), SNIPER.amounts).factor == D("0.5") * D("0.8")
    assert loaded.judge(1, D(20), D(20), SNIPER.amounts)
    assert loaded.scaling.factor == D("0.5") * D("0.8")


def test_what_is_kept_of_a_day_is_exact() -> None:
    """Worst losses, steps and parts, as texts; the amounts are not in it."""
    dynamic = DynamicRisk()
    assert dynamic.saved() == {
        "day": None,
        "loss": "0",
        "drawdown": "0",
        "step": "1",
        "line": "1",
        "is_critical": False,
        "day_lost": "0",
        "drawn": "0",
    }
    dynamic.judge(7, D(60), D(300), AMOUNTS)
    assert dynamic.saved() == {
        "day": 7,
        "loss": "60",
        "drawdown": "300",
        "step": "0.5",
        "line": "0.437500",
        "is_critical": True,
        "day_lost": "0.6",
        "drawn": "0.75",
    }


def test_a_bound_is_worked_out_once_an_hour() -> None:
    """Asked twice it is the very same; the next hour makes another."""
    volatility = Volatility.of([100.0, 101.0] * 30)
    target = D("0.4")
    room = volatility.room(target)
    assert room is not None
    assert volatility.room(target) is room
    volatility.sample(150.0)
    after = volatility.room(target)
    assert after is not None
    assert after < room
    assert volatility.room(D("0.2")) == pytest.approx(after / 2, abs=D("0.000001"))


@pytest.mark.parametrize("record", [[0.0], [0.0] * 40, [1.0, -1.0], [2.0, -1.0, -1.0]], ids=str)
def test_where_nothing_is_won_nothing_is_staked(record: list[float]) -> None:
    """Results that add up to nothing justify no stake at all, not even a tiny one."""
    assert growth_fraction(record) == 0.0


def test_a_reading_tells_the_mean_of_the_trades_as_they_were() -> None:
    """Without the coin in front of them: of none nothing, of one that one, of two the middle."""
    assert [(read(record).trades, read(record).mean) for record in ([], [3.0], [3.0, -1.0])] == [
        (0, 0.0),
        (1, 3.0),
        (2, 1.0),
    ]
