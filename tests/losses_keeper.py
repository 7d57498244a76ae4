"""A second book-keeper of losses: fractions, cash flows and the table, looking at everything whenever he is told to."""

from dataclasses import dataclass, field
from fractions import Fraction

Told = tuple[str, Fraction]
SIZES = {"Sniper": 500, "Hunter": 2_000, "Strategist": 10_000}
LEVELS = {
    "Sniper": {"info": 10, "warning": 25, "critical": 50, "halt": 75},
    "Hunter": {"info": 50, "warning": 100, "critical": 300, "halt": 400},
    "Strategist": {"info": 200, "warning": 500, "critical": 1_500, "halt": 2_000},
}
STEP = 10**8  # the part of a fee that closes is rounded to such a part


@dataclass
class Trade:
    """One symbol since it was flat: money that went and came, and what is held."""

    flow: Fraction = Fraction(0)
    quantity: Fraction = Fraction(0)
    was_told: bool = False

    def made(self, price: Fraction) -> Fraction:
        return self.flow + self.quantity * price


@dataclass
class Keeper:
    """One account. What he tells is collected as (level, loss) pairs."""

    cash: Fraction
    prices: dict[str, Fraction]
    peak: Fraction = Fraction(0)
    day_start: Fraction = Fraction(0)
    tier: str = ""
    told: list[Told] = field(default_factory=list)
    told_levels: set[str] = field(default_factory=set)
    day_is_clean: bool = True
    is_halted: bool = False
    trades: dict[str, Trade] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.peak = self.day_start = self.cash
        self.tier = [name for name, size in SIZES.items() if self.cash >= size or name == "Sniper"][-1]

    @property
    def equity(self) -> Fraction:
        return self.cash + sum((trade.quantity * self.prices[name] for name, trade in self.trades.items()), Fraction(0))

    # --- what happens

    def fill(self, symbol: str, signed: Fraction, price: Fraction, fee: Fraction) -> None:
        """A trade ends when nothing is held, and another begins where it is turned around."""
        trade = self.trades.setdefault(symbol, Trade())
        held = trade.quantity
        self.cash -= signed * price + fee
        if held * (held + signed) < 0:
            closing = Fraction(round(fee * abs(held / signed) * STEP), STEP)
            trade.flow += held * price - closing
            self.close(trade)
            self.trades[symbol] = Trade(-(held + signed) * price - (fee - closing), held + signed)
        else:
            trade.flow -= signed * price + fee
            trade.quantity += signed
            if not trade.quantity:
                self.close(trade)
                del self.trades[symbol]
        self.look()

    def close(self, trade: Trade) -> None:
        if not trade.was_told and -trade.flow >= LEVELS[self.tier]["info"]:
            self.told.append(("info", -trade.flow))

    def fund(self, symbol: str, amount: Fraction) -> None:
        self.cash += amount
        if symbol in self.trades:
            self.trades[symbol].flow += amount
        self.look()

    def transfer(self, amount: Fraction) -> None:
        self.cash += amount
        self.peak += amount
        self.day_start += amount
        self.look()

    def midnight(self) -> None:
        """What the day has lost until its last moment is the day's; then the next one begins."""
        equity = self.equity
        self.reach("warning", self.day_start - equity)
        self.told_levels.discard("warning")
        self.peak = max(self.peak, equity)
        self.day_start = equity
        self.change_tier(may_rise=self.day_is_clean)
        self.day_is_clean = not self.told_levels and not self.is_halted
        self.look()

    def lift(self) -> None:
        self.is_halted = False
        self.peak = self.equity
        self.told_levels.discard("critical")
        self.look()

    # --- what follows

    def look(self) -> None:
        equity = self.equity
        self.peak = max(self.peak, equity)
        self.change_tier(may_rise=False)
        levels = LEVELS[self.tier]
        for symbol, trade in self.trades.items():
            loss = -trade.made(self.prices[symbol])
            if trade.was_told:
                trade.was_told = loss * 2 > levels["info"]
            elif loss >= levels["info"]:
                trade.was_told = True
                self.told.append(("info", loss))
        self.reach("warning", self.day_start - equity)
        self.reach("critical", self.peak - equity)
        if not self.is_halted and self.peak - equity >= levels["halt"]:
            self.is_halted = True
            self.day_is_clean = False
            self.told.append(("halt", self.peak - equity))

    def reach(self, level: str, loss: Fraction) -> None:
        amount = LEVELS[self.tier][level]
        if level in self.told_levels:
            if loss * 2 <= amount:
                self.told_levels.discard(level)
        elif loss >= amount:
            self.told_levels.add(level)
            self.day_is_clean = False
            self.told.append((level, loss))

    def change_tier(self, *, may_rise: bool) -> None:
        """Five per cent above or below a border, by the highest equity; not while either tier would tell of a loss."""
        names = list(SIZES)
        rank = names.index(self.tier)
        fallen = names[: rank + 1]
        while len(fallen) > 1 and self.peak * 100 < SIZES[fallen[-1]] * 95:
            fallen.pop()
        risen = [name for name in names[rank + 1 :] if may_rise and self.peak * 100 >= SIZES[name] * 105]
        tier = [*fallen, *risen][-1]
        drawdown = self.peak - self.equity
        if not self.is_halted and drawdown < LEVELS[self.tier]["info"] and drawdown < LEVELS[tier]["info"]:
            self.tier = tier
