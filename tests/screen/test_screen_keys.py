"""Every key does what its line in the help says, and the engine hears exactly that."""

from decimal import Decimal

from msgspec.structs import replace

from engine.facade import Ask, Verb
from hean_tui.screen.app import GardenApp
from hean_tui.screen.keys import GARDEN_KEYS, PRIORITY_KEYS
from hean_tui.screen.overlays.leave import LeaveOverlay
from hean_tui.screen.overlays.protect import ProtectOverlay
from hean_tui.screen.overlays.ticket import TicketOverlay
from hean_tui.screen.panes.stones import Stones
from hean_tui.screen.scene import Scene, Unit
from tests.screen.looking import look, press, text_of
from tests.screen.still_garden import StillClock, StillFacade

WIDE = (120, 40)


STATES = (
    ("stopped", "s", Verb.START),
    ("running", "s", Verb.STOP),
    ("paused", "s", Verb.STOP),
    ("halted", "s", Verb.STOP),
    ("running", "p", Verb.PAUSE),
    ("paused", "p", Verb.RESUME),
)
REASONS = (
    ("starting", "s", "wait a moment"),
    ("killed", "s", "hean-tui unlock kill"),
    ("killed", "p", "the gate is closed"),
    ("reduce_only", "p", "the gate is closed"),
    ("killed", "t", "the gate is closed"),
)


async def test_s_and_p_ask_for_the_other_state(app: GardenApp, facade: StillFacade, clock: StillClock) -> None:
    """Start or stop, pause or resume, by what the engine is doing now."""
    async with app.run_test(size=WIDE) as pilot:
        for state, key, verb in STATES:
            facade.in_state(state)
            await look(pilot)
            await press(pilot, clock, key)
            assert (state, facade.asked.pop()) == (state, Ask(verb=verb))
        assert facade.asked == []


async def test_p_pauses_and_resumes_while_the_strategies_rest(
    app: GardenApp, facade: StillFacade, clock: StillClock
) -> None:
    """Who trades by hand starts no strategy to end a pause; the header, the fence and the line of zen show it."""
    async with app.run_test(size=WIDE) as pilot:
        for state in ("stopped", "halted", "starting"):
            for paused, verb in ((False, Verb.PAUSE), (True, Verb.RESUME)):
                facade.in_state(state, paused=paused)
                await look(pilot)
                header = text_of(app).splitlines()[0]
                assert (f"paper  sim  {state}, paused" in header) is paused
                assert ("open for exits only" in text_of(app)) is paused
                await press(pilot, clock, "p")
                assert (state, facade.asked.pop()) == (state, Ask(verb=verb))
        await press(pilot, clock, "z")
        assert "gate open | paused" in text_of(app)


async def test_a_key_that_cannot_act_says_why_and_asks_nothing(
    app: GardenApp, facade: StillFacade, clock: StillClock
) -> None:
    """What would be refused, or would open the gate by a letter, is not even asked."""
    async with app.run_test(size=WIDE) as pilot:
        for state, key, words in REASONS:
            facade.in_state(state)
            await look(pilot)
            await press(pilot, clock, key)
            assert words in text_of(app).splitlines()[-1]
        assert facade.asked == []


async def test_c_twice_closes_the_chosen_position(app: GardenApp, facade: StillFacade, clock: StillClock) -> None:
    """The first press names what would be closed, the second one closes it."""
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "tab", "tab", "j", "c")
        assert "press again to close short 0.4 ETH/USDT:USDT" in text_of(app)
        assert facade.asked == []
        await press(pilot, clock, "c")
        assert facade.asked == [Ask(verb=Verb.CLOSE, symbol="ETH/USDT:USDT")]


async def test_c_twice_cancels_the_chosen_order(app: GardenApp, facade: StillFacade, clock: StillClock) -> None:
    """On the orders' pane the same key cancels."""
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "4", "j", "c", "c")
        assert facade.asked == [Ask(verb=Verb.CANCEL, order_id="h000034", symbol="BTC/USDT:USDT")]


