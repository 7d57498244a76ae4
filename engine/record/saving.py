"""The state of a kernel as plain values and back: everything that the journal determines, and nothing else."""

from decimal import Decimal
from typing import Any

import msgspec

from engine.commands import SubmitOrder
from engine.errors import EngineError
from engine.kernel import Kernel
from engine.ledger import Position
from engine.orders import Order, Status
from engine.states import Standing
from engine.trips import Closed, Track, Trip

VERSION = 1


class SavedPosition(msgspec.Struct):
    """A position, or a strategy's share of one."""

    symbol: str
    quantity: Decimal
    cost: Decimal
    realised: Decimal
    fees: Decimal
    funding: Decimal
    opened_at: int
    strategy: str


class SavedOrder(msgspec.Struct):
    """An order, open or ended."""

    command: SubmitOrder
    strategy: str
    created_at: int
    reason: str
    status: Status
    exchange_id: str | None
    filled: Decimal
    average_cost: Decimal
    quantity: Decimal
    price: Decimal | None
    trigger_price: Decimal | None
    reduce_only: bool


class SavedTrip(msgspec.Struct):
    """A position of a strategy that is still open."""

    strategy: str
    symbol: str
    opened_ns: int
    net: Decimal
    risk: Decimal
    is_told: bool


class SavedTrack(msgspec.Struct):
    """A strategy's record."""

    trips: int
    outcomes: list[float]
    days: list[tuple[int, Decimal]]


class SavedState(msgspec.Struct):
    """A kernel at a moment."""

    version: int
    now_ns: int
    ledger: dict[str, Decimal]
    positions: list[SavedPosition]
    owned: list[tuple[str, SavedPosition]]
    open_orders: list[SavedOrder]
    recent: list[SavedOrder]
    executions: list[str]
    older_executions: list[str]
    counts: dict[str, int]
    number: int
    peak_equity: Decimal
    day_start_equity: Decimal
    day_ends_ns: int
    transfers: int
    trips: list[SavedTrip]
    tracks: dict[str, SavedTrack]
    trip_loss_told: Decimal | None
    lost_trips: list[tuple[str, str, Decimal]]
    days_worst_trip: Decimal | None
    standing: Standing
    gate: dict[str, Any]
    digest: tuple[str, list[str]]
    day_room: tuple[Decimal, Decimal, Decimal]


_decode = msgspec.json.Decoder(SavedState).decode
_MONEY = ("deposits", "cash", "realised", "fees", "funding")


def save(kernel: Kernel) -> bytes:
    """The state of now."""
    account, orders = kernel.account, kernel.orders
    state = SavedState(
        version=VERSION,
        now_ns=account.now_ns,
        ledger={name: getattr(account.ledger, name) for name in _MONEY},
        positions=[_position(position) for position in account.ledger.positions.values()],
        owned=[(strategy, _position(share)) for (strategy, _), share in account.owned.items()],
        open_orders=[_order(order) for order in account.open_orders.values()],
        recent=[_order(order) for order in orders.recent.values()],
        executions=sorted(orders.executions),
        older_executions=sorted(orders.older_executions),
        counts=orders.counts,
        number=orders.ids.number,
        peak_equity=account.peak_equity,
        day_start_equity=account.day_start_equity,
        day_ends_ns=account.day_ends_ns,
        transfers=account.transfers,
        trips=[
            SavedTrip(strategy, symbol, trip.opened_ns, trip.net, trip.risk, trip.is_told)
            for (strategy, symbol), trip in account.trips.items()
        ],
        tracks={
            name: SavedTrack(track.trips, list(track.outcomes), list(track.days.items()))
            for name, track in account.tracks.items()
        },
        trip_loss_told=account.trip_loss_told,
        lost_trips=[(lost.strategy, lost.symbol, lost.net) for lost in account.lost_trips],
        days_worst_trip=account.days_worst_trip,
        standing=kernel.standing,
        gate=kernel.gate.saved(),
        digest=kernel.digest.saved(),
        day_room=(account.day_room.base, account.day_room.offset, account.day_room.moved),
    )
    return msgspec.json.encode(state)


def load(kernel: Kernel, saved: bytes) -> None:
    """Bring a fresh kernel to a saved state."""
    try:
        state = _decode(saved)
    except msgspec.MsgspecError as error:
        raise EngineError(f"a saved state cannot be understood: {error}") from None
    account, orders = kernel.account, kernel.orders
    account.now_ns = state.now_ns
    for name, amount in state.ledger.items():
        setattr(account.ledger, name, amount)
    # What others hold already stays what they hold.
    account.ledger.positions.clear()
    account.ledger.positions.update((told.symbol, _live_position(told)) for told in state.positions)
    account.owned.clear()
    account.owned.update(((strategy, told.symbol), _live_position(told)) for strategy, told in state.owned)
    account.open_orders.clear()
    account.open_orders.update((told.command.order_id, _live_order(told)) for told in state.open_orders)
    orders.recent.clear()
    orders.recent.update((told.command.order_id, _live_order(told)) for told in state.recent)
    orders.executions = set(state.executions)
    orders.older_executions = set(state.older_executions)
    orders.counts.update(state.counts)
    orders.ids.number = state.number
    account.peak_equity = state.peak_equity
    account.day_start_equity = state.day_start_equity
    room = account.day_room
    room.base, room.offset, room.moved = state.day_room
    account.day_ends_ns = state.day_ends_ns
    account.transfers = state.transfers
    account.trips.clear()
    account.trips.update(((told.strategy, told.symbol), _live_trip(told)) for told in state.trips)
    account.tracks.clear()
    account.tracks.update((name, _live_track(told)) for name, told in state.tracks.items())
    account.trip_loss_told = state.trip_loss_told
    account.lost_trips[:] = [Closed(*lost) for lost in state.lost_trips]
    account.days_worst_trip = state.days_worst_trip
    kernel.gate.load(state.gate)
    kernel.digest.load(*state.digest)
    kernel.stand(state.standing)


def _position(position: Position) -> SavedPosition:
    return SavedPosition(*(getattr(position, name) for name in SavedPosition.__struct_fields__))


def _live_position(told: SavedPosition) -> Position:
    position = Position(told.symbol)
    for name in SavedPosition.__struct_fields__:
        setattr(position, name, getattr(told, name))
    return position


def _live_trip(told: SavedTrip) -> Trip:
    trip = Trip(told.opened_ns, told.net)
    trip.risk = told.risk
    trip.is_told = told.is_told
    return trip


def _live_track(told: SavedTrack) -> Track:
    track = Track()
    track.trips = told.trips
    track.outcomes[:] = told.outcomes
    track.days.update(told.days)
    return track


def _order(order: Order) -> SavedOrder:
    return SavedOrder(*(getattr(order, name) for name in SavedOrder.__struct_fields__))


def _live_order(told: SavedOrder) -> Order:
    order = Order(told.command, told.strategy, told.created_at, told.reason)
    for name in SavedOrder.__struct_fields__:
        setattr(order, name, getattr(told, name))
    return order
