"""The simulated venue: commands in, market data in, answers out, with the exchange's own account behind it."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from engine.clock import Timeline
from engine.commands import Command
from engine.errors import CommandRefused, UnknownSymbol
from engine.events import BarOpened, BookUpdate, Candle, Event, FundingRate, MarkPrice, Quote, Tick, Transferred
from engine.instruments import Instrument
from engine.ledger import Ledger, Position
from engine.money import ONE, plain
from engine.ports import DepthSource
from engine.simulation.account import Account
from engine.simulation.arrivals import Arrivals
from engine.simulation.bars import BarReplay
from engine.simulation.funding import Funding
from engine.simulation.lifecycle import Lifecycle
from engine.simulation.liquidation import Liquidator
from engine.simulation.liquidity import Liquidity
from engine.simulation.margin import tier_at
from engine.simulation.market import BARS, BOOK, DEPTH, QUOTES, Market
from engine.simulation.matching import Matcher
from engine.simulation.orders import OpenOrder
from engine.simulation.reports import Reports
from engine.simulation.tape import Tape


class Latency(msgspec.Struct, frozen=True):
    """How long a command takes to the venue, and its answer back."""

    entry_ns: int = 0
    report_ns: int = 0


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
        matcher = Matcher(timeline, lifecycle, Liquidity(timeline, depth), liquidator, reports, slippage_bps)
        self._timeline = timeline
        self._markets = markets
        self._account = account
        self._reports = reports
        self._lifecycle = lifecycle
        self._liquidator = liquidator
        self._tape = Tape(matcher)
        self._funding = Funding(timeline, account, liquidator, reports)
        self._bars = BarReplay(matcher, self._tape, self._funding)
        self._arrivals = Arrivals(timeline, markets, matcher, reports)
        self._entry_ns = latency.entry_ns

    # --- commands ---------------------------------------------------------------------------------------------------

    def send(self, command: Command) -> None:
        """Send a command; it arrives after the venue's latency, and without one at once.

        At once is still too late for the price that it answers: the venue has seen that one already.
        """
        if self._entry_ns:
            timeline = self._timeline
            timeline.post(timeline.now_ns + self._entry_ns, self._arrivals.arrive, command)
        else:
            self._arrivals.arrive(command)

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

    def set_trading(self, symbol: str, on: bool) -> None:
        """Halt a symbol for orders, or open it again."""
        self._market(symbol).is_trading = on

    # --- market data ------------------------------------------------------------------------------------------------

    def on_tick(self, tick: Tick) -> None:
        """Others traded. Most ticks end at the comparison."""
        try:
            market = self._markets[tick.symbol]
        except KeyError:
            raise _unknown(tick.symbol, self._markets) from None
        market.last = price = tick.price
        if not market.quiet_low < price < market.quiet_high:
            self._tape.trade(market, tick)

    def on_quote(self, quote: Quote) -> None:
        """The best bid and ask changed."""
        market = self._market(quote.symbol)
        market.quote = quote
        if not market.has_book:
            market.rise_to(QUOTES)
        if (market.busy or not market.last) and market.fidelity is not BOOK:
            self._tape.quoted(market, quote)

    def on_book(self, update: BookUpdate) -> None:
        """Levels of the book changed."""
        market = self._market(update.symbol)
        if market.fidelity is not BOOK:
            market.rise_to(BOOK)
        self._tape.book_changed(market, update)

    def on_mark(self, mark_price: MarkPrice) -> None:
        """The mark changed."""
        market = self._market(mark_price.symbol)
        market.mark = mark = mark_price.mark
        if not market.mark_low < mark < market.mark_high:
            self._tape.mark_moved(market)

    def on_funding(self, rate: FundingRate) -> None:
        """A funding rate was announced; it is settled at its time."""
        self._funding.announce(self._market(rate.symbol), rate)

    def settle_funding(self, symbol: str, rate: Decimal, ts: int) -> None:
        """Settle funding now, at a rate that history knows."""
        self._funding.settle(self._market(symbol), rate, ts)

    def open_bar(self, symbol: str, ts: int, price: float) -> None:
        """A bar begins at this price."""
        self._bars.open(self._market(symbol), ts, price)

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
            self._bars.open(market, opened.ts, price)

    def opening_matters(self, symbol: str) -> Callable[[Candle], bool]:
        """What says of a bar whether to tell of it when it opens, because something of ours or a timer acts in it.

        To be asked when it is the bar's turn, with everything before it worked off.
        """
        market, timeline = self._market(symbol), self._timeline

        def matters(bar: Candle) -> bool:
            if (
                market.quiet_low < bar.low
                and bar.high < market.quiet_high
                and bar.ts < timeline.next_ns
                and market.bar_ns  # 0 before the first bar, which also says that there are bars here
                and not market.bar_is_open  # then neither marks nor funding wait for its end
            ):
                market.quiet_bar = bar
                return False
            return True

        return matters

    def on_bar(self, candle: Candle) -> None:
        """A bar is over. Most bars end at the comparison."""
        try:
            market = self._markets[candle.symbol]
        except KeyError:
            raise _unknown(candle.symbol, self._markets) from None
        if candle is market.quiet_bar:
            market.last = candle.close
        elif (
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
            self._bars.close(market, candle)

    def on_mark_bar(self, candle: Candle) -> None:
        """A bar of the mark price is over; told before the bar of trades that ends with it."""
        self._bars.mark_closed(self._market(candle.symbol), candle)

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
