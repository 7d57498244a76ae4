"""Days, wherever they begin: the Warning is of the day and starts anew with each; the drawdown knows no days."""

from decimal import Decimal
from fractions import Fraction

import pytest

from engine import events
from risk.limits import Limits
from tests.losses_stage import PRICE, Losing
from tests.rehearsal import DAY, MINUTE, PERP, SECOND

CENT = Decimal("0.01")
WARNING = {"Sniper": ("1000", 25), "Hunter": ("5000", 100), "Strategist": ("25000", 500)}


@pytest.fixture(autouse=True, params=["0", "21", "5.5"])
def day_start_h(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Decimal:
    """All of it on days (UTC), on such that begin in the evening, and on those that begin at dawn."""
    hour = Decimal(request.param)
    monkeypatch.setattr(Losing, "day_start_h", hour)
    return hour


def holding_one(capital: str, native_ns: int = 0) -> Losing:
    stage = Losing(capital, native_ns=native_ns)
    stage.trade(1, 1)
    return stage


def warnings(stage: Losing) -> list[str]:
    return [word for word in stage.heard() if word.startswith("warning")]


@pytest.mark.parametrize("tier", WARNING)
def test_each_day_has_its_own_warning(tier: str) -> None:
    """Three days that each lose as much: told on each, at its cent; the drawdown sums them up."""
    capital, amount = WARNING[tier]
    stage = holding_one(capital, MINUTE)
    lost = Decimal(0)
    for day in range(1, 4):
        stage.price(PRICE - lost - amount + CENT)
        assert len(warnings(stage)) == day - 1
        stage.price(PRICE - lost - amount)
        assert warnings(stage) == [f"warning {amount}"] * day
        lost += amount
        stage.midnight()
    assert stage.gate.losses.drawdown(stage.account.equity(), stage.account) == lost == 3 * amount


@pytest.mark.parametrize("tier", WARNING)
def test_critical_and_halt_are_reached_over_many_days(tier: str) -> None:
    """A cent less than the Warning on each day: no day is told of, and the drawdown halts all the same."""
    capital, amount = WARNING[tier]
    stage = holding_one(capital, MINUTE)
    lost, told = Decimal(0), []
    for _ in range(4):
        lost += amount - CENT
        stage.price(PRICE - lost)
        stage.midnight()
        told.append([word.split()[0] for word in stage.heard() if not word.startswith("info")])
    critical, halt = {"Sniper": (50, 75), "Hunter": (300, 400), "Strategist": (1_500, 2_000)}[tier]
    for days, words in enumerate(told, 1):
        loss = days * (amount - CENT)
        assert words == ["critical"] * (loss >= critical) + ["halt", "halt"] * (loss >= halt)


def test_a_warning_that_was_told_today_is_told_of_tomorrows_loss_too() -> None:
    """Told at 30 of 25, and it never recovered: what the next day loses is counted from its own start."""
    stage = holding_one("1000")
    stage.price(PRICE - 30)
    stage.midnight()
    stage.price(PRICE - 54)
    assert warnings(stage) == ["warning 30"]
    stage.price(PRICE - 55)
    assert warnings(stage) == ["warning 30", "warning 25"]


@pytest.mark.parametrize(("loss", "told"), [("24.99", []), ("25", ["warning 25"])])
def test_the_last_moment_of_a_day_belongs_to_it(loss: str, told: list[str], day_start_h: Decimal) -> None:
    """The price falls after the last look of the day: at midnight the day that ended is judged, then the new begins."""
    stage = holding_one("1000")
    stage.pass_time(stage.account.day_ends_ns - stage.now - SECOND // 2)
    stage.price(PRICE - Decimal(loss), looks=False)
    stage.midnight()
    assert warnings(stage) == told
    day = {0: "UTC", 21: "from 21:00 UTC"}.get(int(day_start_h), "from 05:30 UTC")
    sentence = f"Warning: 25.00 lost in the day ({day}) that ended; the Sniper's level is 25.00"
    alert = events.DrawdownAlert(stage.now, "warning", Decimal(25), Decimal(25), sentence)
    assert (alert in stage.told) is bool(told)
    assert stage.account.day_start_equity == 1000 - Decimal(loss)
    stage.price(PRICE - Decimal(loss) - Decimal("24.99"))
    assert warnings(stage) == told


@pytest.mark.parametrize("amount", ["700", "-400"])
def test_a_transfer_at_midnight_is_no_loss_of_any_day(amount: str) -> None:
    """Money that moves with the day's first event leaves both days where they were."""
    stage = holding_one("1000")
    stage.price(PRICE - 20)
    stage.midnight()
    stage.transfer(amount)
    stage.price(PRICE - 20 - Decimal("24.99"))
    assert warnings(stage) == []
    stage.price(PRICE - 45)
    assert warnings(stage) == ["warning 25"]


@pytest.mark.parametrize("how", ["fold", "snapshot"])
def test_a_program_that_slept_over_midnight(how: str) -> None:
    """What was lost while nobody looked is told when somebody does; the new day is measured from there."""
    stage = holding_one("1000")
    stage.price(PRICE - 15)
    stage.end_and_go_on(how, away_ns=DAY)
    stage.price(PRICE - 15 - Decimal("24.99"))
    assert warnings(stage) == []
    stage.price(PRICE - 40)
    assert warnings(stage) == ["warning 25"]


def test_a_clock_that_is_set_back_makes_no_new_day() -> None:
    """A fill that is told with yesterday's time does not bring yesterday's measure back."""
    stage = holding_one("1000")
    stage.price(PRICE - 24)
    stage.midnight()
    stage.pass_time(SECOND)
    start = stage.account.day_start_equity
    old = stage.now - DAY
    stage.say(events.Execution(old, "late", "elsewhere", PERP, 1, CENT, PRICE, CENT, "USDT", maker=False))
    assert stage.account.day_start_equity == start == 976
    assert warnings(stage) == []


# --- the day's own limit


def halted_by_the_day(capital: str = "1000") -> Losing:
    """One contract at 10,000, and 5 % of what the day begins with may be lost."""
    stage = Losing(capital, Limits(daily_drawdown_limit=Decimal("0.05"), halt_loss=None))
    stage.trade(1, "0.1")
    return stage


@pytest.mark.parametrize("amount", [-900, -700, -1, 500])
def test_a_transfer_leaves_room_for_the_same_part_of_the_account(amount: int) -> None:
    """28 of the 50 that may be lost are gone: the other 22 are 2.26 % of what is there, and stay so."""
    stage = halted_by_the_day()
    stage.price(PRICE - 280)
    stage.transfer(amount)
    room = Fraction(22 * (972 + amount), 972)
    assert stage.gate.halted() is None
    assert float(stage.gate.view(stage.account).day_limit or 0) == -round(28 + float(room), 2)
    steps = int(room * 10)  # of ten cents, which a contract of 0.1 loses with each whole number of the price
    stage.price(PRICE - 280 - steps)
    assert stage.gate.halted() is None
    stage.price(PRICE - 280 - steps - 1)
    assert (
        stage.gate.halted()
        == f"the day's loss of {(280 + steps + 1) / 10:.2f} reached the limit of {28 + float(room):.2f}"
    )


def test_who_takes_most_of_it_away_cannot_lose_the_rest_in_a_day() -> None:
    """10 of 50 are lost and 960 of 990 paid out: of the 30 that are left 40 / 990 may be lost, which is 1.21."""
    stage = halted_by_the_day()
    stage.price(PRICE - 100)
    stage.trade(-1, "0.1", PRICE - 100)
    stage.transfer(-960)
    assert stage.gate.view(stage.account).day_limit == Decimal("-11.21")


def test_a_gain_that_was_paid_out_leaves_no_room_to_lose_what_stayed() -> None:
    """100 are won and 1,000 paid out: of the 100 that are left 150 / 1,100 may be lost, which is 13.64."""
    stage = halted_by_the_day()
    stage.price(PRICE + 1_000)
    stage.transfer(-1_000)
    stage.price(PRICE + 864)
    assert stage.gate.halted() is None
    stage.price(PRICE + 863)
    assert stage.gate.halted() == "of the day's gain only 86.30 is left; after what was paid out 86.36 had to stay"


def test_a_gain_that_may_be_lost_whole_and_no_more() -> None:
    """50 are won and half of all is paid out: half of the 100 that could be lost are 50, just what was won."""
    stage = halted_by_the_day()
    stage.price(PRICE + 500)
    stage.transfer(-525)
    stage.price(PRICE + CENT)
    assert stage.gate.halted() is None
    stage.price(PRICE)
    assert stage.gate.halted() == "of the day's gain only 0.00 is left; after what was paid out 0.00 had to stay"


def test_money_that_comes_back_finds_the_same_room() -> None:
    """Also where it was all of it."""
    stage = halted_by_the_day()
    stage.price(PRICE - 280)
    stage.trade(-1, "0.1")
    limit = stage.gate.view(stage.account).day_limit
    for amount in (-500, 500, -int(stage.account.equity()), int(stage.account.equity())):
        stage.transfer(amount)
        assert stage.gate.halted() is None
    assert stage.gate.view(stage.account).day_limit == limit


def test_an_account_that_was_empty_begins_its_day_with_the_first_deposit() -> None:
    """Nothing can be lost of nothing, so nothing halts it; 5 % of what is paid in may be."""
    stage = Losing("1000", Limits(daily_drawdown_limit=Decimal("0.05"), halt_loss=None))
    stage.transfer(-1_000)
    stage.midnight()
    stage.pass_time(SECOND)
    assert stage.gate.halted() is None
    stage.transfer(2_000)
    assert stage.gate.view(stage.account).day_limit == -100


def test_the_next_day_is_measured_by_what_it_begins_with() -> None:
    """Yesterday's deposit counts from today on."""
    stage = halted_by_the_day()
    stage.transfer(1_000)
    stage.midnight()
    assert stage.gate.view(stage.account).day_limit == -100


def test_a_restart_keeps_what_the_day_began_with() -> None:
    """From a saved state, and from the rows alone."""
    stage = halted_by_the_day()
    stage.price(PRICE - 280)
    stage.transfer(600)
    limit = stage.gate.view(stage.account).day_limit
    assert limit == -(28 + Decimal(22 * 1_572) / 972).quantize(CENT)
    stage.end_and_go_on("snapshot")
    assert stage.gate.view(stage.account).day_limit == limit
    stage.end_and_go_on("fold")
    assert stage.gate.view(stage.account).day_limit == limit
