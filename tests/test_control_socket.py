"""The control socket of a real engine: who may talk to it, what it understands, and that nothing disturbs it."""

import json
import os
import socket
import stat
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine_process import BTC, EngineProcess, request, running, talk

BUY: dict[str, Any] = {"verb": "buy", "symbol": BTC, "quantity": "0.001"}
PARTS = ["engine", "positions", "counts"]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    """One engine for all of these: that it is still there at the end is part of each test."""
    with running(tmp_path_factory.mktemp("door")) as running_engine:
        yield running_engine


def look(engine: EngineProcess) -> dict[str, Any]:
    """What the engine says of itself."""
    (answer,) = talk(engine.door, request("look", "look", parts=PARTS))
    assert answer["outcome"] == "here"
    snapshot: dict[str, Any] = answer["snapshot"]
    return snapshot


def orders_so_far(engine: EngineProcess) -> int:
    """How many orders have left."""
    count: int = look(engine)["counts"]["orders"]
    return count


def test_the_socket_is_its_owners_alone(engine: EngineProcess) -> None:
    """A folder that others cannot enter, and a socket that others cannot connect to."""
    assert stat.S_IMODE(engine.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(engine.door.stat().st_mode) == 0o600
    assert stat.S_ISSOCK(engine.door.stat().st_mode)


def test_a_look_brings_the_parts_that_were_wished_for(engine: EngineProcess) -> None:
    """And a moving engine's picture is fresh."""
    (answer,) = talk(engine.door, request("look", "a", parts=["account", "risk"]))
    assert set(answer["snapshot"]) == {"account", "risk"}
    assert answer["snapshot"]["risk"]["halted"] is False
    assert answer["age_s"] < 2


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rubbish=st.binary(min_size=1, max_size=300).map(lambda text: text.replace(b"\n", b" ") + b"\n"))
def test_rubbish_is_answered_and_shown_out(engine: EngineProcess, rubbish: bytes) -> None:
    """One sentence, the connection is closed, and whatever follows on it is not read."""
    answers = talk(engine.door, rubbish, request("ask", "after-rubbish", ask={"verb": "stop"}))
    assert [answer["outcome"] for answer in answers] == ["wrong"]
    assert answers[0]["sentence"].endswith(".")
    assert look(engine)["engine"]["state"] == "running"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"version": 2}, "version 1"),
        ({"time_ns": 0}, "another time"),
        ({"time_ns": 4_000_000_000_000_000_000}, "another time"),
        ({"id": ""}, "1 to 64"),
        ({"id": "../../x"}, "1 to 64"),
        ({"id": "x" * 65}, "1 to 64"),
        ({"wish": "dance"}, "no such wish"),
        ({"parts": ["secrets"]}, "no such part"),
        ({"parts": ["equity_curve"]}, "no such part"),
        ({"wait_s": 1e9}, "wait"),
        ({"surface": "\u202e\x1b[2J"}, "surface"),
        ({"ask": None}, "names what is asked"),
        ({"wish": "look"}, "names what is asked"),
        ({"ask": {**BUY, "reduceonly": True}}, "reduceonly"),
        ({"ask": {**BUY, "quantity": "NaN"}}, "quantity"),
        ({"ask": {**BUY, "quantity": "Infinity"}}, "quantity"),
        ({"ask": {**BUY, "quantity": "1e999999"}}, "quantity"),
        ({"ask": {**BUY, "limit": "1e-999999"}}, "limit"),
        ({"ask": {**BUY, "reason": "x" * 201}}, "reason"),
        ({"ask": {**BUY, "reason": "two\nlines"}}, "reason"),
        ({"ask": {**BUY, "actor": "somebody else"}}, "not for the asking side"),
        ({"ask": {"verb": "set", "key": "risk.max_leverage", "value": "100"}}, "set is not asked"),
        ({"ask": {"verb": "deposit", "quantity": "5"}}, "deposit is not asked"),
        ({"ask": {"verb": "arm"}}, "arm"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_a_request_that_is_not_in_order_reaches_nobody(
    engine: EngineProcess, change: dict[str, Any], word: str
) -> None:
    """Neither an old one, nor one with a misspelt wish, nor a number that could not be meant."""
    before = orders_so_far(engine)
    (answer,) = talk(engine.door, request("ask", "not-in-order", **{"ask": BUY, **change}))
    assert answer["outcome"] == "wrong"
    assert word in answer["sentence"]
    assert orders_so_far(engine) == before


@pytest.mark.parametrize(
    "line",
    [b"x" * 200_000, b"[" * 60_000 + b"\n", b'{"a":' * 10_000 + b"\n", b"\xff\xfe\x00\n"],
    ids=["no end", "no bottom", "no object", "no text"],
)
def test_lines_without_an_end_and_without_a_bottom_are_shown_out(engine: EngineProcess, line: bytes) -> None:
    """64 KiB are read and not more, however much is sent, and no depth brings the reader down."""
    answers = talk(engine.door, line)
    assert [answer["outcome"] for answer in answers] == ["wrong"]
    assert look(engine)["engine"]["state"] == "running"


def test_a_command_is_carried_out_and_answered(engine: EngineProcess) -> None:
    """The answer holds the engine's sentence, and the picture behind it already shows what it did."""
    answers = talk(engine.door, request("ask", "buy-once", ask=BUY, parts=PARTS))
    assert [answer["outcome"] for answer in answers] == ["done"]
    assert "is filled: 0.001" in answers[0]["sentence"]
    assert answers[0]["snapshot"]["positions"][0]["side"] == "long"


def test_the_same_command_twice_is_one_order(engine: EngineProcess) -> None:
    """On one connection or on another, the second time brings the receipt of the first."""
    before = orders_so_far(engine)
    buy = {**BUY, "quantity": "0.003"}  # an equal one within a second is taken for a repeated one
    twice = request("ask", "only-one", ask=buy)
    first, second = talk(engine.door, twice, twice)
    (third,) = talk(engine.door, request("ask", "only-one", ask=buy))
    assert first["outcome"] == "done"
    assert first["sentence"] == second["sentence"] == third["sentence"]
    assert orders_so_far(engine) == before + 1


def test_an_id_is_not_used_for_another_command(engine: EngineProcess) -> None:
    """It is refused, for one of the two could not be meant."""
    talk(engine.door, request("ask", "taken-id", ask=BUY))
    before = orders_so_far(engine)
    (answer,) = talk(engine.door, request("ask", "taken-id", ask={**BUY, "quantity": "0.002"}))
    assert answer["outcome"] == "wrong"
    assert "was another one" in answer["sentence"]
    assert orders_so_far(engine) == before


def test_twenty_clients_at_once_get_an_answer_each(engine: EngineProcess) -> None:
    """Each command is one order, and each client hears of its own."""
    before = orders_so_far(engine)
    lines = [request("ask", f"crowd-{number}", ask={**BUY, "quantity": f"{number + 5}e-3"}) for number in range(20)]
    with ThreadPoolExecutor(20) as clients:
        answers = list(clients.map(lambda line: talk(engine.door, line), lines))
    assert [answer["outcome"] for (answer,) in answers] == ["done"] * 20
    assert [answer["id"] for (answer,) in answers] == [f"crowd-{number}" for number in range(20)]
    assert orders_so_far(engine) == before + 20


def test_more_than_can_be_served_are_told_so(engine: EngineProcess) -> None:
    """Whoever is already at the door keeps the place; when they leave, it is open again."""
    waiting = []
    try:
        for _ in range(40):
            client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            client.settimeout(2)
            client.connect(str(engine.door))
            waiting.append(client)
        said = json.loads(waiting[-1].makefile("rb").readline())
        assert said["outcome"] == "busy"
    finally:
        for client in waiting:
            client.close()
    time.sleep(0.2)
    assert look(engine)["engine"]["state"] == "running"


def test_every_command_is_written_down_with_who_gave_it(engine: EngineProcess) -> None:
    """User and process come from the kernel; what was refused is written down like the rest."""
    (answer,) = talk(engine.door, request("ask", "refused", ask={"verb": "cancel", "order_id": "nobody"}))
    assert answer["outcome"] == "refused"
    (answer,) = talk(engine.door, request("look", "stream", parts=["stream"]))
    said = [line["text"] for line in answer["snapshot"]["stream"] if line["word"] == "operator"]
    assert f"cancel nobody by a test (user {os.geteuid()}, process {os.getpid()})" in said


def test_followers_are_told_what_happens(engine: EngineProcess) -> None:
    """Only what is new, a line each time there is a new picture."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as follower:
        follower.settimeout(5)
        follower.connect(str(engine.door))
        follower.sendall(request("follow", "follow", parts=["engine"]))
        stream = follower.makefile("rb")
        first = json.loads(stream.readline())
        assert first["outcome"] == "line"
        assert len(first["stream"]) <= 10
        talk(engine.door, request("ask", "followed", ask={**BUY, "quantity": "0.03"}))
        heard: list[str] = []
        while not any("bought" in text for text in heard):
            heard += [line["text"] for line in json.loads(stream.readline())["stream"]]
    assert sum("0.03" in text and "bought" in text for text in heard) == 1


def test_a_socket_that_a_dead_engine_left_is_replaced(tmp_path: Path) -> None:
    """It says nothing about who lives: the folder's lock does."""
    with running(tmp_path / "again") as first:
        first.process.kill()
        first.process.wait()
        assert first.door.exists()
        with running(tmp_path / "again") as second:
            assert look(second)["engine"]["state"] in ("starting", "running", "stopped")
