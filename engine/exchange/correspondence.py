"""Everything between our books and an exchange, joined: the way out, the way in, the questions and the comparison."""

from collections.abc import Callable

from engine.client_ids import base32
from engine.exchange.asking import Asking
from engine.exchange.catching_up import CatchUp
from engine.exchange.comparison import PROGRAM
from engine.exchange.courier import Courier
from engine.exchange.door import Door, adds_risk
from engine.exchange.freezing import Freezer
from engine.exchange.inquiry import Inquiry
from engine.exchange.patience import Patience
from engine.exchange.questions import OrderTruth
from engine.exchange.reconcile import Reconcile
from engine.exchange.sight import ExchangeSight
from engine.kernel import Kernel
from engine.ports import Exchange


class Correspondence:
    """Made after the kernel, so that its books have changed by the time that anybody here hears of it.

    What the exchange says by itself is to be given to `catch_up.deliver`, and nowhere else.
    """

    def __init__(
        self,
        kernel: Kernel,
        exchange: Exchange,
        freezer: Freezer,
        *,
        cancel_orphan: Callable[[OrderTruth], None],
        floor_ns: int,
        door: Door | None = None,
        patience: Patience | None = None,
    ) -> None:
        timeline, bus, account, desk = kernel.timeline, kernel.bus, kernel.account, kernel.orders
        self.patience = patience = patience or Patience()
        self.door = door or Door()
        self.prefix = f"{PROGRAM}{base32(kernel.settings.epoch, 5)}-"

        find = desk.find

        def knows_execution(execution_id: str) -> bool:
            return execution_id in desk.executions or execution_id in desk.older_executions

        self.asking = asking = Asking(timeline, exchange, patience)
        self.catch_up = catch_up = CatchUp(bus, asking, find, knows_execution, floor_ns)
        self.inquiry = Inquiry(timeline, bus, asking, catch_up, find, account.open_orders.values, patience)
        self.courier = Courier(
            timeline,
            bus,
            exchange,
            self.inquiry,
            self.door,
            patience,
            find=find,
            adds_risk=lambda order: adds_risk(account, order, is_killed=self.door.is_killed),
            protects=lambda order: order.is_protective and account.held(order.symbol) * order.side < 0,
            cancel=desk.cancel,
        )
        catch_up.lost = self.courier.lost
        self.reconcile = Reconcile(
            timeline,
            bus,
            account,
            asking,
            catch_up,
            self.inquiry,
            freezer,
            patience,
            prefix=self.prefix,
            cancel_orphan=cancel_orphan,
        )
        kernel.sight = ExchangeSight(
            timeline, bus, account, exchange, asking, catch_up, self.inquiry, patience, self.prefix
        )
