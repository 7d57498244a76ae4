"""The operator's verbs from end to end, at a real simulated venue: what happens, and what the operator is told."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from engine import events
from engine.errors import EntriesAreClosed
from engine.facade import Ask, Verb
from engine.gate import OrderRequest
from engine.operator import Operator
from engine.orders import Status
from engine.strategy import Strategy
from risk.gate import Gate
from risk.limits import Limits
from tests.rehearsal import PERP, SPOT, Stage
from tests.trading_floor import Floor


@pytest.fixture
def floor() -> Iterator[Floor]:
    """Both markets at 100. After each scenario our books and the venue's must be the same, to the last digit."""
    floor = Floor()
    yield floor
    floor.pass_time(2)
    assert floor.difference() == []
    assert floor.kernel.orders.counts["discrepancies"] == 0


def statuses(floor: Floor) -> list[str]:
    return [order.status.value for order in floor.account.open_orders.values()]


def test_a_market_order_is_answered_with_its_fill(floor: Floor) -> None:
    """The answer waits for the venue, and names what was filled at which price."""
    answer = floor.ask("buy", PERP, "2")
    assert floor.told_of(answer) == "no answer yet"
    floor.trade(101.0)
    floor.pass_time()
    assert floor.told_of(answer).endswith("is filled: 2 at 101 on average")
    assert floor.account.held_by("operator", PERP) == 2


def test_a_limit_order_is_answered_when_it_rests(floor: Floor) -> None:
    """It rests, is filled when the market comes, and can be cancelled before by its id."""
    assert floor.do("buy", PERP, "1", limit=95).endswith("is accepted")
    assert floor.do("sell", PERP, "1", limit=120).endswith("is accepted")
    (bid, ask) = floor.account.open_orders
    assert floor.do("cancel", order_id=ask) == f"order {ask} is cancelled"
    floor.trade(94.0)
    floor.pass_time()
    assert list(floor.account.open_orders) == []
    assert floor.account.held(PERP) == 1
    assert floor.do("cancel", order_id=bid) == f"refused: there is no open order '{bid}'"


def test_what_the_venue_rejects_is_a_refusal(floor: Floor) -> None:
    """An order that came to nothing is not told as done: the venue's reason is the answer."""
    assert "is rejected: " in floor.do("buy", PERP, "0.01")
    assert floor.do("buy", PERP, "0.01").startswith("refused: order ")
    assert floor.do("sell", PERP, "1", reduce_only=True).startswith("refused: order ")
    assert floor.account.held(PERP) == 0


def test_a_position_is_protected_and_only_ever_tightened(floor: Floor) -> None:
    """The first stop is placed, the next moves it nearer, and looser or for nothing is refused with the numbers."""
    assert floor.do("protect", PERP, stop=90) == f"refused: there is no position in {PERP} to protect"
    floor.do("buy", PERP, "2")
    assert floor.do("protect", PERP, stop=90.2) == f"stops at 90 cover 2 {PERP}"
    (stop,) = floor.account.open_orders.values()
    assert (stop.trigger_price, stop.quantity) == (Decimal(90), Decimal(2))
    assert stop.reduce_only
    assert floor.do("protect", PERP, stop=95) == f"stops at 95 cover 2 {PERP}"
    assert floor.do("protect", PERP, stop=95) == f"stops at 95 cover 2 {PERP}"
    refused = floor.do("protect", PERP, stop=92)
    assert refused == "refused: a stop rests at 95 already; 92 is looser, and stops only tighten"
    assert [order.trigger_price for order in floor.account.open_orders.values()] == [95]
    floor.trade(94.0)
    floor.trade(94.0)
    floor.pass_time()
    assert floor.account.held(PERP) == 0


def test_the_stop_of_a_short_position_tightens_downwards(floor: Floor) -> None:
    """For a short position nearer is lower."""
    floor.do("sell", PERP, "2")
    floor.do("protect", PERP, stop=110)
    assert "looser" in floor.do("protect", PERP, stop=112)
    assert floor.do("protect", PERP, stop=105) == f"stops at 105 cover 2 {PERP}"


