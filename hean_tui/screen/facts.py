"""Facts that several panes and overlays tell, read out of one snapshot."""

from decimal import Decimal

from engine.snapshot import MarketView, OrderView, PositionView, Snapshot
from hean_tui.screen.figures import between, known, money, percent
from hean_tui.screen.plain_text import safe
from hean_tui.screen.scene import Scene, Unit

OPEN_STATUSES = frozenset(("planned", "submitted", "accepted", "partly_filled", "cancelling", "amending", "unknown"))
CLOSED_STATES = ("reduce_only", "killed")
STALE_AFTER_S = 5.0


def is_open(order: OrderView) -> bool:
    """Whether an order may still fill."""
    return order.status in OPEN_STATUSES


def orders_open_first(view: Snapshot) -> list[OrderView]:
    """Open orders, then closed ones, each newest first."""
    return sorted(view.orders, key=lambda order: (not is_open(order), -order.created_at))


def resting_entries(view: Snapshot) -> int:
    """How many open orders could open or enlarge a position."""
    return sum(1 for order in view.orders if is_open(order) and not order.reduce_only)


def stops_held(view: Snapshot) -> int:
    """How many positions have a stop."""
    return sum(1 for position in view.positions if position.stop_price is not None)


def market_of(view: Snapshot, symbol: str) -> MarketView | None:
    """The market of this name, None where this run has none."""
    return next((market for market in view.market if market.symbol == symbol), None)


def says_gate_is_closed(view: Snapshot) -> bool:
    """Whether the engine says so: by its state, or beside one that hides it, as while the strategies rest."""
    return view.engine.state in CLOSED_STATES or view.engine.gate_closed is not None


def gate_is_closed(scene: Scene) -> bool:
    """Whether nothing that adds risk may leave: the engine says so, or it has told us that it closed the gate."""
    return scene.gate_closed_here or says_gate_is_closed(scene.view)


def next_funding_ns(view: Snapshot) -> int | None:
    """When a held position pays or receives funding next; without positions, when any market does."""
    held = {position.symbol for position in view.positions}
    moments = [
        market.next_funding
        for market in view.market
        if market.next_funding is not None and (not held or market.symbol in held)
    ]
    return min(moments, default=None)


def link_age_s(scene: Scene) -> float | None:
    """How old the newest price is, or how long the engine has been silent, whichever is worse."""
    heard = [market.updated_at for market in scene.view.market if market.updated_at is not None]
    age = between(max(heard), scene.view.engine.time) if heard else None
    if scene.silent_s >= STALE_AFTER_S:
        return max(age or 0.0, scene.silent_s)
    return age


def is_stale(scene: Scene) -> bool:
    """Whether what is shown may no longer be true."""
    age = link_age_s(scene)
    return age is not None and age > STALE_AFTER_S


def drawdown(view: Snapshot) -> Decimal | None:
    """How far the account is below its peak, in money, as a positive number."""
    peak, equity = known(view.account.peak_equity), known(view.account.equity)
    return None if peak is None or equity is None else max(peak - equity, Decimal(0))


def amount(value: Decimal | None, scene: Scene) -> str:
    """Profit or loss in the chosen unit; R of the whole account is not known in this version."""
    if scene.unit is Unit.MONEY:
        return money(value, scene.dash, signed=True)
    value, equity = known(value), known(scene.view.account.equity)
    if scene.unit is Unit.R or value is None or not equity:
        return scene.dash
    return percent(value / equity, scene.dash)


def result_of(position: PositionView, scene: Scene) -> str:
    """A position's unrealised result; in R it is measured to the stop that rests now, where that is a loss."""
    if scene.unit is not Unit.R:
        return amount(position.unrealised, scene)
    entry, stop, size = known(position.entry_price), known(position.stop_price), known(position.quantity)
    unrealised = known(position.unrealised)
    if entry is None or stop is None or size is None or unrealised is None:
        return scene.dash
    risked = (entry - stop if position.side == "long" else stop - entry) * size
    return f"{unrealised / risked:+.2f}" if risked > 0 else scene.dash


def tone(text: str) -> str:
    """The colour token for a signed number."""
    return {"+": "gain", "-": "loss"}.get(text[:1], "foreground") if len(text) > 1 else "muted"


def short_symbol(symbol: str) -> str:
    """A market's name where there is little room: `BTC perp` for `BTC/USDT:USDT`, `BTC spot` for `BTC/USDT`."""
    base, slash, rest = symbol.partition("/")
    if not slash or not base:
        return safe(symbol, 40)
    return safe(f"{base} {'perp' if ':' in rest else 'spot'}", 40)
