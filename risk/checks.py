"""What an order that adds risk has to pass, in its order: the first that it does not is the answer.

All of it looks at the books of this very moment. What only reduces never comes here.
"""

from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

from engine.account import Account
from engine.commands import BUY, MARKET
from engine.gate import Denial, OrderRequest
from engine.markets import Market
from engine.money import ONE, ZERO
from engine.orders import Order
from risk import denials
from risk.hands import Hand, shape_of
from risk.limits import Limits
from risk.sizing import least_quantity
from risk.tiers import Tier

_SECOND_NS = 1_000_000_000
Figures = tuple[Decimal, Decimal]  # the equity, and the value of everything but one symbol


def against_data(market: Market, now_ns: int, limits: Limits) -> Denial | None:
    """Prices that are old or impossible."""
    newest_ns = market.updated_ns
    if limits.max_data_age_s is not None and newest_ns is not None and newest_ns != now_ns:
        if market.marked_ns is not None and market.marked_ns > newest_ns:
            newest_ns = market.marked_ns  # nobody trades, and the market is there all the same
        age_ns = now_ns - newest_ns
        if age_ns > limits.max_data_age_s * _SECOND_NS:
            return denials.stale_data(market.instrument.symbol, age_ns / _SECOND_NS, limits)
    bid, ask = market.bid, market.ask
    if bid is not None and ask is not None and bid >= ask:
        return denials.crossed_book(market.instrument.symbol, bid, ask)
    return None


def against_exits(request: OrderRequest, price: Decimal, account: Account) -> Denial | None:
    """A stop or a target that the entry would find passed; `price` is what it is likely to be filled at."""
    side, stop, target = request.side, request.stop, request.target
    if stop is not None:
        entry = price
        if request.price is not None and request.trigger_price is None:  # it may be filled at the mark as well
            mark = account.markets.mark(request.symbol)
            entry = min(price, mark) if side > 0 else max(price, mark)
        if (entry - stop) * side <= ZERO:
            return denials.stop_on_wrong_side(stop, entry, side)
    if target is not None and (target - price) * side <= ZERO:
        return denials.target_on_wrong_side(target, price, side)
    return None


def against_coins(request: OrderRequest, account: Account, market: Market) -> Denial | None:
    """Of coins no more can be sold than there are; a sale of fewer is none that adds, and does not come here."""
    if request.side == BUY:
        return None
    symbol = request.symbol
    return denials.not_enough_coins(
        request.quantity, max(ZERO, account.held(symbol)), market.instrument.base, account.closable(symbol)
    )


class Growth(NamedTuple):
    """What an order would make of the account."""

    request: OrderRequest
    account: Account
    market: Market
    price: Decimal
    after: Decimal  # value of the position, with everything that waits on the same side
    others: Decimal  # value of everything else
    equity: Decimal
    risk: Decimal  # what its stop would lose; zero without one
    worth: Decimal  # of one unit: it may be filled at the mark, however far from it its own price is
    closes: Decimal  # as much of it as closes the position before anything is added
    waiting: Decimal  # the orders that wait on the same side, as far as they do not close it themselves

    def fits(self, value: Decimal) -> Decimal:
        """The largest order of this kind with which the position is worth no more than this."""
        quantity = self.request.quantity - (self.after - value) / self.worth
        return self.lots(quantity if quantity >= self.closes else self.closes - self.waiting)

    def risks(self, amount: Decimal, *, less: bool = False) -> Decimal:
        """The largest that would lose no more than this at its stop, or less than it."""
        request = self.request
        distance = self.price - request.stop if request.stop is not None else ZERO
        quantity = request.quantity - (self.risk - amount) / abs(distance)
        return self.lots(quantity, less=less)

    def lots(self, quantity: Decimal, *, less: bool = False) -> Decimal:
        """As much of it as the exchange would take; nothing where that is too little."""
        instrument = self.market.instrument
        below = instrument.quantity_below(max(ZERO, quantity))
        if less and below == quantity:
            below -= instrument.lot
        return below if below >= least_quantity(instrument, self.price) else ZERO


def growth_of(request: OrderRequest, price: Decimal, account: Account, figures: Figures) -> Growth:
    """Work that out; raises `UnknownSymbol` where something on its way has no price."""
    symbol = request.symbol
    adding, closes, waiting = _adding(request, account)
    worth = price
    if request.price is not None or request.trigger_price is not None:  # else the price is the mark
        mark = account.markets.mark(symbol)
        if mark > worth:
            worth = mark
    equity, others = figures
    if account.open_orders:
        others += _sold_below(account, symbol)
    risk = ZERO
    if request.stop is not None and request.quantity > closes:
        risk = abs(price - request.stop) * (request.quantity - closes)
    market = account.markets[symbol]
    return Growth(request, account, market, price, adding * worth, others, equity, risk, worth, closes, waiting)