def test_a_request_that_the_venue_refuses_is_told(floor: Floor) -> None:
    """During an outage neither a cancel nor a tighter stop is taken for done; the orders stay as they are."""
    floor.do("buy", PERP, "2")
    floor.do("protect", PERP, stop=90)
    floor.do("sell", PERP, "1", limit=120)
    stop, ask = floor.account.open_orders.values()
    floor.venue.outage(True)
    assert f"refused: order {ask.id} stays as it is: " in floor.do("cancel", order_id=ask.id)
    assert f"refused: order {stop.id} stays as it is: " in floor.do("protect", PERP, stop=95)
    floor.venue.outage(False)
    assert (stop.trigger_price, ask.status) == (Decimal(90), Status.ACCEPTED)


def test_close_leaves_the_others_alone(floor: Floor) -> None:
    """One symbol is flat and has no orders any more; the other keeps its position and its stop."""
    for symbol in (PERP, SPOT):
        floor.do("buy", symbol, "2", stop=90, target=120)
    told = floor.do("close", PERP)
    assert told == f"close {PERP}: flat, no position and no order is left"
    assert floor.account.held(PERP) == 0
    assert floor.account.held(SPOT) > 0
    assert {order.symbol for order in floor.account.open_orders.values()} == {SPOT}
    assert floor.do("close", PERP) == f"refused: there is no position in {PERP} to close"


@pytest.mark.parametrize("verb", ["kill", "flatten"])
def test_everything_is_closed(floor: Floor, verb: str) -> None:
    """Entries, positions long and short, stops and targets: all gone, and it is said so."""
    floor.do("buy", SPOT, "3", stop=90)
    floor.do("sell", PERP, "4", stop=110, target=80)
    floor.do("buy", PERP, "1", limit=60)
    assert floor.do(verb, reason="enough").endswith("enough: flat, no position and no order is left")
    assert floor.operator.left_over == []
    assert floor.account.held(PERP) == 0
    assert floor.account.is_flat(SPOT)
    assert statuses(floor) == []
    if verb == "kill":
        assert "the kill switch was used" in floor.do("buy", PERP, "1")
        refused = "refused: cannot start: the kill switch was used; hean-tui unlock kill opens what it closed"
        assert floor.do("start") == refused
        assert "cannot resume" in floor.do("resume")
    else:
        assert "is filled" in floor.do("buy", PERP, "1")
        floor.do("close", PERP)


@pytest.mark.parametrize("sides", [(1, 1), (1, -1), (-1, 1)])
def test_after_closing_no_strategy_believes_to_hold_anything(floor: Floor, sides: tuple[int, int]) -> None:
    """Two strategies in one symbol are closed with one order: neither is left with a share that is not there."""
    for strategy, side, size in (("ema", sides[0], 2), ("impulse", sides[1], 1)):
        request = OrderRequest(symbol=PERP, side=side, quantity=Decimal(size), strategy=strategy)
        floor.kernel.orders.place(request)
        floor.trade(100.0)
    floor.trade(105.0)
    assert floor.do("flatten") == "flatten: flat, no position and no order is left"
    assert [floor.account.held_by(strategy, PERP) for strategy in ("ema", "impulse")] == [0, 0]
    made = sum(share.realised - share.fees for share in floor.account.owned.values())
    assert made == floor.account.equity() - 10_000


def test_a_kill_may_have_the_same_reason_as_what_it_kills(floor: Floor) -> None:
    """Reasons are words for people: an entry and a position of the same reason are closed like all others."""
    floor.do("buy", PERP, "2", reason="by hand")
    floor.do("buy", PERP, "1", limit=90, reason="by hand")
    assert floor.do("kill", reason="by hand") == "by hand: flat, no position and no order is left"


def test_a_position_larger_than_one_market_order_is_closed_in_parts(floor: Floor) -> None:
    """Round after round, each at most what the venue takes in one order."""
    floor.do("deposit", quantity="1000000")
    for _ in range(3):
        floor.do("buy", PERP, "500")
    assert floor.do("flatten") == "flatten: flat, no position and no order is left"
    sizes = [fill.quantity for fill in floor.kernel.orders.recent.values() if fill.side < 0]
    assert sizes == [500, 500, 500]


