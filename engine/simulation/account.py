"""The venue's own account: what is there, what is tied up, and whether an order can be carried."""

from decimal import Decimal

from engine.ledger import Ledger
from engine.money import ONE, ZERO, plain
from engine.refusals import Refusal
from engine.simulation.filters import Refused
from engine.simulation.margin import (
    cross_liquidation_price,
    isolated_liquidation_price,
    maintenance_margin,
    tier_at,
)
from engine.simulation.market import Market
from engine.simulation.orders import VenueOrder


class Account:
    """One account in one settlement currency. Coins held on spot are property, not collateral."""

    __slots__ = ("_markets", "_reserving", "holding", "is_isolated", "ledger")

    def __init__(self, ledger: Ledger, markets: dict[str, Market], is_isolated: bool) -> None:
        self.ledger = ledger
        self.is_isolated = is_isolated
        self._markets = markets
        self.holding: dict[str, Market] = {}  # the symbols with a position, in the order in which they got it
        self._reserving: dict[str, Market] = {}  # the symbols whose open orders tie money up

    def mark(self, symbol: str) -> Decimal:
        """The price that unrealised profit is reckoned at."""
        return self._markets[symbol].fair()

    def equity(self) -> Decimal:
        """What the account is worth at the marks."""
        return self.ledger.equity(self.mark)

    def held_markets(self) -> list[Market]:
        """The perpetuals with a position."""
        return [market for market in self.holding.values() if not market.is_spot]

    def note_position(self, market: Market, signed_lots: int) -> None:
        """The position of a symbol has changed by so many lots; on spot a fee in coin leaves a crumb beside them."""
        position = market.position
        market.held = int(position.quantity / market.instrument.lot) if market.is_spot else market.held + signed_lots
        market.cost = float(position.cost)
        if position.quantity:
            self.holding[market.symbol] = market
        else:
            self.holding.pop(market.symbol, None)

    def balance(self) -> Decimal:
        """What stands behind the perpetuals: money that is not in coins, and open profit and loss."""
        total = self.ledger.cash
        for market in self.holding.values():
            total -= market.position.cost
            if not market.is_spot:
                total += market.position.quantity * market.fair()
        return total

    def maintenance(self, market: Market) -> Decimal:
        """What must be kept for the position of a symbol, at its mark."""
        return maintenance_margin(market.tiers, abs(market.position.quantity) * market.fair())

    def maintenance_of_all(self) -> Decimal:
        """What must be kept for all positions together."""
        return sum((self.maintenance(market) for market in self.held_markets()), ZERO)

    def available(self) -> Decimal:
        """What new orders may still tie up. Isolated positions lend no profit to others, cross ones do."""
        total = self.ledger.cash
        for market in self.holding.values():
            position = market.position
            if market.is_spot:
                total -= position.cost
            elif self.is_isolated:
                total -= abs(position.cost) / market.leverage
            else:
                value = position.quantity * market.fair()
                total += value - position.cost - abs(value) / market.leverage
        for market in self._reserving.values():
            total -= self._reserved(market, market.open_lots, market.open_points)
        return total

    def liquidation_price(self, market: Market) -> Decimal | None:
        """Where the position of a symbol is liquidated if all else stays as it is; None when nowhere."""
        position = market.position
        if not position.quantity or market.is_spot:
            return None
        tiers = market.tiers
        if self.is_isolated:
            return isolated_liquidation_price(tiers, position.quantity, position.cost, market.leverage)
        profit = position.quantity * market.fair() - position.cost
        others = self.balance() - profit - (self.maintenance_of_all() - self.maintenance(market))
        return cross_liquidation_price(tiers, position.quantity, position.cost, others)

    # --- what open orders tie up ------------------------------------------------------------------------------------

    def reserve(self, market: Market, order: VenueOrder, lots: int) -> None:
        """An active order has so many more (or fewer) lots open. Orders that can only reduce tie nothing up."""
        if order.reduce_only:
            return
        side = order.side
        market.open_lots[side] += lots
        market.open_points[side] += lots * order.worth_ticks
        if lots > 0:
            self._reserving[market.symbol] = market
        elif not market.open_lots[1] and not market.open_lots[-1]:
            self._reserving.pop(market.symbol, None)

    def _reserved(self, market: Market, lots: dict[int, int], points: dict[int, int]) -> Decimal:
        """The margin, or on spot the money, for the part of the open orders that could add to the position."""
        fee_rate = market.instrument.fee_taker
        if market.is_spot:
            return market.value(points[1]) * (ONE if market.instrument.fee_in_base else ONE + fee_rate)
        need = ZERO
        for side in (1, -1):
            adding = market.held * side + lots[side] - abs(market.held)
            if adding > 0:
                value = market.value(points[side])
                if adding != lots[side]:
                    value = value * adding / lots[side]
                need = max(need, value / market.leverage + value * fee_rate)
        return need

    def admit(self, market: Market, order: VenueOrder, lots: int) -> None:
        """Let so many more lots of an order in, or raise the refusal."""
        if order.reduce_only:
            return
        if market.is_spot:
            self._admit_spot(market, order, lots)
            return
        side = order.side
        before_lots = market.open_lots[side]
        worst = market.held * side + before_lots + lots
        if worst <= abs(market.held):
            return
        self._check_tier(market, worst, order.worth_ticks)
        after_lots = {side: before_lots + lots, -side: market.open_lots[-side]}
        after_points = {
            side: market.open_points[side] + lots * order.worth_ticks,
            -side: market.open_points[-side],
        }
        need = self._reserved(market, after_lots, after_points)
        if before_lots or after_lots[-side]:
            need -= self._reserved(market, market.open_lots, market.open_points)
        if need <= 0:
            return
        available = self.available()
        if need > available:
            raise Refused(
                Refusal.INSUFFICIENT_MARGIN,
                f"the order needs {plain(round(need, 8))} {market.instrument.quote} of margin at "
                f"{plain(market.leverage)}x and {plain(round(available, 8))} were free; make it smaller",
            )

    def _check_tier(self, market: Market, worst_lots: int, ticks: int) -> None:
        tiers = market.tiers
        if market.leverage <= tiers[-1].max_leverage:
            return
        value = market.value(worst_lots * ticks)
        tier = tier_at(tiers, value)
        if market.leverage > tier.max_leverage:
            raise Refused(
                Refusal.LEVERAGE_ABOVE_TIER,
                f"a position of {plain(value)} {market.instrument.quote} may have {plain(tier.max_leverage)}x "
                f"and the leverage was {plain(market.leverage)}x; lower it or make the order smaller",
            )

    def affordable_lots(self, market: Market, order: VenueOrder, ticks: int) -> int:
        """How many lots of a spot purchase the money reaches for at this price, its own reserve included."""
        cost_rate = ONE if market.instrument.fee_in_base else ONE + market.instrument.fee_taker
        money = self.available() + market.value(order.left * order.worth_ticks) * cost_rate
        return max(0, int(money / (market.value(ticks) * cost_rate)))

    def _admit_spot(self, market: Market, order: VenueOrder, lots: int) -> None:
        instrument = market.instrument
        if order.side < 0:
            free_lots = market.held - market.open_lots[-1]
            if lots > free_lots:
                raise Refused(
                    Refusal.INSUFFICIENT_BALANCE,
                    f"the order sells {plain(instrument.quantity(lots))} {instrument.base} and "
                    f"{plain(instrument.quantity(max(0, free_lots)))} were free; sell only what is held",
                )
            return
        need = market.value(lots * order.worth_ticks)
        if not instrument.fee_in_base:
            need += need * instrument.fee_taker
        available = self.available()
        if need > available:
            raise Refused(
                Refusal.INSUFFICIENT_BALANCE,
                f"the order costs {plain(round(need, 8))} {instrument.quote} and "
                f"{plain(round(available, 8))} were free; make it smaller",
            )
