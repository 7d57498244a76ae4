"""The log of a run: how it began and ended, and what happened in between that somebody may have to explain later.

The engine hands facts over and goes on; the log's own thread finds the words and writes them.
"""

import logging
import math
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import partial
from types import MappingProxyType, TracebackType
from typing import Any

import msgspec

from engine import events
from engine.bus import Bus
from engine.money import plain
from engine.orders import Order
from engine.snapshot import Snapshot, iso
from engine.stream import TOLD, in_words
from hean_tui import __version__
from hean_tui.requests import RunRequest
from hean_tui.settings.display import rows
from hean_tui.settings.sources import DEFAULT
from infrastructure.logs.loggers import bind, get_logger
from infrastructure.logs.writer import Writer, installed

_log = get_logger(__name__)
_LEVELS: dict[type[events.Event], int] = {
    events.StateChanged: logging.INFO,
    events.OperatorActed: logging.INFO,
    events.OrderDenied: logging.INFO,
    events.OrderRejected: logging.INFO,
    events.Transferred: logging.INFO,
    events.HaltLifted: logging.INFO,
    events.TierChanged: logging.INFO,
    events.CapitalAllocated: logging.INFO,
    events.OrderUnknown: logging.WARNING,
    events.DrawdownAlert: logging.WARNING,
    events.Halt: logging.WARNING,
    events.EmergencyStop: logging.WARNING,
    events.HealthChanged: logging.WARNING,
    events.LadderMoved: logging.WARNING,
    events.ErrorOccurred: logging.ERROR,
}
_FILLS = (events.OrderFilled, events.OrderPartlyFilled)
# What the venue says of an order in few words; the order's own numbers are added.
_ORDERS = (events.OrderAccepted, events.OrderCancelled, events.OrderExpired)
_NUMBERS = ("strategy", "side", "type", "quantity", "price", "trigger_price", "filled")
_NO_NUMBERS: Mapping[str, Any] = MappingProxyType({})
_COMPONENTS: dict[type[events.Event], str] = {
    events.OperatorActed: "operator",
    events.StateChanged: "engine",
    events.EmergencyStop: "engine",
    events.DrawdownAlert: "risk",
    events.Halt: "risk",
    events.HaltLifted: "risk",
    events.TierChanged: "risk",
    events.CapitalAllocated: "risk",
    events.Transferred: "account",
    events.FundingPaid: "account",
    events.Signal: "strategies",
    events.LetGo: "strategies",
}
_HIDDEN = frozenset(("ts", "order_id", "request_id", "details"))  # of a fact: they stand elsewhere in the record


