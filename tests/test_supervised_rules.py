"""Which command lines get a supervising parent, and which environments keep it away."""

import pytest

from hean_tui.environment_traps import remove_traps
from hean_tui.restarts import Restarts
from hean_tui.signal_echo import SignalEcho
from hean_tui.supervised import is_run, is_supervised


@pytest.mark.parametrize(
    "line",
    [
        "",
        "run",
        "run --headless --json",
        "--headless",
        "--data-dir here run --speed 60x",
        "--config a.toml --config=b.toml -v",
        "run --speed realtime",
    ],
)
def test_a_run_that_is_meant_to_last_is_supervised(line: str) -> None:
    """With or without the word, wherever the options for all commands stand."""
    assert is_supervised(line.split(), {})


@pytest.mark.parametrize(
    "line",
    [
        "run --speed max",
        "run --speed=max --data-dir here",
        "run --duration 90s",
        "run --script day.txt",
        "run --no-supervisor",
        "run --help",
        "--version",
        "backtest --strategy run",
        "--data-dir run status",
        "kill",
    ],
)
def test_what_ends_by_itself_and_what_is_no_run_is_not(line: str) -> None:
    """A repeated start would play a script or a duration a second time."""
    assert not is_supervised(line.split(), {})


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"NOTIFY_SOCKET": "/run/notify"}, False),
        ({"HEAN_SUPERVISOR_PIPE": "5"}, False),
        ({"HEAN_SUPERVISOR": "off"}, False),
        ({"HEAN_SUPERVISOR": "on"}, True),
        ({"HEAN_FAULTPOINT": "decision:1:kill"}, False),
        ({"HEAN_FAULTPOINT": "decision:1:kill", "HEAN_SUPERVISOR": "on"}, True),
    ],
)
def test_the_environment_has_a_say(environ: dict[str, str], expected: bool) -> None:
    """One supervisor is enough, and whoever breaks the program on purpose sees it broken."""
    assert is_supervised(["run"], environ) is expected


def test_a_value_is_not_taken_for_a_command() -> None:
    """The folder may be called anything."""
    assert is_run(["--data-dir", "status", "--json", "-vv", "run"])
    assert not is_run(["--data-dir", "run", "status"])


def test_three_restarts_within_five_minutes_and_more_over_time() -> None:
    """The fourth comes too soon; once the first is long ago, there is room again."""
    minute_ns = 60 * 1_000_000_000
    restarts = Restarts()
    assert [restarts.allows(at * minute_ns) for at in (0, 1, 2, 3)] == [True, True, True, False]
    assert restarts.allows(5 * minute_ns)
    assert restarts.count == 3


def test_traps_of_the_environment_are_taken_out_by_name() -> None:
    """Keys that would be pressed, logs and pictures that would be written; what is harmless stays."""
    environ = {
        "TEXTUAL_PRESS": "ctrl+x",
        "TEXTUAL_LOG": "keys.log",
        "TEXTUAL_SCREENSHOT_FILENAME": "x.svg",
        "TEXTUAL": "devtools",
        "TEXTUAL_ANIMATIONS": "none",
        "PYTHONSTARTUP": "evil.py",
        "PYTHONPATH": "elsewhere",
        "HOME": "/",
    }
    found = remove_traps(environ)
    assert environ == {"TEXTUAL_ANIMATIONS": "none", "HOME": "/"}
    assert found == (
        "PYTHONPATH",
        "PYTHONSTARTUP",
        "TEXTUAL",
        "TEXTUAL_LOG",
        "TEXTUAL_PRESS",
        "TEXTUAL_SCREENSHOT_FILENAME",
    )


MS = 1_000_000


@pytest.mark.parametrize("order", ["arrived heard", "heard arrived"])
def test_a_signal_for_both_is_not_passed_on(order: str) -> None:
    """Whichever of the two is heard of first."""
    echo = SignalEcho()
    for at, what in enumerate(order.split()):
        getattr(echo, what)(15, at * 50 * MS)
    assert echo.due(1_000 * MS) == []


def test_a_signal_for_the_parent_alone_is_passed_on_once_and_so_is_the_next() -> None:
    """That the child then hears of it says nothing about a second one that follows at once."""
    echo = SignalEcho()
    echo.arrived(15, 0)
    assert echo.due(200 * MS) == []
    assert echo.due(301 * MS) == [15]
    echo.heard(15, 310 * MS)
    echo.arrived(15, 320 * MS)
    assert echo.due(700 * MS) == [15]


def test_what_only_the_child_got_is_forgotten_after_a_moment() -> None:
    """A signal that comes for the parent much later is another one."""
    echo = SignalEcho()
    echo.heard(2, 0)
    echo.arrived(2, 400 * MS)
    assert echo.due(800 * MS) == [2]
