"""Scripts: a plain text of steps in engine time, read and checked as a whole before the run starts."""

import shlex
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from engine.facade import Ask
from hean_tui.errors import BadValue, WrongConfiguration
from hean_tui.expectations import Expectation, read_expectation
from hean_tui.script_verbs import NOT_AVAILABLE_YET, VERBS, read_ask
from hean_tui.symbols import symbol_way_out
from hean_tui.times import read_duration
from hean_tui.wording import quoted, way_out

LARGEST_SCRIPT = 1_000_000
_EXPECT = "expect"


@dataclass(frozen=True, slots=True)
class ScriptStep:
    """One step: when, counted from the start of the engine, and what is asked or expected then."""

    offset_ns: int
    verb: str
    line_number: int
    text: str
    ask: Ask | None = None
    expectation: Expectation | None = None


def read_script(path: Path, symbols: Collection[str] = ()) -> tuple[ScriptStep, ...]:
    """All steps of a file in the order of time; steps of the same time stay in their order.

    Where the symbols of the run are given, a step about any other is refused.
    """
    name = quoted(path)
    try:
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise WrongConfiguration(f"The script {name} could not be read: {reason}.") from None
    if len(raw) > LARGEST_SCRIPT:
        raise WrongConfiguration(f"The script {name} is larger than {LARGEST_SCRIPT} bytes.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise WrongConfiguration(f"The script {name} is not UTF-8 text at byte {error.start}.") from None
    return parse_script(text, path.name, symbols)


def parse_script(text: str, name: str, symbols: Collection[str] = ()) -> tuple[ScriptStep, ...]:
    """The steps of a script's text; the first line that cannot be understood is refused with its number."""
    steps = []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            step = _read_line(line, number)
            if step is not None and step.ask is not None:
                _refuse_other_symbols(step.ask.symbol, symbols)
        except BadValue as error:
            stop = "" if str(error).endswith((".", "?")) else "."
            raise WrongConfiguration(f"Line {number} of {name}: {error}{stop}") from None
        if step is not None:
            steps.append(step)
    return tuple(sorted(steps, key=lambda step: step.offset_ns))


def _read_line(line: str, number: int) -> ScriptStep | None:
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        raise BadValue("a quotation mark was not closed") from None
    if not words:
        return None
    offset_ns = _read_offset(words[0])
    if len(words) == 1:
        raise BadValue(f"nothing is to be done at {quoted(words[0])}; write a verb behind the time, such as start")
    verb, rest = words[1], words[2:]
    if verb == _EXPECT:
        return ScriptStep(offset_ns, verb, number, " ".join(words[1:]), expectation=_read_expect(rest))
    if verb in NOT_AVAILABLE_YET:
        raise BadValue(f"the verb {verb} is not available yet")
    if verb not in VERBS:
        raise BadValue(f"the verb {quoted(verb)} is unknown; {way_out(verb, (*VERBS, _EXPECT))}")
    return ScriptStep(offset_ns, verb, number, " ".join(words[1:]), ask=read_ask(verb, rest))


def _refuse_other_symbols(symbol: str, symbols: Collection[str]) -> None:
    if symbol and symbols and symbol not in symbols:
        raise BadValue(f"the symbol {quoted(symbol)} is not traded in this run; {symbol_way_out(symbol, symbols)}")


def _read_offset(word: str) -> int:
    advice = "begin the line with the time from the start, such as +10m"
    if not word.startswith("+"):
        raise BadValue(f"the time was {quoted(word)}; {advice}")
    try:
        return read_duration(word[1:])
    except BadValue:
        raise BadValue(f"the time was {quoted(word)}; {advice}") from None


def _read_expect(words: list[str]) -> Expectation:
    if len(words) < 3:
        raise BadValue(f"expect was followed by {quoted(' '.join(words))}; write expect PATH OP VALUE")
    return read_expectation(words[0], words[1], " ".join(words[2:]))
