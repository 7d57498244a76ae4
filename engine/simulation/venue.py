"""The simulated venue: commands in, market data in, answers out, with the exchange's own account behind it."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from math import inf
from typing import Literal

import msgspec

from engine.clock import Timeline
from engine.commands import Command
from engine.errors import CommandRefused, UnknownSymbol
from engine.events import BarOpened, BookUpdate, Candle, Event, FundingRate, MarkPrice, Quote, Tick, Transferred
from engine.exchange.questions import Question, Reply
from engine.instruments import Instrument
from engine.ledger import Ledger, Position
from engine.money import ONE, plain
from engine.ports import DepthSource
from engine.simulation.account import Account
from engine.simulation.answering import Answering
from engine.simulation.arrivals import Arrivals
from engine.simulation.bars import BarReplay
from engine.simulation.facts import Happening, SymbolSet
from engine.simulation.funding import Funding
from engine.simulation.lifecycle import Lifecycle
from engine.simulation.liquidation import Liquidator
from engine.simulation.liquidity import Liquidity
from engine.simulation.margin import tier_at
from engine.simulation.market import BARS, BOOK, DEPTH, QUOTES, Market
from engine.simulation.matching import Matcher
from engine.simulation.memory import Memory
from engine.simulation.openings import LoneBars
from engine.simulation.orders import OpenOrder
from engine.simulation.outside import Outside
from engine.simulation.reports import Reports
from engine.simulation.restoring import Restoring, whole_venue
from engine.simulation.tape import Tape


class Latency(msgspec.Struct, frozen=True):
    """How long a command takes to the venue, its answer back, and the venue's lists to catch up."""

    entry_ns: int = 0
    report_ns: int = 0
    index_ns: int = 0  # how long after it was accepted an order is found by its id


