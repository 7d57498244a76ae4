"""What the panes tell: truth when news is old, a dash when nothing is known, and rest instead of failure."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from msgspec.structs import replace

from engine.snapshot import HealthView, Loss, RiskView, Snapshot, TiltView
from hean_tui.screen.app import GardenApp
from hean_tui.screen.ink import Line
from hean_tui.screen.panes.fence import Fence
from hean_tui.screen.panes.meadow import Meadow
from hean_tui.screen.panes.pond import Pond
from hean_tui.screen.panes.stones import Stones
from hean_tui.screen.panes.stream import Stream
from hean_tui.screen.panes.strip import Strip
from hean_tui.screen.scene import Scene
from tests.screen.looking import look, pane_text, press, segments_of, text_of
from tests.screen.still_garden import HALTED, NOON, SECOND, STILL, StillClock, StillFacade

WIDE = (120, 40)


async def test_an_engine_that_knows_nothing_yet_shows_dashes(clock: StillClock) -> None:
    """The first moment of a run: no price, no equity, no strategy; nothing fails."""
    app = GardenApp(StillFacade(Snapshot()), now=clock)
    async with app.run_test(size=WIDE) as pilot:
        for key in ("1", "2", "3", "4", "5", "6", "7", "m", "t", "escape", "ctrl+x"):
            await press(pilot, clock, key)
            assert "this pane rests" not in text_of(app)
        await press(pilot, clock, "escape", "1")
        told = text_of(app)
        for words in (
            "link –",
            "no position is open",
            "no order rests",
            "no market is heard yet",
            "no strategy grows here",
        ):
            assert words in told


async def test_old_news_is_dim_and_the_header_says_how_old(facade: StillFacade, clock: StillClock) -> None:
    """Twelve seconds without a price."""
    facade.view = replace(STILL, engine=replace(STILL.engine, time=NOON + 12 * SECOND))
    app = GardenApp(facade, now=clock)
    async with app.run_test(size=WIDE) as pilot:
        await look(pilot)
        assert "link 12s ago" in text_of(app)
        for pane in (Stones, Pond):
            spans = [span for line in app.screen.query_one(pane)._lines for span in line]
            assert {token.rstrip("@") for _, token in spans} == {"muted"}


async def test_a_silent_engine_is_told_from_an_old_price(app: GardenApp, clock: StillClock) -> None:
    """The engine published nothing new for a minute while it says that it runs."""
    async with app.run_test(size=WIDE) as pilot:
        clock.now_s += 65.0
        await look(pilot)
        assert "engine silent for 1m" in text_of(app)


async def test_a_pane_that_fails_rests_and_the_others_go_on(app: GardenApp, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug in one pane is named in that pane and counted; the app stays."""

    def failing(_self: Fence, _scene: Scene, _width: int, _height: int) -> Sequence[Line]:
        raise ZeroDivisionError("a [bold]bug[/] of ours")

    monkeypatch.setattr(Fence, "lines", failing)
    async with app.run_test(size=WIDE) as pilot:
        await look(pilot)
        await look(pilot)
        told = text_of(app)
        assert "this pane rests: ZeroDivisionError a" in told
        assert "[bold]bug[/] of ours" in told
        assert app.screen.query_one(Fence).fault_count >= 2
        assert "10,0" not in told  # the digits are large
        assert "+42.18  today" in told
        monkeypatch.undo()
        await look(pilot)
        assert "this pane rests" not in text_of(app)


async def test_numbers_that_cannot_be_are_dashes(facade: StillFacade, clock: StillClock) -> None:
    """NaN, infinity and sizes beyond all columns never fail and never lie."""
    strange = replace(
        STILL,
        account=replace(STILL.account, equity=Decimal("NaN"), day_pnl=Decimal("Infinity"), peak_equity=Decimal("NaN")),
        positions=tuple(
            replace(each, quantity=Decimal("1e40"), entry_price=Decimal("123456789012.5"), mark_price=None)
            for each in STILL.positions
        ),
        market=tuple(
            replace(each, last=float("nan"), bid=float("inf"), change_24h=float("-inf"), next_funding=2**80)
            for each in STILL.market
        ),
        risk=RiskView(leverage=Decimal("NaN"), limits={"max_leverage": Decimal("NaN")}),
        equity_curve=((NOON, float("nan")), (NOON + 1, 5.0)),
    )
    facade.view = strange
    app = GardenApp(facade, now=clock)
    async with app.run_test(size=WIDE) as pilot:
        for key in ("1", "m", "m", "m", "5", "7", "3"):
            await press(pilot, clock, key)
            assert "this pane rests" not in text_of(app)
        await press(pilot, clock, "5")
        assert "#" in pane_text(app.screen.query_one(Stones))  # a number that does not fit is hidden, not cut


def words_of(view: Snapshot, width: int = 100, height: int = 40) -> list[str]:
    """The lines of a fence of that size."""
    return ["".join(text for text, _ in line) for line in Fence().lines(Scene(view), width, height)]


