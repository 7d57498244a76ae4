"""The state hash: equal histories have equal hashes in any process, and any difference in money makes another."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from engine.events import Event, Transferred
from engine.record.digest import Digest
from tests.rehearsal import PERP, SPOT, Stage

ROOT = Path(__file__).parents[1]
amounts = st.integers(-1_000, 1_000).map(Decimal)


def hash_of(history: list[Event], open_state: object = ()) -> str:
    digest = Digest()
    for event in history:
        digest.add(event)
    return digest.hash_with(open_state)


def transfers(values: list[Decimal]) -> list[Event]:
    return [Transferred(number, value) for number, value in enumerate(values)]


@given(st.lists(amounts, max_size=600), st.sets(st.integers(0, 600)))
def test_asking_in_between_does_not_change_the_hash(values: list[Decimal], asked_at: set[int]) -> None:
    """Batches are invisible: however often somebody looks, the end is the same."""
    digest = Digest()
    for number, event in enumerate(transfers(values)):
        if number in asked_at:
            digest.hash_with({"open": number})
        digest.add(event)
    assert digest.hash_with(()) == hash_of(transfers(values))


@given(st.lists(amounts, min_size=2, max_size=20), st.data())
def test_every_fact_and_its_place_counts(values: list[Decimal], data: st.DataObject) -> None:
    """Leaving out a fact, changing one, or exchanging two unequal ones gives another hash."""
    whole = hash_of(transfers(values))
    place = data.draw(st.integers(0, len(values) - 1))
    history = transfers(values)
    assert hash_of(history[:place] + history[place + 1 :]) != whole
    changed = transfers([*values[:place], values[place] + 1, *values[place + 1 :]])
    assert hash_of(changed) != whole
    assert hash_of(list(reversed(history))) != whole
    assert hash_of(history, {"open": 1}) != whole


def play() -> dict[str, str]:
    """A short run with everything that settles, told from its kernel."""
    stage = Stage()
    hashes = {}
    stage.tick(100.0)
    stage.tick(100.0, SPOT)
    hashes["before"] = stage.kernel.state_hash()
    for strategy in ("ema", "impulse", "scripted"):
        order = stage.place(1, "2", strategy=strategy)
        stage.accept(order.id)
        stage.execute(order, "0.5", "100.5", fee="0.05")
    stage.say(Transferred(stage.now, Decimal(25)))
    hashes["after"] = stage.kernel.state_hash()
    stage.tick(101.0, after_ns=10**9)
    hashes["a tick later"] = stage.kernel.state_hash()
    stage.orders.cancel(next(iter(stage.account.open_orders.values())))
    hashes["a request later"] = stage.kernel.state_hash()
    return hashes


def test_two_processes_agree() -> None:
    """Another hash seed, another time zone, another process: the same hashes."""
    program = "import json; from tests.test_digest_chain import play; print(json.dumps(play()))"
    told = []
    for seed, zone in (("1", "Asia/Tokyo"), ("2", "America/New_York")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
        ran = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        told.append(json.loads(ran.stdout))
    assert told[0] == told[1] == play()


def test_what_settles_changes_the_hash_and_what_informs_does_not() -> None:
    """Fills, transfers and requests on their way are in it; a tick that changed no baseline is not."""
    hashes = play()
    assert hashes["before"] != hashes["after"] != hashes["a request later"]
    stage = Stage((PERP,))
    before = stage.kernel.state_hash()
    stage.tick(100.0)
    stage.tick(105.0)
    assert stage.kernel.state_hash() == before
