"""`hean-tui buy`, `sell`, `close`, `cancel`, `protect`: orders by hand, through the same gate as everything else."""

from typing import Annotated

import typer

from hean_tui.commands.watching import Mode

_Symbol = Annotated[str, typer.Argument(metavar="SYMBOL", help="Such as BTC/USDT:USDT.")]
_Quantity = Annotated[str, typer.Argument(metavar="QTY", help="How much, in coins.")]
_Limit = Annotated[str | None, typer.Option(metavar="P", help="Wait at this price instead of taking what there is.")]
_Stop = Annotated[str | None, typer.Option(metavar="P", help="Protect the position from here on.")]
_Target = Annotated[str | None, typer.Option(metavar="P", help="Take the profit here.")]
_ReduceOnly = Annotated[bool, typer.Option("--reduce-only", help="Never beyond what is held.")]
_Id = Annotated[
    str | None, typer.Option("--id", metavar="NAME", help="The same command twice is then one order, not two.")
]


def buy(
    context: typer.Context,
    symbol: _Symbol,
    quantity: _Quantity,
    *,
    limit: _Limit = None,
    stop: _Stop = None,
    target: _Target = None,
    reduce_only: _ReduceOnly = False,
    command_id: _Id = None,
    mode: Mode = None,
) -> int:
    """Buy by hand, through the same gate as everything else.

    \b
    hean-tui buy BTC/USDT:USDT 0.01 --stop 90000
    hean-tui buy ETH/USDT 0.5 --limit 3000 --id monday-1
    """
    return _trade(context, mode, command_id, "buy", symbol, quantity, limit, stop, target, reduce_only)


def sell(
    context: typer.Context,
    symbol: _Symbol,
    quantity: _Quantity,
    *,
    limit: _Limit = None,
    stop: _Stop = None,
    target: _Target = None,
    reduce_only: _ReduceOnly = False,
    command_id: _Id = None,
    mode: Mode = None,
) -> int:
    """Sell by hand, through the same gate as everything else.

    \b
    hean-tui sell BTC/USDT:USDT 0.01 --reduce-only
    """
    return _trade(context, mode, command_id, "sell", symbol, quantity, limit, stop, target, reduce_only)


def close(context: typer.Context, symbol: _Symbol, *, mode: Mode = None) -> int:
    """Close a position; exit code 8 where something of it is left.

    \b
    hean-tui close BTC/USDT:USDT
    """
    return _ask(context, mode, None, "close", symbol)


def cancel(
    context: typer.Context,
    order: Annotated[str, typer.Argument(metavar="ID", help="As hean-tui orders names it.")],
    *,
    mode: Mode = None,
) -> int:
    """Take an open order back.

    \b
    hean-tui cancel $(hean-tui orders --json | jq -r '.[0].id')
    """
    return _ask(context, mode, None, "cancel", order)


def protect(
    context: typer.Context,
    symbol: _Symbol,
    price: Annotated[str, typer.Argument(metavar="PRICE", help="Where the position ends.")],
    *,
    mode: Mode = None,
) -> int:
    """Place the stop of a position, or move it nearer.

    \b
    hean-tui protect BTC/USDT:USDT 91500
    """
    return _ask(context, mode, None, "protect", symbol, price)


def _trade(
    context: typer.Context,
    mode: str | None,
    command_id: str | None,
    verb: str,
    symbol: str,
    quantity: str,
    limit: str | None,
    stop: str | None,
    target: str | None,
    reduce_only: bool,
) -> int:
    prices = [("--limit", limit), ("--stop", stop), ("--target", target)]
    words = [word for name, price in prices if price is not None for word in (name, price)]
    only = ["--reduce-only"] if reduce_only else []
    return _ask(context, mode, command_id, verb, symbol, quantity, *words, *only)


def _ask(context: typer.Context, mode: str | None, command_id: str | None, verb: str, *words: str) -> int:
    from hean_tui.engine_verbs import ask_and_tell, read_words

    return int(ask_and_tell(context.obj, mode, read_words(verb, words), command_id))
