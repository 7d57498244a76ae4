"""A person in front of the engine: pauses, trades by hand, cancels, flattens, kills, and starts it again."""

from collections.abc import Callable
from decimal import Decimal
from random import Random

from engine.facade import Ask, Verb
from engine.operator import KILL_PHRASE, KILL_SCOPE
from hean_tui.sim.faults import Fault

_WEIGHTS = {
    "pause": 3,
    "resume": 6,
    "buy": 6,
    "sell": 6,
    "cancel": 9,
    "close": 3,
    "protect": 6,
    "flatten": 2,
    "kill": 1,
    "panic": 1,
    "unlock": 3,
    "gate": 1,
    "stop": 1,
    "start": 2,
    "set": 1,
    "reconcile": 2,
    "restart": 1,
}
UNLOCK = Ask(verb=Verb.UNLOCK, key=KILL_SCOPE, value=KILL_PHRASE, reason="somebody has looked at it")
_WORDS = tuple(name for name, weight in _WEIGHTS.items() for _ in range(weight))


class Sight:
    """What a person sees of the engine before acting."""

    __slots__ = ("orders", "prices", "state")

    def __init__(self, state: str, prices: dict[str, float], orders: list[str]) -> None:
        self.state = state
        self.prices = prices
        self.orders = orders


class SimOperator:
    """Acts when its fault falls due."""

    def __init__(
        self, look: Callable[[], Sight | None], submit: Callable[[Ask], None], restart: Callable[[], None]
    ) -> None:
        self._look = look
        self._submit = submit
        self._restart = restart
        self.acts: dict[str, int] = {}

    def act(self, fault: Fault) -> None:
        """One act, drawn from its own pick."""
        own = Random(fault.pick)
        word = own.choice(_WORDS)
        sight = self._look()
        if sight is None or (word == "panic" and not sight.prices):
            return
        self.acts[word] = self.acts.get(word, 0) + 1
        if word == "restart":
            self._restart()
            return
        if word == "panic":  # bought, and regretted before the order has left
            symbol = own.choice(sorted(sight.prices))
            self._submit(self._trade("buy", own, symbol, sight.prices[symbol]))
            self._submit(Ask(verb=Verb.KILL, cancel_only=own.random() < 0.5, reason="no, not that"))
            return
        ask = self._ask(word, own, sight)
        if ask is not None:
            self._submit(ask)

    def _ask(self, word: str, own: Random, sight: Sight) -> Ask | None:
        symbol = own.choice(sorted(sight.prices)) if sight.prices else ""
        price = sight.prices.get(symbol, 0.0)
        if word in ("buy", "sell", "protect", "close"):
            return self._trade(word, own, symbol, price) if symbol else None
        if word == "cancel":
            return Ask(verb=Verb.CANCEL, order_id=own.choice(sight.orders)) if sight.orders else None
        if word == "set":
            return Ask(verb=Verb.SET, key="max_leverage", value=str(own.randint(1, 4)))
        if word == "unlock":
            return UNLOCK
        if word == "gate":
            return Ask(verb=Verb.KILL, cancel_only=True, reason="first press")
        return Ask(verb=Verb(word), reason="by hand")

    def _trade(self, word: str, own: Random, symbol: str, price: float) -> Ask:
        if word == "close":
            return Ask(verb=Verb.CLOSE, symbol=symbol)
        if word == "protect":
            stop = Decimal(repr(round(price * own.uniform(0.98, 1.02), 2)))
            return Ask(verb=Verb.PROTECT, symbol=symbol, stop=stop)
        quantity = max(Decimal("0.001"), Decimal(repr(round(own.uniform(6, 500) / price, 3))))
        side = 1 if word == "buy" else -1
        limit = Decimal(repr(round(price * (1 - side * own.uniform(-0.001, 0.003)), 2)))
        return Ask(
            verb=Verb(word),
            symbol=symbol,
            quantity=quantity,
            limit=limit if own.random() < 0.5 else None,
            stop=Decimal(repr(round(price * (1 - side * 0.02), 2))) if own.random() < 0.5 else None,
            reduce_only=own.random() < 0.2,
        )