async def test_a_second_c_on_another_row_or_too_late_asks_again(
    app: GardenApp, facade: StillFacade, clock: StillClock
) -> None:
    """The two presses belong to one thing and to five seconds."""
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "5", "c", "j", "c")
        clock.now_s += 6.0
        await press(pilot, clock, "c")
        assert facade.asked == []


async def test_c_without_a_choice_or_on_an_ended_order_says_so(
    app: GardenApp, facade: StillFacade, clock: StillClock
) -> None:
    """Nothing is guessed."""
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "c")
        assert "choose a position or an order first" in text_of(app)
        await press(pilot, clock, "4", "j", "j", "j", "c", "c")
        assert "this order is denied already" in text_of(app)
        assert facade.asked == []


async def test_the_ticket_sends_what_is_written_in_it(app: GardenApp, facade: StillFacade, clock: StillClock) -> None:
    """t, a quantity and a stop, then buy."""
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "t", *"0.05", "tab", "tab", *"60000.5", "tab", "tab", "j", "enter")
        assert facade.asked == [
            Ask(verb=Verb.BUY, symbol="BTC/USDT:USDT", quantity=Decimal("0.05"), stop=Decimal("60000.5"))
        ]
        assert not isinstance(app.screen, TicketOverlay)


async def test_a_ticket_that_cannot_be_meant_says_what_was_wrong(
    app: GardenApp, facade: StillFacade, clock: StillClock
) -> None:
    """One sentence with the value; the form stays, nothing is asked."""
    to_buy = ("tab", "tab", "tab", "tab", "j", "enter")
    async with app.run_test(size=WIDE) as pilot:
        for keys, words in (
            (to_buy, "quantity was empty"),
            ((*"abc", *to_buy), "quantity was 'abc'"),
            ((*"-1", *to_buy), "write a number above zero"),
            (("1", "tab", *"1e999", *to_buy[1:]), "limit was '1e999'"),
            (("1", "shift+tab", "x", "tab", *to_buy), "symbol was 'x'"),
        ):
            await press(pilot, clock, "t", *keys)
            assert words in text_of(app)
            assert isinstance(app.screen, TicketOverlay)
            await press(pilot, clock, "escape")
        assert facade.asked == []


def test_a_ticket_can_be_drawn_before_its_fields_are_there() -> None:
    """A busy machine draws the sheet first; what it was opened with is known already."""
    ticket = TicketOverlay(Scene(StillFacade().latest()), {"symbol": "BTC/USDT:USDT"})
    assert ticket.facts(ticket.scene).startswith("BTC/USDT:USDT   bid ")


async def test_enter_through_a_ticket_ends_at_the_safe_choice(
    app: GardenApp, facade: StillFacade, clock: StillClock
) -> None:
    """Whoever only presses enter gives no order."""
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "t", "1", *["enter"] * 5)
        assert facade.asked == []
        assert not isinstance(app.screen, TicketOverlay)


async def test_equals_protects_the_chosen_position(app: GardenApp, facade: StillFacade, clock: StillClock) -> None:
    """One price, then the second choice."""
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "5", "equals_sign")
        assert isinstance(app.screen, ProtectOverlay)
        assert "long 0.012 BTC/USDT:USDT" in text_of(app)
        await press(pilot, clock, *"60900", "tab", "j", "enter")
        assert facade.asked == [Ask(verb=Verb.PROTECT, symbol="BTC/USDT:USDT", stop=Decimal(60900))]


async def test_a_refusal_is_one_plain_line(clock: StillClock) -> None:
    """What the engine refuses is told in the stream and at the bottom, markup and all, and nothing else happens."""
    app = GardenApp(StillFacade(refusing="cannot pause: [bold]the moon[/] is full"), now=clock)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "p")
        told = text_of(app)
        assert told.count("pause: cannot pause: [bold]the moon[/] is full") == 2
        assert "refused" in told


async def test_a_command_without_an_answer_is_told_once(clock: StillClock) -> None:
    """After ten seconds of silence the stream says that nobody answered."""
    app = GardenApp(StillFacade(answering=False), now=clock)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "p")
        clock.now_s += 11.0
        await look(pilot)
        clock.now_s += 11.0
        await look(pilot)
        assert text_of(app).count("no answer for 10 s") == 1


