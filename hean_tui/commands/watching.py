"""`hean-tui status`, `positions`, `orders`, `balance`: what a running engine says of itself."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hean_tui.exit_codes import ExitCode

if TYPE_CHECKING:
    from hean_tui.commands.global_options import GlobalOptions

Mode = Annotated[str | None, typer.Option(metavar="MODE", help="The engine of this mode, where several run.")]


def status(context: typer.Context, *, mode: Mode = None) -> int:
    """Say on one page how a running engine is; with --json its whole snapshot.

    \b
    hean-tui status
    hean-tui status --json | jq .account.equity
    """
    from hean_tui.engine_lines import status_lines
    from infrastructure.control.messages import WHOLE

    common: GlobalOptions = context.obj
    snapshot = _look(common, mode, *WHOLE)
    _say(common, snapshot, status_lines)
    return ExitCode.DONE


def positions(context: typer.Context, *, mode: Mode = None) -> int:
    """List what is held.

    \b
    hean-tui positions
    hean-tui positions --json | jq '.[].unrealised'
    """
    from hean_tui.engine_lines import position_lines

    _say(context.obj, _look(context.obj, mode, "positions")["positions"], position_lines)
    return ExitCode.DONE


def orders(
    context: typer.Context,
    *,
    every: Annotated[bool, typer.Option("--all", help="Those that ended lately, too.")] = False,
    mode: Mode = None,
) -> int:
    """List the orders that are open.

    \b
    hean-tui orders
    hean-tui orders --all --json
    """
    from hean_tui.engine_lines import is_open, order_lines

    found = _look(context.obj, mode, "orders")["orders"]
    _say(context.obj, [order for order in found if every or is_open(order)], order_lines)
    return ExitCode.DONE


def balance(context: typer.Context, *, mode: Mode = None) -> int:
    """Say what the account is worth.

    \b
    hean-tui balance
    hean-tui balance --json | jq -r .equity
    """
    from hean_tui.engine_lines import money, pairs, signed

    def lines(account: dict[str, Any]) -> list[str]:
        plain = ("equity", "cash", "peak_equity", "drawdown", "fees")
        return pairs((name.replace("_", " "), (money if name in plain else signed)(account[name])) for name in account)

    _say(context.obj, _look(context.obj, mode, "account")["account"], lines)
    return ExitCode.DONE


def _look(common: "GlobalOptions", mode: str | None, *parts: str) -> dict[str, Any]:
    from hean_tui.running_engine import looked_at

    return looked_at(common, mode, parts).snapshot


def _say(common: "GlobalOptions", facts: Any, lines: Any) -> None:
    import json

    text = json.dumps(facts, separators=(",", ":")) if common.json else "\n".join(lines(facts))
    sys.stdout.write(text + "\n")
