"""A strategy without any idea: it submits whatever is legal, at random moments, so that every path is walked."""

from collections.abc import Mapping
from decimal import Decimal
from random import Random
from typing import Any

from engine.commands import BUY, SELL, OrderType, TimeInForce, TriggerBy
from engine.gate import OrderRequest
from engine.strategy import Strategy

S = 1_000_000_000
NAME = "chaos"
_LARGE = 0.15  # so much of what is ordered does not fit into what is offered


class Chaos(Strategy):
    """Draws from the generator that it is handed."""

    def __init__(self, symbols: tuple[str, ...], stream: Random, every_s: float) -> None:
        parameters: Mapping[str, Any] = {}
        super().__init__(NAME, symbols, parameters)
        self._random = stream
        self._every_s = every_s

    def start(self) -> None:
        """The first wish."""
        self._next()

    def _next(self) -> None:
        pause = int(self._random.expovariate(1 / self._every_s) * S) + 50_000_000
        self.desk.at(self.desk.now_ns() + pause, self._act)

    def _act(self) -> None:
        self._next()
        symbol = self._random.choice(self.symbols)
        last = self.desk.market(symbol).last
        if last is not None:
            self._wish(symbol, last)

    def _wish(self, symbol: str, last: float) -> None:
        draw = self._random.random
        share = draw()
        if share < 0.25:
            self._signal(symbol, last)
        elif share < 0.45 and self.desk.held(symbol):
            self._close(symbol, last)
        else:
            self._order(symbol, last)

    def _signal(self, symbol: str, last: float) -> None:
        draw = self._random
        direction = draw.choice((1, 0, -1))
        distance = last * draw.uniform(0.002, 0.05)
        self.desk.signal(
            symbol,
            direction,
            draw.uniform(0.1, 1.0),
            "because a die said so",
            stop=last - direction * distance if direction else None,
            target=last + direction * distance if direction and draw.random() < 0.5 else None,
        )

    def _close(self, symbol: str, last: float) -> None:
        held = self.desk.held(symbol)
        instrument = self.desk.instrument(symbol)
        part = abs(held) if self._random.random() < 0.5 else instrument.quantity_below(abs(held) / 2)
        if part < instrument.min_quantity:
            return
        is_stop = self._random.random() < 0.3
        side = SELL if held > 0 else BUY
        trigger = instrument.price_near(Decimal(repr(last)) * (1 - side * Decimal("-0.01")))
        self.desk.order(
            OrderRequest(
                symbol=symbol,
                side=side,
                quantity=part,
                type=OrderType.STOP_MARKET if is_stop else OrderType.MARKET,
                trigger_price=trigger if is_stop else None,
                trigger_by=self._random.choice((TriggerBy.LAST, TriggerBy.MARK)),
                reduce_only=True,
                reason="enough of it",
            )
        )

    def _order(self, symbol: str, last: float) -> None:
        draw = self._random
        instrument = self.desk.instrument(symbol)
        side = draw.choice((BUY, SELL))
        price = Decimal(repr(last))
        least = max(instrument.min_quantity, instrument.min_notional / price)
        size = draw.uniform(1.1, 30.0) * (draw.uniform(10.0, 60.0) if draw.random() < _LARGE else 1.0)
        quantity = instrument.quantity_below(least * Decimal(repr(size))) + instrument.lot
        is_limit = draw.random() < 0.6
        offset = Decimal(repr(draw.uniform(-0.003, 0.001)))
        has_exits = draw.random() < 0.5
        distance = Decimal(repr(draw.uniform(0.004, 0.05)))
        self.desk.order(
            OrderRequest(
                symbol=symbol,
                side=side,
                quantity=quantity,
                type=OrderType.LIMIT if is_limit else OrderType.MARKET,
                price=instrument.price_near(price * (1 + side * offset)) if is_limit else None,
                time_in_force=draw.choice(tuple(TimeInForce)) if is_limit else TimeInForce.GTC,
                stop=instrument.price_near(price * (1 - side * distance)) if has_exits else None,
                target=instrument.price_near(price * (1 + side * distance)) if has_exits and is_limit else None,
                reason="a die said so",
            )
        )
