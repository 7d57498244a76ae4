"""The plain gate: sizes by the distance of the stop, and keeps position, leverage and the day's loss within limits."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from engine.account import DAY_NS, Account
from engine.commands import BUY, SELL
from engine.events import DrawdownAlert, Event, Halt, HaltLifted, Signal
from engine.gate import Denial, OrderRequest, grows
from engine.instruments import Instrument
from engine.money import ZERO, plain
from engine.orders import Order
from engine.snapshot import Loss, RiskView, Thresholds
from risk.filters import against_filters
from risk.limits import Limits, changed

CENT = Decimal("0.01")
_OPTIONAL = ("max_position_size", "default_stop")


class PlainGate:
    """Fills `RiskGate` for one account."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._halted_day: int | None = None
        self._halt_reason: str | None = None
        self._sized: tuple[OrderRequest, Decimal, Decimal] | None = None  # the last, with the figures behind it

    # --- sizing

    def size(self, signal: Signal, account: Account) -> OrderRequest | Denial | None:
        """The order that takes the strategy from what it holds to what it wants."""
        symbol = signal.symbol
        market = account.markets[symbol]
        instrument = market.instrument
        held = account.held_by(signal.strategy, symbol) + account.on_its_way(signal.strategy, symbol)
        direction = max(0, signal.direction) if market.is_spot else signal.direction
        if not direction:
            return _exit(signal, held, account)
        if held and (held > ZERO) is (direction > 0):
            return None
        if market.last is None:
            return Denial("NoPrice", f"{symbol} has no price yet")
        price = market.on_grid(market.last)
        stop = self._stop(signal, direction, price, instrument)
        if stop is not None and (price - stop) * direction <= 0:
            return Denial("StopOnWrongSide", f"the stop {plain(stop)} is on the winning side of {plain(price)}")
        wanted = signal.quantity
        if wanted is None and stop is None:
            return Denial(
                "NoStop", "without a stop there is no size: name one, set a default stop, or fix the quantity"
            )
        if wanted is None and stop is not None:
            risk = account.equity() * self.limits.risk_per_trade * Decimal(repr(signal.conviction))
            wanted = risk / abs(price - stop)
        assert wanted is not None
        equity, others = account.equity_beside(symbol)
        room = self._room(symbol, equity, others, account)
        cost = price * (1 + self.limits.max_leverage * instrument.fee_taker)  # a fee lowers the equity and the limit
        if wanted * cost > room:
            wanted = max(ZERO, room / cost)
        wanted = instrument.quantity_below(wanted)
        if wanted < instrument.min_quantity or wanted * price < instrument.min_notional:
            least = max(instrument.min_quantity, instrument.min_notional / price)
            return Denial(
                "TooSmall",
                f"the limits allow {plain(wanted)} {instrument.base}; the smallest order is {least:.8g}",
            )
        request = OrderRequest(
            symbol=symbol,
            side=direction,
            quantity=wanted + abs(held),
            stop=stop,
            target=None if signal.target is None else instrument.price_near(Decimal(repr(signal.target))),
            strategy=signal.strategy,
            reason=signal.reason,
        )
        self._sized = request, equity, others
        return request

    def _stop(self, signal: Signal, direction: int, price: Decimal, instrument: Instrument) -> Decimal | None:
        if signal.stop is not None:
            stop = Decimal(repr(signal.stop))
        elif self.limits.default_stop is None:
            return None
        else:
            stop = price * (1 - direction * self.limits.default_stop)
        return instrument.price_above(stop) if direction > 0 else instrument.price_below(stop)  # nearer, never farther

    def _room(self, symbol: str, equity: Decimal, others: Decimal, account: Account) -> Decimal:
        """The value, with its fees, that fits under the limits if nothing of this symbol were held."""
        limits = self.limits
        room = limits.max_leverage * equity - others
        if account.markets[symbol].is_spot:
            room = min(room, account.free_cash())  # coins are paid for, not borrowed
        return room if limits.max_position_size is None else min(room, limits.max_position_size)

    # --- passing

    def check(self, request: OrderRequest, account: Account) -> Denial | None:
        """Filters first, then the limits; what only reduces meets no limit."""
        market = account.markets[request.symbol]
        if market.last is None and market.fair is None:
            return Denial("NoPrice", f"{request.symbol} has no price yet")
        price = request.price or request.trigger_price or account.markets.mark(request.symbol)
        denial = against_filters(request, market.instrument, price)
        if denial is not None or not grows(request, account):
            return denial
        return self._against_limits(request, price, account)

    def _against_limits(self, request: OrderRequest, price: Decimal, account: Account) -> Denial | None:
        held = account.held(request.symbol)
        adding = request.quantity
        for order in account.open_orders.values():
            if order.symbol == request.symbol and order.side == request.side and not order.reduce_only:
                adding += order.leaves
        after = abs(held + adding if request.side > 0 else held - adding) * price
        limit = self.limits.max_position_size
        if limit is not None and after > limit:
            return Denial(
                "PositionTooLarge",
                f"the position in {request.symbol} would be worth {_money(after)}; the limit is {_money(limit)}",
            )
        sized, self._sized = self._sized, None
        if sized is not None and sized[0] is request:  # sized in this same instant: the figures are those of now
            _, equity, others = sized
        else:
            equity, others = account.equity_beside(request.symbol)
        exposure = others + after
        if exposure > self.limits.max_leverage * equity:
            return Denial(
                "LeverageTooHigh",
                f"exposure would be {_money(exposure)} on an equity of {_money(equity)}; "
                f"{plain(self.limits.max_leverage)} times is the limit, so {_money(self.limits.max_leverage * equity)}",
            )
        return None

    # --- the day's loss

    def judge(self, equity: Decimal, account: Account) -> Sequence[Event]:
        """Halt entries for the rest of the day once its loss reaches the limit."""
        day = account.now_ns // DAY_NS
        if self._halted_day is not None:
            if day <= self._halted_day:
                return ()
            self._halted_day = self._halt_reason = None
            return (HaltLifted(account.now_ns, "account", "a new day (UTC) began"),)
        loss = account.day_start_equity - equity
        limit = account.day_start_equity * self.limits.daily_drawdown_limit
        if loss < limit:
            return ()
        self._halted_day = day
        self._halt_reason = f"the day's loss of {_money(loss)} reached the limit of {_money(limit)}"
        return (
            DrawdownAlert(account.now_ns, "halt", loss, limit, self._halt_reason),
            Halt(account.now_ns, "account", self._halt_reason),
        )

    def level(self, account: Account) -> Decimal | None:
        """Where the day's loss reaches the limit."""
        if self._halted_day is not None:
            return None
        return account.day_start_equity * (1 - self.limits.daily_drawdown_limit)

    def halted(self) -> str | None:
        """Why entries are halted, or None."""
        return self._halt_reason

    def change(self, key: str, value: str) -> str:
        """Set one limit by name."""
        self.limits = changed(self.limits, key, value)
        return f"{key} is {value} now"

    def configure(self, limits: Mapping[str, Decimal]) -> None:
        """The limits of a run; those that it does not name have none."""
        self.limits = msgspec.convert({**dict.fromkeys(_OPTIONAL), **limits}, Limits, strict=False)

    def saved(self) -> dict[str, Any]:
        """The limits, and the day that is halted."""
        return {"limits": self.in_force(), "halted_day": self._halted_day, "halt_reason": self._halt_reason}

    def load(self, saved: dict[str, Any]) -> None:
        """Halted is halted."""
        self.configure({name: Decimal(value) for name, value in saved["limits"].items()})
        self._halted_day = saved["halted_day"]
        self._halt_reason = saved["halt_reason"]

    def in_force(self) -> dict[str, Decimal]:
        """All but those that are none."""
        return {name: value for name in Limits.__struct_fields__ if (value := getattr(self.limits, name)) is not None}

    def figures(self, order: Order, account: Account) -> dict[str, Any]:
        """Equity, exposure and what the order risks, beside the limits."""
        equity, others = account.equity_beside(order.symbol)
        mark = account.markets.mark(order.symbol)
        held = account.held(order.symbol)
        figures: dict[str, Any] = {
            "equity": equity,
            "held": held,
            "exposure_elsewhere": others,
            "exposure_after": others + abs(held + order.quantity * order.side) * mark,
            "exposure_limit": self.limits.max_leverage * equity,
            "day_pnl": account.day_pnl(equity),
        }
        if order.command.stop is not None:
            figures["risk_at_stop"] = abs(mark - order.command.stop) * order.quantity
            figures["risk_allowed"] = equity * self.limits.risk_per_trade
        return figures

    def view(self, account: Account) -> RiskView:
        """How near the limits are."""
        equity = account.equity()
        exposure = account.exposure()
        return RiskView(
            level="halt" if self._halt_reason else "none",
            halted=self._halt_reason is not None,
            halt_reason=self._halt_reason,
            halt_until=None if self._halted_day is None else (self._halted_day + 1) * DAY_NS,
            thresholds=Thresholds(halt=-(account.day_start_equity * self.limits.daily_drawdown_limit).quantize(CENT)),
            loss=Loss(day=account.day_pnl(equity), total=equity - account.peak_equity),
            leverage=(exposure / equity).quantize(Decimal("0.0001")) if equity > 0 else None,
            exposure=exposure,
            limits=self.in_force(),
        )


