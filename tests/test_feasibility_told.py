"""Where an account is told what it can trade: at the start of a run, by the doctor, in the garden, in the docs."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from docs import capital_tables
from hean_tui.doctor.feasibility import feasibility_of_settings
from hean_tui.screen.app import GardenApp
from hean_tui.screen.panes.soil import Soil
from hean_tui.settings.model import Settings
from risk.feasibility import Feasibility
from tests.command_line import move_in, say
from tests.screen.looking import look, pane_text, press, text_of
from tests.screen.still_garden import StillClock, StillFacade

RUN = ("run", "--headless", "--speed", "max", "--duration", "1s", "--seed", "7")
FIRST = "account   612.00 USDT, Sniper"


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home without settings."""
    move_in(monkeypatch, tmp_path)
    return tmp_path


# --- a run


def test_the_page_of_three_accounts_is_current() -> None:
    """`make docs` writes the page anew: what runs with 612, 80 and 25,000 say is what it holds."""
    page = capital_tables.PAGE.read_text(encoding="utf-8")
    assert capital_tables.page() == page
    for verdict in (
        "With 612.00 USDT 7 of 8 symbols can be traded;",
        "With 80.00 USDT hardly anything makes sense:",
        "With 25,000.00 USDT all 8 symbols can be traded.",
    ):
        assert verdict in page


def test_a_run_tells_people_and_leaves_stdout_to_programs(capsys: pytest.CaptureFixture[str]) -> None:
    """The table on stderr, once; the snapshot alone on stdout."""
    answer = say(capsys, *RUN, "--capital", "612", "--json")
    assert answer.code == 0
    assert json.loads(answer.out)["account"]["equity"] == "612"
    assert answer.sentences[0] == FIRST
    assert answer.err.count("symbol  ") == 1
    assert max(map(len, answer.sentences)) < 80


def test_only_what_a_run_trades_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """One symbol, one row."""
    answer = say(capsys, *RUN, "--capital", "612", "--symbol", "SOL/USDT:USDT", "--strategy", "ema_cross")
    assert [line.split()[0] for line in answer.sentences if ":USDT " in line] == ["SOL/USDT:USDT", "With"]
    assert "With 612.00 USDT SOL/USDT:USDT can be traded." in answer.sentences


def test_a_run_that_goes_on_tells_of_the_account_it_has(capsys: pytest.CaptureFixture[str]) -> None:
    """Not of the first deposit that was asked for this time."""
    say(capsys, *RUN, "--data-dir", "here", "--capital", "612")
    ignored, first, *_ = say(capsys, *RUN, "--data-dir", "here", "--capital", "99").sentences
    assert ignored.startswith("--capital counts for a new data folder alone")
    assert first == FIRST


def test_what_starts_again_after_a_crash_has_been_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The supervisor counts, and the table is not printed a second time."""
    monkeypatch.setenv("HEAN_RESTARTS", "1")
    assert say(capsys, *RUN, "--capital", "612").sentences == []


# --- the doctor


def test_the_doctor_has_a_table_of_the_capital_that_is_asked_about(capsys: pytest.CaptureFixture[str]) -> None:
    """At the first prices of the built-in market, where BTC costs 88,000."""
    lines = say(capsys, "doctor", "--capital", "612").out.splitlines()
    assert FIRST in lines
    row = next(line for line in lines if line.startswith("BTC/USDT:USDT"))
    assert " ".join(row.split()) == "BTC/USDT:USDT 0.001 88.00 29.43 14.38 0.72 0.0158 over risk 880.00"
    assert lines[-1].startswith("Ready to start")


def test_the_doctor_tells_programs_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """Money and sizes as decimal strings, and a sentence for each symbol."""
    told = json.loads(say(capsys, "doctor", "--capital", "80", "--json").out)["feasibility"]
    assert (told["balance"], told["tier"], told["under_smallest_tier"]) == ("80", "Sniper", True)
    assert told["levels"]["halt"] == {"loss": "75", "percent": "93.75"}
    assert told["server"] == {"cost_per_month": "6", "percent": "7.5"}
    assert (told["risk_per_trade"], told["default_stop"], told["max_leverage"]) == ("0.005", "0.05", "3")
    assert told["verdict"] == "hardly anything"
    assert len(told["sentences"]) == 2
    ether = next(each for each in told["symbols"] if each["symbol"] == "ETH/USDT:USDT")
    sentence = ether.pop("sentence")
    assert sentence.startswith("The smallest trade of ETH/USDT:USDT, 0.01 ETH for 29.50 USDT,")
    assert ether == {
        "symbol": "ETH/USDT:USDT",
        "fits": False,
        "reach": "over risk",
        "price": "2950",
        "smallest": "0.01",
        "worth": "29.5",
        "needs": "9.86578333333",  # 29.50 / 3 and 29.50 x 0.0011
        "lot_percent": "36.875",
        "stop_percent": "1.84375",
        "fees_percent": "0.0405625",
        "size": "0",
        "from": "295",
    }


def test_the_doctor_asks_about_the_settings_without_an_option(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    """Capital, symbols, risk and the price of the server are theirs."""
    (home / "a.toml").write_text(
        "[engine]\ncapital = 700\nsymbols = ['SOL/USDT']\nserver_cost_per_month = 7\n[risk]\nrisk_per_trade = '1%'\n"
    )
    told = json.loads(say(capsys, "doctor", "--json", "--config", "a.toml").out)["feasibility"]
    assert (told["balance"], told["server"]["percent"], told["risk_per_trade"]) == ("700", "1", "0.01")
    assert [each["symbol"] for each in told["symbols"]] == ["SOL/USDT"]


@pytest.mark.parametrize(("capital", "level"), [("80", "warn"), ("3", "warn"), ("612", "ok"), ("25000", "ok")])
def test_a_small_account_is_worth_a_look_and_not_in_the_way(
    capital: str, level: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The verdict is one of the facts."""
    answer = say(capsys, "doctor", "--capital", capital, "--json")
    (fact,) = (fact for fact in json.loads(answer.out)["facts"] if fact["name"] == "capital")
    assert (answer.code, fact["level"]) == (0, level)
    assert fact["text"].startswith("With ")


