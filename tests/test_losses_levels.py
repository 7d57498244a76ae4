"""Every level of every tier: one cent before, at and after its amount, however it is lost, whatever comes between."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from engine import events
from tests.losses_stage import ETH, LOOSE, PRICE, SYMBOLS, Losing
from tests.rehearsal import MINUTE, PERP, SPOT

CENT = Decimal("0.01")
TABLE = {  # the tier, an account of its size, and its four levels
    "Sniper": ("1000", {"info": 10, "warning": 25, "critical": 50, "halt": 75}),
    "Hunter": ("5000", {"info": 50, "warning": 100, "critical": 300, "halt": 400}),
    "Strategist": ("25000", {"info": 200, "warning": 500, "critical": 1_500, "halt": 2_000}),
}
Loses = Callable[[Losing, Decimal, Decimal], object]  # so much more, in one trade; and so much altogether


def _enter(stage: Losing) -> None:
    stage.trade(1, 2)


def _nothing(_: Losing) -> None:
    """There is nothing to do."""


WAYS: dict[str, tuple[Callable[[Losing], object], Loses]] = {  # how the trade begins, and how it loses
    "open": (_enter, lambda stage, _, loss: stage.price(PRICE - loss / 2)),
    "open, short": (lambda stage: stage.trade(-1, 2), lambda stage, _, loss: stage.price(PRICE + loss / 2)),
    "open, at the mark": (_enter, lambda stage, _, loss: stage.mark(PRICE - loss / 2)),
    "open, coins": (
        lambda stage: stage.trade(1, 2, symbol=SPOT),
        lambda stage, _, loss: stage.price(PRICE - loss / 2, SPOT),
    ),
    "open, elsewhere": (
        lambda stage: stage.trade(1, 2, elsewhere=True),
        lambda stage, _, loss: stage.price(PRICE - loss / 2),
    ),
    "closed": (_enter, lambda stage, more, _: stage.trade(-1, 1, PRICE - more)),
    "closed, short": (lambda stage: stage.trade(-1, 2), lambda stage, more, _: stage.trade(1, 1, PRICE + more)),
    "closed, elsewhere": (
        lambda stage: stage.trade(1, 2, elsewhere=True),
        lambda stage, more, _: stage.trade(-1, 1, PRICE - more, elsewhere=True),
    ),
    "ours, closed elsewhere": (_enter, lambda stage, more, _: stage.trade(-1, 1, PRICE - more, elsewhere=True)),
    "fees": (_enter, lambda stage, more, _: stage.trade(1, "0.001", fee=more)),
    "fees, elsewhere": (_nothing, lambda stage, more, _: stage.trade(1, "0.001", fee=more, elsewhere=True)),
    "funding": (_enter, lambda stage, more, _: stage.fund(-more)),
}
BETWEEN: dict[str, Callable[[Losing], object]] = {
    "nothing": _nothing,
    "a deposit": lambda stage: stage.transfer(300),
    "a deposit into the highest tier": lambda stage: stage.transfer(30_000),
    "a withdrawal": lambda stage: stage.transfer(-300),
    "midnight": lambda stage: stage.midnight(),
    "a restart on all rows": lambda stage: stage.end_and_go_on("fold"),
    "a restart on a snapshot": lambda stage: stage.end_and_go_on("snapshot"),
}


def expected(levels: dict[str, int], losses: tuple[Decimal, Decimal], *, new_day: bool = False) -> list[str]:
    """What is told when one trade has lost the first amount, and then the second, and nothing else moved."""
    first, then = losses
    told = [name for name, amount in levels.items() if first >= amount]
    words = [f"{name} {first.normalize():f}" for name in told]
    if "halt" in told:
        words.append("halt account")
    days_loss = then - first if new_day else then
    if new_day and "warning" in told:
        told.remove("warning")
    for name, amount in levels.items():
        loss = days_loss if name == "warning" else then
        if name not in told and loss >= amount:
            words.append(f"{name} {loss.normalize():f}")
            if name == "halt":
                words.append("halt account")
    return words


@pytest.mark.parametrize("between", BETWEEN)
@pytest.mark.parametrize("way", WAYS)
def test_a_level_is_told_at_its_cent(way: str, between: str) -> None:
    """Twelve levels, each one cent before, at, and after its amount, lost in two steps."""
    enter, lose = WAYS[way]
    for tier, (capital, levels) in TABLE.items():
        for amount in levels.values():
            for total in (amount - CENT, Decimal(amount), amount + CENT):
                stage = Losing(capital)
                enter(stage)
                assert (stage.tier, stage.heard()) == (tier, [])
                half = (total / 2).quantize(CENT)
                lose(stage, half, half)
                BETWEEN[between](stage)
                lose(stage, total - half, total)
                told = expected(levels, (half, total), new_day=between == "midnight")
                assert stage.heard() == told, f"{tier}, {total} lost"
                assert stage.tier == tier
                assert (stage.gate.losses.halted is not None) is (total >= levels["halt"])
                assert stage.kernel.state == ("halted" if total >= levels["halt"] else "running")


@pytest.mark.parametrize("tier", TABLE)
@pytest.mark.parametrize("feed", ["trades", "bars"])
def test_of_several_positions_the_sum_counts(tier: str, feed: str) -> None:
    """A long, a short and coins each lose a third: the day and the drawdown sum up, a single trade stands alone."""
    capital, levels = TABLE[tier]
    for name, amount in levels.items():
        for total in (
            (3 * amount - CENT, Decimal(3 * amount), 3 * amount + CENT)
            if name == "info"
            else (
                amount - CENT,
                Decimal(amount),
                amount + CENT,
            )
        ):
            stage = Losing(capital, native_ns=MINUTE if feed == "bars" else 0)
            for symbol, side in zip(SYMBOLS, (1, -1, 1), strict=True):
                stage.trade(side, 1, symbol=symbol)
            third = (total / 3).quantize(CENT)
            losses = {PERP: third, ETH: third, SPOT: total - 2 * third}
            if feed == "bars":
                stage.bars(
                    {symbol: float(PRICE - loss * (-1 if symbol == ETH else 1)) for symbol, loss in losses.items()}
                )
            else:
                for symbol, loss in losses.items():
                    stage.price(PRICE - loss * (-1 if symbol == ETH else 1), symbol, looks=False)
                stage.pass_time(1_000_000_000)
            told = [f"info {loss.normalize():f}" for loss in losses.values() if loss >= levels["info"]]
            told += [
                f"{other} {total.normalize():f}" for other in ("warning", "critical", "halt") if total >= levels[other]
            ]
            assert stage.heard() == [*told, *(["halt account"] if total >= levels["halt"] else [])], total


@pytest.mark.parametrize("tier", TABLE)
def test_on_bars_each_level_comes_with_the_close_that_reaches_it(tier: str) -> None:
    """A single position in a feed of bars, falling cent by cent around each level."""
    capital, levels = TABLE[tier]
    for name, amount in levels.items():
        stage = Losing(capital, symbols=(PERP,), native_ns=MINUTE)
        stage.trade(1, 1)
        for loss, is_told in ((amount - CENT, False), (Decimal(amount), True), (amount + CENT, True)):
            stage.price(PRICE - loss)
            assert any(word == f"{name} {amount}" for word in stage.heard()) is is_told, loss
        assert len([word for word in stage.heard() if word.startswith(f"{name} ") and word[-1].isdigit()]) == 1


@pytest.mark.parametrize("tier", TABLE)
@pytest.mark.parametrize("name", ["info", "warning", "critical"])
def test_once_per_crossing(tier: str, name: str) -> None:
    """Told again only once the loss had shrunk to half of the level: at the half and a cent it had not."""
    capital, levels = TABLE[tier]
    amount = levels[name]
    half = Decimal(amount) / 2
    stage = Losing(capital, LOOSE)
    _enter(stage)
    count = []
    for loss in (amount, half + CENT, amount, half, amount - CENT, amount):
        stage.price(PRICE - Decimal(loss) / 2)
        count.append(len([word for word in stage.heard() if word.startswith(f"{name} ")]))
    assert count == [1, 1, 1, 1, 1, 2]


def test_every_level_says_what_was_lost_and_what_the_level_is() -> None:
    """At its moment, with the figures, for people and for programs."""
    stage = Losing("1000")
    _enter(stage)
    stage.price(PRICE - Decimal("37.505"))
    loss = Decimal("75.01")
    halt = "the drawdown of 75.01 reached the Sniper's HALT of 75.00"
    told = {
        "info": (10, "Info: the open trade of operator in BTC/USDT:USDT lost 75.01; the level is 10.00"),
        "warning": (25, "Warning: 75.01 lost this day (UTC); the Sniper's level is 25.00"),
        "critical": (50, "Critical: 75.01 lost from the highest equity; the Sniper's level is 50.00"),
        "halt": (75, halt),
    }
    assert stage.told == [
        *(
            events.DrawdownAlert(stage.now, level, loss, Decimal(amount), sentence)
            for level, (amount, sentence) in told.items()
        ),
        events.Halt(stage.now, "account", halt),
    ]
    stage.kernel.lift_halt("account", "I looked")
    assert stage.told[-1] == events.HaltLifted(stage.now, "account", "I looked")