def test_flattening_where_nothing_ever_traded_is_no_feat() -> None:
    """A symbol without any price has nothing to close."""
    stage = Stage()
    answer = Operator(stage.kernel, None).handle(Ask(verb=Verb.FLATTEN))
    assert answer.sentence == "flatten: flat, no position and no order is left"


def test_only_the_entries_may_be_cancelled(floor: Floor) -> None:
    """The gate is closed and entries are gone; position and stop stay until a person resumes."""
    floor.kernel.start()
    floor.do("buy", PERP, "2", stop=90)
    floor.do("buy", PERP, "1", limit=60)
    told = floor.do("kill", cancel_only=True, reason="a doubt")
    assert told == "a doubt: entries are cancelled, stops stay"
    assert floor.kernel.state == "reduce_only"
    assert floor.account.held(PERP) == 2
    (stop,) = floor.account.open_orders.values()
    assert stop.is_protective
    assert "the gate was closed by the operator" in floor.do("buy", PERP, "1")
    assert floor.do("resume") == "entries are open"
    assert "is filled" in floor.do("buy", PERP, "1")


def test_what_could_not_be_closed_is_told_exactly(floor: Floor) -> None:
    """With the venue out for all of it: position and orders are named, nothing is claimed, and books still agree."""
    floor.do("buy", PERP, "2", stop=90)
    floor.do("buy", PERP, "1", limit=60)
    names = [f"order {name}" for name in floor.account.open_orders]
    floor.venue.outage(True)
    answer = floor.ask("kill", reason="enough")
    floor.pass_time(60)
    assert floor.told_of(answer) == "no answer yet"
    floor.pass_time(30)
    left = [f"2 {PERP}", *names]
    assert floor.told_of(answer) == f"enough: left are {'; '.join(left)}; ask again when the venue answers"
    assert floor.operator.left_over == left


def test_entries_that_could_not_be_cancelled_are_not_claimed_to_be(floor: Floor) -> None:
    """Stopping in an outage: the sentence says how many entries still rest."""
    floor.do("buy", PERP, "1", limit=60)
    floor.venue.outage(True)
    answer = floor.ask("stop")
    floor.pass_time(30)
    assert floor.told_of(answer) == "stop: the venue did not cancel 1 of the entries, stops stay"


def test_stop_lets_strategies_rest_and_stops_stay(floor: Floor) -> None:
    """Entries are cancelled, the position keeps its stop, and start begins again."""

    class Silent(Strategy):
        """Does nothing."""

    floor.kernel.strategies.add(Silent("silent", (PERP,), {}))
    assert floor.do("start") == "the engine is running"
    floor.do("buy", PERP, "2", stop=90)
    floor.do("buy", PERP, "1", limit=60)
    assert floor.do("stop") == "stop: entries are cancelled, stops stay"
    assert (floor.kernel.state, statuses(floor)) == ("stopped", ["accepted"])
    assert floor.do("start") == "the engine is running"
    assert floor.kernel.state == "running"


def test_a_pause_closes_entries_until_resumed(floor: Floor) -> None:
    """Exits go on meanwhile."""
    floor.do("start")
    floor.do("buy", PERP, "2")
    assert floor.do("pause") == "entries are paused; exits and stops go on"
    assert "entries are paused by the operator" in floor.do("buy", PERP, "1")
    assert "is filled" in floor.do("sell", PERP, "1", reduce_only=True)
    assert floor.do("resume") == "entries are open"
    assert "is filled" in floor.do("buy", PERP, "1")