async def test_the_fence_tells_tier_levels_halt_and_what_is_unwell(facade: StillFacade, clock: StillClock) -> None:
    """Everything the risk view may hold, on the page that has room for it."""
    facade.view = replace(
        HALTED,
        health={"journal": HealthView(state="degraded", reason="the disk is slow", age_s=1.0)},
        counts=replace(STILL.counts, errors=2, dropped=17),
    )
    app = GardenApp(facade, now=clock)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "3")
        told = pane_text(app.screen.query_one(Fence))
        for words in (
            "halted: the drawdown of 75.97 reached the Sniper's HALT of 75.00",
            "can be lifted at 18:20:07, in 3h48m:",
            'hean-tui unlock account --reason TEXT --phrase "RESET SNIPER"',
            "Sniper, at halt",
            "20.04 of 10   a single trade",
            "36.98 of 25   the day, UTC",
            "75.97 of 50   from the highest equity",
            "75.97 of 75   from the highest equity",
            "0 of 1, naked for 12s",
            "open for exits only",
            "36.98 of 48.05",
            "journal degraded: the disk is slow",
            "2 errors, 17 dropped",
            "longest 12s, 14s in all",
            "61.40, beyond it 88.10",
            "388.90, May 2021",
        ):
            assert words in told


@pytest.mark.parametrize(
    ("loss", "told", "token"),
    [
        ("3", "0 of 10", "calm"),
        ("-7.49", "7.49 of 10", "calm"),
        ("-9.999", "9.99 of 10", "lamp"),
        ("-10", "10 of 10", "ember"),
        ("-10.004", "10 of 10", "ember"),
    ],
)
def test_a_level_shows_as_reached_at_its_cent_and_not_before(loss: str, told: str, token: str) -> None:
    """Money is never rounded up to a level."""
    view = replace(HALTED, risk=replace(HALTED.risk, halted=False, loss=Loss(worst_trade=Decimal(loss))))
    line = next(line for line in Fence().lines(Scene(view), 38, 40) if line[0][0].strip() == "info")
    assert line[-2][0].strip() == told
    assert line[1][1] == token


@pytest.mark.parametrize(("limit", "told"), [("-500", "0 of 500"), ("0", "0 of 0"), ("86.36", "0 of 0")])
def test_where_a_part_of_the_days_gain_has_to_stay_no_loss_is_left(limit: str, told: str) -> None:
    """As after most of a gain was paid out: it does not look like room for a loss of that size."""
    view = replace(STILL, risk=replace(STILL.risk, day_limit=Decimal(limit)))
    line = next(line for line in words_of(view) if "day loss" in line)
    assert line.endswith(f" {told}")


@pytest.mark.parametrize(("hour", "day"), [("0", "UTC"), ("21", "from 21:00 UTC"), ("5.75", "from 05:45 UTC")])
def test_the_warning_is_of_the_accounts_own_day(hour: str, day: str) -> None:
    """Wherever it begins."""
    view = replace(STILL, risk=replace(STILL.risk, limits={"day_start_h": Decimal(hour)}))
    line = next(line for line in words_of(view) if line.strip().startswith("warning"))
    assert line.endswith(f"the day, {day}")


def test_a_low_fence_keeps_what_a_halted_account_needs() -> None:
    """Ten lines of the garden: why, until when, what to type, the level, the stops and the gate."""
    told = words_of(HALTED, 38, 10)[:10]
    text = " ".join(" ".join(told).split())
    for words in (
        "halted: the drawdown of 75.97 reached the Sniper's HALT of 75.00",
        'can be lifted at 18:20:07, in 3h48m: hean-tui unlock account --reason TEXT --phrase "RESET SNIPER"',
        "Sniper, at halt",
        "75.97 of 75",
        "0 of 1, naked for 12s",
        "gate open for exits only",
    ):
        assert words in text
    assert max(map(len, told)) <= 38


def test_a_halt_that_can_be_lifted_says_so_and_one_of_the_day_ends_by_itself() -> None:
    """Nobody is sent to a command that would be refused."""
    now = STILL.engine.time
    over = replace(HALTED, risk=replace(HALTED.risk, halt_until=now))
    assert " can be lifted now:" in words_of(over)
    day = replace(HALTED, risk=replace(HALTED.risk, lift="none", halt_until=NOON + 60 * SECOND))
    told = words_of(day)
    assert " ends by itself at 14:33:07, in 1m" in told
    assert not any("unlock" in line for line in told)


def test_a_small_account_is_told_what_holds_for_it() -> None:
    """On the page at once, in the garden where there is room."""
    note = "with 480.00 the account is under the smallest tier; the Sniper's levels hold"
    view = replace(STILL, risk=replace(STILL.risk, tier="Sniper", note=note))
    assert f" {note}" in words_of(view)
    assert " ".join(" ".join(words_of(view, 38, 10)).split()).endswith(note)