class OpenGate:
    """No sizing, no limits and no stops of its own: a strategy alone, for comparing it with other engines."""

    SHARE = Decimal("0.98")  # of what the leverage allows; the rest pays fees and a gap before the fill

    def size(self, signal: Signal, account: Account) -> OrderRequest | Denial | None:
        """All the account can carry, or exactly what the strategy asks for."""
        symbol = signal.symbol
        instrument = account.instrument(symbol)
        held = account.held_by(signal.strategy, symbol) + account.on_its_way(signal.strategy, symbol)
        direction = max(0, signal.direction) if instrument.is_spot else signal.direction
        if held and (held > 0) == (direction > 0) and direction:
            return None
        if not direction:
            return _exit(signal, held, account)
        wanted = signal.quantity
        if wanted is None:
            fair = account.market(symbol).last
            if fair is None:
                return Denial("NoPrice", f"{symbol} has no price yet")
            conviction = Decimal(repr(signal.conviction))
            wanted = account.equity() * account.leverage * self.SHARE * conviction / Decimal(repr(fair))
        wanted = instrument.quantity_below(wanted)
        if wanted <= 0:
            return Denial("TooSmall", f"the equity of {_money(account.equity())} buys less than one lot of {symbol}")
        return OrderRequest(
            symbol=symbol,
            side=direction,
            quantity=wanted + abs(held),
            stop=None if signal.stop is None else instrument.price_near(Decimal(repr(signal.stop))),
            target=None if signal.target is None else instrument.price_near(Decimal(repr(signal.target))),
            strategy=signal.strategy,
            reason=signal.reason,
        )

    def check(self, request: OrderRequest, account: Account) -> Denial | None:
        """Everything passes; the venue has its own filters."""
        return None

    def judge(self, equity: Decimal, account: Account) -> Sequence[Event]:
        """No loss is too large."""
        return ()

    def level(self, account: Account) -> Decimal | None:
        """Nowhere."""
        return None

    def halted(self) -> str | None:
        """Never."""
        return None

    def change(self, key: str, value: str) -> str:
        """There is no limit to change."""
        return f"{key} is not looked at: this run has no risk limits"

    def configure(self, limits: Mapping[str, Decimal]) -> None:
        """There are none."""

    def saved(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    def load(self, saved: dict[str, Any]) -> None:
        """There was nothing."""

    def in_force(self) -> dict[str, Decimal]:
        """There are none."""
        return {}

    def figures(self, order: Order, account: Account) -> dict[str, Any]:
        """What is held; nothing was asked of the order."""
        return {"held": account.held(order.symbol)}

    def view(self, account: Account) -> RiskView:
        """Exposure alone."""
        return RiskView(exposure=account.exposure())


def _exit(signal: Signal, held: Decimal, account: Account) -> OrderRequest | None:
    """Close what the strategy holds, as far as the account holds it too; dust below a lot stays."""
    in_account = account.held(signal.symbol)
    if in_account * held <= 0:
        return None
    quantity = account.tradable(signal.symbol, min(abs(held), abs(in_account)))
    if not quantity:
        return None
    return OrderRequest(
        symbol=signal.symbol,
        side=SELL if held > 0 else BUY,
        quantity=quantity,
        reduce_only=True,
        strategy=signal.strategy,
        reason=signal.reason,
    )


def _money(value: Decimal) -> str:
    return f"{value.quantize(CENT):,}"
