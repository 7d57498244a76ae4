"""The story of one order, told from the rows of the journal: what was seen, wanted, allowed, sent and won."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from engine.record.folding import FoldedRow
from infrastructure.journal.bodies import plain_body
from infrastructure.journal.reading import time_text

_SIDES = {1: "buy", -1: "sell"}
_PAST = {1: "bought", -1: "sold"}


class NoSuchOrder(Exception):
    """No row tells of this order."""


def story_of(order_id: str, rows: Iterable[FoldedRow]) -> list[dict[str, Any]]:
    """What concerns an order, its exits and the end of its position: {"seq", "time", "order", "sentence"} each."""
    told: list[dict[str, Any]] = []
    entry_id, _, leg = order_id.partition(".")
    needle = entry_id.encode()
    opening: list[dict[str, Any]] = []
    trades = _Trades(order_id)
    for row in rows:
        concerns = needle in row.body
        if not concerns and row.kind not in ("execution", "ledger"):
            continue
        body = plain_body(row.body)
        sentences = list(_sentences(row.kind, body, order_id)) if concerns else []
        sentences += trades.take(row.kind, body)
        here = {"seq": row.seq, "time": time_text(row.time_ns), "order": _order_of(body)}
        told += [{**here, "sentence": sentence} for sentence in sentences]
        if leg and row.kind == "intent" and _order_of(body) == entry_id:
            opening = [{**here, "sentence": _whose(leg, body)}]
    if not told:
        raise NoSuchOrder(order_id)
    return opening + told


class _Trades:
    """Follows positions from flat to flat, and tells what the one brought that the order was part of."""

    def __init__(self, order_id: str) -> None:
        self._order_id = order_id
        self._held: dict[str, Decimal] = {}
        self._flow: dict[str, Decimal] = {}
        self._is_in_it: set[str] = set()

    def take(self, kind: str, body: dict[str, Any]) -> Iterator[str]:
        symbol = body.get("symbol")
        if symbol is None or (kind == "ledger" and "rate" not in body):
            return
        if kind == "ledger":
            if self._held.get(symbol):
                self._flow[symbol] += Decimal(body["amount"])
            return
        if kind != "execution":
            return
        quantity, price, fee = Decimal(body["quantity"]), Decimal(body["price"]), Decimal(body["fee"])
        side = int(body["side"])
        gained = quantity * side
        if body["fee_currency"] == symbol.partition("/")[0]:  # coin that never arrives
            gained, fee = gained - fee, Decimal(0)
        before = self._held.get(symbol, Decimal(0))
        after = before + gained
        flow = self._flow.get(symbol, Decimal(0)) - quantity * side * price - fee
        is_ours = _order_of(body).partition(".")[0] == self._order_id
        was_in_it = symbol in self._is_in_it
        is_over = before and after * before <= 0
        if is_over:  # closed, and perhaps turned around: what is held after that belongs to the next position
            rest = -after * price
            self._is_in_it.discard(symbol)
            if was_in_it or is_ours:
                yield f"with that the position was closed: it brought {flow - rest:+,.2f} after fees and funding"
            flow = rest
        if is_ours and after:
            self._is_in_it.add(symbol)
        self._held[symbol], self._flow[symbol] = after, flow


def _order_of(body: dict[str, Any]) -> str:
    return str(body.get("order_id") or body.get("client_id") or "")


def _sentences(kind: str, body: dict[str, Any], order_id: str) -> Iterator[str]:
    named = _order_of(body)
    if kind == "venue" or not (named == order_id or named.startswith(f"{order_id}.")):
        return
    leg = "" if named == order_id else f"its {named[len(order_id) + 1 :]}: "
    what = body.get("what")
    if kind == "intent":
        yield from _decision(body)
    elif kind == "execution":
        role = "as maker" if body["maker"] else "as taker"
        fee = f"fee {_short(body['fee'])} {body['fee_currency']}"
        yield f"{leg}{_PAST[body['side']]} {body['quantity']} {body['symbol']} at {body['price']} {role}, {fee}"
    else:
        words = _WORDS.get(str(what))
        if what == "OrderAccepted" and not body["exchange_id"]:
            words = "the venue has it"
        if words is not None:
            changes = ", ".join(f"{name} {body[key]}" for key, name in _CHANGES if body.get(key) is not None)
            because = f": {body['because']}" if body.get("because") else ""
            yield leg + words.format_map({**body, "changes": changes, "because": because})


def _decision(body: dict[str, Any]) -> Iterator[str]:
    because = body.get("because") or {}
    price = because.get("price", {})
    seen = ", ".join(f"{name} {price[name]:g}" for name in ("last", "bid", "ask", "mark") if name in price)
    if seen:
        age = f", {price['age_ms']:.0f} ms old" if "age_ms" in price else ""
        yield f"the market of {body['symbol']} stood at {seen}{age}"
    features = because.get("features")
    if features:
        yield "it knew " + ", ".join(f"{name} = {value:.6g}" for name, value in features.items())
    signal = because.get("signal")
    if signal:
        stop = "" if signal.get("stop") is None else f", stop {signal['stop']:g}"
        target = "" if signal.get("target") is None else f", target {signal['target']:g}"
        yield (
            f"{body['strategy']} wanted to be {signal['wish']} with conviction {signal['conviction']:g}{stop}{target}: "
            f"{signal['reason'] or 'it gave no reason'}"
        )
    elif body.get("reason"):
        yield f"{body['strategy']} asked for it: {body['reason']}"
    gate = because.get("gate")
    if gate:
        numbers = ", ".join(f"{name.replace('_', ' ')} {_short(value)}" for name, value in gate.items())
        yield f"the gate let it pass: {numbers}"
    yield _wish(body)


def _whose(leg: str, entry: dict[str, Any]) -> str:
    """What an exit is there for, that the venue made of an entry's wish: `ID.stop`, `ID.target`, `ID.stop.2`."""
    name = leg.partition(".")[0]
    side = int(entry["side"])
    does = "sells what was bought" if side > 0 else "buys back what was sold"
    why = "so that no more is lost" if name == "stop" else "to take the profit"
    return (
        f"it is the {name} of {entry['client_id']}, the order of {entry['strategy']} to {_SIDES[side]} "
        f"{entry['quantity']} {entry['symbol']}: when the price reaches {entry.get(name)} it {does}, {why}"
    )