async def test_m_goes_through_money_per_cent_and_r(app: GardenApp, clock: StillClock) -> None:
    """The day as money, as a part of equity, and a dash where R is not known."""
    async with app.run_test(size=WIDE) as pilot:
        assert "+42.18  today" in text_of(app)
        await press(pilot, clock, "m")
        assert "+0.42%  today" in text_of(app)
        await press(pilot, clock, "m")
        assert "–  today" in text_of(app)
        assert "R to stop" in text_of(app)
        assert "+0.33" in text_of(app)  # 2.202 won against (61204.5 - 60640.0) * 0.012 = 6.774 risked
        await press(pilot, clock, "m")
        assert app.lookout.live.unit is Unit.MONEY


async def test_f_holds_the_picture_while_the_engine_goes_on(
    app: GardenApp, facade: StillFacade, clock: StillClock
) -> None:
    """A frozen picture says so, and shows the newest facts again afterwards."""
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "f")
        facade.in_state("paused")
        await look(pilot)
        assert "picture frozen" in text_of(app)
        assert "running  picture frozen" in text_of(app)
        await press(pilot, clock, "f")
        assert "picture frozen" not in text_of(app)
        assert "paper  sim  paused" in text_of(app)


async def test_tab_goes_round_the_panes_and_escape_leaves_them(app: GardenApp, clock: StillClock) -> None:
    """Eight panes in reading order, then the first again."""
    async with app.run_test(size=WIDE) as pilot:
        seen = []
        for _ in range(9):
            await press(pilot, clock, "tab")
            seen.append(app.screen.focused.id if app.screen.focused is not None else None)
        assert seen == ["pond", "stones", "ripples", "stream", "meadow", "fence", "moss", "breath", "pond"]
        await press(pilot, clock, "shift+tab")
        assert app.screen.focused is not None
        assert app.screen.focused.id == "breath"
        await press(pilot, clock, "escape")
        assert app.screen.focused is None


async def test_number_keys_open_one_pane_and_one_brings_the_garden_back(app: GardenApp, clock: StillClock) -> None:
    """A page is the same pane alone, under the header."""
    pages = {
        "2": "moss · strategies",
        "3": "fence · risk tier",
        "4": "ripples · orders",
        "5": "stones · positions",
        "6": "stream · events",
        "7": "meadow · market",
    }
    async with app.run_test(size=WIDE) as pilot:
        for key, title in pages.items():
            await press(pilot, clock, key)
            told = text_of(app)
            assert title in told
            assert [other for other in pages.values() if other in told] == [title]
            assert "paper" in told
        await press(pilot, clock, "1")
        assert all(title in text_of(app) for title in pages.values())


async def test_enter_opens_the_focused_pane_and_three_keys_close_it(app: GardenApp, clock: StillClock) -> None:
    """Open and back."""
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "tab", "tab")
        for back in ("escape", "backspace", "enter"):
            await press(pilot, clock, "enter")
            assert "pond ·" not in text_of(app)
            await press(pilot, clock, back)
            assert "pond ·" in text_of(app)


async def test_z_leaves_the_pond_and_one_line(app: GardenApp, clock: StillClock) -> None:
    """Nothing but equity and the line of the gate; z again, or escape, brings the garden back."""
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "z")
        told = text_of(app)
        assert "stones" not in told
        assert "gate open" in told
        assert "today" in told
        await press(pilot, clock, "z")
        assert "stones" in text_of(app)


async def test_j_and_k_move_the_choice_and_the_choice_stays_with_its_row(
    app: GardenApp, facade: StillFacade, clock: StillClock
) -> None:
    """Down, down beyond the end, up; and a list that turns around does not move the choice to another position."""
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "5", "j", "j", "down")
        stones = app.screen.query_one(Stones)
        chosen = stones.chosen_item()
        assert chosen is not None
        assert chosen.symbol == "ETH/USDT:USDT"
        facade.view = replace(facade.view, positions=tuple(reversed(facade.view.positions)))
        await look(pilot)
        chosen = stones.chosen_item()
        assert chosen is not None
        assert chosen.symbol == "ETH/USDT:USDT"


