"""Settings: the order of their sources, what each value means, and where it came from."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hean_tui.errors import BadValue
from hean_tui.numbers import read_fraction
from hean_tui.settings.complaints import is_secret
from hean_tui.settings.model import Settings
from hean_tui.settings.sources import load_settings
from risk.limits import Limits
from tests.command_line import move_in, say


@pytest.fixture(autouse=True)
def at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A home without settings."""
    move_in(monkeypatch, tmp_path)


def write(name: str, text: str) -> str:
    """A file in the home."""
    Path(name).write_text(text, encoding="utf-8")
    return name


def test_the_defaults_are_those_of_the_contract() -> None:
    """Three times the equity at most, and a halt at five per cent a day."""
    risk = load_settings().settings.risk
    assert (risk.max_leverage, risk.daily_drawdown_limit) == (Decimal(3), Decimal("0.05"))


def test_the_limits_of_the_gate_and_the_risk_settings_are_the_same() -> None:
    """A limit that the gate knows can be set, and nothing can be set that the gate does not know."""
    risk = Settings().risk
    assert risk.limits() == Limits()


def test_each_source_holds_over_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Default, first file, second file, nested variable, flat name, command line: the later one wins."""
    first = write("a.toml", "[risk]\nmax_leverage = 4\n[sim]\nseed = 1\n")
    second = write("b.toml", "[risk]\nmax_leverage = 5\n")
    seen = [load_settings().settings.risk.max_leverage]
    seen.append(load_settings([first]).settings.risk.max_leverage)
    seen.append(load_settings([first, second]).settings.risk.max_leverage)
    monkeypatch.setenv("HEAN__RISK__MAX_LEVERAGE", "6")
    seen.append(load_settings([first, second]).settings.risk.max_leverage)
    monkeypatch.setenv("MAX_LEVERAGE", "7")
    seen.append(load_settings([first, second]).settings.risk.max_leverage)
    seen.append(load_settings([first, second], {"risk.max_leverage": "8"}).settings.risk.max_leverage)
    assert seen == [3, 4, 5, 6, 7, 8]
    assert load_settings([first, second]).settings.sim.seed == 1


def test_a_value_says_where_it_came_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file, the variable or the option by its name; what nobody said is the default."""
    name = write("a.toml", "[risk]\nmax_leverage = 4\nrisk_per_trade = '1%'\n[strategies.ema_cross]\nfast = 5\n")
    monkeypatch.setenv("HEAN__SCREEN__THEME", "washi")
    monkeypatch.setenv("LOG_LEVEL", "WARNING")
    monkeypatch.setenv("HEAN__STRATEGIES__EMA_CROSS__SLOW", "50")
    loaded = load_settings([name], {"risk.max_leverage": "2"})
    origins = {
        "risk.max_leverage": "--set",
        "risk.risk_per_trade": "a.toml",
        "screen.theme": "environment HEAN__SCREEN__THEME",
        "log.level": "environment LOG_LEVEL",
        "strategies.ema_cross.fast": "a.toml",
        "strategies.ema_cross.slow": "environment HEAN__STRATEGIES__EMA_CROSS__SLOW",
        "sim.seed": "default",
    }
    assert {key: loaded.origin(key) for key in origins} == origins
    assert loaded.settings.log.level == "warning"
    assert loaded.settings.strategies == {"ema_cross": {"fast": 5, "slow": "50"}}


@pytest.mark.parametrize(
    ("written", "meant"), [("'5%'", "0.05"), ("0.05", "0.05"), ("'0.05'", "0.05"), ("'12.5 %'", "0.125")]
)
def test_per_cent_and_fraction_are_the_same(written: str, meant: str) -> None:
    """People write both, so both are understood."""
    name = write("a.toml", f"[risk]\ndaily_drawdown_limit = {written}\n")
    assert load_settings([name]).settings.risk.daily_drawdown_limit == Decimal(meant)


@given(st.decimals(min_value="1.01", max_value=10_000, places=2))
def test_a_bare_number_above_one_is_never_taken_for_a_fraction(number: Decimal) -> None:
    """Nobody can know whether 5 meant 5 % or 500 %, and what is advised instead is understood as 5 %."""
    with pytest.raises(BadValue, match="that would be") as refused:
        read_fraction(str(number))
    advice = str(refused.value).rpartition('"')[0].rpartition('"')[2]
    assert read_fraction(advice) == number / 100


