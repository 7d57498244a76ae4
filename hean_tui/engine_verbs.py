"""A verb from the command line to a running engine: given once, waited for, and told with the exit code it means."""

import json
import re
import sys
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hean_tui.commands.global_options import GlobalOptions
from hean_tui.engine_lines import is_open
from hean_tui.errors import BadValue, UserError, WrongCommandLine
from hean_tui.exit_codes import ExitCode
from hean_tui.running_engine import as_answer, fail_unless_done, line_to_the_engine, sentence
from hean_tui.telling import tell
from hean_tui.wording import quoted

WAIT_S = 30.0
_PARTS = ("engine", "positions", "orders", "reconcile")
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


def read_words(verb: str, words: Sequence[str]) -> dict[str, Any]:
    """The words of an order by hand, read as a script's are, as what is asked."""
    import msgspec

    from hean_tui.script_verbs import read_ask

    try:
        ask = read_ask(verb, words)
    except BadValue as error:
        text = str(error)
        raise WrongCommandLine(f"{verb}: {text}{'' if text.endswith('?') else '.'}") from None
    given = msgspec.structs.asdict(ask)
    return {name: value for name, value in given.items() if value not in (None, "", False)}


def ask_and_tell(
    common: GlobalOptions, mode: str | None, ask: dict[str, Any], command_id: str | None = None
) -> ExitCode:
    """Give a command, tell what became of it, and how that ends the program."""
    from infrastructure.control.client import new_id

    if command_id is not None and not _ID.fullmatch(command_id):
        raise WrongCommandLine(f"--id was {quoted(command_id)}; it is made of up to 64 letters, digits and dashes.")
    name = new_id() if command_id is None else command_id
    plain = {key: f"{value:f}" if isinstance(value, Decimal) else value for key, value in ask.items()}
    with line_to_the_engine(common, mode) as line:
        reply = line.ask(plain, name, _PARTS, WAIT_S)
    left = remainder(ask, reply.snapshot)
    code = ExitCode.DONE
    try:
        fail_unless_done(reply)
    except UserError as error:
        if not common.json:
            raise
        code = error.exit_code
    else:
        if left:
            code = ExitCode.NOT_FLAT
        elif ask["verb"] == "reconcile" and reply.snapshot["reconcile"]["discrepancies"]:
            code = ExitCode.MISMATCH
    if common.json:
        _say_json(as_answer(reply, name), ask, left, reply.snapshot)
    else:
        (sys.stdout.write(sentence(reply.sentence) + "\n") if code is ExitCode.DONE else tell(sentence(reply.sentence)))
        tell(*(f"Left: {each}." for each in left))
    return code


def remainder(ask: dict[str, Any], snapshot: dict[str, Any]) -> list[str]:
    """What is still there after something that should leave nothing: positions, and the orders of what was closed."""
    if ask["verb"] not in ("flatten", "kill", "close") or not snapshot:
        return []
    symbol = ask.get("symbol")
    kept = ask.get("cancel_only", False)  # then positions and their stops are meant to stay
    left = [
        f"{each['side']} {each['quantity']} {each['symbol']}"
        for each in snapshot["positions"]
        if not kept and symbol in (None, each["symbol"])
    ]
    waiting = [
        each["id"]
        for each in snapshot["orders"]
        if is_open(each) and symbol in (None, each["symbol"]) and not (kept and each["reduce_only"])
    ]
    return [*left, *(f"order {name}" for name in waiting)]


def _say_json(answer: dict[str, Any], ask: dict[str, Any], left: list[str], snapshot: dict[str, Any]) -> None:
    if ask["verb"] in ("flatten", "kill", "close"):
        answer["left"] = left
    if ask["verb"] == "reconcile":
        answer["discrepancies"] = snapshot.get("reconcile", {}).get("discrepancies", [])
    sys.stdout.write(json.dumps(answer, separators=(",", ":")) + "\n")