class SimulatedVenue:
    """One exchange with one account. It fills the `Venue` port and shows the exchange's own truth beside it.

    The driver tells market data at its exchange time, with the timeline at that moment, and to the venue before
    anybody else: an order that answers a tick cannot be filled by it.
    """

    def __init__(
        self,
        timeline: Timeline,
        instruments: Sequence[Instrument],
        deliver: Callable[[Event], None],
        *,
        capital: Decimal,
        latency: Latency | None = None,
        leverage: Decimal = ONE,
        margin: Literal["cross", "isolated"] = "cross",
        slippage_bps: float = 0.0,
        depth: DepthSource | None = None,
        id_prefix: str = "",
    ) -> None:
        latency = latency or Latency()
        ledger = Ledger(capital)
        markets = {
            instrument.symbol: Market(
                instrument, ledger.position(instrument.symbol), ONE if instrument.is_spot else leverage
            )
            for instrument in instruments
        }
        if depth is not None:
            for market in markets.values():
                market.rise_to(DEPTH)
        account = Account(ledger, markets, margin == "isolated")
        reports = Reports(timeline, deliver, latency.report_ns, id_prefix)
        lifecycle = Lifecycle(timeline, account, reports)
        liquidator = Liquidator(timeline, account, lifecycle, reports)
        liquidity = Liquidity(timeline, depth)
        matcher = Matcher(timeline, lifecycle, liquidity, liquidator, reports, slippage_bps)
        self._timeline = timeline
        self._markets = markets
        self._account = account
        self._reports = reports
        self._lifecycle = lifecycle
        self._liquidity = liquidity
        self._matcher = matcher
        self._liquidator = liquidator
        tape = Tape(matcher)
        funding = Funding(timeline, account, liquidator, reports)
        bars = BarReplay(matcher, tape, funding)
        self._arrivals = Arrivals(timeline, markets, matcher, reports)
        self._answering = Answering(timeline, markets, self._arrivals, lifecycle, latency.index_ns)
        self._memory: Memory | None = None
        self._latency = latency
        self._entry_ns = latency.entry_ns
        self._funding = funding
        # What may happen here, by name: a memory takes the place of each.
        self._arrive: Callable[[Command], None] = self._arrivals.arrive
        self._traded, self._quoted = tape.trade, tape.quoted
        self._booked, self._marked = tape.book_changed, tape.mark_moved
        self._announce: Callable[[Market, FundingRate], None] = funding.announce
        self._settle = funding.settle
        self._open_bar, self._close_bar, self._close_mark_bar = bars.open, bars.close, bars.mark_closed

    def remember(self, memory: Memory) -> None:
        """Keep everything that happens from now on; to be asked for before anything has happened."""
        if self._memory is not None or self._lifecycle.seen:
            raise ValueError("a venue has one memory, and has it from the beginning")
        memory.attach(self._timeline, self._markets, self._reports)
        self._memory = self._answering.memory = memory
        whole = memory.as_one
        self._arrive = memory.arriving(self._arrive)
        self._traded, self._quoted = whole(self._traded), whole(self._quoted)
        self._booked, self._marked = whole(self._booked), whole(self._marked)
        self._announce, self._settle = memory.announcing(self._announce), whole(self._settle)
        self._open_bar, self._close_bar = whole(self._open_bar), whole(self._close_bar)
        self._close_mark_bar = whole(self._close_mark_bar)
        self._funding.due = whole(self._funding.due)

    def restore(self, happenings: Iterable[Happening]) -> None:
        """Be as an earlier venue was, of which this is everything that happened; before anything happens here.

        It is to be called at the moment from which time goes on, with the prices of that moment told.
        """
        if self._lifecycle.seen or self._account.holding:
            raise ValueError("only a venue in which nothing has happened yet can be restored")
        restoring = Restoring(
            self._timeline,
            self._markets,
            self._lifecycle,
            self._liquidity,
            self._funding,
            self._reports,
            self._memory,
        )
        restoring.take(happenings)
        restoring.finish()
        self._liquidator.guard_all()
        for market in self._markets.values():
            market.reband()

    def kept(self) -> Happening:
        """The whole venue as one piece of memory: what came before it need not be read to restore it.

        Only the history, which is a week long, needs more than that.
        """
        if self._memory is None:
            raise ValueError("this venue was not asked to remember")
        state = whole_venue(self._timeline, self._markets, self._lifecycle, self._reports, self._memory)
        return Happening(state.ts, (state,))

    # --- commands ---------------------------------------------------------------------------------------------------

    def send(self, command: Command) -> None:
        """Send a command; it arrives after the venue's latency, and without one at once.

        At once is still too late for the price that it answers: the venue has seen that one already.
        """
        if self._entry_ns:
            timeline = self._timeline
            timeline.post(timeline.now_ns + self._entry_ns, self._arrive, command)
        else:
            self._arrive(command)

    def ask(self, question: Question, answer: Callable[[Reply], None]) -> None:
        """Ask for the venue's own truth: it is read when the question arrives, and told one way back later."""
        if self._entry_ns:
            timeline = self._timeline
            timeline.post(timeline.now_ns + self._entry_ns, self._answer, question, answer)
        else:
            self._answer(question, answer)

    def _answer(self, question: Question, answer: Callable[[Reply], None]) -> None:
        reply = self._answering.reply(question)
        if reply is None:
            return
        if self._latency.report_ns:
            timeline = self._timeline
            timeline.post(timeline.now_ns + self._latency.report_ns, answer, reply)
        else:
            answer(reply)

    def set_leverage(self, symbol: str, leverage: Decimal) -> None:
        """Use another leverage for a symbol, if its position may have it and the margin reaches."""
        market = self._market(symbol)
        value = abs(market.position.quantity) * market.fair()
        highest = tier_at(market.tiers, value).max_leverage
        if market.is_spot or not ONE <= leverage <= highest:
            most = ONE if market.is_spot else highest
            raise CommandRefused(f"the leverage {plain(leverage)} of {symbol} was not between 1 and {plain(most)}")
        before, market.leverage = market.leverage, leverage
        if self._account.available() < 0:
            market.leverage = before
            raise CommandRefused(f"the margin does not reach for {plain(leverage)}x on {symbol}; make it smaller first")
        self._liquidator.guard(market)
        market.reband()
        self._note_set(market)

    def transfer(self, amount: Decimal) -> None:
        """Pay money in, or out as far as it is free."""
        free = self._account.available()
        if amount < 0 and -amount > free:
            raise CommandRefused(f"a withdrawal of {plain(-amount)} was more than the {plain(free)} that were free")
        self._account.ledger.transfer(amount)
        self._reports.tell(Transferred(self._timeline.now_ns, amount))
        self._liquidator.guard_all()

    def outage(self, on: bool, *, is_silent: bool = False) -> None:
        """Begin or end an outage: commands are refused by name, or, in silence, not answered at all."""
        self._arrivals.is_out = on
        self._arrivals.is_silent = is_silent

    @property
    def outside(self) -> Outside:
        """What others do to this account: by hand, or as the exchange."""
        return Outside(self._timeline, self._markets, self._matcher, self._reports, self._arrive, self._memory)

    def set_trading(self, symbol: str, on: bool) -> None:
        """Halt a symbol for orders, or open it again."""
        market = self._market(symbol)
        market.is_trading = on
        self._note_set(market)

    def _note_set(self, market: Market) -> None:
        if self._memory is not None:
            self._memory.note(SymbolSet(self._timeline.now_ns, market.symbol, market.leverage, market.is_trading))

    # --- market data ------------------------------------------------------------------------------------------------

    def on_tick(self, tick: Tick) -> None:
        """Others traded. Most ticks end at the comparison."""
        try:
            market = self._markets[tick.symbol]
        except KeyError:
            raise _unknown(tick.symbol, self._markets) from None
        market.last = price = tick.price
        if not market.quiet_low < price < market.quiet_high:
            self._traded(market, tick)

    def on_quote(self, quote: Quote) -> None:
        """The best bid and ask changed."""
        market = self._market(quote.symbol)
        market.quote = quote
        if not market.has_book:
            market.rise_to(QUOTES)
        if (market.busy or not market.last) and market.fidelity is not BOOK:
            self._quoted(market, quote)

    def on_book(self, update: BookUpdate) -> None:
        """Levels of the book changed."""
        market = self._market(update.symbol)
        if market.fidelity is not BOOK:
            market.rise_to(BOOK)
        self._booked(market, update)

    def on_mark(self, mark_price: MarkPrice) -> None:
        """The mark changed."""
        market = self._market(mark_price.symbol)
        market.mark = mark = mark_price.mark
        if not market.mark_low < mark < market.mark_high:
            self._marked(market)

    def on_funding(self, rate: FundingRate) -> None:
        """A funding rate was announced; it is settled at its time."""
        self._announce(self._market(rate.symbol), rate)

    def settle_funding(self, symbol: str, rate: Decimal, ts: int) -> None:
        """Settle funding now, at a rate that history knows."""
        self._settle(self._market(symbol), rate, ts)

    def open_bar(self, symbol: str, ts: int, price: float) -> None:
        """A bar begins at this price."""
        self._open_bar(self._market(symbol), ts, price)

    def on_bar_opened(self, opened: BarOpened) -> None:
        """A bar begins. Most bars end at the comparison."""
        try:
            market = self._markets[opened.symbol]
        except KeyError:
            raise _unknown(opened.symbol, self._markets) from None
        price = opened.price
        if market.quiet_low < price < market.quiet_high and market.fidelity is BARS:
            market.last = price
            market.opened_ns = opened.ts
            market.bar_is_open = True
        else:
            self._open_bar(market, opened.ts, price)

    def lone_bars(self, symbol: str) -> LoneBars:
        """Play the bars of this symbol, of which nothing better and nothing beside them will be told."""
        market = self._market(symbol)
        market.rise_to(BARS)
        market.quiet_low, market.quiet_high = inf, -inf  # the first one says what the others are compared with
        return LoneBars(market, self.on_bar)

    def on_bar(self, candle: Candle) -> None:
        """A bar is over. Most bars end at the comparison."""
        try:
            market = self._markets[candle.symbol]
        except KeyError:
            raise _unknown(candle.symbol, self._markets) from None
        if (
            market.quiet_low < candle.low
            and candle.high < market.quiet_high
            and market.opened_ns == candle.start
            and market.bar_is_open
            and market.mark_bar is None
            and not market.late_funding
        ):
            market.last = candle.close
            market.bar_is_open = False
            market.bar_ns = candle.ts - candle.start
        else:
            self._close_bar(market, candle)

    def on_mark_bar(self, candle: Candle) -> None:
        """A bar of the mark price is over; told before the bar of trades that ends with it."""
        self._close_mark_bar(self._market(candle.symbol), candle)

    # --- the exchange's own truth -----------------------------------------------------------------------------------

    @property
    def account(self) -> Ledger:
        """The venue's own ledger."""
        return self._account.ledger

    def open_orders(self, symbol: str | None = None) -> list[OpenOrder]:
        """All open orders, or those of one symbol, in the order in which they were accepted."""
        markets = self._markets.values() if symbol is None else [self._market(symbol)]
        return [self._lifecycle.describe(market, order) for market in markets for order in market.orders.values()]

    def position(self, symbol: str) -> Position:
        """The position of a symbol; to be read, not changed."""
        return self._market(symbol).position

    def equity(self) -> Decimal:
        """What the account is worth at the marks."""
        return self._account.equity()

    def available(self) -> Decimal:
        """What new orders may tie up."""
        return self._account.available()

    def liquidation_price(self, symbol: str) -> Decimal | None:
        """Where the position of a symbol is liquidated, the others staying as they are; None when nowhere."""
        return self._account.liquidation_price(self._market(symbol))

    def leverage(self, symbol: str) -> Decimal:
        """The leverage of a symbol."""
        return self._market(symbol).leverage

    def _market(self, symbol: str) -> Market:
        try:
            return self._markets[symbol]
        except KeyError:
            raise _unknown(symbol, self._markets) from None


def _unknown(symbol: str, markets: dict[str, Market]) -> UnknownSymbol:
    return UnknownSymbol(f"the symbol {symbol} was unknown to the venue; it has {', '.join(markets)}")
