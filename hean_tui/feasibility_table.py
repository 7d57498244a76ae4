"""What an account can trade, as a table for people and as JSON for programs; the same wherever it is shown."""

from decimal import Decimal
from textwrap import wrap
from typing import Any

from engine.money import money, neat, plain
from risk.feasibility import Feasibility, Feasible
from risk.feasibility_words import percent_text, symbol_sentence, tier_sentence, verdict_sentence

HEADINGS = ("symbol", "smallest", "worth", "needs", "lot %", "stop %", "fees %", "size", "from")
UNKNOWN = "-"
_WIDTH = 79
_LABEL = 10
_HARD_BLANK = "\N{NO-BREAK SPACE}"


def as_lines(told: Feasibility) -> list[str]:
    """The account, a row for each symbol, and what it comes to; no line is wider than a terminal."""
    return [*table_lines(told), "", *(line for text in conclusion(told) for line in wrapped(text))]


def table_lines(told: Feasibility) -> list[str]:
    """The account and the rows, without what it comes to."""
    table = [HEADINGS, *(cells(told, each) for each in told.symbols)]
    widths = [max(len(row[column]) for row in table) for column in range(len(HEADINGS))]
    rows = [" ".join((row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:]))) for row in table]
    return [*account_lines(told), "", *rows]


def account_lines(told: Feasibility) -> list[str]:
    """The account itself: its tier and levels, the rules of a trade, and the price of waiting."""
    levels = (told.amounts.info, told.amounts.warning, told.amounts.critical, told.amounts.halt)
    lost = " / ".join(money(level).removesuffix(".00") for level in levels)
    parts = " / ".join(percent_text(told.percent(level)) for level in levels)
    risk, stop = told.risk_per_trade, told.limits.default_stop
    away = "no stop is set" if stop is None else f"stop {plain(stop * 100)} % away"
    server = told.server_cost_per_month
    return [
        _labelled("account", f"{money(told.balance)} USDT, {told.tier.name}"),
        _labelled("levels", f"{lost} lost are {parts} % of it"),
        _labelled(
            "a trade",
            f"risks {percent_text(risk * 100)} % ({money(risk * told.balance)}), {away}, "
            f"leverage {plain(told.limits.max_leverage)} at most",
        ),
        _labelled("server", f"{money(server)} a month are {percent_text(told.percent(server))} % of it, also idle"),
    ]


def conclusion(told: Feasibility) -> list[str]:
    """One honest sentence, and one more for an account under the smallest tier."""
    below = tier_sentence(told)
    return [verdict_sentence(told), *([] if below is None else [below])]


def wrapped(text: str) -> list[str]:
    """A sentence as lines; a number stays with its per cent sign."""
    return [line.replace(_HARD_BLANK, " ") for line in wrap(text.replace(" %", _HARD_BLANK + "%"), _WIDTH)]


def cells(told: Feasibility, each: Feasible) -> tuple[str, ...]:
    """The row of a symbol; where nothing fits, the reason stands in place of the size."""
    smallest = each.smallest
    if smallest is None:
        return (each.instrument.symbol, *([UNKNOWN] * 6), each.reach.value, UNKNOWN)
    size = UNKNOWN if each.size is None else plain(each.size)
    return (
        each.instrument.symbol,
        plain(smallest.quantity),
        money(smallest.value),
        money(smallest.needs),
        percent_text(told.percent(smallest.lot)),
        UNKNOWN if smallest.stop_loss is None else percent_text(told.percent(smallest.stop_loss)),
        percent_text(told.percent(smallest.fees)),
        size if each.fits else each.reach.value,
        UNKNOWN if each.begins_at is None else money(each.begins_at),
    )


def as_json_object(told: Feasibility) -> dict[str, Any]:
    """Everything, sizes and money as decimal strings, parts of the account in per cent."""
    levels = {name: getattr(told.amounts, name) for name in ("info", "warning", "critical", "halt")}
    server = told.server_cost_per_month
    return {
        "balance": plain(told.balance),
        "tier": told.tier.name,
        "under_smallest_tier": told.is_below_all,
        "levels": {name: {"loss": plain(loss), "percent": _percent(told, loss)} for name, loss in levels.items()},
        "max_leverage": plain(told.limits.max_leverage),
        "risk_per_trade": plain(told.risk_per_trade),
        "default_stop": _text(told.limits.default_stop),
        "server": {"cost_per_month": plain(server), "percent": _percent(told, server)},
        "verdict": told.verdict.value,
        "sentences": conclusion(told),
        "symbols": [_symbol(told, each) for each in told.symbols],
    }


def _symbol(told: Feasibility, each: Feasible) -> dict[str, Any]:
    smallest = each.smallest
    found: dict[str, Any] = dict.fromkeys(
        ("price", "smallest", "worth", "needs", "lot_percent", "stop_percent", "fees_percent")
    )
    if smallest is not None:
        found = {
            "price": plain(smallest.price),
            "smallest": plain(smallest.quantity),
            "worth": plain(smallest.value),
            "needs": plain(neat(smallest.needs)),
            "lot_percent": _percent(told, smallest.lot),
            "stop_percent": None if smallest.stop_loss is None else _percent(told, smallest.stop_loss),
            "fees_percent": _percent(told, smallest.fees),
        }
    return {
        "symbol": each.instrument.symbol,
        "fits": each.fits,
        "reach": each.reach.value,
        **found,
        "size": _text(each.size),
        "from": _text(each.begins_at),
        "sentence": symbol_sentence(told, each),
    }


def _percent(told: Feasibility, amount: Decimal) -> str:
    return plain(neat(told.percent(amount)))


def _text(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _labelled(label: str, text: str) -> str:
    return f"{label:<{_LABEL}}{text}"
