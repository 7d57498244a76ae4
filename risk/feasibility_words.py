"""What an account can trade, in sentences: each with its numbers, and with the way out where there is one."""

from decimal import Decimal

from engine.money import CENT, floor_to, money, plain
from risk.feasibility import SERVER_SHARE_MAX, Feasibility, Feasible, Reach, Verdict
from risk.tiers import SNIPER

_MOST_NAMED = 3
_SMALL = Decimal("0.1")
_LEAST = Decimal("0.0001")


def percent_text(percent: Decimal) -> str:
    """Two places, four for what is small, and never nothing for what is something."""
    if percent >= _SMALL or not percent:
        return money(percent)
    return plain(percent.quantize(_LEAST)) if percent >= _LEAST else f"<{_LEAST}"


def verdict_sentence(told: Feasibility) -> str:
    """The one sentence that sums up, honestly."""
    account = f"With {money(told.balance)} USDT"
    verdict = told.verdict
    if verdict is Verdict.ALL:
        only = told.symbols[0].instrument.symbol
        return f"{account} {only if len(told.symbols) == 1 else f'all {len(told.symbols)} symbols'} can be traded."
    if verdict is Verdict.HARDLY:
        return f"{account} hardly anything makes sense: {_hardly(told)}"
    out = [each for each in told.symbols if not each.fits]
    if verdict is Verdict.NOTHING:
        return f"{account} nothing can be traded; {_ways_out(told, out, most=1)}."
    return f"{account} {_count(told)} can be traded; {_ways_out(told, out, most=_MOST_NAMED)}."


def tier_sentence(told: Feasibility) -> str | None:
    """What holds for an account under the smallest tier; None for all others."""
    if not told.is_below_all:
        return None
    return (
        f"The account is under the smallest tier, which begins at {money(SNIPER.begins_at)} USDT; "
        f"the {SNIPER.name}'s levels hold."
    )


def symbol_sentence(told: Feasibility, each: Feasible) -> str:
    """Whether one symbol can be traded, why not, and what would do."""
    symbol, smallest = each.instrument.symbol, each.smallest
    if smallest is None:
        return f"{symbol} has no price yet, so nothing can be said of it."
    trade = (
        f"the smallest trade of {symbol}, {plain(smallest.quantity)} {each.instrument.base} "
        f"for {money(smallest.value)} {each.instrument.quote},"
    )
    if each.reach is Reach.OVER_LIMIT:
        most = told.limits.max_position_size
        if most is not None and smallest.value > most:
            return f"{_upper(trade)} is above max_position_size, {money(most)}; that would have to be raised."
        return f"{_upper(trade)} is above the largest that the exchange takes."
    larger = [f"an account of {money(each.begins_at)}"] if each.begins_at is not None and _helps(told, each) else []
    if each.reach is Reach.NO_FUNDS:
        return f"{_upper(trade)} needs {money(smallest.needs)} with its fees; it takes {larger[0]}."
    if each.reach is Reach.OVER_RISK and smallest.stop_loss is not None:
        nearer = floor_to(told.risk_per_trade * told.balance / smallest.value * 100, CENT)
        ways = [*larger, f"a stop within {plain(nearer)} % of the price"]
        return (
            f"{_upper(trade)} loses {percent_text(told.percent(smallest.stop_loss))} % of the account at the stop, "
            f"and a trade may lose {percent_text(told.risk_per_trade * 100)} %; it takes {' or '.join(ways)}."
        )
    sized = "" if each.size is None else f"; the risk of a trade buys {plain(each.size)}"
    return f"{_upper(trade)} fits{sized}."


def _hardly(told: Feasibility) -> str:
    reasons, enough = [], []
    if told.is_below_all:
        halt = told.amounts.halt
        share = percent_text(told.percent(halt))
        reasons.append(f"HALT at a loss of {money(halt)} is {share} % of the account")
        enough.append(SNIPER.begins_at)
    if told.server_is_dear:
        share = percent_text(told.percent(told.server_cost_per_month))
        reasons.append(f"the server takes {share} % of it a month")
        enough.append(told.server_cost_per_month / SERVER_SHARE_MAX)
    return (
        f"{_count(told)} could be traded, but {' and '.join(reasons)}; "
        f"{money(max(enough))} USDT would be in proportion."
    )


def _ways_out(told: Feasibility, out: list[Feasible], *, most: int) -> str:
    later = sorted(
        (each.begins_at, each.instrument.symbol) for each in out if each.begins_at is not None and _helps(told, each)
    )
    if later:
        (first, symbol), *others = later[:most]
        named = [f"{symbol} asks for an account of {money(first)}"]
        named += [f"{symbol} for one of {money(begins_at)}" for begins_at, symbol in others]
        rest = len(later) - most
        return ", ".join(named) + (f", {rest} more for larger ones" if rest > 0 and most > 1 else "")
    if any(each.reach is Reach.OVER_RISK for each in out):
        return "what is left loses more at the stop than a trade of this tier may"
    if any(each.reach is Reach.OVER_LIMIT for each in out):
        return "what is left is above the limit of a position"
    return "what is left has no price yet" if told.symbols else "no symbol was chosen"


def _helps(told: Feasibility, each: Feasible) -> bool:
    """Whether more money would do: a larger account may also be in a tier that lets a trade lose a smaller part."""
    return each.begins_at is not None and each.begins_at > told.balance


def _count(told: Feasibility) -> str:
    return f"{sum(each.fits for each in told.symbols)} of {len(told.symbols)} symbols"


def _upper(text: str) -> str:
    return text[0].upper() + text[1:]
