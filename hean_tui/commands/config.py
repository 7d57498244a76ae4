"""`hean-tui config`: write the settings file, show every value with where it came from, check it."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from hean_tui.commands.global_options import GlobalOptions
from hean_tui.commands.reading import word
from hean_tui.errors import BadValue, WrongCommandLine, WrongConfiguration
from hean_tui.telling import tell
from hean_tui.wording import quoted

# What a guided start asks; everything else keeps its default.
_QUESTIONS = {
    "engine.capital": "How much does the paper account start with, in USDT?",
    "risk.max_leverage": "How many times the equity may all positions be worth?",
    "risk.daily_drawdown_limit": "Which loss of a day halts entries?",
    "risk.risk_per_trade": "Which part of the equity may one trade lose?",
    "screen.theme": "Which look: sumi (dark) or washi (light)?",
}
_PATIENCE = 5


def config(
    context: typer.Context,
    action: Annotated[str | None, typer.Argument(metavar="init|show|check", show_default=False)] = None,
) -> int:
    """Write the settings file, show what holds, or check it."""
    actions: dict[str, Callable[[GlobalOptions], None]] = {"init": _init, "show": _show, "check": _check}
    if action is None:
        raise WrongCommandLine("config needs a word behind it: init, show or check.")
    actions[word("config", action, actions)](context.obj)
    return 0


def _show(common: GlobalOptions) -> None:
    from hean_tui.settings.display import as_json, as_lines
    from hean_tui.settings.sources import load_settings

    loaded = load_settings(common.config)
    tell(*loaded.notices)
    lines = [as_json(loaded, os.environ)] if common.json else as_lines(loaded, os.environ)
    typer.echo("\n".join(lines))


def _check(common: GlobalOptions) -> None:
    from hean_tui.run_limits import levels_without_effect
    from hean_tui.settings.sources import load_settings
    from hean_tui.strategy_parameters import check_chosen, known_strategies, parameters_of

    loaded = load_settings(common.config)
    tell(*loaded.notices, *levels_without_effect(loaded.settings.risk.limits()))
    catalogue = known_strategies()
    check_chosen(loaded.settings.engine.strategies, catalogue, from_settings=True)
    parameters_of((), loaded, catalogue)
    files = ", ".join(str(path) for path in loaded.files) or "no file, the defaults"
    if common.json:
        import json

        typer.echo(json.dumps({"ok": True, "files": [str(path) for path in loaded.files]}))
    else:
        typer.echo(f"The settings are in order ({files}).")


def _init(common: GlobalOptions) -> None:
    from hean_tui.settings.display import as_toml
    from hean_tui.settings.sources import default_file

    if len(common.config) > 1:
        raise WrongCommandLine("config init writes one file; name it with a single --config.")
    path = Path(common.config[0]) if common.config else default_file(os.environ)
    if path.exists() or path.is_symlink():
        raise WrongConfiguration(f"{quoted(path)} is there already; move it away, or name another with --config FILE.")
    answers = _ask() if sys.stdin.isatty() and sys.stderr.isatty() and not common.json else {}
    _write(path, as_toml(answers), makes_folder=not common.config)
    if common.json:
        import json

        typer.echo(json.dumps({"written": str(path)}))
    else:
        typer.echo(f"The settings are in {path} now.")


def _ask() -> dict[str, str]:
    answers: dict[str, str] = {}
    tell("A few questions; Enter takes what stands in brackets.")
    for key, question in _QUESTIONS.items():
        answer = _answer(key, question)
        if answer is not None:
            answers[key] = answer
    return answers


def _answer(key: str, question: str) -> str | None:
    from hean_tui.settings.assignments import check_value
    from hean_tui.settings.display import default_text

    for _ in range(_PATIENCE):
        sys.stderr.write(f"{question} [{default_text(key)}] ")
        sys.stderr.flush()
        text = sys.stdin.readline().strip()
        if not text:
            return None
        try:
            check_value(key, text)
        except BadValue as error:
            tell(f"That cannot be: {error}.")
        else:
            return text
    tell(f"{key} keeps its default.")
    return None


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def _write(path: Path, text: str, *, makes_folder: bool) -> None:
    try:
        if makes_folder:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(path, "x", encoding="utf-8", opener=_private) as stream:
            stream.write(text)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise WrongConfiguration(f"The settings file {quoted(path)} could not be written: {reason}.") from None
