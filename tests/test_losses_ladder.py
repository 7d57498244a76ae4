"""The ladder by itself, on an account that moves between its looks: what one look makes of all that came since."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.json import encode

from engine import events
from engine.account import Account
from engine.markets import Markets
from risk.limits import Limits
from risk.losses import Halted, Ladder
from tests.rehearsal import DAY, PERP, SECOND, START, instrument

NOON = START + DAY // 2
MIDNIGHT = START + DAY
HOUR = 3_600 * SECOND


def account_of(capital: str) -> Account:
    """At noon, with nothing held: its equity is its cash."""
    return Account(Markets([instrument(PERP)]), Decimal(capital), NOON, Decimal(10))


def lose(account: Account, amount: str) -> None:
    """Cash that is gone; a negative amount was won."""
    account.ledger.cash -= Decimal(amount)


def look(ladder: Ladder, account: Account, now_ns: int) -> list[events.Event]:
    """As the kernel looks: the account first, the ladder with what that found."""
    return ladder.judge(account.observe(now_ns), account)


def kept(ladder: Ladder) -> bytes:
    """What a snapshot has of it."""
    return encode(ladder.saved())


def words(told: list[events.Event]) -> list[str]:
    """Level and loss, and what else was told by its kind."""
    return [
        f"{event.level} {event.loss}" if isinstance(event, events.DrawdownAlert) else type(event).__name__
        for event in told
    ]


def test_a_ladder_that_knows_no_account_has_no_levels() -> None:
    """Asked too early it answers nothing, rather than something that could be taken for a level."""
    ladder = Ladder(Limits())
    with pytest.raises(AssertionError):
        _ = ladder.tier
    with pytest.raises(AssertionError):
        _ = ladder.amounts


def test_the_first_look_begins_by_itself() -> None:
    """Nobody has to introduce the account before: 5,000 are a Hunter's, and 100 lost its Warning."""
    ladder, account = Ladder(Limits()), account_of("5000")
    lose(account, "100")
    assert words(look(ladder, account, NOON)) == ["warning 100"]
    assert ladder.tier.name == "Hunter"
    assert account.trip_loss_told == 50


def test_the_first_look_ends_no_day() -> None:
    """A Sniper that has won enough to be a Hunter becomes one at midnight, whenever its program was started."""
    ladder, account = Ladder(Limits()), account_of("1990")
    ladder.begin(account)
    lose(account, "-200")
    assert look(ladder, account, NOON) == []
    assert ladder.tier.name == "Sniper"
    assert words(look(ladder, account, MIDNIGHT)) == ["TierChanged"]


@pytest.mark.parametrize("paid_in", ["200", "-200"])
@pytest.mark.parametrize(("loss", "told"), [("24.99", []), ("25", ["warning 25"])])
def test_what_was_paid_in_since_the_last_look_is_no_gain_of_the_day_that_ended(
    paid_in: str, loss: str, told: list[str]
) -> None:
    """Between two looks: money comes or goes, 25 are lost, and midnight passes; the day has lost 25."""
    ladder, account = Ladder(Limits()), account_of("1500")
    look(ladder, account, NOON)
    account.transfer(Decimal(paid_in))
    lose(account, loss)
    found = look(ladder, account, MIDNIGHT)
    assert words(found) == told
    if told:
        (event,) = found
        assert isinstance(event, events.DrawdownAlert)
        assert event == events.DrawdownAlert(
            MIDNIGHT,
            "warning",
            Decimal(25),
            Decimal(25),
            "Warning: 25.00 lost in the day (UTC) that ended; the Sniper's level is 25.00",
        )


def test_a_day_that_begins_below_critical_is_no_clean_one() -> None:
    """Lost on the first day, won on the second: the third begins without a promotion, and the fourth with it."""
    ladder, account = Ladder(Limits()), account_of("1990")
    look(ladder, account, NOON)
    lose(account, "50")
    assert words(look(ladder, account, NOON + 1)) == ["warning 50", "critical 50"]
    assert look(ladder, account, MIDNIGHT) == []
    lose(account, "-300")
    assert look(ladder, account, MIDNIGHT + 1) == []
    assert look(ladder, account, MIDNIGHT + DAY) == []
    assert words(look(ladder, account, MIDNIGHT + 2 * DAY)) == ["TierChanged"]


def test_a_day_that_begins_halted_is_no_clean_one() -> None:
    """Halted on the first day, won back to where nothing is told any more, and lifted on the second."""
    ladder, account = Ladder(Limits()), account_of("1990")
    look(ladder, account, NOON)
    lose(account, "75")
    look(ladder, account, NOON + 1)
    lose(account, "-75")
    assert look(ladder, account, MIDNIGHT - 1) == []
    assert ladder.saved()["told"] == []
    assert look(ladder, account, MIDNIGHT) == []
    lose(account, "-300")
    equity = account.observe(MIDNIGHT + HOUR)
    assert words(ladder.lift(equity, MIDNIGHT + HOUR, "looked")) == ["HaltLifted"]
    assert look(ladder, account, MIDNIGHT + DAY) == []
    assert ladder.tier.name == "Sniper"
    assert words(look(ladder, account, MIDNIGHT + 2 * DAY)) == ["TierChanged"]


def test_the_day_of_a_halt_is_no_clean_one_also_when_all_levels_fall_at_once() -> None:
    """Halted in one fall, lifted and won back on the same day: no promotion at midnight, but a day later."""
    ladder, account = Ladder(Limits()), account_of("1990")
    look(ladder, account, NOON)
    lose(account, "80")
    assert words(look(ladder, account, NOON + 1)) == ["warning 80", "critical 80", "halt 80", "Halt"]
    ladder.lift(account.observe(NOON + 5 * HOUR), NOON + 5 * HOUR, "looked")
    lose(account, "-300")
    look(ladder, account, NOON + 6 * HOUR)
    assert look(ladder, account, MIDNIGHT) == []
    assert words(look(ladder, account, MIDNIGHT + DAY)) == ["TierChanged"]


def test_what_is_kept_is_exact() -> None:
    """Before anything, after a quiet look, after a Warning, and after HALT: as it is written down."""
    ladder, account = Ladder(Limits()), account_of("1990")
    capital = Decimal(1990)
    blank: dict[str, Any] = {
        "tier": None,
        "peak": Decimal(0),
        "deposits": Decimal(0),
        "day_ends_ns": 0,
        "day_start": Decimal(0),
        "is_clean": True,
        "told": [],
        "halted": None,
    }
    assert kept(ladder) == encode(blank)
    look(ladder, account, NOON)
    deposits = account.ledger.deposits
    known = {"tier": "Sniper", "peak": capital, "deposits": deposits, "day_ends_ns": MIDNIGHT, "day_start": capital}
    assert kept(ladder) == encode({**blank, **known})
    lose(account, "30")
    look(ladder, account, NOON + 1)
    assert kept(ladder) == encode({**blank, **known, "is_clean": False, "told": ["warning"]})
    lose(account, "45")
    look(ladder, account, NOON + 2)
    reason = "the drawdown of 75.00 reached the Sniper's HALT of 75.00"
    end = {
        "is_clean": False,
        "told": ["critical", "warning"],
        "halted": {"since_ns": NOON + 2, "tier": "Sniper", "reason": reason},
    }
    assert kept(ladder) == encode({**blank, **known, **end})
    assert ladder.halted == Halted(NOON + 2, "Sniper", reason)
