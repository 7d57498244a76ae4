"""What an operator and two busy strategies do in a round that will end with a kill: every state of an order is met."""

import random
from collections.abc import Mapping

PERPS = ("BTC/USDT:USDT", "ETH/USDT:USDT", "SOL/USDT:USDT")
THIN = "FERN/USDT:USDT"
SYMBOLS = (*PERPS, "BTC/USDT", THIN)
_LOTS = {
    "BTC/USDT:USDT": 0.001,
    "ETH/USDT:USDT": 0.01,
    "SOL/USDT:USDT": 0.1,
    "BTC/USDT": 0.000001,
    "FERN/USDT:USDT": 1.0,
}
_FIRST = {
    "BTC/USDT:USDT": 88_900.0,
    "ETH/USDT:USDT": 2_982.0,
    "SOL/USDT:USDT": 128.8,
    "BTC/USDT": 88_850.0,
    "FERN/USDT:USDT": 0.44,
}
_WORTH = 300.0  # of one order, in USDT
# Averages that cross with nearly every bar, and impulses seen in every move.
STRATEGIES = (
    *("--strategy", "ema_cross", "--set", "ema_cross.fast=2", "--set", "ema_cross.slow=3"),
    *("--strategy", "impulse", "--set", "impulse.lookback=2", "--set", "impulse.threshold=0.5"),
    *("--set", "impulse.edge=0", "--set", "impulse.rest=0", "--set", "impulse.hold=3"),
)
UNLOCK = 'unlock kill --reason "the next round" --phrase "RESET KILL"'


class Load:
    """Draws the lines of a script; equal seeds draw equal ones."""

    def __init__(self, rng: random.Random, prices: Mapping[str, float], span_s: float) -> None:
        self._rng = rng
        self._prices = {**_FIRST, **prices}
        self._span_s = span_s

    def lines(self, *, unlocks: bool, kills: bool, halts: bool) -> list[str]:
        """A round's worth."""
        rng = self._rng
        steps = [(self._span_s * rng.random(), self._step()) for _ in range(30)]
        began_s = self._span_s * rng.uniform(0.1, 0.4)
        steps += [(began_s + number / 1000, step) for number, step in enumerate(self._self_match())]
        if kills:
            steps.append((self._span_s * rng.uniform(0.2, 0.7), "kill"))
        if halts:
            steps.append((self._span_s * rng.uniform(0.2, 0.7), "set risk.daily_drawdown_limit 0.00001"))
        opening = [UNLOCK] if unlocks else []
        drawn = [f"+{at_s:.3f}s {step}" for at_s, step in sorted(steps)]
        return [*(f"+0s {step}" for step in (*opening, "start", "resume")), *drawn]

    def _step(self) -> str:
        rng = self._rng
        symbol = rng.choice(SYMBOLS)
        draws = (
            (5, self._market_order),
            (7, self._limit_order),
            (4, self._tighter_stop),
            (3, self._move),
            (1, self._too_large),
            (1, lambda _: rng.choice(("pause", "resume", "deposit 10", "withdraw 7", "reconcile", "flatten"))),
            (2, lambda symbol: f"close {symbol}"),
        )
        draw = rng.choices([each for _, each in draws], [weight for weight, _ in draws])[0]
        return draw(symbol)

    def _market_order(self, symbol: str) -> str:
        side = self._rng.choice(("buy", "sell"))
        return f"{side} {symbol} {self._quantity(symbol)}{self._exits(side, symbol)}"

    def _limit_order(self, symbol: str) -> str:
        """Far away it rests; near, it is filled soon, or in parts; beyond the market it is filled at once."""
        side = self._rng.choice(("buy", "sell"))
        away = self._rng.choice((0.05, 0.02, 0.002, 0.0005, 0.0, -0.001))
        price = self._prices[symbol] * (1 - away if side == "buy" else 1 + away)
        return f"{side} {symbol} {self._quantity(symbol, 3)} --limit {_plain(price)}{self._exits(side, symbol)}"

    def _self_match(self) -> list[str]:
        """An order that would meet one of our own ends before it does: it expires."""
        price = self._prices[THIN]
        size = _plain(round(15_000 / price))
        return [
            f"sell {THIN} 60 --limit {_plain(price * 1.0003)}",
            f"sell {THIN} 60 --limit {_plain(price * 1.002)}",
            f"buy {THIN} {size} --limit {_plain(price * 1.03)} --stop {_plain(price * 0.9)}",
        ]

    def _tighter_stop(self, symbol: str) -> str:
        away = self._rng.uniform(0.01, 0.045)
        return f"protect {symbol} {_plain(self._prices[symbol] * (1 + self._rng.choice((-1, 1)) * away))}"

    def _move(self, symbol: str) -> str:
        return f"market {symbol} {self._rng.uniform(-4, 4):.2f}%"

    def _too_large(self, symbol: str) -> str:
        """Too large for the gate, or off every grid."""
        worth = self._rng.choice((1e7, 77.77))
        return f"{self._rng.choice(('buy', 'sell'))} {symbol} {_plain(worth / self._prices[symbol])}"

    def _exits(self, side: str, symbol: str) -> str:
        if ":" not in symbol or self._rng.random() < 0.3:  # without a stop: somebody has to find it and place one
            return ""
        sign = 1 if side == "buy" else -1
        price = self._prices[symbol]
        target = f" --target {_plain(price * (1 + sign * 0.02))}" if self._rng.random() < 0.5 else ""
        return f" --stop {_plain(price * (1 - sign * 0.05))}{target}"

    def _quantity(self, symbol: str, times: float = 1.0) -> str:
        lot = _LOTS[symbol]
        return _plain(max(1, round(times * self._rng.uniform(0.2, 1.0) * _WORTH / self._prices[symbol] / lot)) * lot)


def _plain(value: float) -> str:
    """Five figures are fine enough for every grid."""
    text = f"{float(f'{value:.5g}'):.8f}".rstrip("0").rstrip(".")
    return text or "1"
