"""From the words of `hean-tui backtest` to a checked `BacktestRequest`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from hean_tui.commands.global_options import GlobalOptions
from hean_tui.commands.reading import each, input_files, option, required, word, writable_file
from hean_tui.errors import WrongCommandLine
from hean_tui.numbers import bounded, fraction_up_to, read_amount, read_seed
from hean_tui.requests import BacktestRequest, InputFile
from hean_tui.settings.assignments import read_assignments
from hean_tui.settings.sources import load_settings
from hean_tui.strategy_parameters import check_chosen, known_strategies, parameters_of
from hean_tui.symbols import read_strategy_name, read_symbol
from hean_tui.telling import tell
from hean_tui.times import read_instant

_read_fee = fraction_up_to("0.05")
_read_latency_ms = bounded(at_least=0, at_most=60_000)
_read_slippage_bps = bounded(at_least=0, at_most=1000)
_read_leverage = bounded(above=0, at_most=100)
_KINDS = ("bars", "spot_bars", "mark_bars", "funding", "trades", "book")
_PRICES = ("bars", "spot_bars", "trades", "book")


def read_backtest_request(common: GlobalOptions, given: Mapping[str, Any]) -> BacktestRequest:
    """Check everything that can be checked before a file is opened."""
    strategies = each("--strategy", given["strategy"], read_strategy_name)
    named = each("--symbol", given["symbol"], read_symbol)
    catalogue = known_strategies()
    if not strategies:
        raise WrongCommandLine("Name a strategy to test, such as --strategy ema_cross.")
    check_chosen(strategies, catalogue, from_settings=False)
    from_ns = option("--from", given["begin"], read_instant)
    to_ns = option("--to", given["end"], read_instant)
    if from_ns is not None and to_ns is not None and from_ns >= to_ns:
        raise WrongCommandLine(f"--from {given['begin']} has to be before --to {given['end']}.")
    capital = required("--capital", given["capital"], read_amount)
    fee_maker = option("--fee-maker", given["fee_maker"], _read_fee)
    fee_taker = option("--fee-taker", given["fee_taker"], _read_fee)
    latency_ms = option("--latency", given["latency"], _read_latency_ms)
    slippage_bps = option("--slippage-bps", given["slippage_bps"], _read_slippage_bps)
    leverage = required("--leverage", given["leverage"], _read_leverage)
    seed = option("--seed", given["seed"], read_seed)
    ts: Literal["open", "close"] = "open" if word("--ts", given["ts"], ("open", "close")) == "open" else "close"
    overrides = read_assignments(given["assignments"] or (), strategies, catalogue)
    loaded = load_settings(common.config, overrides)
    tell(*loaded.notices)
    html = option("--html", given["html"], Path)
    if not any(given[kind] for kind in _PRICES):
        raise WrongCommandLine("Name a file with prices: --bars, --spot-bars, --trades or --book.")
    files = {kind: input_files(f"--{kind.replace('_', '-')}", given[kind]) for kind in _KINDS}
    return BacktestRequest(
        loaded=loaded,
        strategies=strategies,
        parameters=parameters_of(strategies, loaded, catalogue),
        overrides=overrides,
        symbols=named or _symbols_of(files),
        **files,
        from_ns=from_ns,
        to_ns=to_ns,
        capital=capital,
        fee_maker=fee_maker,
        fee_taker=fee_taker,
        latency_ns=None if latency_ms is None else int(latency_ms * 1_000_000),
        slippage_bps=slippage_bps,
        leverage=leverage,
        use_risk=not given["no_risk"],
        ts=ts,
        seed=loaded.settings.sim.seed if seed is None else seed,
        html=writable_file("--html", html) if html else None,
        json=common.json,
        verbosity=common.verbosity,
    )


def _symbols_of(files: Mapping[str, tuple[InputFile, ...]]) -> tuple[str, ...]:
    named = [file.symbol for kind in _PRICES for file in files[kind] if file.symbol]
    return tuple(dict.fromkeys(named))