def test_a_pause_holds_orders_by_hand_while_strategies_rest(floor: Floor) -> None:
    """After a stop a person trades until the pause; what closes and protects goes on, and resume wakes no strategy."""
    floor.do("start")
    floor.do("stop")
    assert "is filled" in floor.do("buy", PERP, "2")
    assert floor.do("pause") == "entries are paused; exits and stops go on"
    for verb, symbol in (("buy", PERP), ("buy", SPOT)):
        refusal = floor.ask(verb, symbol, "1").refusal
        assert isinstance(refusal, EntriesAreClosed)
        assert str(refusal).startswith("entries are paused by the operator")
    assert floor.do("protect", PERP, stop=90) == f"stops at 90 cover 2 {PERP}"
    assert "is filled" in floor.do("sell", PERP, "1", reduce_only=True)
    floor.do("sell", PERP, "5")
    assert floor.account.held(PERP) == 0
    floor.do("stop")
    assert "entries are paused by the operator" in floor.do("sell", PERP, "1")
    assert floor.do("resume") == "entries are open"
    assert floor.kernel.state == "stopped"
    assert "is filled" in floor.do("buy", PERP, "1")


def test_a_start_ends_no_pause(floor: Floor) -> None:
    """Strategies work again, and entries wait for a word of their own."""
    floor.do("stop")
    floor.do("pause")
    floor.do("start")
    assert floor.kernel.state == "paused"
    assert "entries are paused by the operator" in floor.do("buy", PERP, "1")


def test_what_a_kill_has_closed_stays_paused_while_strategies_rest(floor: Floor) -> None:
    """The answer of the unlock says that entries wait for a resume, and they do, started or not."""
    floor.do("kill")
    told = floor.do("unlock", key="kill", reason="I have looked", value="RESET KILL")
    assert told == "what the kill has closed is open; entries are paused until you resume"
    assert floor.kernel.state == "stopped"
    assert "resting until you resume" in floor.do("buy", PERP, "1")
    assert floor.do("resume") == "entries are open"
    assert "is filled" in floor.do("buy", PERP, "1")


def test_the_refused_half_of_a_turn_is_told(floor: Floor) -> None:
    """The half that closes is filled; the answer names the rest, the code of its refusal and why."""
    floor.do("buy", PERP, "2")
    floor.do("pause")
    assert floor.do("sell", PERP, "9.5").endswith(
        " is filled: 2 at 100 on average; the other 7.5 was refused (EntriesClosed): entries are paused by the operator"
    )
    floor.do("resume")
    assert floor.do("buy", PERP, "1").endswith(" is filled: 1 at 100 on average")


def test_resuming_what_no_person_paused_says_so(floor: Floor) -> None:
    """What still holds entries back is named, and no pause is said to be over that never was."""
    floor.kernel.degrade("the clock jumped")
    assert floor.do("resume") == "nothing was paused; still, the clock jumped"
    floor.do("pause")
    assert floor.do("resume") == "your pause is over; still, the clock jumped"
    floor.kernel.degrade(None)
    assert floor.do("resume") == "entries are open"


def test_money_goes_in_and_out_once(floor: Floor) -> None:
    """Both books have it, it is told once, profit and drawdown do not move, and no more leaves than is there."""
    assert floor.do("deposit", quantity="500") == "the deposits are 10500 now"
    assert floor.do("withdraw", quantity="2500.5") == "the deposits are 7999.5 now"
    amounts = [line.text for line in floor.kernel.stream.lines() if line.word == "transfer"]
    assert amounts == ["deposited 500", "withdrew 2500.5"]
    assert floor.account.peak_equity == floor.account.day_start_equity == Decimal("7999.5")
    assert floor.do("withdraw", quantity="8000").startswith("refused: cannot withdraw 8000: the equity is 7999.5")


def test_the_simulated_world_obeys_and_a_real_one_cannot(floor: Floor) -> None:
    """Moves and funding reach the world; where there is none they are refused in words."""
    assert floor.do("market", PERP, value="-0.04") == f"{PERP} moves by -0.04 within a minute"
    assert floor.do("funding", PERP, value="0.0003") == f"the next funding of {PERP} is 0.0003"
    assert floor.moves == [("move", PERP, -0.04), ("funding", PERP, 0.0003)]
    real = type(floor.operator)(floor.kernel, None)
    floor.operator = real
    assert floor.do("market", PERP, value="1").endswith("can only be ordered in the built-in market")
    assert floor.do("deposit", quantity="1").endswith("can only be ordered in the built-in market")


