"""The one door to orders: it sizes wishes, lets orders pass or says what would, and holds the ladder of losses."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from engine.account import Account
from engine.days import DAY_START, day_named
from engine.errors import CommandRefused, UnknownSymbol
from engine.events import CapitalAllocated, DrawdownAlert, Event, Halt, HaltLifted, Signal
from engine.gate import ACCOUNT_SCOPE, DAY_SCOPE, NOT_HALTED, Denial, OrderRequest, StandingHalt, grows
from engine.instruments import Instrument
from engine.markets import Market
from engine.money import ONE, ZERO, money
from engine.orders import Order
from engine.snapshot import RiskView
from risk.allocation import Allocation
from risk.checks import (
    Figures,
    against_coins,
    against_data,
    against_exits,
    against_haste,
    against_limits,
    against_margin,
    against_the_day,
    against_the_rest,
    growth_of,
    unpriced,
)
from risk.denials import day_over, no_price, no_stop, size_named, stop_on_wrong_side, too_small, truly, unknown_equity
from risk.exits import exit_of
from risk.filters import against_filters
from risk.hands import Hand
from risk.leases import Leases
from risk.limits import LOSSES, Limits, changed, named
from risk.losses import AGAIN, Ladder
from risk.short_look import ShortLook
from risk.showing import figures_of, risk_view
from risk.sizing import Sizer, Stakes, size_of
from risk.tiers import BY_NAME
from risk.volatility import Volatility

_OPTIONAL = tuple(name for name, field in Limits.__annotations__.items() if "None" in str(field))

_NEW_HAND = Hand()  # of whoever has not entered yet; nothing is ever put down in it


class Gate:
    """Fills `RiskGate` for one account."""

    def __init__(self, limits: Limits, weights: Mapping[str, Decimal] | None = None) -> None:
        self.limits = limits
        self.losses = Ladder(limits)
        self._halted_until_ns: int | None = None  # with the day
        self._day_reason: str | None = None
        self._hands: dict[str, Hand] = {}
        self._short_look = ShortLook(limits)
        # The last that was sized, with the figures behind it: of this same instant they are known.
        self._sized: tuple[OrderRequest, Figures] | None = None
        self.sizer = Sizer(Allocation(weights), limits.kelly_fraction)
        self._leases = Leases(self.sizer.allocation)
        self._hours_read: dict[str, int] = {}  # of a symbol: the hours that its volatility was made of

    # --- sizing

    def size(self, signal: Signal, account: Account) -> OrderRequest | Denial | None:
        """The order that takes the strategy from what it holds to what it wants."""
        symbol = signal.symbol
        market = account.markets[symbol]
        instrument = market.instrument
        held = account.held_by(signal.strategy, symbol)
        if account.open_orders:
            held += account.on_its_way(signal.strategy, symbol)
        direction = max(0, signal.direction) if market.is_spot else signal.direction
        if not direction:
            return exit_of(signal, held, account)
        if held and (held > ZERO) is (direction > 0):
            return None
        if market.last is None:
            return no_price(symbol)
        price = market.on_grid(market.last)
        limits = self.limits
        stop = self._stop(signal, direction, price, instrument)
        if stop is not None and (price - stop) * direction <= 0:
            return stop_on_wrong_side(stop, price, direction)
        try:
            figures = equity, others = account.equity_beside(symbol)
        except UnknownSymbol:
            return unknown_equity(unpriced(account))
        wanted, size = signal.quantity, None
        if wanted is None:
            if stop is None:
                return no_stop(price, direction)
            size = size_of(self._stakes(signal, account, market, equity, price, abs(price - stop)))
            wanted = size.quantity
        room = self._room(market, equity, others, account)
        cost = price * (ONE + limits.max_leverage * instrument.fee_taker)  # a fee lowers the equity and the limit
        if wanted * cost > room:
            wanted = max(ZERO, room / cost)
        wanted = instrument.quantity_below(wanted)
        if wanted < instrument.min_quantity or wanted * price < instrument.min_notional:
            return too_small(wanted, price, instrument, size, limits.max_leverage)
        request = OrderRequest(
            symbol=symbol,
            side=direction,
            quantity=wanted + abs(held),
            stop=stop,
            target=None if signal.target is None else instrument.price_near(Decimal(repr(signal.target))),
            strategy=signal.strategy,
            reason=signal.reason,
        )
        self._sized = request, figures
        return request

    def _stakes(
        self, signal: Signal, account: Account, market: Market, equity: Decimal, price: Decimal, distance: Decimal
    ) -> Stakes:
        """What the size of a wish is made of."""
        limits, losses, symbol = self.limits, self.losses, signal.symbol
        losses.begin(account)
        drawdown = losses.drawdown(equity, account)
        loss = account.day_start_equity - equity
        scaling = self.sizer.dynamic.at(account.day_ends_ns, loss, drawdown, losses.amounts)
        if limits.volatility_target is not None and self._hours_read.get(symbol) != market.hours_seen:
            self._hours_read[symbol] = market.hours_seen
            self.sizer.volatilities[symbol] = Volatility.of(market.hours)
        return self.sizer.stakes(
            signal.strategy,
            symbol,
            equity=equity,
            price=price,
            distance=distance,
            conviction=Decimal(repr(signal.conviction)),
            risk_per_trade=limits.risk_per_trade,
            risk_max=limits.max_risk_per_trade or losses.tier.risk_per_trade_max,
            scaling=scaling,
            target=limits.volatility_target,
        )

    def _stop(self, signal: Signal, direction: int, price: Decimal, instrument: Instrument) -> Decimal | None:
        if signal.stop is not None:
            stop = Decimal(repr(signal.stop))
        elif self.limits.default_stop is None:
            return None
        else:
            stop = price * (1 - direction * self.limits.default_stop)
        return instrument.price_above(stop) if direction > 0 else instrument.price_below(stop)  # nearer, never farther

    def _room(self, market: Market, equity: Decimal, others: Decimal, account: Account) -> Decimal:
        """The value, with its fees, that fits under the limits if nothing of this symbol were held."""
        limits = self.limits
        room = limits.max_leverage * equity - others
        if market.is_spot:
            room = min(room, account.free_cash())  # coins are paid for, not borrowed
        return room if limits.max_position_size is None else min(room, limits.max_position_size)

    # --- passing

    def check(self, request: OrderRequest, account: Account, now_ns: int) -> Denial | None:
        """What the order meets first, and a size that would meet nothing: each check by itself knows only its own."""
        sized, self._sized = self._sized, None
        figures = sized[1] if sized is not None and sized[0] is request else None
        strategy = request.strategy
        hand = self._hands.get(strategy, _NEW_HAND)
        if self._short_look.passes(request, figures, account, hand, self.sizer.share(strategy), self.losses, now_ns):
            return None
        denial = self._first(request, account, now_ns)
        if denial is None:
            return None
        asked = fits = size_named(denial)
        then = None
        while fits:
            then = self._first(msgspec.structs.replace(request, quantity=fits), account, now_ns)
            if then is None:
                break
            less = size_named(then)
            fits = less if less < fits else ZERO
        return denial if fits == asked else truly(denial, asked, fits, then)

    def _first(self, request: OrderRequest, account: Account, now_ns: int) -> Denial | None:
        """Filters first, then the data and the limits; what only reduces meets no limit."""
        symbol = request.symbol
        market = account.markets[symbol]
        if market.last is None and market.fair is None:
            return no_price(symbol)
        price = request.price or request.trigger_price or account.markets.mark(symbol)
        denial = against_filters(request, market.instrument, price)
        if denial is not None or not grows(request, account):
            return denial
        limits = self.limits
        tier = self.losses.begin(account)
        if request.stop is not None or request.target is not None:
            denial = against_exits(request, price, account)
        if market.is_spot:
            denial = denial or against_coins(request, account, market)
        denial = denial or against_data(market, now_ns, limits)
        if denial is not None:
            return denial
        try:
            growth = growth_of(request, price, account, account.equity_beside(symbol))
        except UnknownSymbol:
            return unknown_equity(unpriced(account))
        strategy = request.strategy
        return (
            against_limits(growth, limits, tier, self.sizer.share(strategy))
            or against_the_day(growth, limits)
            or against_haste(request, account, limits, self._hands.get(strategy, _NEW_HAND), now_ns)
            or against_margin(growth, limits)
            or against_the_rest(request, account, market, limits)
        )

    def passed(self, order: Order) -> None:
        """An entry left: the next ones are measured beside it."""
        if not order.reduce_only:
            hand = self._hands.get(order.strategy)
            if hand is None:
                hand = self._hands[order.strategy] = Hand()
            hand.entered(order)

    # --- losses

    def judge(self, equity: Decimal, account: Account) -> Sequence[Event]:
        """The ladder of losses, and the day's own limit."""
        losses, now = self.losses, account.now_ns
        told = losses.judge(equity, account)
        for name, track in account.tracks.items():
            for outcome in track.outcomes:
                self.sizer.add_outcome(name, outcome)
            track.outcomes.clear()
        loss = account.day_start_equity - equity
        self.sizer.dynamic.judge(account.day_ends_ns, loss, losses.drawdown(equity, account), losses.amounts)
        told += self._leases.judge(account, now)
        if self._halted_until_ns is not None:
            if now >= self._halted_until_ns:
                told.append(HaltLifted(now, DAY_SCOPE, f"a new day ({day_named(self._halted_until_ns)}) began"))
                self._halted_until_ns = self._day_reason = None
            else:  # one that was carried over may end with a later day, and where that ends may have changed
                self._halted_until_ns = account.day_end_of(self._halted_until_ns - 1)
            return told
        limit = account.day_room.limit(self.limits.daily_drawdown_limit)
        if loss >= limit and (equity or loss):  # with nothing there is nothing to lose
            self._halted_until_ns = account.day_ends_ns
            self._day_reason = day_over(loss, limit)
            told.append(DrawdownAlert(now, "halt", loss, limit, self._day_reason))
            told.append(Halt(now, DAY_SCOPE, self._day_reason))
        return told

    # --- the parts of the capital

    def seat(self, strategies: Sequence[str], account: Account, now_ns: int) -> Sequence[Event]:
        """Leases of today hold; who has none gets what is free."""
        return self._leases.seat(strategies, account, now_ns)

    def allocated(self, event: CapitalAllocated) -> None:
        """As an earlier run had it."""
        self._leases.take(event)

    # --- what is told of losses, and how a halt ends

    def band(self, account: Account) -> tuple[Decimal | None, Decimal]:
        """The nearest levels of the ladder, where the day's loss reaches its limit, and where sizes shrink."""
        low, high = self.losses.band(account)
        start = account.day_start_equity
        lows = [] if low is None else [low]
        if self._halted_until_ns is None:
            lows.append(start - account.day_room.limit(self.limits.daily_drawdown_limit))
        step = self.sizer.dynamic.next_loss(self.losses.amounts)
        if step is not None:
            lows.append(start - step)
        return max(lows, default=None), high

    def trip_levels(self) -> tuple[Decimal, Decimal] | None:
        """Info, and half of it."""
        info = self.losses.amounts.info
        return info, info * AGAIN

    def halted(self) -> str | None:
        """Why entries are halted, or None."""
        halted = self.losses.halted
        return self._day_reason if halted is None else halted.reason

    def refuse_unlock(self, scope: str, phrase: str, account: Account, now_ns: int) -> Denial | None:
        """A tier's halt has its waiting time and its phrase; the day's ends with the day."""
        if scope == DAY_SCOPE and self._day_reason is not None:
            return Denial("TooEarly", f"{self._day_reason}; nobody lifts that, the next day ({account.day}) does")
        halted = self.losses.halted
        if scope != ACCOUNT_SCOPE or halted is None:
            return Denial(NOT_HALTED, f"there is no halt called {scope!r} now")
        tier = BY_NAME[halted.tier]
        opens_ns = halted.since_ns + tier.wait_ns
        if now_ns < opens_ns:
            left = -(-(opens_ns - now_ns) // 60_000_000_000)
            wait = f"{left // 60} h {left % 60} min" if left >= 60 else f"{left} min"
            return Denial("TooEarly", f"{halted.reason}; it can be lifted in {wait} at the earliest")
        if phrase != tier.phrase:
            return Denial("WrongPhrase", f"the phrase was not the one that lifts this halt: --phrase {tier.phrase!r}")
        return None

    def lift(self, scope: str, equity: Decimal, account: Account, now_ns: int, reason: str) -> Sequence[Event]:
        """The ladder begins anew at the equity of now."""
        return self.losses.lift(equity, now_ns, reason)

    def standing(self, now_ns: int) -> list[StandingHalt]:
        """The halts in force, for a journal that replaces this one."""
        found = []
        halted, lifts_at_ns = self.losses.halted, self.losses.lifts_at_ns()
        if halted is not None and lifts_at_ns is not None:
            found.append(StandingHalt(ACCOUNT_SCOPE, halted.reason, lifts_at_ns, halted.tier))
        until_ns = self._halted_until_ns
        if self._day_reason is not None and until_ns is not None and until_ns > now_ns:
            found.append(StandingHalt(DAY_SCOPE, self._day_reason, until_ns))
        return found

    def carry(self, halt: StandingHalt, account: Account, now_ns: int) -> Sequence[Event]:
        """The ladder is halted by the rules of the tier of then; a day's halt lasts to the end of a day."""
        if halt.tier is not None:
            is_new = self.losses.carry(halt.reason, halt.until_ns, halt.tier)
        else:
            until_ns = account.day_end_of(halt.until_ns - 1)
            is_new = self._halted_until_ns is None or self._halted_until_ns < until_ns
            if is_new:
                self._halted_until_ns, self._day_reason = until_ns, halt.reason
        return [Halt(now_ns, halt.scope, halt.reason)] if is_new else []

    # --- settings, and what is kept

    def change(self, key: str, value: str) -> str:
        """Set one limit by name; levels of loss only ever tighten while the program runs."""
        limits = changed(self.limits, key, value)
        name = key.removeprefix("risk.")
        if name in LOSSES:
            self._refuse_looser(key, getattr(limits, name), getattr(self.losses.amounts, name.removesuffix("_loss")))
        self._use(limits)
        return f"{key} is {value} {'from the next day on' if name == DAY_START else 'now'}"

    def _refuse_looser(self, key: str, wanted: Decimal, there: Decimal) -> None:
        if wanted > there:
            raise CommandRefused(
                f"{key} can be tightened while the program runs, never loosened: {money(there)} holds, and "
                f"{money(wanted)} was asked for"
            )

    def configure(self, limits: Mapping[str, Decimal]) -> None:
        """The limits of a run; those that it does not name have none."""
        self._use(msgspec.convert({**dict.fromkeys(_OPTIONAL), **limits}, Limits))

    def _use(self, limits: Limits) -> None:
        self.limits = limits
        self._short_look = ShortLook(limits)
        self.losses.use(limits)

    def in_force(self) -> dict[str, Decimal]:
        """All but those that are none."""
        return named(self.limits)

    def judged(self) -> dict[str, Any]:
        """The limits, the losses, the day that is halted, the entries of late, and what sizes follow from."""
        return {
            "limits": self.in_force(),
            "losses": self.losses.saved(),
            "halted_until_ns": self._halted_until_ns,
            "day_reason": self._day_reason,
            "hands": {name: hand.saved() for name, hand in self._hands.items()},
            "dynamic": self.sizer.dynamic.saved(),
            "records": {name: record.saved() for name, record in self.sizer.records.items()},
        }

    def saved(self) -> dict[str, Any]:
        """That, and the parts of the capital."""
        return {**self.judged(), "allocation": self.sizer.allocation.saved()}

    def load(self, saved: dict[str, Any]) -> None:
        """Halted is halted."""
        self.configure({name: Decimal(value) for name, value in saved["limits"].items()})
        self.losses.load(saved["losses"])
        self._halted_until_ns = saved["halted_until_ns"]
        self._day_reason = saved["day_reason"]
        self._hands.clear()
        for name, kept in saved["hands"].items():
            hand = self._hands[name] = Hand()
            hand.load(kept)
        self.sizer.load({name: saved[name] for name in ("records", "dynamic", "allocation")})

    # --- showing

    def figures(self, order: Order, account: Account) -> dict[str, Any]:
        """Equity, exposure and what the order risks, beside the limits."""
        self.losses.begin(account)
        return figures_of(order, account, self.limits, self.losses.tier)

    def view(self, account: Account) -> RiskView:
        """How near the limits are."""
        self.losses.begin(account)
        return risk_view(account, self.limits, self.losses, self._halted_until_ns, self._day_reason)
