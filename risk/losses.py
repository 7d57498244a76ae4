"""The ladder of losses: what is told at which loss, where entries stop, and how that ends.

Everything is measured on marked equity, in Decimal, and transfers move every baseline with them. A level that was told
is told again only after its loss had shrunk to half of it; the tier is that of the highest equity and stays while a
drawdown is open.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from engine.account import Account
from engine.days import day_named
from engine.events import DrawdownAlert, Event, Halt, HaltLifted, TierChanged
from engine.gate import ACCOUNT_SCOPE
from engine.money import ZERO, money
from engine.trips import by_symbol
from risk.limits import Limits
from risk.tiers import BY_NAME, Amounts, Tier, tier_from, tier_of

_NO_DAY = 0  # was judged yet; when that is depends on when a program was started, and must not end a day
AGAIN = Decimal("0.5")  # of a level: below it, the level can be told once more
_HOUR_NS = 3_600_000_000_000


class Halted(msgspec.Struct, frozen=True):
    """Entries are closed since then, by the rules of the tier of then."""

    since_ns: int
    tier: str
    reason: str


class Ladder:
    """One account's losses."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._tier: Tier | None = None
        self._amounts: Amounts | None = None
        self._peak = ZERO  # since the last reset
        self._deposits = ZERO  # of which the peak knows
        self._day_ends_ns = _NO_DAY
        self._day_start = ZERO  # the equity that the day is measured from
        self._is_clean = True  # nothing above Info was told this day
        self._told: set[str] = set()
        self.halted: Halted | None = None

    # --- what is known

    @property
    def tier(self) -> Tier:
        """The one whose levels hold."""
        assert self._tier is not None
        return self._tier

    @property
    def amounts(self) -> Amounts:
        """The levels that hold: the tier's, or tighter ones."""
        assert self._amounts is not None
        return self._amounts

    def begin(self, account: Account) -> Tier:
        """The account's tier, its first one where it has none; later ones follow from it."""
        tier = self._tier
        if tier is None:
            self._peak = account.peak_equity
            self._deposits = account.ledger.deposits
            tier = tier_of(self._peak)
            self._enter(tier)
            account.trip_loss_told = self.amounts.info
        return tier

    def drawdown(self, equity: Decimal, account: Account) -> Decimal:
        """From the highest equity since the last reset, transfers apart; never negative."""
        peak = self._peak + account.ledger.deposits - self._deposits
        return max(ZERO, peak - equity)

    def lifts_at_ns(self) -> int | None:
        """When the halt can be lifted at the earliest."""
        return None if self.halted is None else self.halted.since_ns + BY_NAME[self.halted.tier].wait_ns

    def level(self, equity: Decimal, account: Account) -> str:
        """The strictest level that is reached now."""
        amounts = self.amounts
        if self.halted is not None:
            return "halt"
        if self.drawdown(equity, account) >= amounts.critical:
            return "critical"
        if account.day_start_equity - equity >= amounts.warning:
            return "warning"
        worst = account.days_worst_trip
        if any(trip.is_told for trip in account.trips.values()) or (worst is not None and worst <= -amounts.info):
            return "info"
        return "none"

    def band(self, account: Account) -> tuple[Decimal | None, Decimal]:
        """Between these two equities there is nothing to tell."""
        self.begin(account)
        amounts, told = self.amounts, self._told
        peak = self._peak + account.ledger.deposits - self._deposits
        start = account.day_start_equity
        lows = []
        highs = [peak]
        for name, top, amount in (("warning", start, amounts.warning), ("critical", peak, amounts.critical)):
            if name in told:
                highs.append(top - amount * AGAIN)
            else:
                lows.append(top - amount)
        if self.halted is None:
            lows.append(peak - amounts.halt)
            tier = tier_from(self.tier, peak)
            if tier.begins_at < self.tier.begins_at:  # it waits until the drawdown is over
                highs.append(peak - self._open_from(tier))
        return max(lows, default=None), min(highs)

    # --- judging

    def judge(self, equity: Decimal, account: Account) -> list[Event]:
        """What follows from the equity of now."""
        self.begin(account)
        now = account.now_ns
        told: list[Event] = []
        transferred = account.ledger.deposits - self._deposits
        self._deposits += transferred
        self._peak = max(self._peak + transferred, equity)
        ended_ns, ends_ns = self._day_ends_ns, account.day_ends_ns
        rolled = ended_ns not in (_NO_DAY, ends_ns)
        self._day_ends_ns = ends_ns
        if rolled:  # what was lost since the last look belongs to the day that has just ended
            loss = self._day_start + transferred - account.day_start_equity
            self._reach(
                "warning", loss, self.amounts.warning, f"in the day ({day_named(ended_ns)}) that ended", now, told
            )
            self._told.discard("warning")
        self._day_start = account.day_start_equity
        self._change_tier(now, equity, told, rolled=rolled)
        if rolled:
            self._is_clean = not self._told and self.halted is None
        self._judge_trips(account, told)
        amounts = self.amounts
        self._reach("warning", account.day_start_equity - equity, amounts.warning, "this day ({})", now, told)
        drawdown = self._peak - equity
        self._reach("critical", drawdown, amounts.critical, "from the highest equity", now, told)
        if self.halted is None and drawdown >= amounts.halt:
            reason = f"the drawdown of {money(drawdown)} reached the {self.tier.name}'s HALT of {money(amounts.halt)}"
            self.halted = Halted(now, self.tier.name, reason)
            self._is_clean = False
            told.append(DrawdownAlert(now, "halt", drawdown, amounts.halt, reason))
            told.append(Halt(now, ACCOUNT_SCOPE, reason))
        return told

    def _reach(self, name: str, loss: Decimal, amount: Decimal, since: str, now: int, told: list[Event]) -> None:
        if name in self._told:
            if loss <= amount * AGAIN:
                self._told.discard(name)
        elif loss >= amount:
            self._told.add(name)
            self._is_clean = False
            lost = f"{money(loss)} lost {since.format(day_named(self._day_ends_ns))}"
            sentence = f"{name.capitalize()}: {lost}; the {self.tier.name}'s level is {money(amount)}"
            told.append(DrawdownAlert(now, name, loss, amount, sentence))

    def _judge_trips(self, account: Account, told: list[Event]) -> None:
        """Info: a single trade, open or closed."""
        amount, now = self.amounts.info, account.now_ns
        told += [
            _info(now, closed.strategy, closed.symbol, closed.net, amount, "closed")
            for closed in account.lost_trips
            if -closed.net >= amount
        ]
        account.lost_trips.clear()
        for trips in by_symbol(account.trips, account.owned).values():
            loss = trips.loss(account.markets.mark)
            is_told = loss > amount * AGAIN if trips.is_told else loss >= amount
            if is_told is not trips.is_told:
                trips.tell(is_told=is_told)
                if is_told:
                    told.append(_info(now, *trips.first, -loss, amount, "open"))
        account.trip_loss_told = amount

    def _change_tier(self, now: int, equity: Decimal, told: list[Event], *, rolled: bool) -> None:
        """Not while a drawdown is open by either tier's measure; upwards only with a day that follows a clean one."""
        before, tier = self.tier, tier_from(self.tier, self._peak)
        if self.halted is not None or tier is before:
            return
        if tier.begins_at > before.begins_at and not (rolled and self._is_clean):
            return
        if self._peak - equity >= self._open_from(tier):
            return
        self._enter(tier)
        told.append(TierChanged(now, before.name, tier.name, f"the highest equity is {money(self._peak)}"))

    def _open_from(self, tier: Tier) -> Decimal:
        """The drawdown that keeps another tier away: a withdrawal must not lead into one whose HALT is reached."""
        return min(self.amounts.info, tightened(tier.amounts, self._limits).info)

    def _enter(self, tier: Tier) -> None:
        self._tier = tier
        self._amounts = tightened(tier.amounts, self._limits)

    # --- taking over, lifting, and what is kept

    def carry(self, reason: str, lifts_at_ns: int, tier: str) -> bool:
        """Be halted until then at least; False where a halt of one's own holds for as long."""
        own = self.lifts_at_ns()
        if own is not None and own >= lifts_at_ns:
            return False
        self.halted = Halted(lifts_at_ns - BY_NAME[tier].wait_ns, tier, reason)
        self._is_clean = False
        return True

    def lift(self, equity: Decimal, now: int, reason: str) -> list[Event]:
        """The halt is over, and losses are measured from here."""
        told: list[Event] = [HaltLifted(now, ACCOUNT_SCOPE, reason)]
        self.halted = None
        self._peak = equity
        self._change_tier(now, equity, told, rolled=False)
        return told

    def use(self, limits: Limits) -> None:
        """Other limits hold from now on."""
        self._limits = limits
        if self._tier is not None:
            self._enter(self._tier)

    def saved(self) -> dict[str, Any]:
        """Everything, as plain values."""
        return {
            "tier": None if self._tier is None else self._tier.name,
            "peak": self._peak,
            "deposits": self._deposits,
            "day_ends_ns": self._day_ends_ns,
            "day_start": self._day_start,
            "is_clean": self._is_clean,
            "told": sorted(self._told),
            "halted": None if self.halted is None else msgspec.structs.asdict(self.halted),
        }

    def load(self, saved: Mapping[str, Any]) -> None:
        """As it was."""
        self._peak = Decimal(saved["peak"])
        self._deposits = Decimal(saved["deposits"])
        self._day_ends_ns = saved["day_ends_ns"]
        self._day_start = Decimal(saved["day_start"])
        self._is_clean = saved["is_clean"]
        self._told = set(saved["told"])
        self.halted = None if saved["halted"] is None else Halted(**saved["halted"])
        self._tier = self._amounts = None
        if saved["tier"] is not None:
            self._enter(BY_NAME[saved["tier"]])


def tightened(amounts: Amounts, limits: Limits) -> Amounts:
    """A tier's levels with a person's own where those are tighter; looser ones do not count."""

    def tighter(of_tier: Decimal, own: Decimal | None) -> Decimal:
        return of_tier if own is None else min(of_tier, own)

    halt = tighter(amounts.halt, limits.halt_loss)
    return Amounts(
        tighter(amounts.info, limits.info_loss),
        tighter(amounts.warning, limits.warning_loss),
        min(tighter(amounts.critical, limits.critical_loss), halt),
        halt,
    )


def _info(now: int, strategy: str, symbol: str, net: Decimal, amount: Decimal, state: str) -> DrawdownAlert:
    sentence = f"Info: the {state} trade of {strategy} in {symbol} lost {money(-net)}; the level is {money(amount)}"
    return DrawdownAlert(now, "info", -net, amount, sentence)
