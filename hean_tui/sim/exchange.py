"""The exchange of a simulated world: the real simulated venue, and around it what real exchanges do to their clients.

It refuses what was signed too long ago, finds young orders only after a while, limits visits, falls silent, takes part
of a position by itself, and has other people trade on the same account.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from random import Random

from engine import events
from engine.clock import Timeline
from engine.commands import BUY, SELL, CancelOrder, Command, OrderType, SubmitOrder, TimeInForce
from engine.exchange.questions import (
    ClockTruth,
    Executions,
    FindOrder,
    ListExecutions,
    ListOpenOrders,
    NotFound,
    OpenOrders,
    Question,
    ReadClock,
    Reply,
    Unreachable,
)
from engine.instruments import Instrument
from engine.simulation.memory import Memory
from engine.simulation.venue import SimulatedVenue
from hean_tui.sim.faults import Board, Fault, S
from hean_tui.sim.network import SimNet
from hean_tui.sim.truth import EARLY_NS, RECV_WINDOW_NS, Truth
from hean_tui.sim.wire import Arrived, Told, Wire

FUNDING_EVERY_NS = 600 * S
_LIST_EMPTY_NS = 20 * S
FOREIGN = "manual-"  # orders of people, on the exchange's own site
TAKEN = "exchange-"  # what the exchange takes by itself
_ANSWERS = (events.OrderAccepted, events.OrderRejected, events.RequestRefused)


class SimExchange:
    """One account on one exchange. It outlives every process."""

    def __init__(
        self,
        timeline: Timeline,
        stream: Random,
        board: Board,
        net: SimNet,
        wire: Wire,
        instruments: Sequence[Instrument],
        capital: Decimal,
        *,
        acks_twice: bool,
    ) -> None:
        self._timeline = timeline
        self._random = stream
        self._board = board
        self._net = net
        self._wire = wire
        self._acks_twice = acks_twice
        self._answer: Callable[[events.Event], None] | None = None
        self._accepted: dict[str, int] = {}
        self._limited_until = 0
        self._out_until = 0
        self._listed_from = 0  # until then its list of open orders is empty, as after a restart
        self._others = 0
        self.touched: set[str] = set()  # symbols in which somebody else traded
        self.symbols = [instrument.symbol for instrument in instruments]
        self._lots = {instrument.symbol: instrument for instrument in instruments}
        self.venue = SimulatedVenue(
            timeline, instruments, self._say, capital=capital, leverage=Decimal(10), margin="cross", id_prefix="x"
        )
        self.venue.remember(Memory())
        self.truth: Truth | None = None
        self.prefix = ""  # of our names
        self.prices: Callable[[], dict[str, float]] = dict
        net.door = self

    # --- the door

    def arrive(self, command: Command, stamp_ns: int, answer: Callable[[events.Event], None]) -> None:
        """A command is here."""
        now = self._timeline.now_ns
        refused = self._refusal(stamp_ns, now)
        self._wire.arrived.append(Arrived(now, command, refused))
        if refused:
            if refused != "silence":
                event = _refusal_of(command, refused, now)
                if self.truth is not None:
                    self.truth.hear(event)
                answer(event)
            return
        self._answer = answer
        try:
            self.venue.send(command)
        finally:
            self._answer = None

    def ask(self, question: Question, answer: Callable[[Reply], None]) -> None:
        """A question is here."""
        now = self._timeline.now_ns
        if now < self._out_until:
            answer(Unreachable("the exchange is out of order"))
        elif now < self._limited_until:
            answer(Unreachable("too many visits"))
        elif isinstance(question, ReadClock):
            answer(ClockTruth(now))
        else:
            self.venue.ask(question, lambda reply: answer(self._indexed(question, reply)))

    def _refusal(self, stamp_ns: int, now: int) -> str:
        if now < self._out_until:
            return "silence"
        if now < self._limited_until:
            return "TooManyVisits"
        if now - stamp_ns > RECV_WINDOW_NS or stamp_ns - now > EARLY_NS:
            return "OutsideOfWindow"
        return ""

    def _indexed(self, question: Question, reply: Reply) -> Reply:
        """What is too young is not found yet; the matching engine knows more than those who answer questions."""
        known_ns = self._timeline.now_ns - int(self._board.level("index_delay") * S)
        if isinstance(question, FindOrder):
            return NotFound() if self._accepted.get(question.order_id, 0) > known_ns else reply
        if isinstance(question, ListOpenOrders) and isinstance(reply, OpenOrders):
            if self._timeline.now_ns < self._listed_from:
                return OpenOrders(())  # only one that is asked for by its name is found, in the history
            old = tuple(order for order in reply.orders if self._accepted.get(order.order_id, 0) <= known_ns)
            return OpenOrders(old)
        if isinstance(question, ListExecutions) and isinstance(reply, Executions):
            return Executions(tuple(each for each in reply.executions if each.ts <= known_ns))
        return reply

    # --- what it says

    def _say(self, event: events.Event) -> None:
        self._wire.told.append(Told(self._timeline.now_ns, event))
        if self.truth is not None:
            self.truth.hear(event)
        if isinstance(event, events.OrderAccepted):
            self._accepted[event.order_id] = self._timeline.now_ns
        answer = self._answer
        if answer is not None and isinstance(event, _ANSWERS):
            self._answer = None
            answer(event)
            if not (self._acks_twice and isinstance(event, events.OrderAccepted)):
                return
        self._net.tell(event)

    def announce_funding(self) -> list[events.FundingRate]:
        """The next settlement of each symbol."""
        now = self._timeline.now_ns
        rates = []
        for symbol in self.symbols:
            rate = events.FundingRate(now, symbol, self._random.uniform(-0.002, 0.002), now + FUNDING_EVERY_NS // 2)
            self.venue.on_funding(rate)
            rates.append(rate)
        return rates

    # --- what happens to it

    def outage(self, fault: Fault) -> None:
        """It is restarted: nothing is answered for a while, and then its list of open orders is empty for another."""
        self._out_until = self._timeline.now_ns + fault.until_ns - fault.from_ns
        self._listed_from = self._out_until + Random(fault.pick).randrange(_LIST_EMPTY_NS)
        self._net.drop_stream()

    def limit(self, fault: Fault) -> None:
        """Too many visits, it says."""
        self._limited_until = self._timeline.now_ns + fault.until_ns - fault.from_ns

    def halt(self, fault: Fault) -> None:
        """A symbol does not trade."""
        symbol = self.symbols[fault.pick % len(self.symbols)]
        self.venue.set_trading(symbol, False)
        self._timeline.post(
            self._timeline.now_ns + fault.until_ns - fault.from_ns, self.venue.set_trading, symbol, True
        )

    def take_part(self, fault: Fault) -> None:
        """Automatic deleveraging: the exchange closes half of a position by itself."""
        for symbol in self.symbols:
            held = self.venue.position(symbol).quantity
            half = self._lots[symbol].quantity_below(abs(held) / 2)
            if half:
                self._by_others(TAKEN, symbol, SELL if held > 0 else BUY, half, reduce_only=True)
                return

    def trade_by_hand(self, fault: Fault) -> None:
        """Somebody trades on the exchange's own site."""
        own = Random(fault.pick)
        symbol = own.choice(self.symbols)
        quantity = self._lots[symbol].lot * own.randint(5, 50)
        self._by_others(FOREIGN, symbol, own.choice((BUY, SELL)), quantity)

    def cancel_by_hand(self, fault: Fault) -> None:
        """Somebody cancels an order of ours there, a stop perhaps."""
        orders = self.venue.open_orders()
        if orders:
            order = orders[fault.pick % len(orders)]
            self.venue.send(CancelOrder(order.order_id, order.symbol))

    def leave_orphan(self, fault: Fault) -> None:
        """An order under a name of ours that no row knows, as a journal from a backup would find it."""
        own = Random(fault.pick)
        symbol = own.choice(self.symbols)
        price = self._lots[symbol].price_near(Decimal(repr(self.prices()[symbol])) * Decimal("0.8"))
        self._others += 1
        command = SubmitOrder(
            f"{self.prefix}zzzz{self._others:03d}-A0zz-000",
            symbol,
            BUY,
            OrderType.LIMIT,
            self._lots[symbol].quantity_below(20 / price) + self._lots[symbol].lot,
            price,
        )
        self.venue.send(command)

    def calm(self) -> None:
        """Everything is in order again."""
        self._limited_until = self._out_until = self._listed_from = 0
        for symbol in self.symbols:
            self.venue.set_trading(symbol, True)

    def _by_others(self, prefix: str, symbol: str, side: int, quantity: Decimal, *, reduce_only: bool = False) -> None:
        self._others += 1
        self.touched.add(symbol)
        self.venue.send(
            SubmitOrder(
                f"{prefix}{self._others}",
                symbol,
                side,
                OrderType.MARKET,
                quantity,
                time_in_force=TimeInForce.IOC,
                reduce_only=reduce_only,
            )
        )


def _refusal_of(command: Command, code: str, now: int) -> events.Event:
    sentence = "it was signed too long ago" if code == "OutsideOfWindow" else "too many visits"
    if isinstance(command, SubmitOrder):
        return events.OrderRejected(now, command.order_id, command.symbol, code, sentence)
    return events.RequestRefused(now, command.order_id, command.symbol, code, sentence)
