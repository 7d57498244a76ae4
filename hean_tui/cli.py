"""The command line: one program, its commands, and the last guard in front of every person and every script."""

import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from itertools import pairwise
from typing import Annotated, Any

import typer

from hean_tui import __version__
from hean_tui.commands.global_options import FLAGS, NAMES, GlobalOptions, moved_to_the_front
from hean_tui.errors import UserError, WrongCommandLine, is_full
from hean_tui.exit_codes import ExitCode
from hean_tui.telling import tell
from hean_tui.wording import quoted, way_out

PROGRAM = "hean-tui"
COMMANDS = (
    "run",
    *("status", "positions", "orders", "fills", "balance", "performance", "follow"),
    *("start", "stop", "pause", "resume", "reconcile", "flatten", "kill", "unlock"),
    *("buy", "sell", "close", "cancel", "protect"),
    *("backtest", "replay", "journal", "sim", "db", "doctor", "config"),
)
# Commands that share a file; every other one has a file of its name.
_SHARED = {
    "watching": ("status", "positions", "orders", "balance"),
    "history": ("fills", "performance"),
    "steering": ("start", "stop", "pause", "resume", "reconcile", "flatten", "unlock"),
    "trading": ("buy", "sell", "close", "cancel", "protect"),
}
_FILES = {command: file for file, commands in _SHARED.items() for command in commands}
_USUAL = "run"
_HELP = ("--help", "-h")
_NEGATIVE = re.compile(r"-(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; nothing a person can do ends in a traceback."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return _dispatch(arguments)
    except UserError as error:
        tell(*error.sentences)
        return error.exit_code
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else ExitCode.ERROR
    except BrokenPipeError:
        # Whoever read the output has gone, as in `hean-tui config show | head -1`: nothing is left to say.
        _drop_output(argv)
        return ExitCode.ERROR
    except Exception as error:  # noqa: BLE001  the last guard: what nobody foresaw becomes a sentence and a log entry
        if is_full(error):
            tell("No space left on the device that was written to; make room there.")
            _drop_output(argv)
        else:
            tell(_written_down(error, arguments))
        return ExitCode.ERROR


def _drop_output(argv: Sequence[str] | None) -> None:
    if argv is None:
        # We are the program: what is still buffered must not complain when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _dispatch(arguments: Sequence[str]) -> int:
    ours, rest = moved_to_the_front(arguments)
    wants_help = bool(rest) and rest[0] in _HELP
    if not rest and "--version" not in ours:
        rest = [_USUAL]
    elif rest and rest[0].startswith("-") and not wants_help:
        # `hean-tui --headless` is `hean-tui run --headless`: without a command it is the garden that is meant.
        rest = [_USUAL, *rest]
    elif rest and not wants_help and rest[0] not in COMMANDS:
        otherwise = f"{PROGRAM} --help lists the commands there are."
        raise WrongCommandLine(f"There is no command {quoted(rest[0])}; {way_out(rest[0], COMMANDS, otherwise)}")
    if rest[:1] == ["kill"] and not set(rest) & set(_HELP) and "--version" not in ours:
        return _kill(ours, rest[1:])
    program = _program(COMMANDS if wants_help else rest[:1])
    try:
        code = program.main(args=[*ours, *rest], prog_name=PROGRAM, standalone_mode=False)
    except typer.TyperException as error:
        words = _with_a_number_behind(rest, getattr(error, "option_name", None) or "")
        if words is not None:
            return _dispatch([*ours, *words])
        raise WrongCommandLine(_usage_sentence(error, rest[0])) from None
    except typer.Abort:
        return ExitCode.INTERRUPTED
    sys.stdout.flush()
    return int(code or ExitCode.DONE)


def _kill(ours: Sequence[str], rest: Sequence[str]) -> int:
    """Without the parser, which takes longer to read than a kill takes to be sent."""
    from hean_tui.commands.kill import killed
    from hean_tui.commands.kill_words import read_kill_words

    code = killed(read_kill_words(ours, rest))
    sys.stdout.flush()
    return int(code)


def _program(names: Sequence[str]) -> Any:
    """The typer program with only the commands that are needed, each in a file of its own."""
    app = typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": list(reversed(_HELP)), "max_content_width": 100},
    )
    app.callback(invoke_without_command=True)(_root)
    for name in names:
        command = getattr(import_module(f"hean_tui.commands.{_FILES.get(name, name)}"), name)
        app.command(name, epilog="Before or behind the command: --data-dir, --config, --json, -v.")(command)
    return typer.main.get_command(app)


def _root(
    context: typer.Context,
    data_dir: Annotated[
        str | None, typer.Option(metavar="DIR", help="Where runs are kept; else HEAN_DATA_DIR, else the usual place.")
    ] = None,
    config: Annotated[
        list[str] | None, typer.Option(metavar="FILE", help="Settings; repeatable, later ones hold.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Results for programs, on stdout.")] = False,
    verbose: Annotated[
        int, typer.Option("--verbose", "-v", count=True, help="Write more into the log.", show_default=False)
    ] = 0,
    version: Annotated[bool, typer.Option("--version", help="Say the version and end.")] = False,
) -> None:
    """A calm garden in the terminal in front of a trading engine. Without a command: run, on paper."""
    if version:
        typer.echo(f"{PROGRAM} {__version__}")
        raise typer.Exit
    context.obj = GlobalOptions(data_dir, tuple(config or ()), json, verbose)


def _with_a_number_behind(words: Sequence[str], option: str) -> list[str] | None:
    """The same words where the parser took -1 for an option: as an argument, it is told what is wrong with it."""
    options, arguments = list(words), ["--"]
    if "--" in options:
        options, arguments = options[: options.index("--")], options[options.index("--") :]
    for word in options:
        if option and word.startswith(option) and _NEGATIVE.fullmatch(word):
            options.remove(word)
            return [*options, *arguments, word]
    return None


def _usage_sentence(error: typer.TyperException, command: str) -> str:
    """What the parser found, in words of ours."""
    message = error.format_message()
    name = getattr(error, "option_name", None)
    missing = getattr(error, "param", None)
    if name is None and missing is not None and message.startswith("Missing"):
        word = missing.opts[0] if missing.param_type_name == "option" else missing.metavar or missing.name
        return f"{command} needs {word}; {PROGRAM} {command} --help says what it is."
    if name is None:
        inside = message.rpartition("(")[2].rstrip(")")
        return f"{command} takes no argument {quoted(inside)}; {PROGRAM} {command} --help lists what it takes."
    if "requires" in message:
        return f"{name} needs a value; {PROGRAM} {command} --help says which."
    if "does not take" in message or name in FLAGS:
        return f"{name} takes no value; leave out what follows the equals sign."
    context: Any = getattr(error, "ctx", None)
    known = [opt for parameter in context.command.params for opt in parameter.opts] if context is not None else []
    otherwise = f"{PROGRAM} {command} --help lists them."
    return f"{command} has no option {quoted(name)}; {way_out(name, [*known, *NAMES], otherwise)}"


def _written_down(error: Exception, arguments: Sequence[str]) -> str:
    from hean_tui.data_folder import LOG_FILE, folder_within, locate_root
    from hean_tui.logs import write_down

    named = next((value for name, value in pairwise(arguments) if name == "--data-dir"), None)
    try:
        file = folder_within(locate_root(named, os.environ)) / LOG_FILE
    except UserError:
        file = None
    return write_down(error, file)
