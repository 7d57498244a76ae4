"""HALT by the table: what it closes and what goes on, how long it holds, which words lift it, and what then."""

from decimal import Decimal

import pytest

from engine.errors import CommandRefused, EntriesAreClosed
from risk.gate import Gate
from risk.limits import Limits
from tests.losses_stage import LOOSE, PRICE, Losing
from tests.rehearsal import DAY, PERP, SECOND
from tests.trading_floor import Floor

CENT = Decimal("0.01")
HOUR = 3_600 * SECOND
TABLE = {  # an account of its size, its HALT, how many hours it holds at least, and what has to be typed
    "Sniper": ("1000", 75, 4, "RESET SNIPER"),
    "Hunter": ("5000", 400, 1, "RESET HUNTER"),
    "Strategist": ("25000", 2_000, 8, "RESET STRATEGIST"),
}
LIMITS = Limits(
    max_leverage=Decimal(10),
    max_risk_per_trade=Decimal("0.99"),
    default_stop=None,
    daily_drawdown_limit=Decimal("0.99"),
    price_collar=None,
    liquidation_distance=None,
)


def halted_floor(tier: str) -> Floor:
    """An account that holds, with a stop and a resting entry, and has lost its HALT to the cent."""
    capital, halt, _, _ = TABLE[tier]
    floor = Floor((PERP,), gate=Gate(LIMITS), capital=capital)
    floor.kernel.start()
    quantity = Decimal(capital) / 50
    floor.do("buy", PERP, str(quantity))  # at 100, which is two times the equity, and costs a thousandth of it
    fee = quantity / 10
    floor.do("protect", PERP, stop=40)
    assert "accepted" in floor.do("buy", PERP, "1", limit=20)
    assert len(floor.account.open_orders) == 2
    floor.trade(float(100 - (halt - fee - CENT) / quantity))
    floor.pass_time()
    assert floor.kernel.state == "running"
    floor.trade(float(100 - (halt - fee) / quantity))
    floor.pass_time()
    return floor


def unlock(floor: Floor, phrase: str, reason: str = "I know what happened") -> Exception | None:
    """The refusal of the command, or None when it was done."""
    return floor.ask("unlock", key="account", value=phrase, reason=reason).refusal


def since_ns(of: Floor | Losing) -> int:
    """When the halt began."""
    gate = of.kernel.gate
    assert isinstance(gate, Gate)
    assert gate.losses.halted is not None
    return gate.losses.halted.since_ns


@pytest.mark.parametrize("tier", TABLE)
def test_entries_are_over_and_exits_go_on(tier: str) -> None:
    """The entry that waited is taken back, a new one is refused; the stop rests, and what is held can be sold."""
    floor = halted_floor(tier)
    assert floor.kernel.state == "halted"
    floor.pass_time()
    assert [order.trigger_price for order in floor.account.open_orders.values()] == [Decimal(40)]
    answer = floor.ask("buy", PERP, "1")
    assert isinstance(answer.refusal, CommandRefused)
    assert "entries are halted" in str(answer.refusal)
    held = floor.account.held(PERP)
    floor.do("sell", PERP, "1")
    assert floor.account.held(PERP) == held - 1
    floor.do("flatten")
    assert floor.account.held(PERP) == 0
    assert floor.kernel.state == "halted"


@pytest.mark.parametrize("tier", TABLE)
def test_a_stop_that_rests_fills_while_halted(tier: str) -> None:
    """The halt is for risk that would come, not for the way out."""
    floor = halted_floor(tier)
    floor.trade(39.0)
    floor.trade(39.0)
    floor.pass_time()
    assert floor.account.held(PERP) == 0
    assert floor.kernel.state == "halted"


@pytest.mark.parametrize("tier", TABLE)
def test_a_halt_is_lifted_as_its_tier_says(tier: str) -> None:
    """Not a nanosecond early, not with other words, not without a reason, not while books differ; then it is."""
    _, halt, hours, phrase = TABLE[tier]
    floor = halted_floor(tier)
    lifts_ns = since_ns(floor) + hours * HOUR
    assert f"HALT of {halt:,}.00" in str(floor.kernel.gate.halted())
    floor.do("flatten")
    refusal = unlock(floor, phrase)
    assert isinstance(refusal, EntriesAreClosed)
    assert f"it can be lifted in {hours} h 0 min at the earliest" in str(refusal)
    floor.timeline.advance(lifts_ns - 1)
    assert "in 1 min at the earliest" in str(unlock(floor, phrase))
    floor.timeline.advance(lifts_ns)
    others = [words[3] for name, words in TABLE.items() if name != tier]
    for wrong in (*others, phrase.lower(), "", "RESET KILL"):
        refusal = unlock(floor, wrong)
        assert isinstance(refusal, EntriesAreClosed)
        assert repr(phrase) in str(refusal)
    for reason in ("", "  "):
        refusal = unlock(floor, phrase, reason)
        assert type(refusal) is CommandRefused
        assert "reason" in str(refusal)
    floor.operator.books_differ = lambda: "the cash"
    refusal = unlock(floor, phrase)
    assert type(refusal) is CommandRefused
    assert "agree first: the cash" in str(refusal)
    assert floor.kernel.state == "halted"
    floor.operator.books_differ = lambda: None
    assert unlock(floor, phrase) is None
    assert floor.kernel.state == "paused"
    floor.do("resume")
    assert floor.kernel.state == "running"
    assert "no halt called" in str(unlock(floor, phrase))