def test_a_file_in_the_usual_place_is_read_unless_another_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The usual file is for those who name none; naming one replaces it."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(Path("etc").absolute()))
    Path("etc/hean-tui").mkdir(parents=True)
    usual = write("etc/hean-tui/config.toml", "[sim]\nseed = 11\n[risk]\nmax_leverage = 2\n")
    assert [str(path) for path in load_settings().files] == [str(Path(usual).absolute())]
    assert load_settings().settings.sim.seed == 11
    other = load_settings([write("a.toml", "[sim]\nseed = 12\n")]).settings
    assert (other.sim.seed, other.risk.max_leverage) == (12, Decimal(3))


def test_names_that_nothing_reads_yet_get_one_notice(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An operator's old environment is no error, but he hears that it does nothing."""
    for name in ("EXCHANGE", "REDIS_URL", "PROMETHEUS_PORT"):
        monkeypatch.setenv(name, "something")
    answer = say(capsys, "config", "check")
    assert answer.code == 0
    assert answer.sentences == ["EXCHANGE, REDIS_URL and PROMETHEUS_PORT are set and nothing reads them yet."]


@pytest.mark.parametrize("as_json", [True, False])
def test_secrets_are_never_shown(
    as_json: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not in `config show`, not in `doctor`, whether for people or for programs; that they are there is said."""
    values = {
        "API_KEY": "kEy-1234567",
        "API_SECRET": "sEcReT-1234567",
        "DATABASE_URL": "postgres://me:hUnTeR2@db/hean",
        "REDIS_URL": "redis://:pAsSwOrD@cache",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    name = write("a.toml", "[strategies.ema_cross]\nquantity = 1\n")
    for command in (("config", "show"), ("doctor",)):
        answer = say(capsys, *command, "--config", name, *(["--json"] if as_json else []))
        assert answer.code == 0
        for secret in values.values():
            assert secret not in answer.out + answer.err
        assert "API_KEY" in answer.out
    assert [is_secret(word) for word in ("api_key", "webhook_token", "password", "max_leverage", "monkey")] == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_show_as_json_has_every_setting_with_its_value_and_its_source(capsys: pytest.CaptureFixture[str]) -> None:
    """What a program reads: decimals as strings, lists as lists, unknown as null."""
    name = write("a.toml", "[risk]\nmax_leverage = 2.50\n[engine]\nsymbols = ['BTC/USDT']\n")
    shown = json.loads(say(capsys, "config", "show", "--config", name, "--json").out)
    assert shown["settings"]["risk.max_leverage"] == {"value": "2.5", "from": "a.toml"}
    assert shown["settings"]["engine.symbols"] == {"value": ["BTC/USDT"], "from": "a.toml"}
    assert shown["settings"]["risk.max_position_size"] == {"value": None, "from": "default"}
    assert shown["files"] == ["a.toml"]


def test_init_writes_a_file_that_says_what_the_defaults_say(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal there are no questions; the file is commented, private, and changes nothing."""
    answer = say(capsys, "config", "init")
    file = Path(".config/hean-tui/config.toml")
    assert (answer.code, answer.err) == (0, "")
    assert str(file) in answer.out
    text = file.read_text(encoding="utf-8")
    assert all(section in text for section in ("[risk]", "[engine]", "[sim]", "[screen]", "[log]"))
    assert sum(line.startswith("#") for line in text.splitlines()) > 15
    assert file.stat().st_mode & 0o777 == 0o600
    loaded = load_settings()
    assert [path.name for path in loaded.files] == ["config.toml"]
    assert loaded.settings == Settings()


def test_init_never_overwrites(capsys: pytest.CaptureFixture[str]) -> None:
    """What somebody wrote stays as it is."""
    name = write("mine.toml", "[sim]\nseed = 3\n")
    answer = say(capsys, "config", "init", "--config", name)
    assert answer.code == 4
    assert Path(name).read_text(encoding="utf-8") == "[sim]\nseed = 3\n"
