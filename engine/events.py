"""Everything that can happen, as frozen facts.

Events are in the past tense and never change. `ts` is always the moment of the fact in nanoseconds UTC. Market data
is float (it informs); orders, fills and money are Decimal (they settle). Structs without reference cycles are kept
from the garbage collector, which would otherwise walk through every one of them.
"""

from decimal import Decimal

from engine.event import Event as Event
from engine.loss_events import CapitalAllocated as CapitalAllocated
from engine.loss_events import DrawdownAlert as DrawdownAlert
from engine.loss_events import Halt as Halt
from engine.loss_events import HaltLifted as HaltLifted
from engine.loss_events import TierChanged as TierChanged

# --- the market -----------------------------------------------------------------------------------------------------


class Tick(Event, frozen=True, gc=False):
    """A trade took place; `side` is the taker's: +1 bought, -1 sold, 0 unknown."""

    symbol: str
    price: float
    size: float
    side: int = 0


class Quote(Event, frozen=True, gc=False):
    """The best bid and ask changed."""

    symbol: str
    bid: float
    ask: float
    bid_size: float
    ask_size: float


class BookUpdate(Event, frozen=True, gc=False):
    """Levels of the book were set: (price, size) pairs, size 0 removes; a snapshot replaces the whole book."""

    symbol: str
    bids: tuple[tuple[float, float], ...]
    asks: tuple[tuple[float, float], ...]
    snapshot: bool = False


class BarOpened(Event, frozen=True, gc=False):
    """The first price of a bar of history: what an order that waited for it is filled at."""

    symbol: str
    price: float


class Candle(Event, frozen=True, gc=False):
    """A bar closed: `ts` is its end, `start` its beginning."""

    symbol: str
    start: int
    open: float
    high: float
    low: float
    close: float
    volume: float

    @property
    def interval_ns(self) -> int:
        """How long the bar lasted."""
        return self.ts - self.start


class MarkPrice(Event, frozen=True, gc=False):
    """The fair price that margin, triggers and funding use, and the index behind it."""

    symbol: str
    mark: float
    index: float


class FundingRate(Event, frozen=True, gc=False):
    """A funding rate was announced; it settles at `next_ts`. Positive: longs pay shorts."""

    symbol: str
    rate: float
    next_ts: int


class FeaturesReady(Event, frozen=True, gc=False):
    """The features that strategies declared have new values for this symbol and interval."""

    symbol: str
    interval_ns: int


# --- decisions ------------------------------------------------------------------------------------------------------


DIRECTIONS = {1: "long", 0: "flat", -1: "short"}


class Signal(Event, frozen=True, gc=False):
    """A strategy wants to be long (+1), short (-1) or flat (0), how much (0 to 1), until where, and why."""

    strategy: str
    symbol: str
    direction: int
    conviction: float
    stop: float | None
    target: float | None
    reason: str
    quantity: Decimal | None = None  # what the strategy would take at most; the gate sizes when it is None

    @property
    def wish(self) -> str:
        """What is wanted, in words."""
        return f"{DIRECTIONS[self.direction]} {self.symbol}"


class LetGo(Event, frozen=True, gc=False):
    """A strategy saw a reason to act and did not act on it, and says why."""

    strategy: str
    symbol: str
    reason: str


class OrderApproved(Event, frozen=True, gc=False):
    """The gate let an order pass."""

    order_id: str
    symbol: str
    strategy: str
    quantity: Decimal


class OrderDenied(Event, frozen=True, gc=False):
    """The gate refused, before anything was sent: a code, a sentence with the numbers, and what would pass."""

    order_id: str
    symbol: str
    strategy: str
    code: str
    sentence: str
    numbers: tuple[tuple[str, Decimal], ...] = ()
    passes: str = ""


# --- the life of an order, told by the venue ------------------------------------------------------------------------


class OrderSubmitted(Event, frozen=True, gc=False):
    """The order left for the venue."""

    order_id: str
    symbol: str


class OrderAccepted(Event, frozen=True, gc=False):
    """The venue took the order into its books."""

    order_id: str
    symbol: str
    exchange_id: str


class OrderRejected(Event, frozen=True, gc=False):
    """The venue refused the order; `code` is one of `engine.refusals`."""

    order_id: str
    symbol: str
    code: str
    sentence: str


