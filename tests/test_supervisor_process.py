"""The supervising parent with real children: crashes, silence, signals, its own death, and what it costs."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.program_on_terminal import children_of

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs procfs")

ROOT = Path(__file__).resolve().parents[1]
# The parent as it is, but in a hurry; its command line is that of the child.
PARENT = """
import sys
import hean_tui.supervised_child as c
import hean_tui.supervisor as s
s.STARTS_AGAIN_AFTER_S, c.SILENT_NS, s._LOOKS_EVERY_S = 0.05, 600_000_000, 0.1
sys.exit(s.Supervisor([sys.executable, "-c", *sys.argv[1:]]).run())
"""
# A child that says that it works, and then does as its first word tells.
CHILD = """
import os, signal, sys, time
pipe, count = int(os.environ["HEAN_SUPERVISOR_PIPE"]), int(os.environ["HEAN_RESTARTS"])
tell = lambda word: os.write(pipe, word)
print("started", count, os.getpid(), flush=True)
"""


def parent(body: str, **environment: str) -> subprocess.Popen[str]:
    """Start a parent of a child with this body."""
    return subprocess.Popen(
        [sys.executable, "-c", PARENT, CHILD + body],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def ended(process: subprocess.Popen[str], within_s: float = 15.0) -> tuple[int, list[str], str]:
    """Its code, what the children printed, and what it said itself."""
    out, err = process.communicate(timeout=within_s)
    return process.returncode, out.splitlines(), err


@pytest.mark.parametrize("code", [0, 2, 3, 8])
def test_the_code_of_a_child_that_ended_by_itself_is_passed_on(code: int) -> None:
    """No code that means something is followed by another start."""
    process = parent(f"tell(b'r'); sys.exit({code})")
    told, out, err = ended(process)
    assert (told, len(out), err) == (code, 1, "")


def test_an_error_before_it_worked_and_one_that_was_announced_are_no_crashes() -> None:
    """Only an error out of the midst of the work is worth another try."""
    for body in ("sys.exit(1)", "tell(b'r'); tell(b'e'); sys.exit(1)"):
        code, out, _ = ended(parent(body))
        assert (code, len(out)) == (1, 1)


def test_a_crash_is_followed_by_another_start_and_a_fourth_is_not() -> None:
    """Three times within five minutes; then one sentence, and the code 1."""
    code, out, err = ended(parent("tell(b'r'); os.kill(os.getpid(), signal.SIGSEGV)"))
    assert code == 1
    assert [line.split()[1] for line in out] == ["0", "1", "2", "3"]
    assert err.count("it is started again.") == 3
    assert "was ended by signal 11 and was started again 3 times within five minutes; it stays down" in err


def test_an_engine_that_dies_once_is_started_again_and_its_end_counts() -> None:
    """What counts is how the last one ended."""
    code, out, err = ended(parent("tell(b'r'); count or os.kill(os.getpid(), 9); tell(b'e'); sys.exit(7)"))
    assert (code, len(out)) == (7, 2)
    assert err == "The engine was ended by signal 9; it is started again.\n"


def test_a_child_that_falls_silent_is_aborted_and_started_again() -> None:
    """Its fault handler gets the chance to say where it stood."""
    body = "import faulthandler; faulthandler.enable(); tell(b'r'); count and sys.exit(0)\ntime.sleep(60)"
    code, out, err = ended(parent(body))
    assert (code, len(out)) == (0, 2)
    assert "Fatal Python error: Aborted" in err
    assert "The engine was ended by signal 6; it is started again." in err


def test_a_child_that_beats_is_left_alone_and_so_is_one_that_somebody_stopped() -> None:
    """Silence counts while it runs; a stopped job is no hung one."""
    process = parent("tell(b'r')\nwhile True: tell(b'.'); time.sleep(0.1)")
    (child,) = until_there_are_children(process.pid)
    time.sleep(1.0)
    os.kill(child, signal.SIGSTOP)
    time.sleep(1.5)
    os.kill(child, signal.SIGCONT)
    time.sleep(0.3)
    assert children_of(process.pid) == [child]
    process.send_signal(signal.SIGTERM)
    assert ended(process)[0] == 128 + signal.SIGTERM


def test_a_signal_for_the_parent_alone_is_passed_on_and_one_for_both_is_not() -> None:
    """The child hears of each signal once."""
    body = """
heard = []
def on(number, _): heard.append(number); tell(bytes([number]))
signal.signal(signal.SIGTERM, on)
tell(b'r')
ends = time.monotonic() + 1.5
while time.monotonic() < ends: tell(b'.'); time.sleep(0.05)
print("heard", len(heard), flush=True); tell(b'e')
"""
    for send in (os.kill, os.killpg):
        process = parent(body)
        until_there_are_children(process.pid)
        time.sleep(0.4)  # until its handler is there
        send(process.pid, signal.SIGTERM)
        code, out, _ = ended(process)
        assert (code, out[-1]) == (0, "heard 1"), send


def test_the_death_of_the_parent_is_that_of_the_engine(tmp_path: Path) -> None:
    """kill -9 of the program that was started leaves no engine behind that nobody knows of."""
    process = subprocess.Popen(
        [sys.executable, "-m", "hean_tui", "run", "--headless", "--data-dir", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "HEAN_SUPERVISOR": "on", "HOME": str(tmp_path)},
        stderr=subprocess.DEVNULL,
    )
    (child,) = until_there_are_children(process.pid)
    log = tmp_path / "paper-sim" / "hean-tui.log"
    ends = time.monotonic() + 20
    while not log.exists() and time.monotonic() < ends:
        time.sleep(0.05)
    process.kill()
    process.wait(5)
    ends = time.monotonic() + 3
    while Path(f"/proc/{child}").exists() and time.monotonic() < ends:
        time.sleep(0.02)
    assert not Path(f"/proc/{child}").exists()


def test_the_parent_is_small_and_quick() -> None:
    """Under 15 MB, and the child begins within a tenth of a second, of which Python itself takes most."""
    began = time.monotonic()
    process = parent("tell(b'r')\nwhile True: tell(b'.'); time.sleep(0.1)")
    until_there_are_children(process.pid, every_s=0.002)
    took_s = time.monotonic() - began
    time.sleep(0.3)
    status = Path(f"/proc/{process.pid}/status").read_text()
    resident_kb = int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
    process.terminate()
    ended(process)
    assert resident_kb < 15_000
    assert took_s < 0.5  # a tenth on a machine that does nothing else


def test_what_the_parent_imports_is_next_to_nothing() -> None:
    """No command line, no settings, no numbers: only the interpreter's own small parts."""
    code = "import sys, hean_tui.supervisor; print(*sorted(m for m in sys.modules if '.' not in m))"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    heavy = {"typer", "pydantic", "msgspec", "numpy", "textual", "asyncio", "logging", "subprocess", "json", "ctypes"}
    assert heavy & set(loaded.stdout.split()) == set()


def until_there_are_children(pid: int, every_s: float = 0.02) -> list[int]:
    """The children of a process, once it has some."""
    ends = time.monotonic() + 10
    while not (found := children_of(pid)):
        assert time.monotonic() < ends
        time.sleep(every_s)
    return found
