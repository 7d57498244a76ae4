"""Scripts: what each line asks of the engine, and when."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.facade import Ask, Verb
from hean_tui.errors import WrongConfiguration
from hean_tui.script_file import parse_script, read_script
from hean_tui.times import read_duration

SECOND = 1_000_000_000
BTC = "BTC/USDT:USDT"

# The example of the contract, but for the verb that is not available yet.
DAY = """
+0s      start
+10m     market BTC/USDT:USDT -4%          # built-in market: move the price by this much within one minute
+11m     buy BTC/USDT:USDT 0.01            # an act of the operator
+12m     close BTC/USDT:USDT
+12m     set risk.max_leverage 5
+20m     kill
+20m     expect engine.state == killed
+20m     expect positions.count == 0
+1h      stop
"""


def test_the_example_of_the_contract_is_understood() -> None:
    """Every line becomes a step at its time, and comments become nothing."""
    steps = parse_script(DAY, "day.txt")
    assert [(step.offset_ns // SECOND, step.verb) for step in steps] == [
        (0, "start"),
        (600, "market"),
        (660, "buy"),
        (720, "close"),
        (720, "set"),
        (1200, "kill"),
        (1200, "expect"),
        (1200, "expect"),
        (3600, "stop"),
    ]
    assert [step.line_number for step in steps] == list(range(2, 11))
    assert steps[1].ask == Ask(verb=Verb.MARKET, symbol=BTC, value="-0.04")
    assert steps[2].ask == Ask(verb=Verb.BUY, symbol=BTC, quantity=Decimal("0.01"))
    assert steps[4].ask == Ask(verb=Verb.SET, key="risk.max_leverage", value="5")
    assert [step.expectation.text for step in steps if step.expectation] == [
        "engine.state == killed",
        "positions.count == 0",
    ]


@pytest.mark.parametrize(
    ("line", "ask"),
    [
        ("pause", Ask(verb=Verb.PAUSE)),
        ("resume", Ask(verb=Verb.RESUME)),
        ("flatten", Ask(verb=Verb.FLATTEN)),
        ("kill --cancel-only", Ask(verb=Verb.KILL, cancel_only=True)),
        (
            "sell BTC/USDT:USDT 2 --limit 70000.5 --stop 71000 --target 60000 --reduce-only",
            Ask(
                verb=Verb.SELL,
                symbol=BTC,
                quantity=Decimal(2),
                limit=Decimal("70000.5"),
                stop=Decimal(71000),
                target=Decimal(60000),
                reduce_only=True,
            ),
        ),
        ("buy --reduce-only BTC/USDT 1", Ask(verb=Verb.BUY, symbol="BTC/USDT", quantity=Decimal(1), reduce_only=True)),
        ("cancel 7-3", Ask(verb=Verb.CANCEL, order_id="7-3")),
        ("protect BTC/USDT:USDT 58000", Ask(verb=Verb.PROTECT, symbol=BTC, stop=Decimal(58000))),
        ("set risk.daily_drawdown_limit 3%", Ask(verb=Verb.SET, key="risk.daily_drawdown_limit", value="3%")),
        ("deposit 500", Ask(verb=Verb.DEPOSIT, quantity=Decimal(500))),
        ("withdraw 0.5", Ask(verb=Verb.WITHDRAW, quantity=Decimal("0.5"))),
        ("market BTC/USDT:USDT +0.02", Ask(verb=Verb.MARKET, symbol=BTC, value="0.02")),
        ("funding BTC/USDT:USDT -0.01%", Ask(verb=Verb.FUNDING, symbol=BTC, value="-0.0001")),
    ],
)
def test_a_verb_becomes_what_the_engine_is_asked(line: str, ask: Ask) -> None:
    """Numbers exactly as they were written, per cents as fractions."""
    (step,) = parse_script(f"+5s {line}", "day.txt")
    assert step.ask == ask
    assert (step.verb, step.text, step.expectation) == (line.split(maxsplit=1)[0], line, None)


def test_steps_play_in_the_order_of_time_and_those_of_one_time_in_their_order() -> None:
    """A script may be written in any order; what stands at the same moment stays as it was written."""
    steps = parse_script("+1m stop\n+0s start\n+1m pause\n+30s resume\n", "day.txt")
    assert [step.verb for step in steps] == ["start", "resume", "stop", "pause"]


def test_an_empty_script_is_a_script() -> None:
    """Nothing to do is no mistake."""
    assert parse_script("\n# nothing today\n   \n", "day.txt") == ()


def test_a_file_from_another_system_is_read(tmp_path: Path) -> None:
    """A byte order mark and carriage returns are what some editors write."""
    path = tmp_path / "day.txt"
    path.write_bytes(b"\xef\xbb\xbf+0s start\r\n+1m stop\r\n")
    assert [step.verb for step in read_script(path)] == ["start", "stop"]


def test_a_script_that_is_too_large_is_refused(tmp_path: Path) -> None:
    """Every input has a bound."""
    path = tmp_path / "day.txt"
    path.write_text("+0s start\n" * 150_000, encoding="utf-8")
    with pytest.raises(WrongConfiguration, match="larger than"):
        read_script(path)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("15m", 900),
        ("6h", 21_600),
        ("30d", 2_592_000),
        ("2w", 1_209_600),
        ("1h30m", 5_400),
        ("1.5h", 5_400),
    ],
)
def test_durations_mean_what_they_say(text: str, seconds: int) -> None:
    """Units, compounds and decimals."""
    assert read_duration(text) == seconds * SECOND


@given(st.integers(0, 10**6), st.integers(0, 59), st.integers(0, 999))
def test_a_duration_is_the_sum_of_its_parts(minutes: int, seconds: int, milliseconds: int) -> None:
    """Exactly, in nanoseconds."""
    total = ((minutes * 60 + seconds) * 1000 + milliseconds) * 1_000_000
    assert read_duration(f"{minutes}m{seconds}s{milliseconds}ms") == total


LETTERS = "+0123456789smhd .%=<>![]#\"'-_abcexptkilbuyBTC/USDT:\n\t"


@given(st.text(st.sampled_from(LETTERS) | st.characters()))
def test_any_text_is_a_script_or_is_refused_with_a_line_number(text: str) -> None:
    """Never any other error."""
    try:
        parse_script(text, "day.txt")
    except WrongConfiguration as error:
        assert str(error).startswith("Line ")  # noqa: PT017  both ends are right, and this is what is said of one