def test_settings_that_cannot_be_read_leave_nothing_to_tell(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    """What is wrong with them is a fact of its own."""
    (home / "a.toml").write_text("[risk]\nmax_leverage = -1\n")
    answer = say(capsys, "doctor", "--json", "--config", "a.toml")
    assert (answer.code, json.loads(answer.out)["feasibility"]) == (4, None)
    assert "symbol  " not in say(capsys, "doctor", "--config", "a.toml").out


@pytest.mark.parametrize("capital", ["0", "-3", "nan", "much", "1e10"])
def test_a_capital_that_is_none_is_refused_in_one_sentence(capital: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With what was said and what can be."""
    answer = say(capsys, "doctor", "--capital", capital)
    assert (answer.code, answer.out, len(answer.sentences)) == (2, "", 1)
    assert answer.err.startswith(f'--capital was "{capital}"; ')


# --- the garden


def told_of(capital: str) -> Feasibility:
    return feasibility_of_settings(Settings(), Decimal(capital))


async def test_the_garden_says_it_in_one_line_and_shows_it_on_a_page() -> None:
    """Once the engine is there; the chosen symbol is told in a sentence."""
    known: list[Feasibility] = []
    clock = StillClock()
    app = GardenApp(StillFacade(), now=clock, feasible=lambda: known[0] if known else None)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, clock, "9")
        assert "nothing is known of the account yet" in text_of(app)
        known.append(told_of("612"))
        await look(pilot)
        told = pane_text(app.screen.query_one(Soil))
        assert "With 612.00 USDT 7 of 8 symbols can be traded; BTC/USDT:USDT asks for an" in told
        assert "10 / 25 / 50 / 75 lost are 1.63 / 4.08 / 8.17 / 12.25 % of it" in told
        assert "from" in told
        assert sum("perp " in line or "spot " in line for line in told.splitlines()) == 8
        assert "an account of 880.00 or a stop within 3.47 % of the price." in " ".join(told.split())
        await press(pilot, clock, "j")
        assert "0.000061 BTC for 5.37 USDT, fits" in pane_text(app.screen.query_one(Soil))
        await press(pilot, clock, "6")
        assert text_of(app).count("With 612.00 USDT 7 of 8 symbols can be traded") == 2  # its row, and the row in full


@pytest.mark.parametrize("size", [(80, 24), (60, 16), (120, 40)])
async def test_the_smallest_account_has_the_page_with_the_most_words(size: tuple[int, int]) -> None:
    """Nothing is cut that has to be read, down to the smallest garden: the verdict, the titles, the first symbol."""
    clock = StillClock()
    app = GardenApp(StillFacade(), now=clock, feasible=lambda: told_of("80"), symbols="ascii")
    async with app.run_test(size=size) as pilot:
        await press(pilot, clock, "9")
        told = " ".join(pane_text(app.screen.query_one(Soil)).split())
        assert "hardly anything makes sense: 5 of 8 symbols could be traded" in told
        assert "500.00 USDT would be in proportion." in told
        assert "BTC perp 0.001 88.00 29.33" not in told
        assert "BTC perp 0.001 88.00 29.43" in told
        assert app.screen.query_one(Soil).fault_count == 0


async def test_a_garden_that_nobody_tells_shows_nothing() -> None:
    """As a garden in front of an engine that runs elsewhere."""
    clock = StillClock()
    app = GardenApp(StillFacade(), now=clock)
    async with app.run_test(size=(80, 24)):
        assert not app.screen.query_one(Soil).region.area
        assert "capital" not in text_of(app)