@pytest.mark.parametrize("first", ["account", "kill"])
def test_unlocking_one_of_two_locks_names_the_other(first: str) -> None:
    """A halt and a kill: what still stands is told with its way out; a resume opens nothing before both are gone."""
    _, _, hours, phrase = TABLE["Sniper"]
    floor = halted_floor("Sniper")
    floor.do("kill")
    floor.timeline.advance(since_ns(floor) + hours * HOUR)
    words = {"account": {"value": phrase}, "kill": {"value": "RESET KILL"}}
    second = "kill" if first == "account" else "account"
    told = floor.do("unlock", key=first, reason="I have looked", **words[first])
    if first == "account":
        assert told.endswith(
            "measured from here; still, the kill switch was used; hean-tui unlock kill opens what it closed"
        )
        assert "cannot resume: the kill switch was used" in floor.do("resume")
    else:
        halted = floor.kernel.gate.halted()
        assert told.endswith(f"; still, entries are halted: {halted}; after that entries are paused until you resume")
    told = floor.do("unlock", key=second, reason="I have looked", **words[second])
    assert told.endswith("; entries are paused until you resume")
    assert "resting until you resume" in floor.do("buy", PERP, "0.1")
    assert floor.do("resume") == "entries are open"


def test_a_start_names_everything_that_still_holds_entries_back() -> None:
    """A halt, a fault, a closed gate and a pause, alone and together, and so does a resume what it does not end."""
    floor = halted_floor("Sniper")
    halted = f"still, entries are halted: {floor.kernel.gate.halted()}"
    paused = "entries are paused until you resume"
    assert floor.do("start") == f"the engine is running; {halted}"
    floor.do("pause", reason="lunch")
    assert floor.do("start") == f"the engine is running; {halted}; after that {paused}"
    floor.kernel.degrade("the clock jumped")
    floor.kernel.close_gate("the gate was closed by the operator")
    assert floor.do("start") == (
        f"the engine is running; {halted}; the clock jumped; the gate was closed by the operator; after that {paused}"
    )
    assert floor.do("resume") == f"your pause is over; {halted}; the clock jumped"
    calm = Floor((PERP,), gate=Gate(LIMITS), capital="1000")
    calm.do("pause", reason="lunch")
    assert calm.do("start") == f"the engine is running; {paused}"
    calm.kernel.close_gate("the gate was closed by the operator")
    assert calm.do("start") == f"the engine is running; still, the gate was closed by the operator; {paused}"
    calm.do("resume")
    assert calm.do("start") == "the engine is running"


def test_a_lifted_halt_stays_paused_while_strategies_rest() -> None:
    """Entries by hand wait for the resume that the answer speaks of, also after a stop."""
    _, _, hours, phrase = TABLE["Sniper"]
    floor = halted_floor("Sniper")
    floor.do("flatten")
    floor.do("stop")
    floor.timeline.advance(since_ns(floor) + hours * HOUR)
    assert unlock(floor, phrase) is None
    assert floor.kernel.state == "stopped"
    floor.trade(90.0)
    assert "resting until you resume" in floor.do("buy", PERP, "0.1")
    assert floor.do("resume") == "entries are open"
    assert "is filled" in floor.do("buy", PERP, "0.1")


def test_what_is_not_halted_is_not_lifted() -> None:
    """Neither an account that is well, nor a scope that nobody knows, nor the day's halt, which ends with the day."""
    floor = Floor((PERP,), gate=Gate(Limits()), capital="1000")
    assert "no halt called 'account'" in str(unlock(floor, "RESET SNIPER"))
    assert "no halt called 'moon'" in str(floor.ask("unlock", key="moon", value="x", reason="y").refusal)
    stage = Losing("1000", Limits())
    stage.trade(1, 1)
    stage.price(PRICE - 50)  # five per cent
    assert stage.heard()[-2:] == ["halt 50", "halt day"]
    denial = stage.gate.refuse_unlock("day", "RESET SNIPER", stage.account, stage.now)
    assert denial is not None
    assert (denial.code, "nobody lifts that" in denial.sentence) == ("TooEarly", True)
    denial = stage.gate.refuse_unlock("account", "RESET SNIPER", stage.account, stage.now)
    assert denial is not None
    assert denial.code == "NotHalted"
    stage.midnight()
    assert stage.heard()[-1] == "lifted day"
    assert stage.gate.halted() is None


