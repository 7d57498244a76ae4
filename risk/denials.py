"""Every refusal of the gate: its code, what it means, and the sentence with the numbers and what would pass."""

from decimal import Decimal

from engine.commands import SELL
from engine.gate import Denial, OrderRequest
from engine.instruments import Instrument
from engine.money import money, plain
from risk.limits import Limits
from risk.sizing import Size, least_quantity, smallest_account

# In the order in which an order meets them; docs/denials.md is made from this and from real refusals.
CODES = {
    "HeldByAnother": "another strategy has this symbol in hand: one hand a symbol at a time",
    "EntriesClosed": "a kill, a halt, a lock, a fault or a pause has closed entries; what reduces goes on",
    "NothingToReduce": "a reduce-only order would go beyond what is held",
    "NotReduceOnly": "after a kill an order that closes has to say so, or the venue might let it turn the position",
    "NoPrice": "the symbol has no price yet",
    "OffLot": "the quantity is no multiple of the lot",
    "BelowMinimumQuantity": "the quantity is below the exchange's smallest",
    "AboveMaximumQuantity": "the quantity is above the exchange's largest",
    "PriceOutOfRange": "a price is outside what the exchange takes",
    "OffTick": "a price is not on the grid",
    "BelowMinimumNotional": "the value is below the exchange's smallest",
    "StaleData": "the newest price is too old to enter on",
    "CrossedBook": "the best bid is not below the best ask: the book cannot be right",
    "UnknownEquity": "something held has no price, so nobody knows what the account is worth",
    "RiskTooLarge": "at its stop the order would lose more than the tier lets one trade lose",
    "PositionTooLarge": "the position would be worth more than its limit",
    "StrategyTooLarge": "all positions of the strategy together would be worth more than its limit",
    "LeaseUsedUp": "the strategy's share of the capital is used up until it is drawn anew",
    "TooConcentrated": "one coin, spot and contracts together, would be worth more than its limit",
    "LeverageTooHigh": "all positions together would be worth more than the leverage allows",
    "DailyDrawdownLimit": "with what the day has lost, the loss at the stop would pass the day's limit",
    "OrderRateTooHigh": "the same hand has entered too often within a minute",
    "PriceCollar": "a limit price lies too far beyond the fair price",
    "Duplicate": "an equal entry was placed a moment ago",
    "FatFinger": "the order is many times what the same hand usually enters",
    "NotEnoughCash": "coins are paid for, and there is less cash than they cost with the fee",
    "NotEnoughMargin": "margin and fee together are more than the account has",
    "LiquidationTooClose": "a move that does happen would liquidate the account after this order",
    "TooManyOrders": "too many orders are open already",
    "CarryTooThin": "what is earned by holding does not pay the costs soon enough",
    "NoStop": "without a stop there is no size",
    "StopOnWrongSide": "the stop is on the winning side of the price",
    "TooSmall": "what the rules allow is below the exchange's smallest order",
}


def no_price(symbol: str) -> Denial:
    return Denial("NoPrice", f"{symbol} has no price yet", (), "it will be there with the first trade")


def stale_data(symbol: str, age_s: float, limits: Limits) -> Denial:
    limit = limits.max_data_age_s or Decimal(0)
    age = Decimal(f"{age_s:.1f}")
    return Denial(
        "StaleData",
        f"the newest price of {symbol} is {plain(age)} s old; {plain(limit)} s is the limit",
        (("age_s", age), ("limit_s", limit)),
        "the next price opens it again",
    )


def crossed_book(symbol: str, bid: float, ask: float) -> Denial:
    return Denial(
        "CrossedBook",
        f"the book of {symbol} is crossed: bid {bid:g}, ask {ask:g}",
        (("bid", Decimal(repr(bid))), ("ask", Decimal(repr(ask)))),
        "a bid below the ask would pass",
    )


def unknown_equity(symbol: str) -> Denial:
    return Denial(
        "UnknownEquity",
        f"nobody knows what the account is worth: {symbol} is held and has no price",
        (),
        "its first price opens it again",
    )


def risk_too_large(request: OrderRequest, risk: Decimal, limit: Decimal, tier: str) -> Denial:
    fits = request.quantity * limit / risk
    return Denial(
        "RiskTooLarge",
        f"at its stop it would lose {money(risk)}; a {tier} risks {money(limit)} a trade at most",
        (("risk", risk), ("limit", limit)),
        f"about {fits:.6g} would pass, or a nearer stop",
    )


def position_too_large(symbol: str, after: Decimal, limit: Decimal) -> Denial:
    return Denial(
        "PositionTooLarge",
        f"the position in {symbol} would be worth {money(after)}; the limit is {money(limit)}",
        (("after", after), ("limit", limit)),
    )


def strategy_too_large(strategy: str, after: Decimal, limit: Decimal) -> Denial:
    return Denial(
        "StrategyTooLarge",
        f"the positions of {strategy} would be worth {money(after)}; the limit is {money(limit)}",
        (("after", after), ("limit", limit)),
        f"{_room(limit, after)} less would pass",
    )


