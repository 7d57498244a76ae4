"""What a start makes of what the last run left in the midst of something: a kill, and entries that still wait."""

from engine.account import EXTERNAL
from engine.answers import Answer
from engine.gate import OPERATOR
from engine.kernel import Kernel
from engine.unwinding.flattening import Flattening, remainder

BEGINS_ANEW = "its strategy begins anew"


def finish(kernel: Kernel, answer: Answer) -> None:
    """Carry a kill through; else take back the entries that must not wait any longer.

    What is halted, closed or paused keeps no entries. A strategy remembers nothing of those it had and would enter a
    second time. What a person left to wait goes on waiting.
    """
    if kernel.state == "killed":
        if remainder(kernel, kernel.symbols):
            Flattening(kernel, answer, "the kill that was begun", kernel.symbols)
        else:
            answer.settle("the kill had been carried through")
        return
    closed = kernel.closed
    taken = 0
    for order in list(kernel.account.open_orders.values()):
        if not order.reduce_only and (closed is not None or order.strategy not in (OPERATOR, EXTERNAL)):
            kernel.orders.cancel(order, closed or BEGINS_ANEW)
            taken += 1
    if not taken:
        answer.settle("nothing was left half done")
        return
    entries = f"{taken} waiting {'entry is' if taken == 1 else 'entries are'} taken back"
    answer.settle(f"{entries}: {closed or 'strategies begin anew'}")