def test_a_limit_is_changed_by_name() -> None:
    """What holds now is told, applies to the next order, and an unknown name is refused."""
    floor = Floor(gate=Gate(Limits()))
    assert floor.do("set", key="max_position_size", value="150") == "max_position_size is 150 now"
    assert "the limit is 150" in floor.do("buy", PERP, "2")
    assert floor.do("set", key="max_luck", value="3").startswith("refused: ")
    assert floor.do("set", key="max_leverage", value="nan").startswith("refused: ")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"verb": "buy", "symbol": PERP}, "the quantity must be above zero; it was None"),
        ({"verb": "buy", "symbol": PERP, "quantity": "0"}, "the quantity must be above zero; it was 0"),
        ({"verb": "sell", "symbol": PERP, "quantity": "-1"}, "the quantity must be above zero; it was -1"),
        ({"verb": "buy", "symbol": PERP, "quantity": "NaN"}, "the quantity must be above zero; it was NaN"),
        ({"verb": "buy", "symbol": PERP, "quantity": "Infinity"}, "the quantity must be above zero; it was Infinity"),
        ({"verb": "buy", "symbol": PERP, "quantity": "1", "limit": "-5"}, "the price of the limit must be above zero"),
        ({"verb": "buy", "symbol": PERP, "quantity": "1", "stop": "NaN"}, "the price of the stop must be above zero"),
        ({"verb": "buy", "symbol": PERP, "quantity": "1", "target": "0"}, "the price of the target must be above"),
        ({"verb": "buy", "symbol": "DOGE/USDT", "quantity": "1"}, "'DOGE/USDT' is not traded in this run; known are"),
        ({"verb": "close", "symbol": "DOGE/USDT"}, "'DOGE/USDT' is not traded in this run"),
        ({"verb": "protect", "symbol": PERP}, "the price of a stop must be above zero; it was None"),
        ({"verb": "cancel", "order_id": "nothing"}, "there is no open order 'nothing'"),
        ({"verb": "deposit", "quantity": "NaN"}, "the amount must be above zero; it was NaN"),
        ({"verb": "withdraw", "quantity": "0"}, "the amount must be above zero; it was 0"),
        ({"verb": "market", "symbol": PERP, "value": "up"}, "'up' is not a number"),
        ({"verb": "market", "symbol": PERP, "value": "inf"}, "a number must be finite; it was 'inf'"),
        ({"verb": "funding", "symbol": PERP, "value": "nan"}, "a number must be finite; it was 'nan'"),
    ],
)
def test_senseless_asks_are_refused_in_words(floor: Floor, words: dict[str, str], sentence: str) -> None:
    """One sentence with the value; nothing is sent, and that somebody asked is told all the same."""
    refused = floor.do(**words)
    assert refused.startswith(f"refused: {sentence}")
    assert floor.kernel.orders.counts["orders"] == 0
    acts = [line.text for line in floor.kernel.stream.lines() if line.word == "operator"]
    assert len(acts) == 1
    assert acts[0].startswith(words["verb"])


def test_whoever_is_answered_may_ask_at_once(floor: Floor) -> None:
    """A script asks for the next thing from inside the answer to the last: that is answered too."""
    chain: list[str] = []

    def then(_: object) -> None:
        chain.append("first")
        answer = floor.ask("sell", PERP, "1")
        answer.when_settled(lambda answer: chain.append(floor.told_of(answer)))

    floor.ask("buy", PERP, "2").when_settled(then)
    waiting = floor.ask("buy", SPOT, "1")
    for _ in range(4):
        floor.trade(100.0)
        floor.trade(100.0, SPOT)
    assert chain[0] == "first"
    assert chain[1].endswith("is filled: 1 at 100 on average")
    assert waiting.is_settled


def test_every_ask_is_told_before_it_is_done(floor: Floor) -> None:
    """The operator's act comes first in the stream, then what came of it."""
    floor.kernel.bus.subscribe(events.OperatorActed, floor.told.append)
    floor.kernel.bus.subscribe(events.OrderSubmitted, floor.told.append)
    floor.do("buy", PERP, "2")
    assert [type(event).__name__ for event in floor.told] == ["OperatorActed", "OrderSubmitted"]
