"""What an order that adds risk has to pass, in its order: the first that it does not is the answer.

All of it looks at the books of this very moment. What only reduces never comes here.
"""

from decimal import Decimal
from typing import NamedTuple

from engine.account import Account
from engine.commands import BUY
from engine.errors import UnknownSymbol
from engine.gate import Denial, OrderRequest
from engine.markets import Market
from engine.money import ONE, ZERO
from risk import denials
from risk.hands import Hand, shape_of
from risk.limits import Limits
from risk.tiers import Tier

_SECOND_NS = 1_000_000_000
Sized = tuple[OrderRequest, Decimal, Decimal]  # a request, and the equity and exposure elsewhere that it was sized on


def against_data(market: Market, now_ns: int, limits: Limits) -> Denial | None:
    """Prices that are old or impossible."""
    if limits.max_data_age_s is not None and market.updated_ns is not None:
        age_ns = now_ns - market.updated_ns
        if age_ns > limits.max_data_age_s * _SECOND_NS:
            return denials.stale_data(market.instrument.symbol, age_ns / _SECOND_NS, limits)
    bid, ask = market.bid, market.ask
    if bid is not None and ask is not None and bid >= ask:
        return denials.crossed_book(market.instrument.symbol, bid, ask)
    return None


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


def growth_of(request: OrderRequest, price: Decimal, account: Account, sized: Sized | None) -> Growth | Denial:
    """Work that out, or say that nobody knows what the account is worth."""
    symbol, side = request.symbol, request.side
    held = account.held(symbol)
    adding = request.quantity
    for order in account.open_orders.values():
        if order.symbol == symbol and order.side == side and not order.reduce_only:
            adding += order.leaves
    after = abs(held + adding if side > 0 else held - adding) * price
    if sized is not None and sized[0] is request:  # sized in this same instant: the figures are those of now
        _, equity, others = sized
    else:
        try:
            equity, others = account.equity_beside(symbol)
        except UnknownSymbol:
            return denials.unknown_equity(_unpriced(account))
    risk = ZERO
    if request.stop is not None:
        entered = request.quantity
        if held and (held > ZERO) is not (side > 0):
            entered -= abs(held)
        risk = abs(price - request.stop) * entered
    return Growth(request, account, account.markets[symbol], price, after, others, equity, risk)


def against_limits(growth: Growth, limits: Limits, tier: Tier, lease: Decimal) -> Denial | None:
    """How much: a trade, a position, a strategy, a coin, and everything together."""
    request, account, market, _, after, others, equity, risk = growth
    if risk:
        most = equity * (limits.max_risk_per_trade or tier.risk_per_trade_max)
        if risk > most:
            return denials.risk_too_large(request, risk, most, tier.name)
    limit = limits.max_position_size
    if limit is not None and after > limit:
        return denials.position_too_large(request.symbol, after, limit)
    if limits.max_strategy_exposure is not None or lease < ONE:
        mine = after + _of_strategy(request.strategy, request.symbol, account)
        if limits.max_strategy_exposure is not None and mine > limits.max_strategy_exposure * equity:
            return denials.strategy_too_large(request.strategy, mine, limits.max_strategy_exposure * equity)
        if mine > lease * limits.max_leverage * equity:
            return denials.lease_used_up(request.strategy, mine, lease * limits.max_leverage * equity)
    if limits.max_concentration is not None:
        coin = market.instrument.base
        of_coin = after + _of_coin(coin, request.symbol, account)
        if of_coin > limits.max_concentration * equity:
            return denials.too_concentrated(coin, of_coin, limits.max_concentration * equity)
    if others + after > limits.max_leverage * equity:
        return denials.leverage_too_high(others + after, equity, limits.max_leverage)
    return None


def against_the_day(growth: Growth, limits: Limits) -> Denial | None:
    """What the day has lost, and what the stop could lose on top."""
    start = growth.account.day_start_equity
    loss = start - growth.equity
    limit = start * limits.daily_drawdown_limit
    if loss + growth.risk >= limit:
        return denials.daily_drawdown_limit(loss, growth.risk, limit)
    return None