def halted_stage(tier: str) -> Losing:
    """It holds one, and has lost its HALT."""
    capital, halt, _, _ = TABLE[tier]
    stage = Losing(capital)
    stage.trade(1, 1)
    stage.price(PRICE - halt)
    assert stage.heard()[-1] == "halt account"
    return stage


@pytest.mark.parametrize("tier", TABLE)
@pytest.mark.parametrize("how", ["fold", "snapshot"])
@pytest.mark.parametrize("limits", [LOOSE, Limits(), Limits(halt_loss=Decimal(9)), Limits(halt_loss=Decimal(90_000))])
def test_a_halt_survives(tier: str, how: str, limits: Limits) -> None:
    """Restarts, days, other limits, money for another tier, a full recovery: all of it changes nothing."""
    _, _, hours, phrase = TABLE[tier]
    stage = halted_stage(tier)
    began_ns = since_ns(stage)
    heard = stage.heard()
    stage.end_and_go_on(how, limits)
    stage.transfer(50_000)
    stage.midnight()
    stage.price(PRICE + 5_000)
    stage.end_and_go_on(how, LOOSE, away_ns=DAY // 2)
    stage.transfer(-50_000)
    assert stage.kernel.state == "halted"
    assert since_ns(stage) == began_ns
    assert stage.tier == tier
    after = stage.heard()[len(heard) :]
    assert [word for word in after if word.startswith("tier") or word.endswith("account")] == []
    refuse = stage.gate.refuse_unlock
    assert refuse("account", phrase, stage.account, began_ns + hours * HOUR) is None
    denial = refuse("account", phrase, stage.account, began_ns + hours * HOUR - 1)
    assert denial is not None
    assert denial.code == "TooEarly"


@pytest.mark.parametrize("tier", TABLE)
@pytest.mark.parametrize("how", ["not at all", "fold", "snapshot"])
def test_after_the_lifting_losses_are_measured_from_there(tier: str, how: str) -> None:
    """Critical and HALT come again at their amounts from the equity of then; the day's Warning was told already."""
    _, halt, _, _ = TABLE[tier]
    critical = {"Sniper": 50, "Hunter": 300, "Strategist": 1_500}[tier]
    stage = halted_stage(tier)
    stage.price(PRICE - halt - 13)
    stage.kernel.lift_halt("account", "looked")
    if how != "not at all":
        stage.end_and_go_on(how)
    assert stage.heard()[-1] == "lifted account"
    assert stage.kernel.state == "running"
    assert stage.tier == tier
    count = len(stage.heard())
    stage.price(PRICE - halt - 13 - critical + CENT)
    assert stage.heard()[count:] == []
    stage.price(PRICE - halt - 13 - critical)
    assert stage.heard()[count:] == [f"critical {critical}"]
    stage.price(PRICE - halt - 13 - halt + CENT)
    assert stage.kernel.state == "running"
    stage.price(PRICE - halt - 13 - halt)
    assert stage.heard()[count + 1 :] == [f"halt {halt}", "halt account"]


@pytest.mark.parametrize(
    ("capital", "before", "lost", "after"),
    [
        ("2000", "Hunter", 400, "Sniper"),
        ("2300", "Hunter", 400, "Hunter"),  # 1,900 are not five per cent below 2,000
        ("2299.99", "Hunter", 400, "Sniper"),
        ("10000", "Strategist", 2_000, "Hunter"),
        ("11500", "Strategist", 2_000, "Strategist"),
        ("600", "Sniper", 75, "Sniper"),
    ],
)
def test_with_the_lifting_the_tier_is_read_anew(capital: str, before: str, lost: int, after: str) -> None:
    """The levels of what is left hold from then on."""
    stage = Losing(capital)
    assert stage.tier == before
    stage.trade(1, 1)
    stage.price(PRICE - lost)
    assert stage.tier == before
    stage.kernel.lift_halt("account", "looked")
    assert stage.tier == after
    assert stage.told[-1].ts == stage.now
    assert stage.heard()[-2:] == (
        ["lifted account", f"tier {after}"] if after != before else ["halt account", "lifted account"]
    )


def test_a_halted_account_is_never_promoted() -> None:
    """Not on the day of the lifting either; the day after that was a clean one."""
    stage = Losing("1000", native_ns=60 * SECOND)
    stage.trade(1, 1)
    stage.price(PRICE - 75)
    stage.transfer(9_000)
    stage.midnight()
    assert stage.tier == "Sniper"
    stage.kernel.lift_halt("account", "looked")
    stage.midnight()
    assert stage.tier == "Sniper"
    stage.midnight()
    assert stage.tier == "Hunter"


def test_a_gate_that_never_judged_is_kept_too() -> None:
    """Before there is an account there is no tier, and nothing is halted."""
    kept = Gate(LOOSE).saved()
    gate = Gate(Limits())
    gate.load(kept)
    assert gate.saved() == kept
    assert gate.limits == LOOSE
    assert gate.halted() is None
    assert kept["losses"]["tier"] is None
