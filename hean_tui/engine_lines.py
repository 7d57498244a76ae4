"""A running engine in plain, aligned lines: its state, positions, orders, balance, fills and performance."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_DOWN, Decimal
from typing import Any

from hean_tui.halts import lifting_command

Facts = dict[str, Any]
_OPEN = frozenset(("planned", "submitted", "accepted", "partly_filled", "cancelling", "amending", "unknown"))
_GAP = "  "


def is_open(order: Facts) -> bool:
    """Whether an order may still do something."""
    return order["status"] in _OPEN


def status_lines(snapshot: Facts) -> list[str]:
    """An engine on one small page."""
    engine, account, risk = snapshot["engine"], snapshot["account"], snapshot["risk"]
    waiting = sum(is_open(order) for order in snapshot["orders"])
    rows = [
        ("engine", f"{engine['state']}, {engine['mode']} on {engine['feed']}, up {_age(engine['uptime_s'])}"),
        *_held_back(engine),
        ("time", engine["time"] or "-"),
        ("equity", f"{money(account['equity'])}, today {signed(account['day_pnl'])}"),
        ("drawdown", f"{money(account['drawdown'])} below the peak of {money(account['peak_equity'])}"),
        ("positions", "; ".join(_position(each) for each in snapshot["positions"]) or "none"),
        ("orders", f"{waiting} open"),
        *_risk(risk),
        ("reconcile", _reconciled(snapshot["reconcile"])),
        *(
            ("strategy", f"{each['name']}, {each['state']}, {signed(each['pnl'])}{_because(each['reason'])}")
            for each in snapshot["strategies"]
        ),
        *(
            ("health", f"{name} is {each['state']}{_because(each['reason'])}")
            for name, each in sorted(snapshot["health"].items())
            if each["state"] != "healthy"
        ),
    ]
    if not any(name == "health" for name, _ in rows):
        rows.append(("health", "all is well"))
    return [f"{name:<{_widest(rows)}}{_GAP}{text}" for name, text in rows]


def position_lines(positions: Sequence[Facts]) -> list[str]:
    """Every position, one a line."""
    if not positions:
        return ["No position is held."]
    return table(
        ("symbol", "side", "quantity", "entry", "mark", "unrealised", "stop", "strategy"),
        (
            (
                each["symbol"],
                each["side"],
                each["quantity"],
                each["entry_price"],
                each["mark_price"],
                signed(each["unrealised"]),
                each["stop_price"],
                each["strategy"],
            )
            for each in positions
        ),
        numbers=(2, 3, 4, 5, 6),
    )


def order_lines(orders: Sequence[Facts]) -> list[str]:
    """Every order, one a line."""
    if not orders:
        return ["No order is open."]
    return table(
        ("id", "symbol", "side", "type", "quantity", "filled", "price", "status", "strategy"),
        (
            (
                each["id"],
                each["symbol"],
                each["side"],
                f"{each['type']}{' reduce-only' if each['reduce_only'] else ''}",
                each["quantity"],
                each["filled"],
                each["price"] or each["trigger_price"],
                each["status"],
                each["strategy"],
            )
            for each in orders
        ),
        numbers=(4, 5, 6),
    )


def fill_lines(fills: Sequence[Facts]) -> list[str]:
    """Every fill, one a line, the oldest first."""
    if not fills:
        return ["Nothing was filled yet."]
    return table(
        ("time", "symbol", "side", "quantity", "price", "fee", "order"),
        (
            (
                each["time"],
                each["symbol"],
                each["side"],
                each["quantity"],
                each["price"],
                f"{each['fee']} {each['fee_currency']}",
                each["order_id"],
            )
            for each in fills
        ),
        numbers=(3, 4, 5),
    )


def pairs(rows: Iterable[tuple[str, str]]) -> list[str]:
    """Names and figures, the figures under each other."""
    there = list(rows)
    names = _widest(there)
    figures = max(len(figure) for _, figure in there)
    return [f"{name:<{names}}{_GAP}{figure:>{figures}}" for name, figure in there]


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]], numbers: Sequence[int] = ()) -> list[str]:
    """Columns under their heads, numbers to the right; what is unknown is a dash."""
    cells = [list(heads), *(["-" if cell is None else str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    return [
        _GAP.join(
            cell.rjust(width) if column in numbers else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]


def money(text: str | None) -> str:
    """An amount to the cent."""
    return "-" if text is None else f"{Decimal(text):,.2f}"


def signed(text: str | None) -> str:
    """A change to the cent, with its sign."""
    return "-" if text is None else f"{Decimal(text):+,.2f}"


def _position(position: Facts) -> str:
    return (
        f"{position['side']} {position['quantity']} {position['symbol']} at {position['entry_price']}, "
        f"{signed(position['unrealised'])}"
    )


def _held_back(engine: Facts) -> list[tuple[str, str]]:
    """What a person closed, whether the strategies work or rest, and what ends it; a kill has to be unlocked first."""
    closed = ("gate", engine.get("gate_closed"), "opens it"), ("paused", engine.get("paused"), "ends it")
    return [
        (name, reason if engine["state"] == "killed" else f"{reason}; hean-tui resume {ended}")
        for name, reason, ended in closed
        if reason is not None
    ]


def _risk(risk: Facts) -> list[tuple[str, str]]:
    """The tier with its levels, how much of them is used, and how a halt ends."""
    levels, loss = risk["thresholds"], risk["loss"]
    rows: list[tuple[str, str]] = []
    if risk["tier"] is not None:
        amounts = ", ".join(f"{name} {_lost(levels[name.lower()])}" for name in ("Info", "Warning", "Critical", "HALT"))
        rows.append(("tier", f"{risk['tier']}: {amounts}"))
    told = (
        f"{_lost(loss['worst_trade'])} lost in one trade, {_lost(loss['day'])} this day, {_lost(loss['total'])} in all"
    )
    if not risk["halted"]:
        rows.append(("risk", f"level {risk['level']}; {told}"))
    else:
        command = lifting_command(risk["lift"], risk["tier"])
        rows.append(("risk", f"halted: {risk['halt_reason']}"))
        until = risk["halt_until"] or "an unknown time"
        rows.append(("lifted", f"by itself at {until}" if command is None else f"from {until} on, by {command}"))
    if risk.get("naked_s"):
        rows.append(("naked", f"a position without a stop for all of it, for {risk['naked_s']:.0f} s"))
    if risk.get("halt_chance") is not None:
        rows.append(("tonight", f"HALT within {risk['halt_hours']} h: {risk['halt_chance'] * 100:.2f} %"))
    if risk.get("note"):
        rows.append(("account", risk["note"]))
    return rows


def _lost(result: str | None) -> str:
    """A result as the size of a loss: a gain is none, and no cent is told before it is lost."""
    if result is None:
        return "-"
    return f"{max(-Decimal(result), Decimal(0)).quantize(Decimal('0.01'), ROUND_DOWN):,.2f}"


def _reconciled(reconcile: Facts) -> str:
    if reconcile["last_at"] is None:
        return "not yet"
    what = "; ".join(str(each) for each in reconcile["discrepancies"]) or "all equal"
    lag = "" if reconcile["lag_s"] is None else f", {reconcile['lag_s']:.0f} s ago"
    return f"{what}{lag}"


def _because(reason: str | None) -> str:
    return f", {reason}" if reason else ""


def _age(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"


def _widest(rows: Iterable[tuple[str, str]]) -> int:
    return max(len(name) for name, _ in rows)