class RunLog:
    """Listens to a bus and writes; `say` gets one sentence for each strategy that trades no more."""

    def __init__(self, request: RunRequest, say: Callable[[str], None] | None = None) -> None:
        self._request = request
        self._say = say
        self._latest: Snapshot | None = None
        self._order_of: Callable[[str], Order | None] = lambda _: None
        self._writer = installed() or Writer(logging.NullHandler())

    def __enter__(self) -> "RunLog":
        request = self._request
        _log.info(
            "the run begins",
            component="run",
            text=f"hean-tui {__version__} begins: {request.mode} on {request.feed}, seed {request.seed}, "
            f"scenario {request.scenario or 'normal'}, capital {request.capital}, "
            f"symbols {', '.join(request.symbols) or 'all'}, speed {request.speed}",
            program=__version__,
            mode=request.mode,
            feed=request.feed,
            seed=request.seed,
            scenario=request.scenario or "normal",
            capital=request.capital,
            symbols=request.symbols,
            speed=str(request.speed),
        )
        for name in request.strategies:
            parameters = request.parameters.get(name, {})
            _log.info(
                "strategy",
                component="run",
                text=f"strategy {name}: {_pairs(parameters.items()) or 'as it is'}",
                strategy=name,
                parameters=parameters,
            )
        chosen = {key: value for key, value, origin in rows(request.loaded) if _matters(key, origin)}
        _log.info("settings", component="run", text=f"settings: {_pairs(chosen.items())}", settings=chosen)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.drain()
        if self._latest is not None:
            _write_end(self._latest)
        if self._writer is not installed():
            self._writer.close()

    def listen(self, bus: Bus, order_of: Callable[[str], Order | None]) -> None:
        """Take what is worth a line from now on; with -v, everything that the stream tells.

        What becomes of each order is told in real time alone: at full speed it would cost more than the engine itself.
        """
        self._order_of = order_of
        takers: dict[type[events.Event], Callable[[Any], None]] = dict.fromkeys(_FILLS, self._take_liquidation)
        takers |= dict.fromkeys(TOLD if _log.isEnabledFor(logging.DEBUG) else _LEVELS, self._take)
        if not math.isinf(self._request.speed):
            takers |= dict.fromkeys(_FILLS, self._take) | dict.fromkeys(_ORDERS, self._take_order)
        for kind, take in takers.items():
            bus.subscribe(kind, take)

    def name(self, run_id: str) -> None:
        """What the run is called: every line from now on says so."""
        self._writer.hand_over(partial(bind, run_id=run_id))

    def dropped(self) -> int:
        """How many facts found no room so far."""
        return self._writer.dropped()

    def trouble(self) -> str | None:
        """Why the newest line could not be written, or None."""
        trouble: str | None = getattr(self._writer.inner, "trouble", None)
        return trouble

    def end(self, latest: Snapshot) -> None:
        """Where the run ended; it is written when everything before it is."""
        self._latest = latest

    # --- on the engine's thread

    def _take(self, fact: events.Event) -> None:
        self._writer.hand_over(partial(self._write, fact))

    def _take_liquidation(self, fill: events.OrderFilled | events.OrderPartlyFilled) -> None:
        if fill.kind == "liquidation":
            self._take(fill)

    def _take_order(self, fact: events.OrderAccepted | events.OrderCancelled | events.OrderExpired) -> None:
        order = self._order_of(fact.order_id)
        if order is not None:  # of somebody else's the desk has said so already
            numbers = {name: getattr(order, name) for name in _NUMBERS}  # as they are now: the order goes on
            self._writer.hand_over(partial(self._write, fact, numbers))

    # --- on the log's own thread

    def _write(self, fact: events.Event, numbers: Mapping[str, Any] = _NO_NUMBERS) -> None:
        word, text = _accepted(fact.symbol, numbers) if isinstance(fact, events.OrderAccepted) else in_words(fact)
        fields: dict[str, Any] = {"component": _component(fact), "engine_time": iso(fact.ts), "text": f"{word}: {text}"}
        for name, source in (("trace_id", "order_id"), ("request_id", "request_id"), ("details", "details")):
            if getattr(fact, source, ""):
                fields[name] = getattr(fact, source)
        told = {name: _value(getattr(fact, name)) for name in fact.__struct_fields__ if name not in _HIDDEN}
        told |= {name: _value(value) for name, value in numbers.items()}
        _log.log(_level(fact), _snake(type(fact).__name__), fact=told, **fields)
        if self._say is not None and isinstance(fact, events.HealthChanged):
            strategy = fact.component.startswith("strategy ")
            if strategy and fact.state == "down":
                self._say(f"The {_line(fact.component)} trades no more: {_line(fact.reason)}; {self._where()}.")

    def _where(self) -> str:
        folder = self._request.data_folder
        if folder.is_fresh:  # it goes when the run is over
            return "a run with --data-dir keeps the log, with the details"
        return f"the details are in {folder.log_file}"


def _write_end(latest: Snapshot) -> None:
    account, counts = latest.account, msgspec.structs.asdict(latest.counts)
    when = iso(latest.engine.time or 0)
    _log.info(
        "the run ends",
        component="run",
        text=f"the run ends at {when}, {latest.engine.state}: equity {account.equity}, realised {account.realised}, "
        f"fees {account.fees}, funding {account.funding}",
        engine_time=when,
        state=latest.engine.state,
        equity=account.equity,
        realised=account.realised,
        fees=account.fees,
        funding=account.funding,
    )
    _log.info(
        "counts",
        component="run",
        text=f"counts: {', '.join(f'{name} {count}' for name, count in counts.items())}",
        counts=counts,
    )
    if latest.state_hash is not None:
        _log.info("state hash", component="run", text=f"state hash {latest.state_hash}", state_hash=latest.state_hash)


def _level(fact: events.Event) -> int:
    if isinstance(fact, _FILLS) and fact.kind == "liquidation":
        return logging.WARNING
    if isinstance(fact, events.HealthChanged) and fact.state == "healthy":
        return logging.INFO
    if isinstance(fact, (*_FILLS, *_ORDERS)):
        return logging.INFO
    return _LEVELS.get(type(fact), logging.DEBUG)


def _accepted(symbol: str, order: Mapping[str, Any]) -> tuple[str, str]:
    verb = "buy" if order["side"] > 0 else "sell"
    prices = (("price", "at"), ("trigger_price", "when it trades at"))
    at = [f"{word} {order[name]:f}" for name, word in prices if order[name] is not None] or ["at the market"]
    return "accepted", f"{verb} {plain(order['quantity'])} {symbol} {' '.join(at)}, {order['strategy']}"


def _component(fact: events.Event) -> str:
    if isinstance(fact, events.HealthChanged):
        return fact.component
    if isinstance(fact, events.ErrorOccurred):
        return fact.source
    return _COMPONENTS.get(type(fact), "orders")


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _value(value: Any) -> Any:
    return plain(value) if isinstance(value, Decimal) else value


def _matters(key: str, origin: str) -> bool:
    """What decides about money is written down always, the rest where somebody chose it."""
    return key.startswith("risk.") or origin != DEFAULT


def _pairs(values: Iterable[tuple[str, Any]]) -> str:
    return ", ".join(f"{name}={'-' if value is None else value}" for name, value in values)


def _line(text: str) -> str:
    """One line, whatever a strategy wrote."""
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))
