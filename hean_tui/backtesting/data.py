"""Which file belongs to which market: every history of a backtest, opened and checked before anything runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hean_tui.backtesting.markets import read_market, spot_of, symbol_in_words
from hean_tui.errors import WrongCommandLine, WrongConfiguration
from hean_tui.requests import BacktestRequest, InputFile
from hean_tui.telling import tell
from hean_tui.wording import one_of, quoted
from infrastructure.feeds import names_in
from infrastructure.history import Bars, Book, Funding, History, Trades, open_history
from infrastructure.history.symbols import matches

_OPTIONS = ("bars", "trades", "book", "funding", "mark_bars", "spot_bars")
_KINDS: dict[str, Any] = {"mark_bars": "mark", "spot_bars": "bars"}


@dataclass(slots=True)
class MarketData:
    """The histories of one market."""

    symbol: str
    bars: History[Bars] | None = None
    trades: History[Trades] | None = None
    book: History[Book] | None = None
    funding: History[Funding] | None = None
    marks: History[Bars] | None = None

    def histories(self) -> Iterator[History[Any]]:
        """All that there are, prices first."""
        for history in (self.bars, self.trades, self.book, self.funding, self.marks):
            if history is not None:
                yield history


@dataclass(frozen=True, slots=True)
class BacktestData:
    """All markets of a backtest: those that are traded, in the order in which they were named, then the rest."""

    traded: tuple[str, ...]
    markets: dict[str, MarketData]

    @property
    def native_ns(self) -> int:
        """How long the traded bars last; 0 where there are trades instead."""
        intervals = {
            symbol: history.interval_ns for symbol in self.traded if (history := self.markets[symbol].bars) is not None
        }
        if len(set(intervals.values())) > 1:
            told = ", ".join(f"{interval_ns / 1e9:g} s for {symbol}" for symbol, interval_ns in intervals.items())
            raise WrongConfiguration(f"Bars of one backtest have to last equally long; they were {told}.")
        if intervals and len(intervals) < len(self.traded):
            raise WrongConfiguration("Some markets have bars and others trades; a backtest needs the same for all.")
        return next(iter(intervals.values()), 0)


def open_data(request: BacktestRequest) -> BacktestData:
    """Open every file that was named; `BadHistory` and `UserError` say what was wrong with the first bad one."""
    files: dict[str, tuple[InputFile, ...]] = {option: getattr(request, option) for option in _OPTIONS}
    known = {file.path: names_in(_kind(option), file.path) for option in _OPTIONS for file in files[option]}
    traded = request.symbols or _symbols_of_columns(files, known)
    markets = {symbol: MarketData(symbol) for symbol in traded}
    for option in _OPTIONS:
        for file in files[option]:
            for symbol in _owners(option, file, known[file.path], _meant(option, files, traded)):
                market = markets.setdefault(symbol, MarketData(symbol))
                _attach(market, option, file, request)
    for market in markets.values():
        _check(market)
    quotes = dict.fromkeys(read_market(symbol).quote for symbol in markets)
    if len(quotes) > 1:
        raise WrongCommandLine(f"The markets are quoted in {one_of(quotes, 'and')}; one account has one currency.")
    return BacktestData(tuple(traded), markets)


def _meant(option: str, files: dict[str, tuple[InputFile, ...]], traded: tuple[str, ...]) -> tuple[str, ...]:
    """The markets that a file of this option can be for."""
    perpetuals = tuple(symbol for symbol in traded if not read_market(symbol).is_spot)
    if option == "spot_bars":
        return tuple(dict.fromkeys(spot_of(symbol) for symbol in traded))
    if option in ("funding", "mark_bars"):
        return perpetuals
    if option == "bars" and files["spot_bars"] and perpetuals:
        return perpetuals  # the spot markets have theirs
    return traded


def _kind(option: str) -> Any:
    return _KINDS.get(option, option)


def _symbols_of_columns(files: dict[str, tuple[InputFile, ...]], known: dict[Any, tuple[str, ...]]) -> tuple[str, ...]:
    """Nobody named a market: the files with prices do, in a column `symbol`."""
    names = [
        name
        for option in ("bars", "trades", "book")
        for file in files[option]
        for name in known[file.path]
        if file.own_name in (None, name)
    ]
    found = {name: symbol_in_words(name) for name in dict.fromkeys(names)}
    if not found:
        raise WrongCommandLine("Say which market the file holds with --symbol, such as --symbol BTC/USDT:USDT.")
    guessed = [name for name, symbol in found.items() if name != symbol]
    if guessed:
        name = guessed[0]
        rest = f", and {len(guessed) - 1} more likewise" if len(guessed) > 1 else ""
        tell(f"{quoted(name)} of the file was taken for {found[name]}{rest}; --symbol says otherwise.")
    return tuple(dict.fromkeys(found.values()))


def _owners(option: str, file: InputFile, names: tuple[str, ...], traded: tuple[str, ...]) -> tuple[str, ...]:
    """The markets a file is for, out of those it can be for."""
    flag = f"--{option.replace('_', '-')}"
    if file.symbol:
        symbol = spot_of(file.symbol) if option == "spot_bars" else file.symbol
        if option in ("funding", "mark_bars") and symbol not in traded:
            why = "is spot; only perpetuals have it" if read_market(symbol).is_spot else "is not traded"
            raise WrongCommandLine(f"{flag} was given for {symbol}, which {why}.")
        return (symbol,)
    if file.own_name is not None and file.own_name not in names:
        held = f"it names {one_of(names, 'and')}" if names else "it has no column symbol"
        raise WrongConfiguration(f"{quoted(file.path)} of {flag} has no row of {quoted(file.own_name)}; {held}.")
    if not traded:
        raise WrongCommandLine(f"{flag} is for perpetuals; name one, such as --symbol BTC/USDT:USDT.")
    if len(traded) == 1:
        if names and not file.own_name and not any(matches(traded[0], name) for name in names):
            raise WrongConfiguration(
                f"{quoted(file.path)} of {flag} has no row of {traded[0]}, it names {one_of(names, 'and')}; "
                f"say which of them it is, such as {flag} {names[0]}=FILE."
            )
        return traded
    if file.own_name is not None:
        return _owner_by_guess(flag, file.own_name, traded)
    if not names:
        raise WrongCommandLine(
            f"{quoted(file.path)} of {flag} has no column symbol and {len(traded)} markets are traded; "
            f"write {flag} {traded[0]}=FILE."
        )
    found = tuple(symbol for symbol in traded if any(matches(symbol, name) for name in names))
    if not found:
        raise WrongConfiguration(f"{quoted(file.path)} of {flag} holds none of {one_of(traded)}.")
    return found


def _owner_by_guess(flag: str, own_name: str, traded: tuple[str, ...]) -> tuple[str, ...]:
    symbol = next((each for each in traded if matches(each, own_name)), None)
    if symbol is None:
        raise WrongCommandLine(
            f"{flag} {own_name}=FILE leaves open which of {one_of(traded)} that is; test one market at a time."
        )
    return (symbol,)


def _attach(market: MarketData, option: str, file: InputFile, request: BacktestRequest) -> None:
    slot = {"mark_bars": "marks", "spot_bars": "bars"}.get(option, option)
    if getattr(market, slot) is not None:
        raise WrongCommandLine(f"{market.symbol} has two files with {slot}; give one.")
    stamps = request.ts if slot in ("bars", "marks") else "open"
    history = open_history(
        _kind(option),
        file.path,
        symbol=file.own_name or market.symbol,
        stamps=stamps,
        start_ns=request.from_ns,
        end_ns=request.to_ns,
    )
    setattr(market, slot, history)


def _check(market: MarketData) -> None:
    read_market(market.symbol)
    if market.bars is None and market.trades is None:
        if market.book is not None:
            raise WrongCommandLine(f"{market.symbol} has a book and no trades; give --trades too, for prices.")
        raise WrongCommandLine(f"There are no prices for {market.symbol}; give it --bars or --trades.")
    if market.bars is not None and market.trades is not None:
        raise WrongCommandLine(
            f"{market.symbol} has both bars and trades; give one of them: trades make bars of their own."
        )
    if market.bars is not None and market.book is not None:
        raise WrongCommandLine(f"{market.symbol} has a book and bars; a book needs --trades instead.")