def _adding(request: OrderRequest, account: Account) -> tuple[Decimal, Decimal, Decimal]:
    """The size of the position with this order; how much of the order closes first; and what waits on its side.

    An order at the market is set off against the position that it closes. One that may rest is not: something else may
    have closed that position when it fills.
    """
    symbol, side, quantity = request.symbol, request.side, request.quantity
    held = account.held(symbol)
    waiting = moving = ZERO
    for order in account.open_orders.values():
        if order.symbol == symbol and order.side == side and not order.reduce_only:
            if order.type is MARKET:
                moving += order.leaves
            else:
                waiting += order.leaves
    if not held or (held > ZERO) is (side > 0):
        if held:
            quantity += held if side > 0 else -held
        return (quantity + waiting + moving if waiting or moving else quantity), ZERO, waiting
    if request.type is not MARKET:
        return quantity + waiting + moving, ZERO, waiting
    closes = max(ZERO, abs(held) - moving)
    return max(ZERO, quantity - closes) + max(ZERO, moving - abs(held)) + waiting, closes, waiting


def _sold_below(account: Account, beside: str) -> Decimal:
    """What sales below the mark, on their way in other symbols, are worth more than they say."""
    more = ZERO
    for order in account.open_orders.values():
        if order.side < 0 and order.price is not None and order.symbol != beside and not order.reduce_only:
            mark = account.markets.mark(order.symbol)
            if mark > order.price:
                more += order.leaves * (mark - order.price)
    return more


def against_limits(growth: Growth, limits: Limits, tier: Tier, lease: Decimal) -> Denial | None:
    """How much: a trade, a position, a strategy, a coin, and everything together."""
    request, account, market, _, after, others, equity, risk, *_ = growth
    if risk:
        most = equity * (limits.max_risk_per_trade or tier.risk_per_trade_max)
        if risk > most:
            return denials.risk_too_large(risk, most, tier.name, growth.risks(most))
    limit = limits.max_position_size
    if limit is not None and after > limit:
        return denials.position_too_large(request.symbol, after, limit, growth.fits(limit))
    if limits.max_strategy_exposure is not None or lease < ONE:
        elsewhere = _of_strategy(request.strategy, request.symbol, account)
        mine = after + elsewhere
        if limits.max_strategy_exposure is not None and mine > limits.max_strategy_exposure * equity:
            limit = limits.max_strategy_exposure * equity
            return denials.strategy_too_large(request.strategy, mine, limit, growth.fits(limit - elsewhere))
        if mine > lease * limits.max_leverage * equity:
            limit = lease * limits.max_leverage * equity
            return denials.lease_used_up(request.strategy, mine, limit, growth.fits(limit - elsewhere), account.day)
    if limits.max_concentration is not None:
        coin = market.instrument.base
        elsewhere = _of_coin(coin, request.symbol, account)
        if after + elsewhere > limits.max_concentration * equity:
            limit = limits.max_concentration * equity
            return denials.too_concentrated(coin, after + elsewhere, limit, growth.fits(limit - elsewhere))
    if others + after > limits.max_leverage * equity:
        fits = growth.fits(limits.max_leverage * equity - others)
        return denials.leverage_too_high(others + after, equity, limits.max_leverage, fits)
    return None


def against_the_day(growth: Growth, limits: Limits) -> Denial | None:
    """What the day has lost, and what the stop could lose on top."""
    account = growth.account
    loss = account.day_start_equity - growth.equity
    limit = account.day_room.limit(limits.daily_drawdown_limit)
    if loss + growth.risk >= limit:
        fits = growth.risks(limit - loss, less=True) if growth.risk else ZERO
        return denials.daily_drawdown_limit(loss, growth.risk, limit, fits, account.day)
    return None


def against_haste(request: OrderRequest, account: Account, limits: Limits, hand: Hand, now_ns: int) -> Denial | None:
    """How wildly: how often, at which price, again, and how much more than usual."""
    rate = limits.orders_per_minute
    if rate is not None and len(hand.times) >= rate:
        most = int(rate.to_integral_value(ROUND_CEILING))
        wait_ns = hand.wait_ns(most, now_ns)
        if wait_ns > 0:
            return denials.order_rate_too_high(request.strategy, most, wait_ns)
    collar = limits.price_collar
    if collar is not None and request.price is not None:
        fair = account.markets.mark(request.symbol)
        bound = fair * (1 + collar if request.side == BUY else 1 - collar)
        if (request.price - bound) * request.side > ZERO:
            instrument = account.markets[request.symbol].instrument
            nearest = instrument.price_below(bound) if request.side == BUY else instrument.price_above(bound)
            return denials.price_collar(request, fair, nearest, collar)
    window_s = limits.duplicate_s
    if window_s is not None and now_ns - hand.last_ns < window_s * _SECOND_NS:
        since_ns = now_ns - int(window_s * _SECOND_NS)
        if hand.has_entered(shape_of(request), since_ns):
            return denials.duplicate(request, window_s)
    times = limits.fat_finger
    usual = None if times is None else hand.beyond(request, float(times))
    if times is not None and usual is not None:
        instrument = account.markets[request.symbol].instrument
        shown = Decimal(f"{usual:.8g}")
        fits = instrument.quantity_below(shown * times)
        if float(fits) > float(times) * usual:
            fits -= instrument.lot
        return denials.fat_finger(request, shown, times, fits)
    return None


