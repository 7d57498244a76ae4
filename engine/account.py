"""Our own books of one account: the ledger, who holds what, what is on its way, and what losses are measured from."""

from collections import deque
from decimal import Decimal

from engine.commands import OrderType
from engine.instruments import Instrument
from engine.ledger import Ledger, Position
from engine.markets import Market, Markets
from engine.money import ZERO
from engine.orders import Order

DAY_NS = 86_400_000_000_000
MINUTE_NS = 60_000_000_000
EXTERNAL = "external"


class Account:
    """What the gate, the strategies and the surfaces may know about the money."""

    __slots__ = (
        "_curve_due_ns",
        "_day",
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
        self._day = now_ns // DAY_NS
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
        position = self.ledger.positions.get(symbol)
        return position.quantity if position is not None else ZERO

    def is_flat(self, symbol: str) -> bool:
        """Whether nothing is held that an order could still close; less than a lot is dust."""
        return not self.closable(symbol)

    def closable(self, symbol: str) -> Decimal:
        """The unsigned quantity on the lot grid that an order can close."""
        held = abs(self.held(symbol))
        if not held:
            return ZERO
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
        position = self.owned.get((strategy, symbol))
        return position.quantity if position is not None else ZERO

    def on_its_way(self, strategy: str, symbol: str) -> Decimal:
        """The signed quantity that a strategy's open orders would still add; resting exits do not count."""
        total = ZERO
        for order in self.open_orders.values():
            if order.symbol != symbol or order.strategy != strategy:
                continue
            if order.reduce_only and order.type is not OrderType.MARKET:
                continue  # a stop or a target may rest for ever, and one of the two will never fill
            total += order.leaves if order.side > 0 else -order.leaves
        return total

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

    def equity_and_exposure(self) -> tuple[Decimal, Decimal]:
        """Both at once, for whoever needs both for every order."""
        equity = self.ledger.cash
        exposure = ZERO
        for symbol, position in self.ledger.positions.items():
            quantity = position.quantity
            if quantity:
                value = quantity * self.markets.mark(symbol)
                equity += value - position.cost
                exposure += abs(value)
        return equity, exposure

    def day_pnl(self, equity: Decimal) -> Decimal:
        """What this day (UTC) brought so far."""
        return equity - self.day_start_equity

    def observe(self, now_ns: int) -> Decimal:
        """Judge the marks of now: roll the day, raise the peak, remember the curve. Returns the equity."""
        equity = self.equity()
        self.now_ns = now_ns
        day = now_ns // DAY_NS
        if day > self._day:  # a fill that is told late must not bring yesterday back
            self._day = day
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
        if self.now_ns // DAY_NS > self._day:  # the day starts with what was there before its first fill
            self.observe(self.now_ns)
        instrument = self.markets[symbol].instrument
        in_base = instrument.is_spot and fee_currency == instrument.base
        before = self.held(symbol)
        realised = self.ledger.fill(symbol, side, quantity, price, fee, fee_in_base=in_base)
        position = self.ledger.positions[symbol]
        if before * position.quantity <= 0:  # it began, ended or turned around
            position.opened_at = self.now_ns if position.quantity else 0
        position.strategy = strategy
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
        return realised

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
        """Book funding for the account, and share it among the holders by what they hold."""
        self.ledger.pay_funding(symbol, amount)
        total = self.held(symbol)
        if total:
            for (_, held), share in self.owned.items():
                if held == symbol and share.quantity:
                    share.funding += amount * share.quantity / total

    def transfer(self, amount: Decimal) -> None:
        """Money in or out moves neither profit nor drawdown: every baseline moves with it."""
        self.transfers += 1
        self.ledger.transfer(amount)
        self.peak_equity += amount
        self.day_start_equity += amount
