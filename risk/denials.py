"""Every refusal of the gate: its code, what it means, and the sentence with the numbers and what would pass."""

from decimal import ROUND_CEILING, Decimal

from engine.commands import SELL
from engine.gate import Denial, OrderRequest
from engine.instruments import Instrument
from engine.money import ZERO, ceil_to, money, plain
from risk.limits import Limits
from risk.sizing import Size, least_quantity, smallest_account

# In the order in which an order meets them; docs/denials.md is made from this and from real refusals.
CODES = {
    "HeldByAnother": "another strategy has this symbol in hand: one hand a symbol at a time",
    "EntriesClosed": "a kill, a halt, a lock, a fault or a pause has closed entries; what reduces goes on",
    "NothingToReduce": "a reduce-only order would go beyond what is held",
    "NotReduceOnly": "while entries are closed, an order that closes has to say so, or it might turn the position",
    "NoPrice": "the symbol has no price yet",
    "OffLot": "the quantity is no multiple of the lot",
    "BelowMinimumQuantity": "the quantity is below the exchange's smallest",
    "AboveMaximumQuantity": "the quantity is above the exchange's largest",
    "PriceOutOfRange": "a price is outside what the exchange takes",
    "OffTick": "a price is not on the grid",
    "BelowMinimumNotional": "the value is below the exchange's smallest",
    "StopOnWrongSide": "the stop is on the winning side of the price",
    "TargetOnWrongSide": "the target is on the losing side of the price",
    "NotEnoughCoins": "more coins would be sold than there are",
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
    "TooSmall": "what the rules allow is below the exchange's smallest order",
}

# Said where somebody wants to lift a halt; no order meets them.
UNLOCKING = {
    "NotHalted": "there is no halt of this name",
    "TooEarly": "the waiting time of the halt is not over",
    "WrongPhrase": "the typed phrase is not the one of the tier",
}
_TENTH, _MILLIONTH = Decimal("0.1"), Decimal("0.000001")


def no_price(symbol: str) -> Denial:
    return Denial("NoPrice", f"{symbol} has no price yet", (), "it will be there with the first trade")


def stale_data(symbol: str, age_s: float, limits: Limits) -> Denial:
    limit = limits.max_data_age_s or Decimal(0)
    age = ceil_to(Decimal(repr(age_s)), _TENTH)
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


def risk_too_large(risk: Decimal, limit: Decimal, tier: str, fits: Decimal) -> Denial:
    return Denial(
        "RiskTooLarge",
        f"at its stop it would lose {money(risk)}; a {tier} risks {money(limit)} a trade at most",
        (("risk", risk), ("limit", limit), ("fits", fits)),
        f"{plain(fits)} would pass, or a nearer stop" if fits else "a nearer stop would pass",
    )


def position_too_large(symbol: str, after: Decimal, limit: Decimal, fits: Decimal) -> Denial:
    return Denial(
        "PositionTooLarge",
        f"the position in {symbol} would be worth {money(after)}; the limit is {money(limit)}",
        (("after", after), ("limit", limit), ("fits", fits)),
        _smaller(fits),
    )


def strategy_too_large(strategy: str, after: Decimal, limit: Decimal, fits: Decimal) -> Denial:
    return Denial(
        "StrategyTooLarge",
        f"the positions of {strategy} would be worth {money(after)}; the limit is {money(limit)}",
        (("after", after), ("limit", limit), ("fits", fits)),
        _smaller(fits),
    )


def lease_used_up(strategy: str, after: Decimal, limit: Decimal, fits: Decimal, day: str) -> Denial:
    return Denial(
        "LeaseUsedUp",
        f"the positions of {strategy} would be worth {money(after)}; its share of the capital carries {money(limit)}",
        (("after", after), ("limit", limit), ("fits", fits)),
        f"{_smaller(fits)}; shares are drawn anew at the end of the day ({day})",
    )


def too_concentrated(coin: str, after: Decimal, limit: Decimal, fits: Decimal) -> Denial:
    return Denial(
        "TooConcentrated",
        f"all {coin} together would be worth {money(after)}; the limit is {money(limit)}",
        (("after", after), ("limit", limit), ("fits", fits)),
        _smaller(fits),
    )


def leverage_too_high(exposure: Decimal, equity: Decimal, leverage: Decimal, fits: Decimal) -> Denial:
    limit = leverage * equity
    return Denial(
        "LeverageTooHigh",
        f"exposure would be {money(exposure)} on an equity of {money(equity)}; "
        f"{plain(leverage)} times is the limit, so {money(limit)}",
        (("exposure", exposure), ("equity", equity), ("limit", limit), ("fits", fits)),
        _smaller(fits),
    )


def daily_drawdown_limit(loss: Decimal, risk: Decimal, limit: Decimal, fits: Decimal, day: str) -> Denial:
    if fits:
        passes = f"{plain(fits)} would pass, or a nearer stop"
    else:
        passes = "a nearer stop would pass" if loss < limit else f"a new day ({day}) opens it again"
    return Denial(
        "DailyDrawdownLimit",
        f"the day has lost {money(loss)} and the stop could lose {money(risk)} more; {money(limit)} is the day's limit",
        (("loss", loss), ("risk", risk), ("limit", limit), ("fits", fits)),
        passes,
    )


def day_over(loss: Decimal, limit: Decimal) -> str:
    """Why nothing is entered this day any more; of its gain a part may have to stay, where most was paid out."""
    if limit > ZERO:
        return f"the day's loss of {money(loss)} reached the limit of {money(limit)}"
    return f"of the day's gain only {money(-loss)} is left; after what was paid out {money(-limit)} had to stay"


