"""`hean-tui backtest`: recorded history through the engine that trades, and what came of it."""

import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import msgspec

from engine.gate import OrderRequest, RiskGate
from engine.host.system import monotonic_ns
from engine.instruments import Instrument
from engine.strategy import Strategy
from hean_tui.backtesting.data import BacktestData, open_data
from hean_tui.backtesting.instruments import history_instrument
from hean_tui.backtesting.outcome import build_result
from hean_tui.backtesting.page import write_page
from hean_tui.backtesting.progress import Progress
from hean_tui.backtesting.replay import Replay, ReplaySetup
from hean_tui.backtesting.result import BacktestResult, to_json
from hean_tui.backtesting.streams import has_lone_bars, merged, open_streams
from hean_tui.backtesting.table import as_table
from hean_tui.errors import WrongCommandLine, WrongConfiguration
from hean_tui.exit_codes import ExitCode
from hean_tui.requests import BacktestRequest
from hean_tui.telling import tell
from hean_tui.wording import quoted
from infrastructure.history import BadHistory
from risk.gate import Gate
from risk.limits import HASTE
from risk.open_gate import OpenGate
from strategies.registry import build
from strategies.scripted import Scripted, read_orders

_TICK_LATENCY_NS = 50_000_000
_SLIPPAGE_BPS = Decimal(1)


def backtest_command(request: BacktestRequest) -> int:
    """Run one backtest and print its result; every mistake of the user's is a `UserError` with one sentence."""
    try:
        result, troubles = run_backtest(request)
    except BadHistory as error:
        raise WrongConfiguration(str(error)) from None
    if request.html is not None:
        try:
            write_page(result, request.html)
        except OSError as error:
            raise WrongConfiguration(
                f"The report {quoted(request.html)} could not be written: {error.strerror}."
            ) from None
    sys.stdout.write(to_json(result) + "\n" if request.json else as_table(result))
    tell(*troubles)
    return ExitCode.ERROR if troubles else ExitCode.DONE


def run_backtest(request: BacktestRequest) -> tuple[BacktestResult, list[str]]:
    """The result, and what went wrong inside strategies on the way."""
    data = open_data(request)
    native_ns = data.native_ns
    strategies = [_strategy(name, data.traded, request.parameters.get(name, {})) for name in request.strategies]
    progress = Progress()
    try:
        streams = open_streams(data, progress.note)
        prices = {symbol: stream.first_price for symbol, stream in streams.items()}
        start_ns, stream = merged(streams)
        has_book = all(data.markets[symbol].book is not None for symbol in data.traded)
        slippage_bps = request.slippage_bps
        if slippage_bps is None:
            slippage_bps = Decimal(0) if has_book else _SLIPPAGE_BPS
        latency_ns = request.latency_ns
        if latency_ns is None:
            latency_ns = 0 if native_ns else _TICK_LATENCY_NS
        replay = Replay(
            ReplaySetup(
                instruments=_instruments(request, data, prices),
                strategies=strategies,
                gate=_gate(request),
                stream=stream,
                has_lone_bars=has_lone_bars(data),
                first_prices={
                    symbol: each.first_price for symbol, each in streams.items() if each.first_ns == start_ns
                },
                start_ns=start_ns,
                native_ns=native_ns,
                capital=request.capital,
                leverage=request.leverage,
                latency_ns=latency_ns,
                slippage_bps=slippage_bps,
                seed=request.seed,
            )
        )
        began_ns = monotonic_ns()
        replay.run()
        wall_ns = monotonic_ns() - began_ns
    finally:
        progress.clear()
    _tell_of_waiting(strategies)
    result = build_result(request, data, replay, slippage_bps=slippage_bps, start_ns=start_ns, wall_ns=wall_ns)
    return result, _troubles(replay)


def _strategy(name: str, symbols: tuple[str, ...], parameters: Mapping[str, object]) -> Strategy:
    try:
        return build(name, symbols, parameters)
    except ValueError as error:
        sentence = str(error)
        sentence = f"{sentence[0].upper()}{sentence[1:]}" if sentence.startswith("there") else sentence
        wrong = WrongConfiguration if _file_of(parameters) is not None else WrongCommandLine
        raise wrong(sentence if sentence.endswith((".", "?")) else f"{sentence}.") from None


def _file_of(parameters: Mapping[str, object]) -> Path | None:
    orders = parameters.get("orders")
    return None if orders is None else Path(str(orders))


def _instruments(request: BacktestRequest, data: BacktestData, first_prices: Mapping[str, float]) -> list[Instrument]:
    listed = _listed_orders(request, data)
    return [
        history_instrument(
            symbol,
            first_prices[symbol],
            fee_maker=request.fee_maker,
            fee_taker=request.fee_taker,
            leverage=request.leverage,
            prices=[
                price
                for order in listed
                for price in (order.price, order.trigger_price)
                if price is not None and order.symbol == symbol
            ],
            quantities=[order.quantity for order in listed if order.symbol == symbol],
        )
        for symbol in data.markets
    ]


def _listed_orders(request: BacktestRequest, data: BacktestData) -> list[OrderRequest]:
    """The orders of lists that are played, for they have to lie on the grid exactly."""
    file = _file_of(request.parameters.get("scripted", {}))
    if "scripted" not in request.strategies or file is None:
        return []
    return [order for _, order in read_orders(file, data.traded, "scripted")]


def _gate(request: BacktestRequest) -> RiskGate:
    if not request.use_risk:
        return OpenGate()
    risk = request.loaded.settings.risk
    limits = risk.limits()
    limits = msgspec.structs.replace(limits, max_leverage=min(limits.max_leverage, request.leverage))
    if "scripted" in request.strategies:  # a list is played exactly: it was looked at by whoever wrote it
        limits = msgspec.structs.replace(limits, **dict.fromkeys(HASTE))
    return Gate(limits, risk.weights)


def _tell_of_waiting(strategies: Sequence[Strategy]) -> None:
    waiting = sum(strategy.waiting for strategy in strategies if isinstance(strategy, Scripted))
    if waiting:
        what = "1 order of the list was" if waiting == 1 else f"{waiting} orders of the list were"
        tell(f"{what} never sent: the data ended before.")


def _troubles(replay: Replay) -> list[str]:
    errors = replay.kernel.errors
    if not errors:
        return []
    more = errors - len(replay.recorder.errors)
    sentences = [f"Something failed and was isolated, {sentence}" for sentence in replay.recorder.errors]
    return [*sentences, f"{more} more failures are not shown."] if more > 0 else sentences
