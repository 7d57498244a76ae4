"""A backtest's result as one HTML file that needs nothing else: no script, no font, no address."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from engine.money import plain
from hean_tui.backtesting.result import CONVENTIONS, BacktestResult
from hean_tui.backtesting.table import figures, title
from hean_tui.backtesting.words import counted, moment, money

_WIDTH, _HEIGHT, _MARGIN = 960, 320, 8
_FILLS_SHOWN = 500
_STYLE = """
:root { color-scheme: light dark; --ink: #2b2b2b; --paper: #faf8f3; --line: #4a6b5d; --faint: #8a8578; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e0d5; --paper: #1c1e1d; --line: #8fb8a4; --faint: #8a8578; } }
body { margin: 3rem auto; max-width: 60rem; padding: 0 1rem; background: var(--paper); color: var(--ink);
       font: 16px/1.5 system-ui, sans-serif; }
h1 { font-weight: 500; } h2 { font-weight: 500; margin-top: 2.5rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .15rem 1.5rem .15rem 0; text-align: left; white-space: pre; } th { font-weight: 500; }
.number { text-align: right; } .faint, figcaption { color: var(--faint); } figure { margin: 1.5rem 0; }
svg { width: 100%; height: auto; } polyline { fill: none; stroke: var(--line); stroke-width: 1.5; }
.zero { stroke: var(--faint); stroke-width: 1; stroke-dasharray: 4 4; }
.wide { overflow-x: auto; } code { word-break: break-all; }
"""


def write_page(result: BacktestResult, path: Path) -> None:
    """Write the page; raises `OSError` where the file cannot be written."""
    path.write_text(as_page(result), encoding="utf-8")


def as_page(result: BacktestResult) -> str:
    """The whole document."""
    heading = escape(title(result))
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in figures(result))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{heading}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><h1>{heading}</h1>"
        f'<p class="faint">{moment(result.from_)} to {moment(result.to)} UTC</p>'
        f"{_curve(result)}<table>{rows}</table>{_halts(result)}{_fills(result)}{_data(result)}"
        f"<h2>Conventions</h2><ul>{''.join(f'<li>{escape(line)}</li>' for line in CONVENTIONS)}</ul>"
        f'<p class="faint">code <code>{escape(result.code)}</code><br>'
        f"config <code>{escape(result.config_hash)}</code></p></body></html>\n"
    )


def _curve(result: BacktestResult) -> str:
    points = result.equity_curve
    first, last = points[0][0], points[-1][0]
    values = [float(equity) for _, equity in points]
    low, high = min(values), max(values)
    across = (_WIDTH - 2 * _MARGIN) / max(1, last - first)
    up = (_HEIGHT - 2 * _MARGIN) / (high - low or 1.0)

    def height(value: float) -> float:
        return _HEIGHT - _MARGIN - (value - low) * up

    path = " ".join(
        f"{_MARGIN + (ts - first) * across:.1f},{height(value):.1f}"
        for (ts, _), value in zip(points, values, strict=True)
    )
    capital = height(float(result.capital))
    return (
        f'<figure><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="Equity over time">'
        f'<line class="zero" x1="{_MARGIN}" x2="{_WIDTH - _MARGIN}" y1="{capital:.1f}" y2="{capital:.1f}"/>'
        f'<polyline points="{path}"/></svg>'
        f"<figcaption>Equity between {money(low)} and {money(high)}; dashed: the capital of "
        f"{money(result.capital)}</figcaption></figure>"
    )


def _halts(result: BacktestResult) -> str:
    if not result.halts:
        return ""
    rows = [(moment(halt.ts), money(halt.equity), halt.reason) for halt in result.halts]
    return f"<h2>Halts</h2>{_table(('time', 'equity', 'reason'), rows)}"


def _fills(result: BacktestResult) -> str:
    if not result.fill_list:
        return ""
    shown = result.fill_list[:_FILLS_SHOWN]
    rows = [
        (
            moment(fill.ts),
            fill.symbol,
            fill.side,
            plain(fill.quantity),
            plain(fill.price),
            plain(fill.fee),
            "maker" if fill.maker else "taker",
            fill.strategy,
        )
        for fill in shown
    ]
    more = len(result.fill_list) - len(shown)
    rest = f'<p class="faint">{counted(more, "more fill")}</p>' if more else ""
    head = ("time", "symbol", "side", "quantity", "price", "fee", "", "strategy")
    return f"<h2>Fills</h2>{_table(head, rows)}{rest}"


def _data(result: BacktestResult) -> str:
    rows = [
        (
            line.file,
            line.kind,
            line.symbol,
            f"{line.rows:,}",
            f"{line.gaps:,}",
            f"{line.missing:,}",
            f"{line.duplicates:,}",
            line.sha256[:16],
        )
        for line in result.data.files
    ]
    head = ("file", "kind", "symbol", "rows", "gaps", "missing", "duplicates", "sha256")
    return f"<h2>Data</h2>{_table(head, rows)}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    names = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="wide"><table><tr>{names}</tr>{body}</table></div>'
