"""The stream: what happened and why, in a word and a sentence, for people. Bounded; the newest are kept."""

from collections import deque
from collections.abc import Callable
from typing import Any

from engine import events
from engine.bus import Bus
from engine.money import ONE, plain
from engine.snapshot import StreamLine

LINES_MAX = 200
HALT_LEVEL = "halt"  # of an alert
_HOUR_NS = 3_600_000_000_000


class Stream:
    """Keeps the facts that matter to a person; they become lines when somebody looks."""

    def __init__(self, bus: Bus) -> None:
        self._facts: deque[events.Event] = deque(maxlen=LINES_MAX)  # that nobody has looked at yet
        self._lines: deque[StreamLine] = deque(maxlen=LINES_MAX)
        self._number = 0
        for kind in _WORDS:
            bus.subscribe(kind, self._keep_alert if kind is events.DrawdownAlert else self._facts.append)

    def lines(self) -> tuple[StreamLine, ...]:
        """The newest lines, the oldest of them first."""
        while self._facts:
            fact = self._facts.popleft()
            self._number += 1
            word, text = in_words(fact)
            self._lines.append(StreamLine(number=self._number, time=fact.ts, word=word, text=text))
        return tuple(self._lines)

    def _keep_alert(self, alert: events.DrawdownAlert) -> None:
        if alert.level != HALT_LEVEL:  # the halt itself follows, and says the same
            self._facts.append(alert)


def in_words(fact: events.Event) -> tuple[str, str]:
    """A fact that the stream tells, as its word and its sentence."""
    return _WORDS[type(fact)](fact)


def _signal(signal: events.Signal) -> tuple[str, str]:
    return "signal", f"{signal.wish}, {signal.strategy}: {signal.reason}"


def _let_go(event: events.LetGo) -> tuple[str, str]:
    return "let go", f"{event.symbol}, {event.strategy}: {event.reason}"


def _fill(fill: events.OrderFilled | events.OrderPartlyFilled) -> tuple[str, str]:
    verb = "bought" if fill.side > 0 else "sold"
    word = "filled" if isinstance(fill, events.OrderFilled) else "part"
    if fill.kind == "liquidation":
        word = "liquidated"
    return word, f"{verb} {plain(fill.quantity)} {fill.symbol} at {fill.price:f}, {fill.strategy}"


def _denied(denial: events.OrderDenied) -> tuple[str, str]:
    return "let go", f"{denial.symbol}, {denial.strategy}: {denial.sentence}"


def _rejected(event: events.OrderRejected) -> tuple[str, str]:
    return "rejected", f"{event.symbol}: {event.sentence}"


def _cancelled(event: events.OrderCancelled) -> tuple[str, str]:
    return "cancelled", f"{event.symbol}, {event.code}"


def _expired(event: events.OrderExpired) -> tuple[str, str]:
    return "expired", f"{event.symbol}, {event.code}"


def _unknown(event: events.OrderUnknown) -> tuple[str, str]:
    return "unknown", f"{event.symbol}: {event.reason}"


def _funding(event: events.FundingPaid) -> tuple[str, str]:
    verb = "received" if event.amount >= 0 else "paid"
    return "funding", f"{verb} {plain(abs(event.amount))} for {event.symbol} at {event.rate * 100:.4f} %"


def _transfer(event: events.Transferred) -> tuple[str, str]:
    return "transfer", f"{'deposited' if event.amount >= 0 else 'withdrew'} {plain(abs(event.amount))}"


def _alert(event: events.DrawdownAlert) -> tuple[str, str]:
    return event.level, event.sentence.removeprefix(f"{event.level.capitalize()}: ")


def _tier(event: events.TierChanged) -> tuple[str, str]:
    return "tier", f"{event.before} to {event.tier}: {event.reason}"


def _shares(event: events.CapitalAllocated) -> tuple[str, str]:
    shares = ", ".join(f"{name} {plain((share * 100).quantize(ONE))} %" for name, share in event.shares)
    hours = -(-(event.until_ns - event.ts) // _HOUR_NS)
    return "shares", f"{shares}; drawn again in {hours} h"


def _halt(event: events.Halt) -> tuple[str, str]:
    return "halt", f"{event.scope}: {event.reason}"


def _lifted(event: events.HaltLifted) -> tuple[str, str]:
    return "lifted", f"{event.scope}: {event.reason}"


def _stop(event: events.EmergencyStop) -> tuple[str, str]:
    return "kill", event.reason


def _state(event: events.StateChanged) -> tuple[str, str]:
    return "state", f"{event.before} to {event.after}: {event.reason}"


def _operator(event: events.OperatorActed) -> tuple[str, str]:
    return "operator", f"{event.verb} {event.words}".rstrip()


def _health(event: events.HealthChanged) -> tuple[str, str]:
    return "health", f"{event.component} is {event.state}: {event.reason}"


def _ladder(event: events.LadderMoved) -> tuple[str, str]:
    return "ladder", f"{event.before} to {event.after}: {event.sentence}"


def _error(event: events.ErrorOccurred) -> tuple[str, str]:
    return "error", f"{event.source}: {event.sentence}"


_WORDS: dict[type[events.Event], Callable[[Any], tuple[str, str]]] = {
    events.Signal: _signal,
    events.LetGo: _let_go,
    events.OrderFilled: _fill,
    events.OrderPartlyFilled: _fill,
    events.OrderDenied: _denied,
    events.OrderRejected: _rejected,
    events.OrderCancelled: _cancelled,
    events.OrderExpired: _expired,
    events.OrderUnknown: _unknown,
    events.FundingPaid: _funding,
    events.Transferred: _transfer,
    events.DrawdownAlert: _alert,
    events.TierChanged: _tier,
    events.CapitalAllocated: _shares,
    events.Halt: _halt,
    events.HaltLifted: _lifted,
    events.EmergencyStop: _stop,
    events.StateChanged: _state,
    events.OperatorActed: _operator,
    events.HealthChanged: _health,
    events.LadderMoved: _ladder,
    events.ErrorOccurred: _error,
}
TOLD = tuple(_WORDS)
