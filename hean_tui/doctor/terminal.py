"""Facts of the terminal: its size, colours and letters, and what tmux does to keys."""

import locale
import shutil
import subprocess
import sys
from collections.abc import Mapping

from hean_tui.doctor.fact import Fact, fine, worth_a_look

COMFORTABLE = (120, 40)
SMALLEST = (60, 16)
_SLOWEST_ESCAPE_MS = 50


def terminal_facts(environ: Mapping[str, str]) -> list[Fact]:
    """What the garden will be drawn on."""
    if not sys.stdout.isatty():
        size = fine("terminal", "output is not a terminal; the garden needs one, run --headless does not")
    else:
        size = _size()
    return [size, _colours(environ), _letters(), *_tmux(environ)]


def _size() -> Fact:
    columns, lines = shutil.get_terminal_size()
    text = f"{columns} x {lines}"
    if columns < SMALLEST[0] or lines < SMALLEST[1]:
        return worth_a_look("terminal", f"{text}; the garden needs {SMALLEST[0]} x {SMALLEST[1]}")
    if columns < COMFORTABLE[0] or lines < COMFORTABLE[1]:
        return fine("terminal", f"{text}, the small layout; {COMFORTABLE[0]} x {COMFORTABLE[1]} shows everything")
    return fine("terminal", text)


def _colours(environ: Mapping[str, str]) -> Fact:
    term, colour = environ.get("TERM", ""), environ.get("COLORTERM", "")
    text = f"TERM={term or '(not set)'} COLORTERM={colour or '(not set)'}"
    if environ.get("NO_COLOR"):
        return fine("colours", f"{text}, NO_COLOR is set: everything is drawn without colour")
    if colour in ("truecolor", "24bit"):
        return fine("colours", f"{text}: all colours")
    if "256color" in term:
        return fine("colours", f"{text}: 256 colours, which is what the themes are made of")
    if not term or term == "dumb":
        return worth_a_look("colours", f"{text}: no colours; set TERM=xterm-256color")
    return worth_a_look("colours", f"{text}: 16 colours; set COLORTERM=truecolor if the terminal can do more")


def _letters() -> Fact:
    encoding = (sys.stdout.encoding or locale.getpreferredencoding(False)).upper()
    if encoding.replace("-", "") != "UTF8":
        return worth_a_look("letters", f"{encoding}; frames and curves need UTF-8, set LANG=C.UTF-8")
    return fine("letters", "UTF-8")


def _tmux(environ: Mapping[str, str]) -> list[Fact]:
    if not environ.get("TMUX"):
        return []
    escape_ms = _tmux_option("escape-time")
    facts = []
    if escape_ms is not None and escape_ms.isdigit() and int(escape_ms) > _SLOWEST_ESCAPE_MS:
        facts.append(
            worth_a_look("tmux", f"Escape is held back for {escape_ms} ms; add to tmux.conf: set -s escape-time 10")
        )
    else:
        facts.append(fine("tmux", f"escape-time {escape_ms or 'unknown'}"))
    if environ.get("COLORTERM") not in ("truecolor", "24bit"):
        facts.append(worth_a_look("tmux colours", "add to tmux.conf: set-environment -g COLORTERM truecolor"))
    return facts


def _tmux_option(name: str) -> str | None:
    program = shutil.which("tmux")
    if program is None:
        return None
    try:
        # The program that $TMUX says we are running in, with words of ours.
        asked = subprocess.run(  # noqa: S603
            [program, "show-options", "-sv", name], capture_output=True, text=True, timeout=1, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return asked.stdout.strip() or None
