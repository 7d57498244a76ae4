"""kill -9 under load, again and again on one folder: what was told durable is there, and the chain goes on."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

from infrastructure.journal import Places, verify
from infrastructure.journal.chain_check import Visited
from infrastructure.journal.faults import AlreadyRunning
from infrastructure.journal.lock import LOCK_FILE, FolderLock, holder_of

ROOT = Path(__file__).parents[1]
ENGINE = """
import os, sys
from pathlib import Path
from infrastructure.journal import FolderLock, Kind, Opening, open_journal
folder, run = Path(sys.argv[1]), sys.argv[2]
lock = FolderLock(folder, run)
journal = open_journal(folder, Opening(run, 1, bytes(24), "1")).journal

def tell(ticket):
    os.write(1, b"%d\\n" % ticket.seq)

while True:
    body = {"venue": "p", "category": "l", "symbol": "B", "exec_id": str(journal.next_seq), "room": "x" * 200}
    ticket = journal.append(Kind.EXECUTION, body, 1, when_settled=tell)
    if ticket.seq % 40 == 0:
        ticket.wait(10)
"""


def killed_after(folder: Path, run: str, delay_s: float) -> list[int]:
    """Start the program on a folder, kill it a while after its first durable row; the rows it told durable."""
    engine = subprocess.Popen([sys.executable, "-c", ENGINE, str(folder), run], cwd=ROOT, stdout=subprocess.PIPE)
    assert engine.stdout is not None
    first = engine.stdout.readline()
    assert first, "the program ended before its first row"
    Event().wait(delay_s)
    engine.kill()
    rest = engine.stdout.read()
    engine.stdout.close()
    assert engine.wait() == -signal.SIGKILL
    # A line that the kill cut short has no end, and was not told.
    return [int(line) for line in (first + rest).split(b"\n")[:-1]]


def survives(folder: Path, rounds: int) -> None:
    rng = random.Random(20261121)
    head = 0
    for number in range(rounds):
        told = killed_after(folder, f"run-{number}", rng.random() * 0.05)
        found: list[Visited] = []
        verdict = verify(Places.within(folder), found.extend)
        assert set(told) <= {row[0] for row in found}
        assert min(told) > head
        assert verdict.head.seq > head
        head = verdict.head.seq


def test_a_kill_at_any_moment_loses_no_row_that_was_told_durable(tmp_path: Path) -> None:
    """Twenty times on one folder; the lock is free again each time, because it went with the process."""
    survives(tmp_path, 20)


@pytest.mark.soak
def test_hundreds_of_kills_lose_no_row_either(tmp_path: Path) -> None:
    """The same for patience."""
    survives(tmp_path, 200)


SECOND = """
import sys
from pathlib import Path
from infrastructure.journal import FolderLock
FolderLock(Path(sys.argv[1]), "run-2")
"""


def test_a_second_engine_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    """By its process id; a lock file that was left behind by one that died means nothing."""
    (tmp_path / LOCK_FILE).write_text('{"pid": 1, "boot": "long ago", "run": "gone"}', encoding="utf-8")
    lock = FolderLock(tmp_path, "run-1")
    holder = holder_of(tmp_path / LOCK_FILE)
    assert holder is not None
    assert (holder.pid, holder.run) == (os.getpid(), "run-1")
    assert (tmp_path / LOCK_FILE).stat().st_mode & 0o777 == 0o600
    # Reading the file elsewhere in the process must not lose the lock, as it would with lockf.
    (tmp_path / LOCK_FILE).read_bytes()
    ended = subprocess.run(
        [sys.executable, "-c", SECOND, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert f"(process {os.getpid()})" in ended.stderr.splitlines()[-1]
    with pytest.raises(AlreadyRunning) as caught:
        FolderLock(tmp_path, "run-3")
    assert caught.value.pid == os.getpid()
    lock.release()
    FolderLock(tmp_path, "run-4").release()


CROWD = """
import os, sys
from pathlib import Path
from infrastructure.journal import AlreadyRunning, FolderLock
start, done = int(sys.argv[2]), int(sys.argv[3])
for number in range(50):
    if os.fork() == 0:
        os.read(start, 1)
        try:
            FolderLock(Path(sys.argv[1]), str(number))
            told = f"held {os.getpid()}"
        except AlreadyRunning as fault:
            told = f"refused {fault.pid}"
        os.write(1, f"{told}\\n".encode())
        os.read(done, 1)
        os._exit(0)
os.close(start); os.close(done)
os.write(2, b"ready\\n")
for number in range(50):
    os.wait()
"""


def test_of_fifty_at_once_one_is_let_in_and_the_others_name_it(tmp_path: Path) -> None:
    """All at the same moment, and each of the refused says the winner's process id."""
    starts, done = os.pipe(), os.pipe()
    crowd = subprocess.Popen(
        [sys.executable, "-c", CROWD, str(tmp_path), str(starts[0]), str(done[0])],
        cwd=ROOT,
        pass_fds=(starts[0], done[0]),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert crowd.stdout is not None
    assert crowd.stderr is not None
    assert crowd.stderr.readline() == b"ready\n"
    os.write(starts[1], bytes(50))
    told = [crowd.stdout.readline().decode().split() for _ in range(50)]
    os.write(done[1], bytes(50))
    assert crowd.wait() == 0
    crowd.stdout.close()
    crowd.stderr.close()
    for descriptor in (*starts, *done):
        os.close(descriptor)
    (winner,) = [pid for word, pid in told if word == "held"]
    assert [pid for word, pid in told if word == "refused"] == [winner] * 49