def order_rate_too_high(strategy: str, limit: int, wait_ns: int) -> Denial:
    wait = ceil_to(Decimal(wait_ns).scaleb(-9), _TENTH)
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


def fat_finger(request: OrderRequest, usual: Decimal, times: Decimal, fits: Decimal) -> Denial:
    return Denial(
        "FatFinger",
        f"{plain(request.quantity)} {request.symbol} is more than {plain(times)} times the usual {plain(usual)}",
        (("quantity", request.quantity), ("usual", usual), ("limit", usual * times), ("fits", fits)),
        _smaller(fits),
    )


def not_enough_cash(cost: Decimal, free: Decimal, fits: Decimal) -> Denial:
    return Denial(
        "NotEnoughCash",
        f"with its fee it costs {money(cost)}, and {money(free)} is free",
        (("cost", cost), ("free", free), ("fits", fits)),
        f"coins are paid for, not borrowed; {_smaller(fits)}",
    )


def not_enough_margin(needed: Decimal, there: Decimal, leverage: Decimal, fits: Decimal) -> Denial:
    return Denial(
        "NotEnoughMargin",
        f"margin at {plain(leverage)} times and the fee come to {money(needed)}; {money(there)} is there for it",
        (("needed", needed), ("there", there), ("fits", fits)),
        _smaller(fits),
    )


def liquidation_too_close(distance: Decimal, limit: Decimal, fits: Decimal) -> Denial:
    return Denial(
        "LiquidationTooClose",
        f"a move of {distance * 100:.1f} % against all positions would liquidate; "
        f"{plain(limit * 100)} % has to be survived",
        (("distance", distance), ("limit", limit), ("fits", fits)),
        _smaller(fits),
    )


def too_many_orders(there: int, limit: Decimal) -> Denial:
    return Denial(
        "TooManyOrders",
        f"{there} orders are open, and {plain(limit)} is the limit",
        (("open", Decimal(there)), ("limit", limit)),
        "cancel one first",
    )


def carry_too_thin(days: Decimal, limit: Decimal, cost: Decimal) -> Denial:
    least = (cost / limit).quantize(_MILLIONTH, ROUND_CEILING)
    return Denial(
        "CarryTooThin",
        f"the costs would be earned back in {days:.1f} days; {plain(limit)} is the limit"
        if days.is_finite()
        else f"holding it earns nothing, so the costs are never earned back; {plain(limit)} days are the limit",
        (("limit", limit), ("cost", cost), ("least", least)),
        f"a rate of {plain(least * 100)} % a day would pass, or lower fees",
    )


def no_stop(price: Decimal, direction: int) -> Denial:
    side = "below" if direction > 0 else "above"
    return Denial(
        "NoStop",
        "without a stop there is no size",
        (("price", price),),
        f"a stop {side} {plain(price)} would pass, or a default stop, or a fixed quantity",
    )


def stop_on_wrong_side(stop: Decimal, price: Decimal, direction: int) -> Denial:
    side = "below" if direction > 0 else "above"
    return Denial(
        "StopOnWrongSide",
        f"the stop {plain(stop)} is on the winning side of {plain(price)}",
        (("stop", stop), ("price", price)),
        f"a stop {side} {plain(price)} would pass",
    )


def target_on_wrong_side(target: Decimal, price: Decimal, direction: int) -> Denial:
    side = "above" if direction > 0 else "below"
    return Denial(
        "TargetOnWrongSide",
        f"the target {plain(target)} is on the losing side of {plain(price)}",
        (("target", target), ("price", price)),
        f"a target {side} {plain(price)} would pass",
    )


def not_enough_coins(wanted: Decimal, coins: Decimal, base: str, fits: Decimal) -> Denial:
    return Denial(
        "NotEnoughCoins",
        f"{plain(wanted)} {base} would be sold, and {plain(coins)} are there",
        (("coins", coins), ("fits", fits)),
        f"coins are not lent here; {_smaller(fits)}",
    )


def size_named(denial: Denial) -> Decimal:
    """The quantity that a refusal says would pass, or nothing."""
    if denial.code in ("PriceOutOfRange", "OffTick"):  # they name a price
        return ZERO
    return next((value for name, value in denial.numbers if name == "fits"), ZERO)


def truly(denial: Denial, asked: Decimal, fits: Decimal, then: Denial | None) -> Denial:
    """The same refusal, with a size that passes everything; where there is none, with what other sizes meet."""
    numbers = tuple((name, fits if name == "fits" else value) for name, value in denial.numbers)
    said = f"{plain(asked)} would pass"
    others = "" if then is None else f"other sizes meet another limit: {then.told}"
    told = f"{plain(fits)} would pass" if fits else others
    return Denial(denial.code, denial.sentence, numbers, denial.passes.replace(said, told))


def too_small(wanted: Decimal, price: Decimal, instrument: Instrument, size: Size | None, leverage: Decimal) -> Denial:
    least = least_quantity(instrument, price)
    carried = leverage / (1 + leverage * instrument.fee_taker)  # a fee lowers the equity, and the limit with it
    account = None if size is None else smallest_account(size.stakes, least, carried)
    if account is not None:
        passes = f"an account of {money(account)} could take it"
    else:
        passes = "a nearer stop or a larger account would pass" if size is not None else f"{plain(least)} would pass"
    return Denial(
        "TooSmall",
        f"the limits allow {plain(wanted)} {instrument.base}; the smallest order is {plain(least)}",
        (("allowed", wanted), ("least", least), *(() if account is None else (("account", account),))),
        passes,
    )


def _smaller(fits: Decimal) -> str:
    return f"{plain(fits)} would pass" if fits else "what reduces would pass, nothing that adds"
