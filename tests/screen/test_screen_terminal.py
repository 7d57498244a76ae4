"""The garden outlives its terminal, and ends when it is told."""

import contextlib
import fcntl
import os
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pyte
import pytest

ROOT = Path(__file__).resolve().parents[2]


def _outside() -> dict[str, str]:
    """The environment without the size that workers of the test runner have in it: a terminal knows its own."""
    return {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}


class Session:
    """A garden in a pseudo-terminal of its own."""

    def __init__(self) -> None:
        """Start it as the leader of its session, as a terminal's shell does."""
        self.master, slave = os.openpty()
        self._pipe, told = os.pipe()
        self.screen = pyte.Screen(120, 40)
        self._stream = pyte.ByteStream(self.screen)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, b"\x28\x00\x78\x00\x00\x00\x00\x00")
        take_terminal = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)"
        code = f"{take_terminal}; import tests.screen.run_in_pty as run; run.main()"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, str(told)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            pass_fds=(told,),
            cwd=ROOT,
            env={**_outside(), "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)},
        )
        os.close(slave)
        os.close(told)

    def listen(self, seconds: float, *, reading_screen: bool = True) -> bytes:
        """Hear what the process says on its pipe for a while, reading its screen or leaving that unread."""
        heard = b""
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            watched = [self._pipe, *([self.master] if reading_screen else [])]
            for ready in select.select(watched, [], [], left)[0]:
                with contextlib.suppress(OSError):
                    data = os.read(ready, 65536)
                    if ready == self.master:
                        self._stream.feed(data)
                    elif data:
                        heard += data
                    else:
                        return heard
        return heard

    def stall(self) -> None:
        """Leave the screen unread while each of many keys asks for a new frame."""
        for _ in range(80):
            os.write(self.master, b"\t")
            self.listen(0.01, reading_screen=False)

    def until_drawn(self) -> None:
        """Wait for the first frame."""
        heard = b""
        for _ in range(100):
            heard += self.listen(0.1)
            if b"!" in heard:
                return
        pytest.fail(f"no first frame; the process said {heard!r}")

    def hang_up(self) -> None:
        """Close the terminal, as a killed tmux session does."""
        os.close(self.master)
        self.master = -1

    def close(self) -> None:
        """Leave nothing behind."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(5)
        os.close(self._pipe)
        if self.master >= 0:
            os.close(self.master)


@pytest.fixture
def session() -> Iterator[Session]:
    """A running garden."""
    running = Session()
    try:
        running.until_drawn()
        yield running
    finally:
        running.close()


def test_a_dead_terminal_neither_stops_nor_ends_the_garden(session: Session) -> None:
    """After the terminal is gone it goes on looking, costs next to nothing, and ends with the code it is told."""
    session.hang_up()
    session.listen(0.7, reading_screen=False)
    before = _cpu_s(session.process.pid)
    assert session.listen(1.5, reading_screen=False).count(b".") >= 2
    assert _cpu_s(session.process.pid) - before < 0.5
    session.process.send_signal(signal.SIGTERM)
    assert b"<143>" in session.listen(4.0, reading_screen=False)
    assert session.process.wait(4) in (0, 120)  # 120: Python could not flush the dead terminal at its exit


def test_a_terminal_that_nobody_reads_does_not_stop_the_garden(session: Session) -> None:
    """A stalled terminal fills the queue of the driver; the loop goes on and can be ended."""
    session.stall()
    assert session.listen(0.8, reading_screen=False).count(b".") >= 2
    session.process.send_signal(signal.SIGTERM)
    assert b"<143>" in session.listen(5.0, reading_screen=False)


def test_a_terminal_that_is_read_again_shows_a_whole_garden(session: Session) -> None:
    """Frames were dropped in between; one full frame mends what they would have changed."""
    session.stall()
    os.write(session.master, b"4")  # a page that is drawn while nobody reads
    session.listen(0.3, reading_screen=False)
    for _ in range(20):  # a busy machine takes its time
        session.listen(0.4)
        shown = session.screen.display
        if shown[1].startswith("╭─ ripples") and shown[38].endswith("3 resting ─╯"):
            break
    assert shown[1].startswith("╭─ ripples · orders ─")
    assert shown[38].endswith("3 resting ─╯")
    assert all(line[0] == "│" and line[119] == "│" for line in shown[2:38])
    assert not any("pond" in line for line in shown)


def test_keys_typed_into_a_real_terminal_reach_the_engine_and_the_way_out(session: Session) -> None:
    """ctrl+x arrives as a kill; enter, q, the third choice and enter end the process with code 0."""
    os.write(session.master, b"\x18")
    assert b"[kill]" in session.listen(0.4)
    os.write(session.master, b"\r")
    session.listen(0.2)
    os.write(session.master, b"q")
    session.listen(0.3)
    os.write(session.master, b"jj\r")
    assert b"<0>" in session.listen(4.0)
    assert session.process.wait(4) == 0


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
