"""Things about a start that kills have taught: nobody skips it, stops do not wait for its end, waiting entries may."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from engine.answers import Answer
from engine.commands import CancelOrder, OrderType, SubmitOrder
from engine.facade import Ask, Verb
from engine.operator import Operator
from engine.orders import Order
from engine.recovery.outside import Outside
from engine.recovery.recovery import Recovery
from engine.recovery.unfinished import finish
from tests.correspondence_stage import Stage
from tests.crash_program import command
from tests.engine_process import BTC, running
from tests.rehearsal import PERP, SPOT, START


def state_of(root: Path) -> str:
    """Of the engine that runs there, as its command tells it."""
    return str(json.loads(command(root, "--json", "status").stdout)["engine"]["state"])


def test_a_person_who_starts_the_engine_does_not_skip_its_recovery() -> None:
    """Nothing may grow until all that happened is known, whoever says start meanwhile."""
    kernel = Stage().kernel
    kernel.begin_run({})
    kernel.recover()
    answer = Operator(kernel, None).handle(Ask(verb=Verb.START))
    assert "starting" in str(answer.sentence)
    assert kernel.state == "starting"
    assert kernel.account.entries_closed == "the start is not finished"


def test_a_stop_is_placed_before_the_fate_of_every_order_is_known() -> None:
    """A proof of absence takes as long as the fence; what is held is not naked for that long."""
    stage = Stage()
    held = stage.place(strategy="ema")
    stage.accept(held)
    stage.say(stage.exchange.fills(held, "2", "100", "e1", stage.now))
    stage.exchange.sent.clear()
    lost = SubmitOrder(stage.desk.ids.next("ema"), PERP, 1, OrderType.MARKET, Decimal(1))
    stage.desk.restore(Order(lost, "ema", stage.now))
    asked_s: list[float] = []

    def protect(symbol: str, answer: Answer) -> None:
        asked_s.append((stage.now - began_ns) / 1e9)
        stop = stage.place(
            -1, "2", type=OrderType.STOP_MARKET, trigger_price=Decimal(90), reduce_only=True, strategy="ema"
        )
        stage.accept(stop)
        answer.settle(f"a stop at 90 covers 2 {symbol}")

    began_ns = stage.now
    recovery = Recovery(stage.kernel, stage.parts, Outside(protect=protect), {}, START)
    recovery.begin()
    stage.pass_time(20)
    assert recovery.over.sentence == "armed"
    assert len(asked_s) == 1, "what is covered is not covered twice"
    assert asked_s[0] < 1
    assert [order.type for order in stage.account.stops(PERP)] == [OrderType.STOP_MARKET]


@pytest.mark.parametrize("closed", [None, "the gate was closed by a person"])
def test_what_a_person_left_to_wait_goes_on_waiting_while_entries_are_open(closed: str | None) -> None:
    """A strategy remembers nothing of its own and would enter twice; what is closed keeps no entries at all."""
    stage = Stage()
    waiting = [
        stage.place(strategy=name, type=OrderType.LIMIT, price=Decimal(90), symbol=symbol)
        for name, symbol in (("operator", PERP), ("ema", SPOT))
    ]
    for order in waiting:
        stage.accept(order)
    if closed is not None:
        stage.kernel.shut(closed)
    stage.exchange.sent.clear()
    answer = Answer()
    finish(stage.kernel, answer)
    taken = waiting if closed else waiting[1:]
    assert stage.exchange.sent == [CancelOrder(order.id, order.symbol) for order in taken]
    why = f"2 waiting entries are taken back: {closed}" if closed else "1 waiting entry is taken back: "
    assert str(answer.sentence).startswith(why)


def test_a_crash_leaves_what_a_person_decided(tmp_path: Path) -> None:
    """Their limit order waits on, their stop holds, and the story of what was taken back has its reason."""
    root = tmp_path / "data"
    with running(root) as engine:
        waits = command(root, "buy", BTC, "0.01", "--limit", "1000", "--stop", "900")
        assert waits.returncode == 0, waits.stderr
        assert command(root, "stop").returncode == 0
        after = command(root, "buy", BTC, "0.02", "--limit", "1000", "--stop", "900")
        assert after.returncode == 0, after.stderr
        engine.process.kill()
        engine.process.wait(5)
    with running(root):
        while (state := state_of(root)) == "starting":
            pass
        assert state == "stopped"
        orders = command(root, "--json", "orders").stdout
        assert "0.02" in orders
        assert command(root, "start").returncode == 0
        assert state_of(root) == "running"


def test_an_engine_that_broke_in_the_midst_of_an_order_speaks_for_no_state(tmp_path: Path) -> None:
    """Its last row would be a hash that no fold arrives at, and every later start would refuse the journal."""
    root = tmp_path / "data"
    root.mkdir(mode=0o700)
    script = tmp_path / "script.txt"
    script.write_text(f"+1s buy {PERP} 0.01\n+5s buy {PERP} 0.01\n")
    run = ("run", "--headless", "--speed", "max", "--duration", "10s", "--symbol", PERP, "--script", str(script))
    broken = command(root, *run, HEAN_TEST="1", HEAN_FAULTPOINT="intent.append:2:raise")
    assert broken.returncode == 1, broken.stderr
    again = command(root, *run)
    assert again.returncode == 0, again.stderr
    assert command(root, "replay", "--verify").returncode == 0


def test_a_halt_that_was_cut_off_is_told_by_the_run_that_finds_it(tmp_path: Path) -> None:
    """The marks that lead to it were written down and it was not; a replay hears all of it in the same order."""
    root = tmp_path / "data"
    root.mkdir(mode=0o700)
    script = tmp_path / "script.txt"
    script.write_text(f"+1s set risk.daily_drawdown_limit 0.00001\n+2s buy {PERP} 0.01\n")
    run = ("run", "--headless", "--speed", "max", "--duration", "10s", "--symbol", PERP)
    broken = command(root, *run, "--script", str(script), HEAN_TEST="1", HEAN_FAULTPOINT="halt.append:1:raise")
    assert broken.returncode == 1, broken.stderr
    again = command(root, "--json", *run)
    assert '"halted"' in again.stdout, again.stdout + again.stderr
    replayed = command(root, "replay", "--verify")
    assert replayed.returncode == 0, replayed.stdout


def test_a_replay_without_a_state_hash_does_not_call_it_equal(tmp_path: Path) -> None:
    """A run that was killed has written none: the chain holds, and no state was compared."""
    root = tmp_path / "data"
    root.mkdir(mode=0o700)
    script = tmp_path / "script.txt"
    script.write_text(f"+1s buy {PERP} 0.01\n+5s buy {PERP} 0.01\n")
    run = ("run", "--headless", "--speed", "max", "--duration", "10s", "--symbol", PERP, "--script", str(script))
    killed = command(root, *run, HEAN_TEST="1", HEAN_FAULTPOINT="intent.append:2:kill")
    assert killed.returncode < 0, killed.stderr
    replayed = command(root, "replay", "--verify")
    assert replayed.returncode == 0, replayed.stderr
    assert replayed.stdout.splitlines()[1] == (
        "The chain holds; no run wrote a state hash on the way, so that no state could be compared."
    )
    assert command(root, *run).returncode == 0
    assert "Every one of the 1 state hashes" in command(root, "replay", "--verify").stdout