class OrderAmended(Event, frozen=True, gc=False):
    """The venue changed a resting order; it lost its place in the queue unless only its size shrank."""

    order_id: str
    symbol: str
    quantity: Decimal
    price: Decimal | None
    trigger_price: Decimal | None


class RequestRefused(Event, frozen=True, gc=False):
    """The venue refused to cancel or amend; the order is as it was."""

    order_id: str
    symbol: str
    code: str
    sentence: str


class OrderTriggered(Event, frozen=True, gc=False):
    """A stop's condition came true at the venue; it is now a market or a limit order."""

    order_id: str
    symbol: str
    price: Decimal


class OrderCancelled(Event, frozen=True, gc=False):
    """The rest of the order is gone from the venue: by request, or by the rule named in `code`."""

    order_id: str
    symbol: str
    code: str


class OrderExpired(Event, frozen=True, gc=False):
    """Its time in force ended what was left: immediate-or-cancel, fill-or-kill, or a market order in an empty book."""

    order_id: str
    symbol: str
    code: str


class OrderUnknown(Event, frozen=True, gc=False):
    """No answer came; nobody may assume anything about this order until the venue names it."""

    order_id: str
    symbol: str
    reason: str


class OrderNotAccepted(Event, frozen=True, gc=False):
    """It is proven that the venue never took an order whose fate was unknown."""

    order_id: str
    symbol: str
    reason: str = ""


class Execution(Event, frozen=True, gc=False):
    """The venue's own fact that quantity changed hands. Signed quantities are never used: `side` is +1 or -1."""

    execution_id: str
    order_id: str
    symbol: str
    side: int
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_currency: str
    maker: bool
    kind: str = "trade"  # or "liquidation"


class _Filled(Event, frozen=True, gc=False):
    order_id: str
    symbol: str
    strategy: str
    side: int
    quantity: Decimal
    price: Decimal
    fee: Decimal
    maker: bool
    kind: str = "trade"  # or "liquidation"


class OrderPartlyFilled(_Filled, frozen=True, gc=False):
    """An execution was applied and some of the order is left."""


class OrderFilled(_Filled, frozen=True, gc=False):
    """An execution was applied and nothing of the order is left."""


# --- money ----------------------------------------------------------------------------------------------------------


class FundingPaid(Event, frozen=True, gc=False):
    """Funding was settled; a positive amount was received, a negative one paid."""

    symbol: str
    rate: Decimal
    mark: Decimal
    amount: Decimal


class Transferred(Event, frozen=True, gc=False):
    """Money came (positive) or went (negative); neither profit nor loss."""

    amount: Decimal


class PositionChanged(Event, frozen=True, gc=False):
    """A position has a new signed quantity."""

    symbol: str
    quantity: Decimal
    entry_price: Decimal
    realised: Decimal


# --- people and health ----------------------------------------------------------------------------------------------


class EmergencyStop(Event, frozen=True, gc=False):
    """The gate was closed for good by a person or a rule."""

    reason: str


class OperatorActed(Event, frozen=True, gc=False):
    """A person did something: the verb and its words, and the id of the request where it had one."""

    verb: str
    words: str
    request_id: str = ""


class StateChanged(Event, frozen=True, gc=False):
    """The engine went from one state to another."""

    before: str
    after: str
    reason: str


class HealthChanged(Event, frozen=True, gc=False):
    """A component became healthy, degraded or down."""

    component: str
    state: str
    reason: str


class ErrorOccurred(Event, frozen=True, gc=False):
    """Something failed and was isolated; trading went on without it."""

    source: str
    sentence: str
    details: str = ""  # for the log: where it failed


class LadderMoved(Event, frozen=True, gc=False):
    """How much may be risked changed: `trade`, `reduce-only`, `flat` or `safe idle`, by which rule, and why."""

    before: str
    after: str
    rule: str
    sentence: str


class Discrepancy(Event, frozen=True, gc=False):
    """Our books and the exchange's were found to differ.

    `subject` is the symbol, the id of an order, or `cash`; `verdict` says what it means: `explained` by what is on its
    way, `external` where somebody else acted, `unexplained` where nobody knows.
    """

    subject: str
    symbol: str
    verdict: str
    owner: str
    ours: Decimal
    theirs: Decimal
    since: int
    evidence: str


class Reconciled(Event, frozen=True, gc=False):
    """Our books were compared with the exchange's; the verdict is the worst of what was found, or `equal`."""

    verdict: str
    rounds: int
    sentence: str
