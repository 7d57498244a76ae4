"""Our own books of one account: the ledger, who holds what, what is on its way, and what losses are measured from."""

from collections import deque
from decimal import Decimal

from engine.commands import MARKET
from engine.day_room import DayRoom
from engine.days import day_end_ns, day_named
from engine.instruments import Instrument
from engine.ledger import Ledger, Position
from engine.markets import Market, Markets
from engine.money import ZERO
from engine.orders import Order
from engine.trips import FEE_STEP, Closed, Track, Trip

MINUTE_NS = 60_000_000_000
EXTERNAL = "external"
FUNDING_STEP = Decimal("1e-8")  # of a holder's part; the last holder has what is left of the whole


class Account:
    """What the gate, the strategies and the surfaces may know about the money."""

    __slots__ = (
        "curve_due_ns",
        "day_ends_ns",
        "day_room",
        "day_start_equity",
        "day_starts_h",
        "days_worst_trip",
        "entries_closed",
        "equity_curve",
        "ledger",
        "leverage",
        "lost_trips",
        "markets",
        "now_ns",
        "open_orders",
        "owned",
        "peak_equity",
        "tracks",
        "transfers",
        "trip_loss_told",
        "trips",
    )

    def __init__(
        self, markets: Markets, capital: Decimal, now_ns: int, leverage: Decimal, day_starts_h: Decimal = ZERO
    ) -> None:
        self.markets = markets
        self.ledger = Ledger(capital)
        self.owned: dict[tuple[str, str], Position] = {}  # (strategy, symbol): its share of the account's position
        self.open_orders: dict[str, Order] = {}
        self.now_ns = now_ns
        self.leverage = leverage
        self.entries_closed: str | None = None  # why no position may grow, or None while they may
        self.peak_equity = capital
        self.transfers = 0  # how many were booked
        self.day_start_equity = capital  # with what was paid in and out since
        self.day_room = DayRoom(capital)
        self.day_starts_h = day_starts_h  # after midnight UTC; another one counts for the days that follow
        self.begin_day(now_ns)
        self.equity_curve: deque[tuple[int, float]] = deque(maxlen=24 * 60)
        self.curve_due_ns = 0  # no point is remembered before
        self.trips: dict[tuple[str, str], Trip] = {}  # that are open, by strategy and symbol
        self.tracks: dict[str, Track] = {}
        self.trip_loss_told: Decimal | None = None  # a trip that loses as much is put down for whoever tells of it
        self.lost_trips: list[Closed] = []
        self.days_worst_trip: Decimal | None = None  # that ended

    # --- what is held

    def instrument(self, symbol: str) -> Instrument:
        """The filters and costs of a symbol."""
        return self.markets[symbol].instrument

    def market(self, symbol: str) -> Market:
        """The prices of a symbol."""
        return self.markets[symbol]

    def held(self, symbol: str) -> Decimal:
        """The account's signed quantity of a symbol."""
        try:
            return self.ledger.positions[symbol].quantity
        except KeyError:
            return ZERO

    def is_flat(self, symbol: str) -> bool:
        """Whether nothing is held that an order could still close; less than a lot is dust."""
        held = abs(self.held(symbol))
        market = self.markets[symbol]
        if not held or market.is_spot:
            return not held or not self.tradable(symbol, held)
        return held < market.instrument.min_quantity  # positions in contracts are whole lots

    def closable(self, symbol: str) -> Decimal:
        """The unsigned quantity on the lot grid that an order can close."""
        held = abs(self.held(symbol))
        return self.tradable(symbol, held) if held else ZERO

    def tradable(self, symbol: str, held: Decimal) -> Decimal:
        """What an order could close of a quantity."""
        instrument = self.markets[symbol].instrument
        quantity = instrument.quantity_below(held)
        if quantity < instrument.min_quantity:
            return ZERO
        # A spot exchange takes no order below its smallest value, also not one that only sells what is held.
        if instrument.is_spot and self.markets[symbol].fair is not None:
            return quantity if quantity * self.markets.mark(symbol) >= instrument.min_notional else ZERO
        return quantity

    def held_by(self, strategy: str, symbol: str) -> Decimal:
        """A strategy's signed share of it."""
        try:
            quantity = self.owned[strategy, symbol].quantity
        except KeyError:
            return ZERO
        # The crumb that a fee in coin leaves behind is nothing that could be traded.
        if quantity and self.markets[symbol].is_spot and not self.tradable(symbol, abs(quantity)):
            return ZERO
        return quantity

    def holder(self, symbol: str) -> str | None:
        """Who has this symbol in hand, with a position or an entry on its way; one at a time."""
        position = self.ledger.positions.get(symbol)
        if position is not None and position.quantity and not (self.markets[symbol].is_spot and self.is_flat(symbol)):
            return position.strategy
        for order in self.open_orders.values():
            if order.symbol == symbol and not order.reduce_only:
                return order.strategy
        return None

    def on_its_way(self, strategy: str, symbol: str) -> Decimal:
        """The signed quantity that a strategy's open orders would still add; resting exits do not count."""
        total = ZERO
        for order in self.open_orders.values():
            if order.symbol != symbol or order.strategy != strategy:
                continue
            if order.reduce_only and order.type is not MARKET:
                continue  # a stop or a target may rest for ever, and one of the two will never fill
            total += order.leaves if order.side > 0 else -order.leaves
        return total

    def stops(self, symbol: str) -> list[Order]:
        """The stops that rest for a position, in the order in which they were placed."""
        return [
            order
            for order in self.open_orders.values()
            if order.symbol == symbol and order.is_protective and order.trigger_price is not None
        ]

    # --- what it is worth

    def equity(self) -> Decimal:
        """Cash and open profit at the marks of now."""
        return self.ledger.equity(self.markets.mark)

    def exposure(self) -> Decimal:
        """The value of all positions, long and short alike."""
        total = ZERO
        for symbol, position in self.ledger.positions.items():
            if position.quantity:
                total += abs(position.quantity) * self.markets.mark(symbol)
        return total

    def equity_beside(self, chosen: str) -> tuple[Decimal, Decimal]:
        """The equity, and the most that all other symbols can come to be worth with every entry that waits."""
        ledger, mark = self.ledger, self.markets.mark
        equity, others = ledger.cash, ZERO
        for symbol, position in ledger.positions.items():
            if position.quantity:
                value = position.quantity * mark(symbol)
                equity += value - position.cost
                if symbol != chosen:
                    others += abs(value)
        for order in self.open_orders.values():
            # An entry against a position counts in full: whatever it closes first, it could have been the larger one.
            if not order.reduce_only and order.symbol != chosen:
                worth = order.leaves * (order.price or mark(order.symbol))
                others += worth
                equity -= worth * self.markets[order.symbol].instrument.fee_taker
        return equity, others

    def free_cash(self) -> Decimal:
        """What coins can be bought with: money that is neither in coins, nor margin, nor promised to an order."""
        ledger, mark = self.ledger, self.markets.mark
        free = ledger.cash
        for symbol, position in ledger.positions.items():
            if position.quantity:
                if self.markets[symbol].is_spot:
                    free -= position.cost
                else:
                    value = position.quantity * mark(symbol)
                    free += min(ZERO, value - position.cost) - abs(value) / self.leverage
        for order in self.open_orders.values():
            if not order.reduce_only:
                value = order.leaves * (order.price or mark(order.symbol))
                if not self.markets[order.symbol].is_spot:
                    free -= value / self.leverage
                elif order.side > 0:
                    free -= value
        return free

    @property
    def day(self) -> str:
        """Which day the running one is, for people."""
        return day_named(self.day_ends_ns)

    def day_pnl(self, equity: Decimal) -> Decimal:
        """What this day brought so far."""
        return equity - self.day_start_equity

    def begin_day(self, now_ns: int) -> None:
        """The first of all days: no earlier one has to be over."""
        self.day_ends_ns = day_end_ns(now_ns, self.day_starts_h)

    def day_end_of(self, now_ns: int) -> int:
        """When the day of a moment ends. None is shorter than 24 hours, wherever days begin from now on."""
        running_ns = self.day_ends_ns
        return running_ns if now_ns < running_ns else day_end_ns(now_ns, self.day_starts_h, running_ns)

    def observe(self, now_ns: int) -> Decimal:
        """Judge the marks of now: roll the day, raise the peak, remember the curve. Returns the equity."""
        equity = self.equity()
        self.now_ns = now_ns
        if now_ns >= self.day_ends_ns:  # a fill that is told late must not bring yesterday back
            self.day_ends_ns = self.day_end_of(now_ns)
            self.day_start_equity = equity
            self.day_room.begin(equity)
            self.days_worst_trip = None
        elif self.day_room.moved:
            self.day_room.scale(equity, self.day_start_equity - equity)
        if equity > self.peak_equity:
            self.peak_equity = equity
        self.note(now_ns, float(equity))
        return equity

    def note(self, now_ns: int, equity: float) -> None:
        """Remember a point of the curve, at most one a minute."""
        if now_ns >= self.curve_due_ns:
            self.curve_due_ns = now_ns + MINUTE_NS
            self.equity_curve.append((now_ns, equity))

    def forget_curve(self) -> None:
        """The curve begins anew."""
        self.curve_due_ns = 0
        self.equity_curve.clear()

    # --- what changes it

    def fill(
        self,
        strategy: str,
        symbol: str,
        side: int,
        quantity: Decimal,
        price: Decimal,
        fee: Decimal,
        fee_currency: str,
        stop: Decimal | None = None,
    ) -> Decimal:
        """Apply an execution to the account and to the share of whose order it was; returns what it realised.

        `stop` is where the loss of what is entered was meant to end.
        """
        if self.now_ns >= self.day_ends_ns:  # the day starts with what was there before its first fill
            self.observe(self.now_ns)
        market = self.markets[symbol]
        in_base = market.is_spot and fee_currency == market.instrument.base
        ledger = self.ledger
        position = ledger.positions.get(symbol) or ledger.position(symbol)
        before, cost = position.quantity, position.cost
        realised = ledger.fill(symbol, side, quantity, price, fee, fee_in_base=in_base)
        after = position.quantity
        if not before or not after or (before > ZERO) is not (after > ZERO):  # it began, ended or turned around
            position.opened_at = self.now_ns if after else 0
        key = (strategy, symbol)
        share = self.owned.get(key)
        if share is None:
            share = self.owned[key] = Position(symbol)
        held = share.quantity
        if held == before and share.cost == cost:  # it is the whole position, which has been worked out already
            made = realised
            share.quantity, share.cost = after, position.cost
            share.realised += made
        else:
            made = share.trade(quantity if side > 0 else -quantity, price)
            if in_base and fee:
                made += share.trade(-fee, price)
        if in_base:
            fee *= price
        share.fees += fee
        trip = self._travel(key, share.quantity, held, made, fee, quantity)
        if stop is not None and trip is not None and (share.quantity > ZERO) is (side > 0):
            trip.risk += abs(price - stop) * min(quantity, abs(share.quantity))
        position.strategy = strategy if share.quantity == after else self._main_holder(position, strategy)
        return realised

    def _travel(
        self, key: tuple[str, str], after: Decimal, held: Decimal, made: Decimal, fee: Decimal, quantity: Decimal
    ) -> Trip | None:
        """A fill begins a trip, goes on with it, ends it, or ends it and begins the next; the one that is open then."""
        trip = self.trips.get(key)
        if trip is None:
            trip = self.trips[key] = Trip(self.now_ns)
        made -= fee
        turned = after and (after > ZERO) is not (held > ZERO)
        if not held or (after and not turned and not self._is_crumb(key, held, after)):
            trip.net += made
            return trip
        if not turned:
            trip.net += made
            self._arrive(key, trip)
            return None
        rest = fee - (fee * abs(held) / quantity).quantize(FEE_STEP)
        trip.net += made + rest
        self._arrive(key, trip)
        trip = self.trips[key] = Trip(self.now_ns, -rest)
        return trip

    def _is_crumb(self, key: tuple[str, str], held: Decimal, after: Decimal) -> bool:
        """Whether a sale of coins left only what cannot be sold any more."""
        return abs(after) < abs(held) and self.markets[key[1]].is_spot and not self.held_by(*key)

    def _arrive(self, key: tuple[str, str], trip: Trip) -> None:
        """A trip is over."""
        del self.trips[key]
        strategy, symbol = key
        track = self.tracks.get(strategy)
        if track is None:
            track = self.tracks[strategy] = Track()
        net = trip.net
        track.add(self.day_ends_ns, net, trip.risk)
        if self.days_worst_trip is None or net < self.days_worst_trip:
            self.days_worst_trip = net
        if self.trip_loss_told is not None and net <= -self.trip_loss_told and not trip.is_told:
            self.lost_trips.append(Closed(strategy, symbol, net))

    def trip_pnl(self, key: tuple[str, str]) -> Decimal:
        """What an open trip has made by now, at the mark."""
        share = self.owned[key]
        return self.trips[key].net + share.unrealised(self.markets.mark(key[1]))

    def _main_holder(self, position: Position, otherwise: str) -> str:
        """Whose share in the direction of the position is the largest; of equal ones, the first."""
        holder, most = otherwise, ZERO
        is_long = position.quantity > ZERO
        if position.quantity:
            for (strategy, symbol), share in self.owned.items():
                part = share.quantity if is_long else -share.quantity
                if symbol == position.symbol and part > most:
                    holder, most = strategy, part
        return holder

    def net_out(self, symbol: str) -> None:
        """The whole position was closed at once: shares that are left stand against each other and go too.

        They change hands at the fair price, so that what all strategies made together stays what the account made. A
        crumb too small to be sold stays with the last holder.
        """
        position = self.ledger.positions.get(symbol)
        if position is None or not self.is_flat(symbol):
            return
        for (strategy, held), share in self.owned.items():
            rest = position.quantity if strategy == position.strategy else ZERO
            if held == symbol and share.quantity != rest:
                before = share.quantity
                made = share.trade(rest - before, self.markets.mark(symbol))
                self._travel((strategy, held), rest, before, made, ZERO, abs(rest - before))

    def fund(self, symbol: str, amount: Decimal) -> None:
        """Book funding for the account, and share it among the holders by what they hold, to the last digit."""
        self.ledger.pay_funding(symbol, amount)
        position = self.ledger.position(symbol)
        total = position.quantity
        holders = [share for (_, held), share in self.owned.items() if held == symbol and share.quantity and total]
        if not holders:  # it was told late: what it is for has been closed
            last = self.owned.get((position.strategy, symbol))
            holders = [] if last is None else [last]
        rest = amount
        for share in holders[:-1]:
            part = (amount * share.quantity / total).quantize(FUNDING_STEP)
            self._fund_share(share, part)
            rest -= part
        for share in holders[-1:]:
            self._fund_share(share, rest)

    def _fund_share(self, share: Position, amount: Decimal) -> None:
        share.funding += amount
        for key, held in self.owned.items():
            if held is share and key in self.trips:
                self.trips[key].net += amount

    def transfer(self, amount: Decimal) -> None:
        """Money in or out moves neither profit nor drawdown: every baseline moves with it."""
        self.transfers += 1
        self.ledger.transfer(amount)
        self.peak_equity += amount
        self.day_start_equity += amount
        self.day_room.moved += amount
