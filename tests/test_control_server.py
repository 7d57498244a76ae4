"""The control server around an engine of this process: long paths, what is in the way, the silent, and the end."""

import json
import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from engine.host.engine_host import EngineHost, HostSettings
from hean_tui.bootstrap import PaperRun, build_paper_session
from infrastructure.control import conversation, places, remembered
from infrastructure.control.client import NobodyThere, connected, new_id
from infrastructure.control.places import LONGEST_NAME, SOCKET
from infrastructure.control.server import ControlServer, serving
from risk.limits import Limits
from tests.engine_process import BTC, request, talk

PYTHON = Path("/usr/bin/python3")  # one that every user may run


@pytest.fixture(scope="module")
def host() -> Iterator[EngineHost]:
    """A small engine in real time."""
    run = PaperRun(
        seed=7,
        scenario="",
        symbols=(BTC,),
        strategies=(),
        parameters={},
        capital=Decimal(10_000),
        limits=Limits(),
    )
    running = EngineHost(build_paper_session(run), HostSettings())
    running.start()
    yield running
    running.end()
    assert running.join(5)


def says_where_it_is(folder: Path) -> str:
    """One look through the client."""
    with connected(folder, "a test") as line:
        state: str = line.look(("engine",)).snapshot["engine"]["state"]
        return state


def test_the_socket_is_gone_afterwards(host: EngineHost, tmp_path: Path) -> None:
    """Whoever comes then finds nobody, not silence."""
    with serving(host, tmp_path) as server:
        assert server.problem is None
        assert says_where_it_is(tmp_path) == "running"
    assert not (tmp_path / SOCKET).exists()
    with pytest.raises(NobodyThere), connected(tmp_path, "a test"):
        pass


def test_a_folder_may_lie_deep(host: EngineHost, tmp_path: Path) -> None:
    """The kernel takes a little more than a hundred bytes for a socket's name; a path may have more."""
    deep = tmp_path / ("d" * 80) / ("e" * 80)
    deep.mkdir(parents=True)
    assert len(str(deep / SOCKET)) > LONGEST_NAME
    with serving(host, deep) as server:
        assert server.problem is None
        assert says_where_it_is(deep) == "running"
        assert (deep / SOCKET).is_socket()
    assert not (deep / SOCKET).exists()


def test_where_there_is_no_way_through_descriptors_a_short_place_stands_in(
    host: EngineHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both sides find it by the folder's name alone."""
    monkeypatch.setattr(places, "_OWN_FILES", tmp_path / "nowhere")
    deep = tmp_path / ("d" * 80) / ("f" * 80)
    deep.mkdir(parents=True)
    with serving(host, deep) as server:
        assert server.problem is None
        assert says_where_it_is(deep) == "running"
        assert places.stand_in(deep).is_socket()
    assert not places.stand_in(deep).exists()


def test_what_is_no_socket_is_left_alone(host: EngineHost, tmp_path: Path) -> None:
    """The run goes on without its socket and says why."""
    (tmp_path / SOCKET).write_text("a note of somebody")
    with serving(host, tmp_path) as server:
        assert server.problem == "something else is in the place of the control socket"
    assert (tmp_path / SOCKET).read_text() == "a note of somebody"


def test_who_listens_already_keeps_the_place(host: EngineHost, tmp_path: Path) -> None:
    """A second server of the same folder does not take the first one's socket away."""
    with serving(host, tmp_path):
        with serving(host, tmp_path) as second:
            assert second.problem == "another process listens there"
        assert says_where_it_is(tmp_path) == "running"


@pytest.mark.skipif(os.geteuid() != 0 or not PYTHON.exists(), reason="only root can be somebody else")
def test_another_user_is_sent_away_even_where_the_door_was_left_open(host: EngineHost) -> None:
    """The kernel says who is there, whatever the modes of folder and socket became."""
    asks = (
        "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); "
        "s.sendall(b'{}\\n'); print(s.makefile().read())"
    )
    with tempfile.TemporaryDirectory() as name, serving(host, Path(name)):
        os.chmod(name, 0o755)  # noqa: S103 - as somebody may have done by mistake
        os.chmod(Path(name) / SOCKET, 0o666)  # noqa: S103
        command = [str(PYTHON), "-c", asks, str(Path(name) / SOCKET)]
        stranger = subprocess.run(
            command, user=65534, group=65534, extra_groups=[], cwd="/", capture_output=True, text=True, check=False
        )
    assert stranger.returncode == 0, stranger.stderr
    assert json.loads(stranger.stdout)["sentence"] == "This engine belongs to another user."


def test_who_says_nothing_is_shown_out(host: EngineHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that has forgotten what it wanted does not keep a place."""
    monkeypatch.setattr(conversation, "IDLE_S", 0.05)
    with serving(host, tmp_path), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(2)
        client.connect(str(tmp_path / SOCKET))
        client.sendall(b'{"version": 1, "id": "half a requ')
        assert client.recv(100) == b""


def test_an_engine_that_does_not_answer_in_time_is_told_as_late(host: EngineHost, tmp_path: Path) -> None:
    """The time is the client's to give; with none at all only what is done at once is in time."""
    order = {"verb": "buy", "symbol": BTC, "quantity": "0.001"}
    name = new_id()
    with serving(host, tmp_path):
        (late,) = talk(tmp_path / SOCKET, request("ask", name, ask=order, wait_s=0))
        (done,) = talk(tmp_path / SOCKET, request("ask", name, ask=order, wait_s=5))
    assert late["outcome"] == "late"
    assert done["outcome"] == "done"


def test_an_engine_that_ends_says_goodbye(host: EngineHost, tmp_path: Path) -> None:
    """Followers hear that it is over instead of waiting for ever."""
    server = ControlServer(host, tmp_path)
    server.start()
    with connected(tmp_path, "a test") as line:
        lines = line.follow(("engine",))
        assert next(lines).outcome == "line"
        server.stop()
        assert [reply.outcome for reply in lines if reply.outcome != "line"] == ["over"]


def test_a_flood_of_commands_is_bounded(host: EngineHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered has an end; a kill is let through even then."""
    monkeypatch.setattr(remembered, "COMMANDS_MAX", 3)
    with serving(host, tmp_path):
        for number in range(3):
            (answer,) = talk(tmp_path / SOCKET, request("ask", f"n{number}", ask={"verb": "resume"}))
            assert answer["outcome"] == "done"
        (refused,) = talk(tmp_path / SOCKET, request("ask", "n4", ask={"verb": "resume"}))
        assert refused["outcome"] == "wrong"
        assert "that is enough" in refused["sentence"]
        *_, killed = talk(tmp_path / SOCKET, request("ask", "n5", ask={"verb": "kill"}))
        assert killed["outcome"] == "done"
