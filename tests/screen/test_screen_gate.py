"""The kill switch: one press closes, two flatten, a stuck key is one press, and a word opens again."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.facade import Ask, Verb
from hean_tui.screen.app import GardenApp
from hean_tui.screen.chord import DEBOUNCE_S, WINDOW_S, GateChord, Press
from hean_tui.screen.overlays.gate import GateOverlay
from tests.screen.looking import look, press, send, text_of
from tests.screen.still_garden import ORDERS, StillClock, StillFacade

CLOSE = Ask(verb=Verb.KILL, cancel_only=True)
FLATTEN = Ask(verb=Verb.KILL)
OPEN = Ask(verb=Verb.RESUME)
WIDE = (120, 40)


def _sheet_is_open(app: GardenApp) -> bool:
    return isinstance(app.screen, GateOverlay)


def test_a_key_that_sticks_is_one_press() -> None:
    """Thirty repeats, 30 ms apart, close the gate and flatten nothing."""
    chord = GateChord()
    presses = [chord.press(100.0 + at * 0.03) for at in range(30)]
    assert presses == [Press.CLOSE] + [Press.ECHO] * 29


def test_the_second_press_counts_for_ten_seconds() -> None:
    """Just inside the window it flattens, just outside it closes again."""
    for gap_s, meant in ((0.31, Press.FLATTEN), (9.99, Press.FLATTEN), (10.01, Press.CLOSE)):
        chord = GateChord()
        chord.press(5.0)
        assert chord.press(5.0 + gap_s) is meant


@given(st.lists(st.floats(0.0, 30.0, allow_nan=False), min_size=1, max_size=30))
def test_nothing_is_ever_flattened_without_a_press_shortly_before(gaps: list[float]) -> None:
    """Whatever the rhythm: before a flattening press there is a closing one, not too long ago and not an echo."""
    chord, now_s, closed_s = GateChord(), 0.0, None
    for gap_s in gaps:
        now_s += gap_s
        meant = chord.press(now_s)
        if meant is Press.FLATTEN:
            assert closed_s is not None
            assert DEBOUNCE_S <= now_s - closed_s <= WINDOW_S
        elif meant is Press.CLOSE:
            closed_s = now_s


async def test_the_first_press_closes_and_tells_what_it_did(
    app: GardenApp, facade: StillFacade, clock: StillClock
) -> None:
    """Entries are cancelled, stops stay, and the sheet counts both from the picture."""
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "ctrl+x")
        facade.in_state("reduce_only")
        facade.view = replace(facade.view, orders=ORDERS[1:])
        await look(pilot)
        told = text_of(app)
        assert facade.asked == [CLOSE]
        assert "closed at 14:32:07" in told
        assert "The gate is closed." in told
        assert "1 resting entry cancelled." in told
        assert "2 of 2 positions with a stop; stops stay." in told
        assert "flatten 2 positions now, reduce-only" in told
        assert " gate closed " in told


async def test_the_second_press_flattens_and_follows_it_to_the_end(
    app: GardenApp, facade: StillFacade, clock: StillClock
) -> None:
    """While positions are left they are counted; at the end the sheet says that none is."""
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "ctrl+x", "ctrl+x")
        assert facade.asked == [CLOSE, FLATTEN]
        assert "Flattening: 2 positions are left" in text_of(app)
        facade.in_state("killed")
        facade.view = replace(facade.view, positions=(), orders=())
        await look(pilot)
        assert "Flat: no position is left." in text_of(app)
        assert 'hean-tui unlock kill --reason TEXT --phrase "RESET KILL"' in text_of(app)


async def test_a_repeating_key_in_the_terminal_asks_once(
    app: GardenApp, facade: StillFacade, clock: StillClock
) -> None:
    """Ten presses within 300 ms of each other are one."""
    async with app.run_test(size=WIDE) as pilot:
        for _ in range(10):
            clock.now_s += 0.1
            await send(pilot, "ctrl+x")
        assert facade.asked == [CLOSE]


async def test_the_word_open_opens_the_gate(app: GardenApp, facade: StillFacade, clock: StillClock) -> None:
    """A wrong letter begins the word anew; the sheet goes when the engine has opened."""
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "ctrl+x", "o", "p", "x", "o", "p", "e")
        assert facade.asked == [CLOSE]
        assert _sheet_is_open(app)
        await press(pilot, clock, "n")
        assert facade.asked == [CLOSE, OPEN]
        assert not _sheet_is_open(app)
        assert " gate closed " not in text_of(app)


async def test_after_opening_the_next_press_is_a_first_one(
    app: GardenApp, facade: StillFacade, clock: StillClock
) -> None:
    """A gate that was opened again is not flattened by the press that closes it."""
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "ctrl+x", *"open", "ctrl+x")
        assert facade.asked == [CLOSE, OPEN, CLOSE]


async def test_enter_stays_closed_and_the_header_keeps_saying_so(
    app: GardenApp, facade: StillFacade, clock: StillClock
) -> None:
    """The sheet can go; the gate stays closed and the frames stay ember."""
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "ctrl+x", "enter")
        assert facade.asked == [CLOSE]
        assert not _sheet_is_open(app)
        assert " gate closed " in text_of(app)
        assert app.screen.has_class("-closed")


async def test_the_key_works_in_every_dialog_and_input(app: GardenApp, facade: StillFacade, clock: StillClock) -> None:
    """In the ticket, in the way out, in the palette: the sheet lies on top at once."""
    async with app.run_test(size=WIDE) as pilot:
        for keys in (("t", "5"), ("q",), ("colon",)):
            facade.asked.clear()
            clock.now_s += 20.0
            await press(pilot, clock, *keys, "ctrl+x")
            assert facade.asked == [CLOSE]
            assert _sheet_is_open(app)
            await press(pilot, clock, *"open", "escape", "escape")


async def test_a_gate_opened_elsewhere_is_shown_open(app: GardenApp, facade: StillFacade, clock: StillClock) -> None:
    """The command line may have opened it: the picture is believed once it has shown the gate closed."""
    async with app.run_test(size=WIDE) as pilot:
        for closed, opened in (("reduce_only", "running"), ("stopped", "stopped")):
            await press(pilot, clock, "ctrl+x", "enter")
            facade.in_state(closed, gate_closed=True)
            await look(pilot)
            assert " gate closed " in text_of(app)
            facade.in_state(opened)
            await look(pilot)
            assert " gate closed " not in text_of(app)


async def test_p_opens_no_gate_that_was_closed_while_the_strategies_rest(
    app: GardenApp, facade: StillFacade, clock: StillClock
) -> None:
    """Closed from another shell and hidden by the state: it is shown, takes a word, and is believed open again."""
    async with app.run_test(size=WIDE) as pilot:
        for state in ("stopped", "halted"):
            facade.in_state(state, paused=True, gate_closed=True)
            await look(pilot)
            assert " gate closed " in text_of(app)
            await press(pilot, clock, "p")
            assert "the gate is closed" in text_of(app).splitlines()[-1]
            assert facade.asked == []
            facade.in_state(state)
            await look(pilot)
            assert " gate closed " not in text_of(app)


async def test_a_gate_that_was_not_closed_is_not_called_closed(clock: StillClock) -> None:
    """Refused, or not answered yet: the sheet says exactly that."""
    for facade, words in (
        (StillFacade(refusing="no engine is there"), "The gate is not closed: no engine is there"),
        (StillFacade(answering=False), "has not answered yet"),
    ):
        app = GardenApp(facade, now=clock)
        async with app.run_test(size=WIDE) as pilot:
            await press(pilot, clock, "ctrl+x")
            told = " ".join(text_of(app).split())
            assert words.split()[0] in told
            assert "The gate is closed." not in told
            assert " gate closed " not in text_of(app)


async def test_reopening_after_the_end_of_a_run_is_refused_in_plain_words(clock: StillClock) -> None:
    """The engine's sentence stands on the sheet."""
    facade = StillFacade(refusing="cannot resume: the kill switch was used; hean-tui unlock kill opens what it closed")
    facade.in_state("killed")
    app = GardenApp(facade, now=clock)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "ctrl+x", *"open")
        assert facade.asked[-1] == OPEN
        assert "cannot resume: the kill switch was used" in text_of(app)