def lease_used_up(strategy: str, after: Decimal, limit: Decimal) -> Denial:
    return Denial(
        "LeaseUsedUp",
        f"the positions of {strategy} would be worth {money(after)}; its share of the capital carries {money(limit)}",
        (("after", after), ("limit", limit)),
        "shares are drawn anew at the end of the day (UTC)",
    )


def too_concentrated(coin: str, after: Decimal, limit: Decimal) -> Denial:
    return Denial(
        "TooConcentrated",
        f"all {coin} together would be worth {money(after)}; the limit is {money(limit)}",
        (("after", after), ("limit", limit)),
        f"{_room(limit, after)} less would pass",
    )


def leverage_too_high(exposure: Decimal, equity: Decimal, leverage: Decimal) -> Denial:
    limit = leverage * equity
    return Denial(
        "LeverageTooHigh",
        f"exposure would be {money(exposure)} on an equity of {money(equity)}; "
        f"{plain(leverage)} times is the limit, so {money(limit)}",
        (("exposure", exposure), ("equity", equity), ("limit", limit)),
    )


def daily_drawdown_limit(loss: Decimal, risk: Decimal, limit: Decimal) -> Denial:
    left = limit - loss
    return Denial(
        "DailyDrawdownLimit",
        f"the day has lost {money(loss)} and the stop could lose {money(risk)} more; {money(limit)} is the day's limit",
        (("loss", loss), ("risk", risk), ("limit", limit)),
        f"a risk of {money(left)} would pass" if left > 0 else "a new day (UTC) opens it again",
    )


def order_rate_too_high(strategy: str, limit: int, wait_s: float) -> Denial:
    wait = Decimal(f"{wait_s:.1f}")
    return Denial(
        "OrderRateTooHigh",
        f"{strategy} has entered {limit} times within a minute, and that is the limit",
        (("limit", Decimal(limit)), ("wait_s", wait)),
        f"in {plain(wait)} s the next one passes",
    )


def price_collar(request: OrderRequest, fair: Decimal, bound: Decimal, collar: Decimal) -> Denial:
    price = request.price or Decimal(0)
    side = "below" if request.side == SELL else "above"
    return Denial(
        "PriceCollar",
        f"the limit {plain(price)} is more than {plain(collar * 100)} % {side} the fair price {plain(fair)}",
        (("price", price), ("fair", fair), ("bound", bound)),
        f"{plain(bound)} would pass",
    )


def duplicate(request: OrderRequest, window_s: Decimal) -> Denial:
    return Denial(
        "Duplicate",
        f"an equal entry of {plain(request.quantity)} {request.symbol} was placed less than {plain(window_s)} s ago",
        (("quantity", request.quantity), ("window_s", window_s)),
        f"after {plain(window_s)} s it would pass",
    )


def fat_finger(request: OrderRequest, usual: Decimal, times: Decimal) -> Denial:
    most = usual * times
    return Denial(
        "FatFinger",
        f"{plain(request.quantity)} {request.symbol} is more than {plain(times)} times the usual {plain(usual)}",
        (("quantity", request.quantity), ("usual", usual), ("limit", most)),
        f"{plain(most)} would pass",
    )


def not_enough_cash(cost: Decimal, free: Decimal) -> Denial:
    return Denial(
        "NotEnoughCash",
        f"with its fee it costs {money(cost)}, and {money(free)} is free",
        (("cost", cost), ("free", free)),
        "coins are paid for, not borrowed",
    )


def not_enough_margin(needed: Decimal, equity: Decimal, leverage: Decimal) -> Denial:
    return Denial(
        "NotEnoughMargin",
        f"margin at {plain(leverage)} times and the fee come to {money(needed)} on an equity of {money(equity)}",
        (("needed", needed), ("equity", equity)),
        f"{money(needed - equity)} less of margin would pass",
    )


def liquidation_too_close(distance: Decimal, limit: Decimal) -> Denial:
    return Denial(
        "LiquidationTooClose",
        f"a move of {distance * 100:.1f} % against all positions would liquidate; "
        f"{plain(limit * 100)} % has to be survived",
        (("distance", distance), ("limit", limit)),
        "less leverage would pass",
    )


def too_many_orders(there: int, limit: Decimal) -> Denial:
    return Denial(
        "TooManyOrders",
        f"{there} orders are open, and {plain(limit)} is the limit",
        (("open", Decimal(there)), ("limit", limit)),
        "cancel one first",
    )


def carry_too_thin(days: Decimal, limit: Decimal) -> Denial:
    return Denial(
        "CarryTooThin",
        f"the costs would be earned back in {days:.1f} days; {plain(limit)} is the limit",
        (("days", days), ("limit", limit)),
        "a higher rate or lower fees would pass",
    )


def too_small(wanted: Decimal, price: Decimal, instrument: Instrument, size: Size | None, leverage: Decimal) -> Denial:
    least = least_quantity(instrument, price)
    account = None if size is None else smallest_account(size.stakes, least, leverage)
    return Denial(
        "TooSmall",
        f"the limits allow {plain(wanted)} {instrument.base}; the smallest order is {plain(least)}",
        (("allowed", wanted), ("least", least)),
        "" if account is None else f"an account of {money(account)} could take it",
    )


def _room(limit: Decimal, after: Decimal) -> str:
    return money(after - limit)
