"""In whatever state an account is, the short look says yes only to what all checks let pass."""

from typing import Any

import pytest
from hypothesis import given

from engine.account import Account
from engine.gate import Denial, OrderRequest
from risk.gate import Gate
from risk.short_look import ShortLook
from tests.gate_sequences import Act, Crowd
from tests.test_gate_sequences import ACCOUNTS, ACTS


class Silent(ShortLook):
    """Leaves everything to the checks."""

    def passes(self, *_: Any) -> bool:
        return False


class Doubting(Gate):
    """Judges every order with the short look and without it."""

    looks = 0

    def check(self, request: OrderRequest, account: Account, now_ns: int) -> Denial | None:
        sized, looking = self._sized, self._short_look
        answer = super().check(request, account, now_ns)
        self._sized, self._short_look = sized, Silent(self.limits)
        assert super().check(request, account, now_ns) == answer
        self._short_look = looking
        self.looks += 1
        return answer


class DoubtingCrowd(Crowd):
    """The crowd that does anything, at that gate."""

    gate_kind = Doubting


@pytest.mark.parametrize("limits", ACCOUNTS.values(), ids=ACCOUNTS.keys())
@given(acts=ACTS)
def test_no_order_passes_that_the_checks_would_refuse(limits: dict[str, Any], acts: list[Act]) -> None:
    """Stories with stops, coins, entries that wait, losses and halts."""
    crowd = DoubtingCrowd(**limits)
    for act in acts:
        crowd.act(act)
    assert crowd.wrong == []


def test_the_gate_of_the_crowd_does_judge_twice() -> None:
    """A property that judges nothing would prove nothing."""
    crowd = DoubtingCrowd(fat_finger=None)
    crowd.order(1, "1")
    assert isinstance(crowd.gate, Doubting)
    assert crowd.gate.looks == 1
