"""A real engine in a process of its own, as commands, sockets and signals meet it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
BTC = "BTC/USDT:USDT"
PATIENCE_S = 20.0
_SHORT = ("--duration", "10m")


@dataclass(frozen=True)
class EngineProcess:
    """One that runs, and where."""

    process: subprocess.Popen[str]
    root: Path

    @property
    def folder(self) -> Path:
        """Its data folder."""
        return self.root / "paper-sim"

    @property
    def door(self) -> Path:
        """Its control socket."""
        return self.folder / "control.sock"

    def freeze(self) -> None:
        """Stop the process in its tracks; it stands when this comes back."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitpid(self.process.pid, os.WUNTRACED)


@contextmanager
def running(root: Path, *words: str, environment: Mapping[str, str] | None = None) -> Iterator[EngineProcess]:
    """Start one without strategies that interfere, wait for its door, and end it afterwards, however it is then.

    It has a duration, so that nobody starts it again when a test ends it.
    """
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    orders = root / "none.csv"
    orders.write_text("ts,side,quantity\n")
    strategy = ("--strategy", "scripted", "--set", f"orders={orders}", "--symbol", BTC)
    process = subprocess.Popen(
        [sys.executable, "-m", "hean_tui", "run", "--headless", "--data-dir", str(root), *_SHORT, *strategy, *words],
        env={**quiet_environment(root), **(environment or {})},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    engine = EngineProcess(process, root)
    try:
        _wait_for(engine)
        yield engine
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=PATIENCE_S)


def talk(door: Path, *lines: bytes, patience_s: float = 5.0) -> list[dict[str, Any]]:
    """Bytes to a socket, one after the other, and the lines that come back until the other side has said enough."""
    answers: list[dict[str, Any]] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(patience_s)
        connection.connect(str(door))
        stream = connection.makefile("rb")
        for line in lines:
            try:
                connection.sendall(line)
            except (BrokenPipeError, ConnectionResetError):
                break
            if line.endswith(b"\n"):
                answers += _one(stream)
        connection.shutdown(socket.SHUT_WR)
        while more := _one(stream):
            answers += more
    return answers


def request(wish: str, name: str, /, **more: Any) -> bytes:
    """A request as the protocol writes it down."""
    said = {"version": 1, "id": name, "time_ns": time.time_ns(), "wish": wish, "surface": "a test", **more}
    return json.dumps(said).encode() + b"\n"


def _one(stream: Any) -> Sequence[dict[str, Any]]:
    try:
        line = stream.readline()
    except ConnectionResetError:
        return ()
    return [json.loads(line)] if line else ()


def _wait_for(engine: EngineProcess) -> None:
    deadline = time.monotonic() + PATIENCE_S
    seen: set[str] = set()
    while time.monotonic() < deadline:
        if engine.process.poll() is not None:
            raise AssertionError(f"the engine ended: {engine.process.communicate()[0]}")
        # A socket that a dead engine left refuses until the new one has put its own there.
        with suppress(FileNotFoundError, ConnectionRefusedError):
            seen |= {
                each["snapshot"]["engine"]["time"]
                for each in talk(engine.door, request("look", "hello", parts=["engine"]))
            }
        if len(seen) > 1:  # its time goes on: it takes commands
            return
        time.sleep(0.05)
    raise AssertionError("the engine did not open its door")


def quiet_environment(home: Path) -> Mapping[str, str]:
    """Nothing that says anything to the program, and a home of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HEAN", "XDG_"))}
    return {**kept, "HOME": str(home)}
