"""A floor to trade on: a kernel, an operator and the simulated venue between them, with prices the test decides."""

from collections.abc import Sequence
from decimal import Decimal

from analytics.features import RunningFeatures
from engine import events
from engine.answers import Answer
from engine.bus import Handler
from engine.clock import Timeline
from engine.facade import Ask, Verb
from engine.gate import RiskGate
from engine.kernel import Kernel, KernelSettings
from engine.operator import Operator
from engine.simulation.venue import Latency, SimulatedVenue
from risk.open_gate import OpenGate
from tests.rehearsal import PERP, SECOND, SPOT, START, instrument

LATENCY = Latency(entry_ns=50_000_000, report_ns=20_000_000)


class Floor:
    """Everything between an ask of the operator and the venue's answer is real; the test moves the market."""

    def __init__(
        self,
        symbols: Sequence[str] = (PERP, SPOT),
        *,
        gate: RiskGate | None = None,
        latency: Latency = LATENCY,
        capital: str = "10000",
    ) -> None:
        self.timeline = Timeline(START)
        instruments = [instrument(symbol) for symbol in symbols]
        self.told: list[events.Event] = []
        self.moves: list[tuple[str, str, float]] = []
        self.venue = SimulatedVenue(
            self.timeline,
            instruments,
            self._deliver,
            capital=Decimal(capital),
            latency=latency,
            leverage=Decimal(10),
        )
        self.kernel = Kernel(
            KernelSettings(capital=Decimal(capital), start_ns=START, leverage=Decimal(1 if gate is None else 10)),
            self.timeline,
            instruments,
            gate or OpenGate(),
            RunningFeatures(),
            self.venue.send,
        )
        self.account = self.kernel.account
        self.operator = Operator(self.kernel, self)
        self._observers: dict[type[events.Event], Handler] = {events.Tick: self.venue.on_tick}
        for symbol in symbols:
            self.trade(100.0, symbol)

    def _deliver(self, event: events.Event) -> None:
        self.kernel.bus.publish(event)

    # --- the market

    def trade(self, price: float, symbol: str = PERP, *, after_ns: int = SECOND) -> None:
        """Somebody trades at this price, much more than we ever want."""
        tick = events.Tick(self.timeline.now_ns + after_ns, symbol, price, 10_000.0)
        self.kernel.bus.pour((tick,), self.timeline, self._observers)

    def pass_time(self, seconds: float = 1.0) -> None:
        """Nobody trades for a while."""
        self.timeline.advance(self.timeline.now_ns + int(seconds * SECOND))

    # --- the operator

    def ask(self, verb: str, symbol: str = "", quantity: str | None = None, **words: object) -> Answer:
        """Ask, and do not wait."""
        amount = None if quantity is None else Decimal(quantity)
        prices = {
            key: Decimal(str(words.pop(key))) for key in ("limit", "stop", "target") if words.get(key) is not None
        }
        return self.operator.handle(Ask(verb=Verb(verb), symbol=symbol, quantity=amount, **prices, **words))  # type: ignore[arg-type]

    def told_of(self, answer: Answer) -> str:
        """What the operator hears: the sentence, the refusal, or that nothing came yet."""
        if answer.refusal is not None:
            return f"refused: {answer.refusal}"
        return answer.sentence or "no answer yet"

    def do(self, verb: str, symbol: str = "", quantity: str | None = None, **words: object) -> str:
        """Ask, and let the market trade on at its price until there is an answer, for at most ten seconds."""
        answer = self.ask(verb, symbol, quantity, **words)
        for _ in range(10):
            if answer.is_settled:
                break
            for name, market in self.kernel.markets.items():
                self.trade(market.last or 100.0, name, after_ns=SECOND // 2)
        return self.told_of(answer)

    # --- what an operator may do to a simulated world

    def transfer(self, amount: Decimal) -> None:
        self.venue.transfer(amount)

    def move(self, symbol: str, fraction: float) -> None:
        self.moves.append(("move", symbol, fraction))

    def fault(self, name: str, count: int, for_s: float) -> str:
        """Nothing here goes wrong by itself."""
        return f"{name} {count} {for_s}"

    def set_funding(self, symbol: str, rate: float) -> None:
        self.moves.append(("funding", symbol, rate))

    # --- the two sets of books

    def difference(self) -> list[str]:
        """Where our books and the venue's differ, once nothing is on its way any more; there is no tolerance."""
        ours, theirs = self.account.ledger, self.venue.account
        pairs = {
            "cash": (ours.cash, theirs.cash),
            "fees": (ours.fees, theirs.fees),
            "realised": (ours.realised, theirs.realised),
            "deposits": (ours.deposits, theirs.deposits),
            "equity": (self.account.equity(), self.venue.equity()),
            "orders": (
                sorted(
                    (o.id, o.quantity, o.filled, o.price, o.trigger_price) for o in self.account.open_orders.values()
                ),
                sorted((o.order_id, o.quantity, o.filled, o.price, o.trigger_price) for o in self.venue.open_orders()),
            ),
        }
        for symbol in self.kernel.symbols:
            pairs[symbol] = (self.account.held(symbol), self.venue.position(symbol).quantity)
        return [f"{name}: ours {mine}, theirs {other}" for name, (mine, other) in pairs.items() if mine != other]
