"""Our own books of one account: the ledger, who holds what, what is on its way, and what losses are measured from."""

from collections import deque
from decimal import Decimal

from engine.commands import MARKET
from engine.instruments import Instrument
from engine.ledger import Ledger, Position
from engine.markets import Market, Markets
from engine.money import ZERO
from engine.orders import Order

DAY_NS = 86_400_000_000_000
MINUTE_NS = 60_000_000_000
EXTERNAL = "external"
FUNDING_STEP = Decimal("1e-8")  # of a holder's part; the last holder has what is left of the whole


def day_end_ns(now_ns: int) -> int:
    """When the day (UTC) of a moment ends."""
    return (now_ns // DAY_NS + 1) * DAY_NS


class Account:
    """What the gate, the strategies and the surfaces may know about the money."""

    __slots__ = (
        "_curve_due_ns",
        "day_ends_ns",
        "day_start_equity",
        "entries_closed",
        "equity_curve",
        "ledger",
        "leverage",
        "markets",
        "now_ns",
        "open_orders",
        "owned",
        "peak_equity",
        "transfers",
    )

    def __init__(self, markets: Markets, capital: Decimal, now_ns: int, leverage: Decimal) -> None:
        self.markets = markets
        self.ledger = Ledger(capital)
        self.owned: dict[tuple[str, str], Position] = {}  # (strategy, symbol): its share of the account's position
        self.open_orders: dict[str, Order] = {}
        self.now_ns = now_ns
        self.leverage = leverage
        self.entries_closed: str | None = None  # why no position may grow, or None while they may
        self.peak_equity = capital
        self.transfers = 0  # how many were booked
        self.day_start_equity = capital
        self.day_ends_ns = day_end_ns(now_ns)
        self.equity_curve: deque[tuple[int, float]] = deque(maxlen=24 * 60)
        self._curve_due_ns = 0

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

    def day_pnl(self, equity: Decimal) -> Decimal:
        """What this day (UTC) brought so far."""
        return equity - self.day_start_equity

    def observe(self, now_ns: int) -> Decimal:
        """Judge the marks of now: roll the day, raise the peak, remember the curve. Returns the equity."""
        equity = self.equity()
        self.now_ns = now_ns
        if now_ns >= self.day_ends_ns:  # a fill that is told late must not bring yesterday back
            self.day_ends_ns = day_end_ns(now_ns)
            self.day_start_equity = equity
        if equity > self.peak_equity:
            self.peak_equity = equity
        self.note(now_ns, float(equity))
        return equity

    def note(self, now_ns: int, equity: float) -> None:
        """Remember a point of the curve, at most one a minute."""
        if now_ns >= self._curve_due_ns:
            self._curve_due_ns = now_ns + MINUTE_NS
            self.equity_curve.append((now_ns, equity))

    def forget_curve(self) -> None:
        """The curve begins anew."""
        self._curve_due_ns = 0
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
    ) -> Decimal:
        """Apply an execution to the account and to the share of whose order it was; returns what it realised."""
        if self.now_ns >= self.day_ends_ns:  # the day starts with what was there before its first fill
            self.observe(self.now_ns)
        market = self.markets[symbol]
        in_base = market.is_spot and fee_currency == market.instrument.base
        position = self.ledger.positions.get(symbol) or self.ledger.position(symbol)
        before = position.quantity
        realised = self.ledger.fill(symbol, side, quantity, price, fee, fee_in_base=in_base)
        if before * position.quantity <= ZERO:  # it began, ended or turned around
            position.opened_at = self.now_ns if position.quantity else 0
        key = (strategy, symbol)
        share = self.owned.get(key)
        if share is None:
            share = self.owned[key] = Position(symbol)
        signed = quantity if side > 0 else -quantity
        share.trade(signed, price)
        if in_base and fee:
            share.trade(-fee, price)
            share.fees += fee * price
        else:
            share.fees += fee
        alone = share.quantity == position.quantity
        position.strategy = strategy if alone else self._main_holder(position, strategy)
        return realised

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
                share.trade(rest - share.quantity, self.markets.mark(symbol))

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
            share.funding += part
            rest -= part
        for share in holders[-1:]:
            share.funding += rest

    def transfer(self, amount: Decimal) -> None:
        """Money in or out moves neither profit nor drawdown: every baseline moves with it."""
        self.transfers += 1
        self.ledger.transfer(amount)
        self.peak_equity += amount
        self.day_start_equity += amount
