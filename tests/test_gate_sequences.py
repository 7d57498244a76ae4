"""Whatever anybody does in whatever order: no limit is broken, nothing grows after a halt, no reduction is refused."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gate_sequences import Act, Crowd

D = Decimal
# Where the day halts entries, and where the tier does because the day may lose more; each tried as often.
ACCOUNTS: dict[str, dict[str, Any]] = {
    "a day's limit, and every limit there is": {
        "daily_drawdown_limit": D("0.04"),
        "max_position_size": D(8_000),
        "max_strategy_exposure": D(2),
        "max_concentration": D("1.8"),
        "max_risk_per_trade": None,
        "price_collar": D("0.05"),
        "orders_per_minute": D(20),
        "liquidation_distance": D("0.1"),
        "max_open_orders": D(12),
        "duplicate_s": D(1),
    },
    "a tier's halt, and hardly a limit": {"risk_per_trade": D("0.02")},
}
ACTS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 11), st.integers(0, 2), st.integers(0, 100), st.integers(0, 20)),
    min_size=10,
    max_size=40,
)


@pytest.mark.parametrize("limits", ACCOUNTS.values(), ids=ACCOUNTS.keys())
@given(acts=ACTS)
def test_no_path_leads_past_the_gate(limits: dict[str, Any], acts: list[Act]) -> None:
    """Each decision and each execution of a random story is checked on a real venue."""
    crowd = Crowd(**limits)
    for act in acts:
        crowd.act(act)
    for _ in range(3):
        crowd.settle()
    assert crowd.wrong == []
    assert crowd.difference() == []
