"""What is told of a start that goes on from an earlier run, of the books, of the components, and of a kill."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from engine.facade import Ask, Verb
from engine.operator import KILL_PHRASE, KILL_SCOPE
from engine.snapshot import DiscrepancyView, HealthView, ReconcileView
from hean_tui.halts import UNLOCK_KILL
from hean_tui.screen.app import GardenApp
from hean_tui.screen.asks import ACTOR
from hean_tui.screen.panes.fence import Fence
from hean_tui.screen.panes.pond import Pond
from hean_tui.screen.panes.roots import Roots
from hean_tui.screen.panes.stones import Stones
from hean_tui.screen.panes.strip import Strip
from tests.screen.looking import look, pane_text, press, text_of
from tests.screen.still_garden import NOON, SECOND, STARTING, STILL, UNWELL, StillClock, StillFacade

WIDE = (120, 40)


def roots_of(app: GardenApp) -> list[str]:
    """The lines of the pane, without their blanks."""
    return [line.strip() for line in pane_text(app.screen.query_one(Roots)).splitlines()]


def is_shown(app: GardenApp, pane: type[Roots | Pond | Stones]) -> bool:
    return bool(app.screen.query_one(pane).region.area)


@pytest.mark.parametrize("size", [WIDE, (80, 40), (80, 24), (120, 24)])
async def test_a_start_is_shown_line_by_line(size: tuple[int, int], clock: StillClock) -> None:
    """Every step with how far it is and what it found, on every screen that has room for a garden."""
    app = GardenApp(StillFacade(STARTING), now=clock)
    async with app.run_test(size=size):
        told = roots_of(app)
        for line, step in zip(told, STARTING.start, strict=False):
            state = "–" if step.state == "waiting" else step.state
            assert line.split()[: 2 + len(step.name.split())] == [str(step.step), *step.name.split(), state]
        assert "18,204 rows were read" in told[4]
        assert not is_shown(app, Pond)
        assert "9 of 16 steps" in text_of(app)


async def test_where_not_all_steps_fit_the_present_one_is_in_sight(clock: StillClock) -> None:
    """The smallest garden that is drawn."""
    app = GardenApp(StillFacade(STARTING), now=clock)
    async with app.run_test(size=(60, 16)):
        assert any(line.startswith("9  unknown orders  running") for line in roots_of(app))


async def test_the_garden_comes_back_a_moment_after_the_start(clock: StillClock) -> None:
    """The end of a list that was over at once can still be read; then it is on the page of its own alone."""
    facade = StillFacade(STARTING)
    app = GardenApp(facade, now=clock)
    async with app.run_test(size=WIDE) as pilot:
        for state, uptime_s, shown in (("running", 3, True), ("running", 5, False), ("starting", 90, True)):
            engine = replace(STARTING.engine, state=state, uptime_s=uptime_s)
            facade.view = replace(STARTING, engine=engine)
            await look(pilot)
            assert (is_shown(app, Roots), is_shown(app, Pond)) == (shown, not shown)


async def test_an_engine_without_a_past_shows_no_list(clock: StillClock) -> None:
    """The first start of a folder has nothing to find out."""
    facade = StillFacade()
    facade.in_state("starting")
    app = GardenApp(facade, now=clock)
    async with app.run_test(size=WIDE):
        assert is_shown(app, Pond)
        assert not is_shown(app, Roots)


async def test_a_start_can_be_left_to_itself(clock: StillClock) -> None:
    """Other pages and zen are as always meanwhile."""
    app = GardenApp(StillFacade(STARTING), now=clock)
    async with app.run_test(size=WIDE) as pilot:
        for key, shown in (("5", Stones), ("8", Roots), ("z", Pond)):
            await press(pilot, clock, key)
            panes: tuple[type[Roots | Pond | Stones], ...] = (Stones, Roots, Pond)
            assert [is_shown(app, pane) for pane in panes] == [pane is shown for pane in panes]


async def test_a_step_that_refused_stays(clock: StillClock) -> None:
    """The start ends there, and its sentence is what a person needs."""
    steps = (*STARTING.start[:7], replace(STARTING.start[7], state="refused", sentence="it is another account"))
    app = GardenApp(StillFacade(replace(STARTING, start=steps)), now=clock)
    async with app.run_test(size=WIDE):
        assert roots_of(app)[7] == "7  account         refused   it is another account"


async def test_health_is_a_page_with_the_worst_first(clock: StillClock) -> None:
    """What differs in the books, state, age and reason of every component, and the check list."""
    app = GardenApp(StillFacade(UNWELL), now=clock)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "8")
        told = [" ".join(line.lstrip("›").split()) for line in roots_of(app)]
        assert told[:6] == [
            "books 1 differs 12s compared with the venue's at 14:31:55",
            "SOL/USDT:USDT unexplained 42s ours 0, theirs 0.5; +5 lots, and no execution tells of them",
            "strategy ema_cross down 10m ZeroDivisionError in on_bar",
            "journal degraded 1m a commit took 1.4 s; 0.2 s is usual",
            "engine healthy 4h04m",
            "disk healthy 4h04m",
        ]
        assert told[6] == "0 process done hean-tui 0.1.0, on paper"
        assert "2 are unwell" in text_of(app)


async def test_a_sentence_that_a_row_had_to_cut_is_told_below(clock: StillClock) -> None:
    """The chosen line, in full."""
    app = GardenApp(StillFacade(UNWELL), now=clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, clock, "8", "j")
        assert "+5 lots, and no execution tells of them" in " ".join(" ".join(roots_of(app)[-2:]).split())


async def test_the_age_and_the_result_of_the_last_comparison_are_always_in_sight(clock: StillClock) -> None:
    """In the fence, and in the strip where there is no room for a fence: first where something differs."""
    facade = StillFacade()
    app = GardenApp(facade, now=clock)
    explained = replace(UNWELL.reconcile.discrepancies[0], verdict="explained")
    cases: tuple[tuple[float, tuple[DiscrepancyView, ...], str, str], ...] = (
        (12.0, (), "equal, 12s ago", "foreground"),
        (120.0, (), "equal, 2m ago", "lamp"),
        (12.0, (explained,), "1 explained, 12s ago", "lamp"),
        (12.0, UNWELL.reconcile.discrepancies, "1 differs, 12s ago", "loss"),
        (12.0, UNWELL.reconcile.discrepancies * 2, "2 differ, 12s ago", "loss"),
    )
    async with app.run_test(size=(100, 30)) as pilot:
        for lag_s, discrepancies, words, colour in cases:
            last_at = NOON - int(lag_s) * SECOND
            reconcile = ReconcileView(last_at=last_at, lag_s=lag_s, discrepancies=discrepancies)
            facade.view = replace(STILL, reconcile=reconcile)
            await look(pilot)
            strip = app.screen.query_one(Strip)
            assert f"books {words}" in pane_text(strip)
            fence = app.screen.query_one(Fence).lines(app.lookout.shown, 38, 12)
            assert [(text, ink) for line in fence for text, ink in line if text == words] == [(words, colour)]
            is_early = pane_text(strip).index("books") < pane_text(strip).index("HALT")
            assert is_early is (colour != "foreground")


async def test_before_the_first_comparison_it_is_said_that_there_was_none(app: GardenApp, clock: StillClock) -> None:
    """Unknown is a dash, and never an equal."""
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "8")
        assert " ".join(roots_of(app)[0].lstrip("›").split()) == "books – not compared with the venue's yet"


async def test_words_from_outside_are_plain_text(clock: StillClock) -> None:
    """A venue's or a plug-in's sentence is never markup, and steers no terminal."""
    evil = "[red]no[/]\x1b[2J\u202eafter"
    view = replace(
        STARTING,
        start=tuple(replace(step, sentence=evil) for step in STARTING.start),
        health={evil: HealthView(state=evil, reason=evil, age_s=float("nan"))},
        reconcile=ReconcileView(
            last_at=NOON,
            lag_s=float("inf"),
            discrepancies=(replace(UNWELL.reconcile.discrepancies[0], evidence=evil, theirs=Decimal("NaN")),),
        ),
    )
    facade = StillFacade(view)
    app = GardenApp(facade, now=clock)
    async with app.run_test(size=WIDE) as pilot:
        for state in ("starting", "running"):
            facade.view = replace(view, engine=replace(view.engine, state=state, uptime_s=600))
            await press(pilot, clock, "8", "j", "3", "1")
            await press(pilot, clock, "8")
            told = text_of(app)
            assert "[red]no[/]" in told
            assert "\x1b" not in told
            assert "\u202e" not in told
            assert "this pane rests" not in told


async def test_a_kill_names_the_command_that_opens_it(facade: StillFacade, clock: StillClock) -> None:
    """On the fence, on the sheet over the gate, and when somebody tries to start."""
    assert f'hean-tui unlock {KILL_SCOPE} --reason TEXT --phrase "{KILL_PHRASE}"' == UNLOCK_KILL
    facade.in_state("killed")
    app = GardenApp(facade, now=clock)
    async with app.run_test(size=WIDE) as pilot:
        assert "killed until hean-tui unlock kill" in pane_text(app.screen.query_one(Fence))
        await press(pilot, clock, "s")
        assert UNLOCK_KILL in text_of(app)
        clock.now_s += 10.0
        await press(pilot, clock, "ctrl+x")
        assert UNLOCK_KILL in text_of(app)


async def test_r_compares_the_books(app: GardenApp, facade: StillFacade, clock: StillClock) -> None:
    """Now, and not only every half a minute."""
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "r")
        assert facade.asked == [Ask(verb=Verb.RECONCILE)]


async def test_whatever_is_asked_here_is_asked_in_the_name_of_the_garden(
    app: GardenApp, facade: StillFacade, clock: StillClock
) -> None:
    """The journal knows who it was."""
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "p", "r", "5", "c", "c", "t", *"0.05", *["tab"] * 4, "j", "enter", "ctrl+x")
        assert {ask.verb for ask in facade.asked} == {Verb.PAUSE, Verb.RECONCILE, Verb.CLOSE, Verb.BUY, Verb.KILL}
        assert set(facade.actors) == {ACTOR}
