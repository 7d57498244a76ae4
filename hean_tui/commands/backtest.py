"""`hean-tui backtest`: play recorded data through the same engine that trades."""

# ruff: noqa: ARG001, PLR0913  typer reads the options from the signature; their values are taken from the context

from typing import Annotated

import typer

_Words = list[str] | None
_FILE = "[SYMBOL=]FILE"


def backtest(
    context: typer.Context,
    *,
    strategy: Annotated[_Words, typer.Option(metavar="NAME", help="The strategy to test; repeatable.")] = None,
    symbol: Annotated[_Words, typer.Option(metavar="S", help="The market to trade; repeatable.")] = None,
    bars: Annotated[_Words, typer.Option(metavar=_FILE, help="Bars: parquet, feather or CSV; repeatable.")] = None,
    spot_bars: Annotated[_Words, typer.Option(metavar=_FILE, help="Bars of the spot market.")] = None,
    mark_bars: Annotated[_Words, typer.Option(metavar=_FILE, help="Bars of the mark price.")] = None,
    funding: Annotated[_Words, typer.Option(metavar=_FILE, help="Funding rates.")] = None,
    trades: Annotated[_Words, typer.Option(metavar=_FILE, help="Trades.")] = None,
    book: Annotated[_Words, typer.Option(metavar=_FILE, help="Changes of the order book.")] = None,
    begin: Annotated[str | None, typer.Option("--from", metavar="TIME", help="Leave out what is earlier.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="TIME", help="Leave out what is this late.")] = None,
    capital: Annotated[str, typer.Option(metavar="USDT", help="The first deposit.", show_default=True)] = "10000",
    fee_maker: Annotated[str | None, typer.Option(metavar="RATE", help="Resting orders; else 0.0002.")] = None,
    fee_taker: Annotated[
        str | None, typer.Option(metavar="RATE", help="Orders that take; else 0.00055, spot 0.001.")
    ] = None,
    latency: Annotated[str | None, typer.Option(metavar="MS", help="Until an order arrives; else 50, bars 0.")] = None,
    slippage_bps: Annotated[
        str | None, typer.Option(metavar="BPS", help="Against us on every fill; else 1, with a book 0.")
    ] = None,
    leverage: Annotated[str, typer.Option(metavar="X", help="How much may be held against the equity.")] = "1",
    assignments: Annotated[
        _Words, typer.Option("--set", metavar="KEY=VALUE", help="Change a setting or a parameter; repeatable.")
    ] = None,
    no_risk: Annotated[
        bool, typer.Option("--no-risk", help="The strategy alone, without limits, sizing and default stops.")
    ] = False,
    ts: Annotated[str, typer.Option(metavar="open|close", help="Which end of a bar its time is.")] = "open",
    seed: Annotated[str | None, typer.Option(metavar="N", help="Everything random comes from this number.")] = None,
    html: Annotated[str | None, typer.Option(metavar="FILE", help="Write a report to read in a browser.")] = None,
) -> int:
    """Play recorded data through the engine that trades."""
    from hean_tui.commands.backtest_request import read_backtest_request

    request = read_backtest_request(context.obj, context.params)
    from hean_tui.backtest import backtest_command

    return int(backtest_command(request))
