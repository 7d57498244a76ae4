"""The order ticket: buy or sell by hand, through the same door as everything else."""

from engine.facade import Ask, Verb
from hean_tui.errors import BadValue
from hean_tui.screen.facts import market_of
from hean_tui.screen.figures import price
from hean_tui.screen.overlays.form import FormOverlay
from hean_tui.screen.plain_text import safe
from hean_tui.screen.scene import Scene

_STAY = "not now"


class TicketOverlay(FormOverlay):
    """Symbol and quantity, and if wanted a limit, a stop and a target."""

    TITLE_WORDS = "ticket"
    FIELDS = (
        ("symbol", "such as BTC/USDT:USDT"),
        ("quantity", "in the base coin, such as 0.01"),
        ("limit", "empty: at the market"),
        ("stop", "empty: none of your own"),
        ("target", "empty: none"),
    )
    CHOICES = (
        (_STAY, "no order is given"),
        (Verb.BUY.value, "send the order"),
        (Verb.SELL.value, "send the order"),
    )
    AUTO_FOCUS = "#quantity"
    HELP = "A stop and a target rest with the order once it fills. The risk gate may refuse the order."

    def facts(self, scene: Scene) -> str:
        """Where the market stands."""
        symbol = self.entry("symbol")
        market = market_of(scene.view, symbol)
        if market is None:
            return f"{safe(symbol, 30) or scene.dash} is not traded in this run"
        return f"{safe(symbol, 30)}   bid {price(market.bid, scene.dash)}   ask {price(market.ask, scene.dash)}"

    def ask(self, choice: str) -> Ask:
        """The order."""
        symbol, quantity = self.entry("symbol"), self.number("quantity")
        if market_of(self.scene.view, symbol) is None:
            known = ", ".join(market.symbol for market in self.scene.view.market[:6])
            raise BadValue(f"symbol was {safe(symbol, 30)!r}: this run trades {safe(known, 160) or 'nothing yet'}")
        if quantity is None:
            raise BadValue("quantity was empty: write how much, such as 0.01")
        return Ask(
            verb=Verb(choice),
            symbol=symbol,
            quantity=quantity,
            limit=self.number("limit"),
            stop=self.number("stop"),
            target=self.number("target"),
        )
