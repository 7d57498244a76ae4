"""What the panes tell: truth when news is old, a dash when nothing is known, and rest instead of failure."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from msgspec.structs import replace

from engine.snapshot import HealthView, RiskView, Snapshot, Thresholds, TiltView
from hean_tui.screen.app import GardenApp
from hean_tui.screen.ink import Line
from hean_tui.screen.panes.fence import Fence
from hean_tui.screen.panes.meadow import Meadow
from hean_tui.screen.panes.pond import Pond
from hean_tui.screen.panes.stones import Stones
from hean_tui.screen.panes.stream import Stream
from hean_tui.screen.scene import Scene
from tests.screen.looking import look, pane_text, press, segments_of, text_of
from tests.screen.still_garden import NOON, SECOND, STILL, StillClock, StillFacade

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


async def test_the_fence_tells_tier_levels_halt_and_what_is_unwell(facade: StillFacade, clock: StillClock) -> None:
    """Everything the risk view may hold."""
    facade.view = replace(
        STILL,
        risk=replace(
            STILL.risk,
            tier="Hunter",
            level="critical",
            halted=True,
            halt_reason="the day's loss reached 250",
            halt_until=NOON + 3600 * SECOND,
            thresholds=Thresholds(info=Decimal(50), warning=Decimal(100), critical=Decimal("187.5"), halt=Decimal(250)),
        ),
        account=replace(STILL.account, day_pnl=Decimal("-251.30")),
        health={"journal": HealthView(state="degraded", reason="the disk is slow", age_s=1.0)},
        counts=replace(STILL.counts, errors=2, dropped=17),
    )
    app = GardenApp(facade, now=clock)
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, clock, "3")
        told = pane_text(app.screen.query_one(Fence))
        for words in (
            "halted until 15:32:07: the day's loss reached 250",
            "Hunter",
            "50 / 100 / 187.50 / 250",
            "critical",
            "251.30 of 250",
            "journal degraded: the disk is slow",
            "2 errors, 17 dropped",
        ):
            assert words in told


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