async def test_leave_asks_first_and_stay_is_the_first_choice(app: GardenApp, clock: StillClock) -> None:
    """q or ctrl+q or ctrl+c, then enter: nothing has happened."""
    async with app.run_test(size=WIDE) as pilot:
        for key in ("q", "ctrl+q", "ctrl+c"):
            await press(pilot, clock, key)
            assert isinstance(app.screen, LeaveOverlay)
            assert "Leaving ends the engine with the screen." in text_of(app)
            await press(pilot, clock, "enter")
            assert not isinstance(app.screen, LeaveOverlay)
        assert app.is_running


async def test_leave_ends_with_zero_and_asks_nothing_of_the_engine(
    app: GardenApp, facade: StillFacade, clock: StillClock
) -> None:
    """The third choice."""
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "q", "j", "j")
        pilot.app.simulate_key("enter")
        await pilot.pause(0)
    assert app.return_value == 0
    assert facade.asked == []


async def test_close_gate_and_leave_waits_for_the_gate(app: GardenApp, facade: StillFacade, clock: StillClock) -> None:
    """The second choice: first the entries are cancelled, then the screen ends."""
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "q", "j")
        await pilot.press("enter")
        await pilot.pause()
        app.draw()
    assert facade.asked == [Ask(verb=Verb.KILL, cancel_only=True)]
    assert app.return_value == 0


async def test_a_gate_that_does_not_close_keeps_the_screen(clock: StillClock) -> None:
    """Refused, or not answered within five seconds: the garden stays and says so."""
    for facade, words in (
        (StillFacade(refusing="no venue"), "the gate was not closed: no venue"),
        (StillFacade(answering=False), "the engine has not confirmed the gate"),
    ):
        app = GardenApp(facade, now=clock)
        async with app.run_test(size=WIDE) as pilot:
            await press(pilot, clock, "q", "j", "enter")
            clock.now_s += 5.5
            await look(pilot)
            assert words in text_of(app)
            assert app.is_running


async def test_the_help_tells_keys_and_the_focused_pane(app: GardenApp, clock: StillClock) -> None:
    """? opens and closes it."""
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "5", "question_mark")
        await pilot.pause()
        assert "pause" in text_of(app)
        assert len(app.screen.query("HelpPanel")) == 1
        await press(pilot, clock, "question_mark")
        assert len(app.screen.query("HelpPanel")) == 0


async def test_the_palette_carries_out_what_it_names(app: GardenApp, facade: StillFacade) -> None:
    """: and ctrl+p open it; flatten has no key and is found there."""
    async with app.run_test(size=WIDE) as pilot:
        await pilot.press("colon", *"flatten")
        await pilot.pause(0.3)
        await pilot.press("enter", "enter")
        await pilot.pause()
        await look(pilot)
        assert facade.asked == [Ask(verb=Verb.FLATTEN)]


async def test_keys_can_be_given_to_other_letters(facade: StillFacade, clock: StillClock) -> None:
    """A keymap by the ids of the bindings, shown in the hints as well."""
    app = GardenApp(facade, now=clock)
    app.set_keymap({"entries.pause": "w", "gate.close": "ctrl+g"})
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "p", "ctrl+x")
        assert facade.asked == []
        await press(pilot, clock, "w")
        assert facade.asked == [Ask(verb=Verb.PAUSE)]
        clock.now_s += 7.0
        await look(pilot)
        assert "w pause" in text_of(app)
        await press(pilot, clock, "ctrl+g")
        assert facade.asked[-1] == Ask(verb=Verb.KILL, cancel_only=True)


def test_every_binding_has_an_id_and_a_tooltip() -> None:
    """So that each can be remapped, and the help can explain it."""
    assert all(binding.id and binding.tooltip for binding in (*PRIORITY_KEYS, *GARDEN_KEYS))
