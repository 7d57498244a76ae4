"""Losses, halts, tiers and shares of the capital in words: one line each in the stream, a few in the status."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from engine import events
from engine.bus import Bus
from engine.snapshot import Snapshot, to_json_object
from engine.stream import Stream
from hean_tui.engine_lines import status_lines
from hean_tui.halts import lifting_command
from tests.screen.still_garden import HALTED, NOON, STILL

HOUR = 3_600_000_000_000
REASON = "the drawdown of 75.97 reached the Sniper's HALT of 75.00"


def _fail(_handler: object, _event: events.Event, error: Exception) -> None:
    raise error


def told(*facts: events.Event) -> list[tuple[str, str]]:
    """The stream's lines of these facts."""
    bus = Bus(_fail)
    stream = Stream(bus)
    for fact in facts:
        bus.publish(fact)
    return [(line.word, line.text) for line in stream.lines()]


def status(view: Snapshot) -> dict[str, str]:
    """The lines of `hean-tui status`, by their first word."""
    return {line.split()[0]: line.partition("  ")[2].strip() for line in status_lines(to_json_object(view))}


def test_a_level_says_its_name_once() -> None:
    """The word before the line is the level already."""
    sentence = "Warning: 25.74 lost this day (UTC); the Sniper's level is 25.00"
    alert = events.DrawdownAlert(NOON, "warning", Decimal("25.74"), Decimal(25), sentence)
    assert told(alert) == [("warning", "25.74 lost this day (UTC); the Sniper's level is 25.00")]


def test_a_halt_is_one_line_and_its_lifting_another() -> None:
    """The alert and the halt of the same moment say the same; a person reads it once."""
    alert = events.DrawdownAlert(NOON, "halt", Decimal("75.97"), Decimal(75), REASON)
    halt, lifted = events.Halt(NOON, "account", REASON), events.HaltLifted(NOON + 4 * HOUR, "account", "written down")
    assert told(alert, halt, lifted) == [("halt", f"account: {REASON}"), ("lifted", "account: written down")]


def test_another_tier_and_other_shares_are_told() -> None:
    """From where to where and why; who has how much, and until when."""
    tier = events.TierChanged(NOON, "Sniper", "Hunter", "the highest equity is 2,104.50")
    shares = (("impulse", Decimal("0.625")), ("ema_cross", Decimal("0.375")))
    capital = events.CapitalAllocated(NOON, NOON + 9 * HOUR + 1, shares, "{}")
    assert told(tier, capital) == [
        ("tier", "Sniper to Hunter: the highest equity is 2,104.50"),
        ("shares", "impulse 62 %, ema_cross 38 %; drawn again in 10 h"),
    ]


def test_the_status_tells_tier_level_and_what_is_lost() -> None:
    """Losses are sizes; a gain is none."""
    lines = status(STILL)
    assert lines["tier"] == "Strategist: Info 200.00, Warning 500.00, Critical 1,500.00, HALT 2,000.00"
    assert lines["risk"] == "level none; 2.74 lost in one trade, 0.00 this day, 18.84 in all"
    assert lines["tonight"] == "HALT within 12 h: 0.04 %"
    assert "lifted" not in lines


@pytest.mark.parametrize("state", ["stopped", "halted", "paused"])
def test_the_status_tells_a_pause_and_what_ends_it(state: str) -> None:
    """Also while the state says something else; where nothing is closed no line says so."""
    paused = replace(STILL.engine, state=state, paused="unlocked, and resting until you resume")
    lines = status(replace(STILL, engine=paused))
    assert lines["paused"] == "unlocked, and resting until you resume; hean-tui resume ends it"
    assert "gate" not in lines
    assert "paused" not in status(STILL)


def test_the_status_tells_a_closed_gate_and_what_opens_it() -> None:
    """A kill is unlocked first, so no other way out is named beside it."""
    gate = "the gate was closed by the operator"
    stopped = replace(STILL.engine, state="stopped", gate_closed=gate)
    assert status(replace(STILL, engine=stopped))["gate"] == f"{gate}; hean-tui resume opens it"
    assert status(replace(STILL, engine=replace(stopped, state="killed")))["gate"] == gate


def test_the_status_of_a_halt_says_what_to_type_and_from_when_on() -> None:
    """The command word for word; a position without a stop is told beside it."""
    lines = status(HALTED)
    assert lines["risk"] == f"halted: {REASON}"
    assert lines["lifted"] == (
        'from 2026-01-01T18:20:07.000Z on, by hean-tui unlock account --reason TEXT --phrase "RESET SNIPER"'
    )
    assert lines["naked"] == "a position without a stop for all of it, for 12 s"


def test_a_halt_of_the_day_ends_by_itself() -> None:
    """No command lifts it, so none is named."""
    view = replace(HALTED, risk=replace(HALTED.risk, lift="none"))
    assert status(view)["lifted"] == "by itself at 2026-01-01T18:20:07.000Z"


def test_an_engine_that_knows_nothing_yet_has_a_status() -> None:
    """No tier, no figure, and none invented."""
    lines = status(Snapshot())
    assert lines["risk"] == "level none; - lost in one trade, - this day, - in all"
    assert "tier" not in lines


@pytest.mark.parametrize(
    ("lift", "tier", "command"),
    [
        ("none", "Sniper", None),
        ("acknowledge", "Sniper", 'hean-tui unlock account --reason TEXT --phrase "RESET SNIPER"'),
        ("manual_reset", "Hunter", 'hean-tui unlock account --reason TEXT --phrase "RESET HUNTER"'),
        ("lockout", "Strategist", 'hean-tui unlock account --reason TEXT --phrase "RESET STRATEGIST"'),
        ("lockout", "Whale", "hean-tui unlock account --reason TEXT --phrase TEXT"),
    ],
)
def test_the_command_that_lifts_a_halt(lift: str, tier: Any, command: str | None) -> None:
    """Each tier has its phrase; of a tier that this version does not know, the phrase is not invented."""
    assert lifting_command(lift, tier) == command