def against_haste(request: OrderRequest, account: Account, limits: Limits, hand: Hand, now_ns: int) -> Denial | None:
    """How wildly: how often, at which price, again, and how much more than usual."""
    rate = limits.orders_per_minute
    if rate is not None and len(hand.times) >= rate:
        wait_ns = hand.wait_ns(int(rate), now_ns)
        if wait_ns > 0:
            return denials.order_rate_too_high(request.strategy, int(rate), wait_ns / _SECOND_NS)
    collar = limits.price_collar
    if collar is not None and request.price is not None:
        fair = account.markets.mark(request.symbol)
        bound = fair * (1 + collar if request.side == BUY else 1 - collar)
        if (request.price - bound) * request.side > ZERO:
            instrument = account.markets[request.symbol].instrument
            nearest = instrument.price_below(bound) if request.side == BUY else instrument.price_above(bound)
            return denials.price_collar(request, fair, nearest, collar)
    window_s = limits.duplicate_s
    if (
        window_s is not None
        and hand.last is not None
        and now_ns - hand.last_ns < window_s * _SECOND_NS
        and hand.last == shape_of(request)
    ):
        return denials.duplicate(request, window_s)
    times = limits.fat_finger
    if times is not None:
        usual = hand.usual_of(request.symbol)
        if usual is not None and float(request.quantity) > float(times) * usual:
            return denials.fat_finger(request, Decimal(f"{usual:.8g}"), times)
    return None


def against_the_rest(request: OrderRequest, account: Account, market: Market, limits: Limits) -> Denial | None:
    """How many orders there are, and whether holding pays."""
    if limits.max_open_orders is not None and len(account.open_orders) >= limits.max_open_orders:
        return denials.too_many_orders(len(account.open_orders), limits.max_open_orders)
    if request.carry is not None and limits.carry_days is not None:
        cost = 2 * market.instrument.fee_taker
        if request.carry * limits.carry_days < cost:
            days = cost / request.carry if request.carry > ZERO else Decimal("Infinity")
            return denials.carry_too_thin(days, limits.carry_days)
    return None


def against_margin(growth: Growth, limits: Limits) -> Denial | None:
    """What has to be paid or put down, and how far away the liquidation is then."""
    request, account, market, price, after, others, equity, _ = growth
    instrument = market.instrument
    value = request.quantity * price
    fee = value * instrument.fee_taker
    if market.is_spot:
        if request.side == BUY:
            free = account.free_cash()
            if value + fee > free:
                return denials.not_enough_cash(value + fee, free)
        return None
    exposure, left = others + after, equity - fee
    if exposure > account.leverage * left:
        return denials.not_enough_margin(exposure / account.leverage + fee, equity, account.leverage)
    distance = limits.liquidation_distance
    if distance is not None and instrument.tiers:
        kept = instrument.tiers[0].maintenance_rate
        if left < exposure * (distance + kept):
            return denials.liquidation_too_close(max(ZERO, left / exposure - kept), distance)
    return None


def _of_strategy(strategy: str, beside: str, account: Account) -> Decimal:
    """What a strategy holds and has on its way in other symbols."""
    mark = account.markets.mark
    total = ZERO
    for (holder, symbol), share in account.owned.items():
        if holder == strategy and symbol != beside and share.quantity:
            total += abs(share.quantity) * mark(symbol)
    for order in account.open_orders.values():
        if order.strategy == strategy and order.symbol != beside and not order.reduce_only:
            total += order.leaves * (order.price or mark(order.symbol))
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
            total += order.leaves * (order.price or markets.mark(order.symbol))
    return total


def _unpriced(account: Account) -> str:
    """A symbol that is held, or about to be, and has no price."""
    held = [symbol for symbol, position in account.ledger.positions.items() if position.quantity]
    waiting = [order.symbol for order in account.open_orders.values()]
    return next((symbol for symbol in (*held, *waiting) if account.markets[symbol].fair is None), "something")
