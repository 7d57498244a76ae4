"""The canary: secrets pushed through every sink there is never come out, in no form."""

import base64
import json
import logging
import sqlite3
import urllib.parse
from contextlib import closing
from pathlib import Path

import pytest

from engine import events
from engine.strategy import Strategy
from hean_tui.redaction import redactor
from hean_tui.screen import plain_text
from strategies import registry
from tests.command_line import Answer, move_in, say

SECRETS = {
    "API_KEY": "cAnArY-kEy-1q2w3e4r",
    "API_SECRET": 'cAnArY+/sEcReT"9\\zé0987654321',
    "DATABASE_URL": "postgresql://hean:cAnArYpAsS123@db.example.org/hean",
    "REDIS_URL": "redis://:cAnArYrEdIs99@cache.example.org:6379/0",
}
WORDS = [*SECRETS.values(), "cAnArYpAsS123", "cAnArYrEdIs99"]


def forms(word: str) -> list[str]:
    """What must not be found anywhere."""
    raw = word.encode()
    return [
        word,
        raw.hex(),
        raw.hex().upper(),
        base64.b64encode(raw).decode().rstrip("="),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
        urllib.parse.quote(word, safe=""),
        urllib.parse.quote_plus(word),
        json.dumps(word)[1:-1],
        repr(word)[1:-1],
    ]


class Traitor(Strategy):
    """Knows the secrets, and tells them in everything that it says."""

    told = 0

    def on_tick(self, tick: events.Tick) -> None:
        word = WORDS[self.told % len(WORDS)]
        self.told += 1
        said = " ".join(forms(word))
        logging.getLogger("hean_tui.traitor").warning("logged %s", said, extra={"note": said, "many": [said]})
        logging.getLogger("urllib3").warning("header Authorization: Bearer %s", word)
        if self.told == 3:
            self.desk.signal(tick.symbol, 1, 1.0, f"wanted for {said}", stop=tick.price * 0.9)
        elif self.told % 2:
            self.desk.let_go(tick.symbol, f"let go {said}")
        else:
            raise ValueError(f"failed with {said}")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with secrets in its environment, and a strategy that knows them."""
    move_in(monkeypatch, tmp_path)
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    assert isinstance(registry.STRATEGIES, dict)
    monkeypatch.setitem(registry.STRATEGIES, "traitor", (Traitor, {}))
    return tmp_path


def silent(*texts: str) -> None:
    """None of these texts gives a secret away."""
    for text in texts:
        for word in WORDS:
            for form in forms(word):
                assert form not in text, f"{form} was told"
            assert word[:12] not in text, f"the beginning of {word} was told"


@pytest.mark.parametrize("style", ["json", "text"])
def test_a_run_tells_no_secret(capsys: pytest.CaptureFixture[str], home: Path, style: str) -> None:
    """In the log with -v, on stderr, in the result on stdout, and in the status file."""
    answer = say(
        capsys, "run", "--headless", "--speed", "max", "--duration", "20m", "--json", "-v", "--strategy", "traitor",
        "--data-dir", "data", "--status-file", "status.json", "--set", f"log.format={style}",
    )  # fmt: skip
    assert answer.code == 0
    log = (home / "data/paper-sim/hean-tui.log").read_text("utf-8")
    assert log.count("********") > 50
    assert "traitor is down" in log
    silent(log, answer.out, answer.err, (home / "status.json").read_text("utf-8"))
    with closing(sqlite3.connect(home / "data/paper-sim/journal.db")) as journal:
        bodies = [bytes(body).decode() for (body,) in journal.execute("SELECT body FROM journal")]
    assert any("wanted for ********" in body for body in bodies)
    silent(*bodies)


def test_what_nobody_foresaw_tells_no_secret(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    """Neither the sentence nor the traceback that is written down."""

    def fail() -> None:
        raise RuntimeError(" ".join(form for word in WORDS for form in forms(word)))

    monkeypatch.setattr("hean_tui.doctor.report.machine_facts", fail)
    answer = say(capsys, "doctor", "--data-dir", "data")
    log = (home / "data/paper-sim/hean-tui.log").read_text("utf-8")
    assert json.loads(log)["event"] == "unexpected error"
    silent(log, answer.out, answer.err)


def test_the_screen_shows_no_secret() -> None:
    """All text reaches the screen through one function, and that one knows them."""
    plain_text.without(redactor().secrets)
    try:
        silent(*(plain_text.safe(f"a note: {form}!", 4_000) for word in WORDS for form in forms(word)))
        silent(plain_text.safe(f"cut {SECRETS['API_KEY']}", 18))
    finally:
        plain_text.without(None)


@pytest.mark.parametrize(
    "words",
    [
        ("doctor",),
        ("doctor", "--json"),
        ("config", "show"),
        ("config", "show", "--json"),
        ("run", "--seed", SECRETS["API_KEY"]),
        ("run", "--script", SECRETS["API_SECRET"]),
        ("run", "--strategy", SECRETS["API_KEY"]),
        (SECRETS["API_KEY"],),
        ("config", "check", "--set", f"risk.max_leverage={SECRETS['API_KEY']}"),
    ],
)
def test_a_command_line_tells_no_secret(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    """Also where one was pasted into the wrong place."""
    answer: Answer = say(capsys, *words)
    silent(answer.out, answer.err)