def against_the_rest(request: OrderRequest, account: Account, market: Market, limits: Limits) -> Denial | None:
    """How many orders there are, and whether holding pays."""
    if limits.max_open_orders is not None and len(account.open_orders) >= limits.max_open_orders:
        return denials.too_many_orders(len(account.open_orders), limits.max_open_orders)
    if request.carry is not None and limits.carry_days is not None:
        cost = 2 * market.instrument.fee_taker
        if request.carry * limits.carry_days < cost:
            days = cost / request.carry if request.carry > ZERO else Decimal("Infinity")
            return denials.carry_too_thin(days, limits.carry_days, cost)
    return None


def against_margin(growth: Growth, limits: Limits) -> Denial | None:
    """What has to be paid or put down, and how far away the liquidation is then."""
    request, account, market, price, after, others, equity, _, worth, *_ = growth
    instrument = market.instrument
    value = request.quantity * price
    fee = value * instrument.fee_taker
    if market.is_spot:
        if request.side == BUY:
            free = account.free_cash()
            if value + fee > free:
                fits = growth.lots(free / (price * (ONE + instrument.fee_taker)))
                return denials.not_enough_cash(value + fee, free, fits)
        return None
    exposure, left = others + after, equity - fee
    coins, in_coins = _in_coins(account)
    if in_coins:  # property: no contract is paid with it
        exposure -= coins
        left -= in_coins
    if exposure > account.leverage * left:
        too_much = exposure - account.leverage * left
        fits = growth.lots(request.quantity - too_much / (worth + account.leverage * price * instrument.fee_taker))
        needed, there = exposure / account.leverage + fee, left + fee
        return denials.not_enough_margin(needed, there, account.leverage, fits)
    distance = limits.liquidation_distance
    if distance is not None and instrument.tiers:
        kept = instrument.tiers[0]
        if after > kept.max_notional:
            kept = next((tier for tier in instrument.tiers if after <= tier.max_notional), instrument.tiers[-1])
        survived = distance + kept.maintenance_rate
        if left < exposure * survived:
            short = exposure * survived - left
            fits = growth.lots(request.quantity - short / (worth * survived + price * instrument.fee_taker))
            there = max(ZERO, left / exposure - kept.maintenance_rate)
            return denials.liquidation_too_close(there, distance, fits)
    return None


def _in_coins(account: Account) -> tuple[Decimal, Decimal]:
    """What coins that are held or ordered count as exposure, and as much of the equity as is, or will be, in them."""
    markets = account.markets
    coins = in_coins = ZERO
    for symbol, position in account.ledger.positions.items():
        if markets[symbol].is_spot and position.quantity:
            value = position.quantity * markets.mark(symbol)
            coins += abs(value)
            in_coins += value
    for order in account.open_orders.values():
        if markets[order.symbol].is_spot and not order.reduce_only:
            value = order.leaves * (order.price or markets.mark(order.symbol))
            coins += value
            if order.side > 0:
                in_coins += value
    return coins, in_coins


def _of_strategy(strategy: str, beside: str, account: Account) -> Decimal:
    """What a strategy holds and has on its way in other symbols."""
    mark = account.markets.mark
    total = ZERO
    for (holder, symbol), share in account.owned.items():
        if holder == strategy and symbol != beside and share.quantity:
            total += abs(share.quantity) * mark(symbol)
    for order in account.open_orders.values():
        if order.strategy == strategy and order.symbol != beside and not order.reduce_only:
            total += _worth(order, account)
    return total


def _of_coin(coin: str, beside: str, account: Account) -> Decimal:
    """What is held and on its way of a coin in other symbols."""
    markets = account.markets
    total = ZERO
    for symbol, position in account.ledger.positions.items():
        if symbol != beside and position.quantity and markets[symbol].instrument.base == coin:
            total += abs(position.quantity) * markets.mark(symbol)
    for order in account.open_orders.values():
        if order.symbol != beside and not order.reduce_only and markets[order.symbol].instrument.base == coin:
            total += _worth(order, account)
    return total


def _worth(order: Order, account: Account) -> Decimal:
    """What is left of an entry, filled; a sale below the mark is filled at the mark."""
    price = order.price
    if price is None or order.side < 0:
        mark = account.markets.mark(order.symbol)
        price = mark if price is None or mark > price else price
    return order.leaves * price


def unpriced(account: Account) -> str:
    """A symbol that is held, or about to be, and has no price."""
    held = [symbol for symbol, position in account.ledger.positions.items() if position.quantity]
    waiting = [order.symbol for order in account.open_orders.values()]
    return next((symbol for symbol in (*held, *waiting) if account.markets[symbol].fair is None), "something")
