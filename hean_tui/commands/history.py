"""`hean-tui fills` and `performance`: what a running engine did, out of its journal, and what came of it."""

import json
import sys
from typing import Annotated, Any

import typer

from hean_tui.commands.watching import Mode
from hean_tui.exit_codes import ExitCode

_USUAL = 20


def fills(
    context: typer.Context,
    *,
    last: Annotated[str | None, typer.Option(metavar="N", help=f"How many; else {_USUAL}.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All there ever were in this folder.")] = False,
    mode: Mode = None,
) -> int:
    """List what was filled, the newest last.

    \b
    hean-tui fills
    hean-tui fills --all --json | jq '.[] | [.time, .symbol, .price]'
    """
    from hean_tui.commands.reading import option
    from hean_tui.engine_lines import fill_lines
    from hean_tui.fill_history import ALL
    from hean_tui.fill_history import fills as filled
    from hean_tui.numbers import whole
    from hean_tui.running_engine import the_engine

    most = option("--last", last, whole(at_least=1, at_most=10**9)) or _USUAL
    found = filled(the_engine(context.obj, mode).folder, ALL if every else most)
    sys.stdout.write((json.dumps(found) if context.obj.json else "\n".join(fill_lines(found))) + "\n")
    return ExitCode.DONE


def performance(context: typer.Context, *, mode: Mode = None) -> int:
    """Say what trading has brought so far, after all costs.

    \b
    hean-tui performance
    hean-tui performance --json | jq .profit_factor
    """
    from hean_tui.fill_history import fills as filled
    from hean_tui.fill_history import trips
    from hean_tui.running_engine import looked_at, the_engine

    folder = the_engine(context.obj, mode).folder
    snapshot = looked_at(context.obj, mode, ("account", "strategies", "counts")).snapshot
    facts = _facts(snapshot, trips(filled(folder)))
    sys.stdout.write((json.dumps(facts) if context.obj.json else "\n".join(_lines(facts))) + "\n")
    return ExitCode.DONE


def _facts(snapshot: dict[str, Any], trips: Any) -> dict[str, Any]:
    from decimal import Decimal

    from engine.money import plain

    account = snapshot["account"]
    parts = [Decimal(account[name] or 0) for name in ("realised", "unrealised", "funding")]
    pnl = sum(parts, -Decimal(account["fees"] or 0))
    return {
        "time": snapshot["engine"]["time"],
        "pnl": plain(pnl),
        **{name: account[name] for name in account if name != "cash"},
        "orders": snapshot["counts"]["orders"],
        "fills": snapshot["counts"]["fills"],
        "trades": trips.trades,
        "win_rate": trips.win_rate,
        "profit_factor": trips.profit_factor,
        "expectancy": None if trips.expectancy is None else plain(trips.expectancy),
        "strategies": [{"name": each["name"], "pnl": each["pnl"]} for each in snapshot["strategies"]],
    }


def _lines(facts: dict[str, Any]) -> list[str]:
    from hean_tui.engine_lines import money, pairs, signed

    def ratio(value: float | None, form: str) -> str:
        return "-" if value is None else format(value, form)

    rows = [
        ("pnl after costs", signed(facts["pnl"])),
        ("realised", signed(facts["realised"])),
        ("unrealised", signed(facts["unrealised"])),
        ("fees", money(facts["fees"])),
        ("funding", signed(facts["funding"])),
        ("today", signed(facts["day_pnl"])),
        ("equity", money(facts["equity"])),
        ("drawdown", money(facts["drawdown"])),
        ("orders", f"{facts['orders']:,}"),
        ("fills", f"{facts['fills']:,}"),
        ("finished trades", f"{facts['trades']:,}"),
        ("won", ratio(facts["win_rate"], ".1%")),
        ("profit factor", ratio(facts["profit_factor"], ".2f")),
        ("a trade brings", signed(facts["expectancy"])),
        *((f"by {each['name']}", signed(each["pnl"])) for each in facts["strategies"]),
    ]
    return pairs(rows)