async def test_a_narrow_screen_says_that_entries_are_halted(facade: StillFacade, clock: StillClock) -> None:
    """The strip stands where there is no room for a fence: how much of HALT is used, and that it was reached."""
    app = GardenApp(facade, now=clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await look(pilot)
        assert "| HALT 18.84/2,000 | leverage 0.18/3 |" in pane_text(app.screen.query_one(Strip))
        facade.view = HALTED
        await look(pilot)
        assert " gate open | halted | stops 0/1 | HALT 75.97/75 |" in pane_text(app.screen.query_one(Strip))


async def test_tilt_is_told_when_it_is_watched_and_else_that_it_is_not(facade: StillFacade, clock: StillClock) -> None:
    """Honest in both cases."""
    app = GardenApp(facade, now=clock)
    async with app.run_test(size=WIDE) as pilot:
        assert "tilt is not watched yet in this" in text_of(app)
        tilt = TiltView(score=46.0, rung=2, rung_name="slower", reasons=("three overrides in twenty minutes",))
        facade.view = replace(STILL, tilt=tilt)
        await press(pilot, clock, *["tab"] * 8, "enter")
        assert "slower" in text_of(app)
        assert "three overrides in twenty minutes" in text_of(app)


async def test_only_the_digits_that_changed_brighten_for_one_frame(facade: StillFacade, clock: StillClock) -> None:
    """61,388.0 becomes 61,389.5: the 9.5 is bold once; in quiet mode never."""
    for quiet, bright in ((False, {"9.5"}), (True, set())):
        facade.view = STILL
        app = GardenApp(facade, now=clock, quiet=quiet)
        async with app.run_test(size=WIDE) as pilot:
            facade.view = replace(
                STILL, market=tuple(replace(m, last=61_389.5) if m.last == 61_388.0 else m for m in STILL.market)
            )
            await look(pilot)
            meadow = app.screen.query_one(Meadow)
            assert {text for line in meadow._lines for text, ink in line if ink == "bright"} == bright
            facade.view = replace(facade.view)
            await look(pilot)
            assert not any(ink == "bright" for line in meadow._lines for _, ink in line)


async def test_only_lines_that_changed_are_painted_again(
    app: GardenApp, facade: StillFacade, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same facts again paint nothing; one new price paints its line."""
    async with app.run_test(size=WIDE) as pilot:
        meadow = app.screen.query_one(Meadow)
        await look(pilot)
        painted: list[tuple[object, ...]] = []
        monkeypatch.setattr(meadow, "refresh", lambda *regions, **_: painted.append(regions))
        facade.view = replace(STILL)
        await look(pilot)
        assert painted == []
        market = (*STILL.market[:7], replace(STILL.market[7], last=0.03199))
        facade.view = replace(STILL, market=market)
        await look(pilot)
        assert [len(regions) for regions in painted] == [1]


async def test_panes_that_nobody_sees_are_not_drawn(
    app: GardenApp, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a page of its own, only that pane builds its lines."""
    built: list[str] = []
    original = Stones.lines

    def counting(self: Stones, scene: Scene, width: int, height: int) -> Sequence[Line]:
        built.append("stones")
        return original(self, scene, width, height)

    monkeypatch.setattr(Stones, "lines", counting)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "6")
        built.clear()
        await look(pilot)
        await look(pilot)
        assert built == []
        await press(pilot, clock, "1")
        assert built


async def test_the_ascii_garden_is_ascii(clock: StillClock) -> None:
    """Frames, bars, digits, curve and sheets."""
    app = GardenApp(StillFacade(), symbols="ascii", now=clock)
    async with app.run_test(size=WIDE) as pilot:
        for keys in ((), ("tab", "tab"), ("3",), ("1", "t"), ("escape", "ctrl+x")):
            await press(pilot, clock, *keys)
            assert text_of(app).isascii()


async def test_live_looks_different_without_colour(facade: StillFacade, clock: StillClock) -> None:
    """The mode word is in capitals and reversed."""
    facade.view = replace(STILL, engine=replace(STILL.engine, mode="live"))
    app = GardenApp(facade, now=clock)
    async with app.run_test(size=WIDE):
        (mode,) = [segment for segment in segments_of(app) if segment.text == " LIVE "]
        assert mode.style is not None
        assert mode.style.bgcolor is not None


async def test_the_newest_line_of_the_stream_is_on_top_and_the_chosen_one_in_full(
    app: GardenApp, clock: StillClock
) -> None:
    """A sentence that the row had to cut is told below."""
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, clock, "6", "j")
        told = pane_text(app.screen.query_one(Stream)).splitlines()
        assert told[0].split()[:2] == ["14:29:07", "operator"]
        assert told[1].endswith("… ") or told[1].endswith("…")
        assert "a smaller size would pass" in " ".join(" ".join(told[-2:]).split())
