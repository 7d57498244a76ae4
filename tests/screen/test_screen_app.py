"""The app as a whole: sizes, the pulse, faults, and what it takes to import it."""

import random
import subprocess
import sys

import msgspec
import pytest
from textual.pilot import Pilot

from engine.snapshot import Snapshot
from hean_tui.screen import app as app_module
from hean_tui.screen.app import PULL_EVERY_S, GardenApp, open_garden
from hean_tui.screen.panes.hints import Hints
from tests.screen.looking import look, press, text_of
from tests.screen.still_garden import NOON, StillClock, StillFacade


async def _resize(pilot: Pilot[int], width: int, height: int) -> None:
    await pilot.resize_terminal(width, height)
    await look(pilot)


async def test_a_storm_of_sizes_leaves_a_garden_that_is_laid_out(app: GardenApp, clock: StillClock) -> None:
    """Sizes from absurd to huge, also under a sheet: nothing breaks, and the last one is drawn right."""
    dice = random.Random(7)
    async with app.run_test(size=(120, 40)) as pilot:
        for at in range(30):
            if at == 15:
                await press(pilot, clock, "ctrl+x")
            await _resize(pilot, dice.randint(1, 220), dice.randint(1, 70))
            assert "this pane rests" not in text_of(app)
        await press(pilot, clock, "escape")
        await _resize(pilot, 52, 12)
        assert "60 x 16 needed, 52 x 12 here" in text_of(app)
        assert "paper, gate closed, 2 open, +42.18 today" in text_of(app)
        await _resize(pilot, 80, 24)
        assert "moss ·" not in text_of(app)
        await _resize(pilot, 120, 40)
        assert "moss · strategies" in text_of(app)


@pytest.mark.parametrize(("width", "height"), [(60, 16), (80, 24), (110, 23), (110, 34), (120, 40), (200, 60)])
async def test_every_line_has_the_width_of_the_terminal(width: int, height: int, clock: StillClock) -> None:
    """At the edges of all breakpoints, and the gate's key is always told."""
    app = GardenApp(StillFacade(), now=clock)
    async with app.run_test(size=(width, height)) as pilot:
        await look(pilot)
        assert {strip.cell_length for strip in app.screen._compositor.render_strips()} == {width}
        assert "^x close gate" in text_of(app)
        assert "pond · equity" in text_of(app)


class CountingFacade(StillFacade):
    """Counts how often it is looked at."""

    looks = 0

    def latest(self) -> Snapshot:
        """One more."""
        self.looks += 1
        return self.view


async def test_the_pulse_is_twice_a_second_and_four_times_with_a_focus() -> None:
    """Of eight beats, a quarter of a second apart, every second one looks; with a focus each; quiet stays slow."""
    assert PULL_EVERY_S == 0.25
    for quiet, with_focus in ((False, 8), (True, 4)):
        facade = CountingFacade()
        app = GardenApp(facade, quiet=quiet)
        async with app.run_test(size=(120, 40)) as pilot:
            for focus, expected in ((None, 4), ("#stones", with_focus)):
                app.screen.set_focus(None if focus is None else app.screen.query_one(focus))
                await pilot.pause(0)
                before = facade.looks
                for _ in range(8):  # without an await, so that the timer of the app does not beat in between
                    app._tick()
                assert facade.looks - before == expected


async def test_nothing_is_painted_while_nobody_reads(app: GardenApp, facade: StillFacade) -> None:
    """The engine is looked at all the same; once the terminal is read again, the newest picture is on it."""
    async with app.run_test(size=(120, 40)) as pilot:
        await look(pilot)
        app._is_unread = True  # what the driver says of a terminal that took nothing of a frame
        facade.view = msgspec.structs.replace(facade.view, positions=())
        await look(pilot)
        assert "BTC/USDT:USDT      0.012" in text_of(app)
        assert app.lookout.live.view.positions == ()
        app._is_unread = False
        await look(pilot)
        assert "BTC/USDT:USDT      0.012" not in text_of(app)


async def test_a_signal_handler_can_end_the_screen(app: GardenApp) -> None:
    """Asked from anywhere, the screen leaves at its next pulse with the code it was given."""
    async with app.run_test(size=(120, 40)) as pilot:
        app.leave_soon(143)
        await pilot.pause(0.4)
    assert app.return_value == 143


def test_a_screen_that_stumbles_is_opened_again_three_times_and_then_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The engine's facade stays the same; the second garden knows why it is there."""
    opened: list[GardenApp] = []

    def stumbling(self: GardenApp) -> None:
        opened.append(self)
        self.stumble = "ZeroDivisionError"

    monkeypatch.setattr(app_module.GardenApp, "run", stumbling)
    assert open_garden(StillFacade()) == 1
    assert len(opened) == 4
    notes = opened[1].lookout.look(opened[1].lookout.pull(), 0.0).notes
    assert "opened again after a fault of its own (ZeroDivisionError)" in notes[0].text
    assert notes[0].time == NOON
    assert capsys.readouterr().err.startswith("the screen failed 4 times, last with ZeroDivisionError;")


async def test_a_fault_in_a_handler_ends_the_screen_without_a_traceback_for_the_user(
    app: GardenApp, clock: StillClock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is written to the log, named on the app, and nothing is printed."""

    def failing() -> None:
        raise ZeroDivisionError("a bug of ours")

    monkeypatch.setattr(app, "action_unit", failing)
    with pytest.raises(ZeroDivisionError):
        async with app.run_test(size=(120, 40)) as pilot:
            await press(pilot, clock, "m")
    assert app.stumble == "ZeroDivisionError"
    assert app.return_code == 1
    assert capsys.readouterr() == ("", "")


async def test_the_hints_give_way_but_never_the_gate_the_help_and_the_way_out(clock: StillClock) -> None:
    """At 60 columns."""
    app = GardenApp(StillFacade(), now=clock)
    async with app.run_test(size=(60, 20)) as pilot:
        await look(pilot)
        told = app.screen.query_one(Hints).render_line(0).text
        for words in ("^x close gate", "q leave", "? help"):
            assert words in told


def test_importing_the_screen_brings_nothing_heavier_than_textual() -> None:
    """No numbers package, no exchange, no settings library."""
    code = (
        "import sys, hean_tui.screen.app; "
        "heavy = {'numpy', 'pandas', 'pyarrow', 'ccxt', 'pybit', 'pydantic', 'typer', 'aiohttp'}; "
        "print(*sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