_PRICES = {
    "price": "at",
    "trigger_price": "when it trades at",
    "stop": "with a stop at",
    "target": "and a target at",
}


def _wish(body: dict[str, Any]) -> str:
    kind = body["type"].replace("_", " ")
    words = [f"written down, then sent: {_SIDES[body['side']]} {body['quantity']} {body['symbol']}, {kind}"]
    words += [f"{label} {body[name]}" for name, label in _PRICES.items() if body.get(name) is not None]
    if body.get("reduces"):
        words.append("only to reduce")
    return " ".join(words)


def _short(value: Any) -> str:
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        return str(value)
    return f"{number:,.2f}" if abs(number) >= 1 else f"{number:.6g}"


_CHANGES = (("quantity", "quantity"), ("price", "price"), ("trigger_price", "trigger"))
_WORDS = {
    "OrderAccepted": "the venue took it in as {exchange_id}",
    "OrderRejected": "the venue refused it ({code}): {sentence}",
    "OrderDenied": "the gate refused it before anything was sent ({code}): {sentence}",
    "OrderAmended": "the venue says what it is now: {changes}",
    "RequestRefused": "the venue left it as it is ({code}): {sentence}",
    "OrderTriggered": "its condition came true at {price}",
    "OrderCancelled": "the venue took the rest away: {code}",
    "OrderExpired": "its time was over: {code}",
    "OrderUnknown": "no answer came, its fate is unknown: {reason}",
    "OrderNotAccepted": "the venue never had it: {reason}",
    "CancelOrder": "asked the venue to take it back{because}",
    "AmendOrder": "asked the venue to change it: {changes}",
}
