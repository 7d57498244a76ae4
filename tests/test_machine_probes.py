"""What the machine is asked: real numbers from here, limits as containers write them, a thread that bothers nobody."""

import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from engine.host.clock_watch import Readings
from engine.safety.degrade_rules import Thresholds
from engine.safety.safeguards import Safeguards
from hean_tui.probes import sampler_for
from infrastructure.machine import clock, disk, memory
from infrastructure.machine.sampler import Sampler, Work
from tests.trading_floor import Floor

_TAKES = """
from infrastructure.machine import memory
before = memory.used_bytes()
taken = bytearray(b"x") * 50_000_000
print(before, memory.used_bytes(), memory.machine_bytes())
"""


def test_the_memory_of_a_process_is_told() -> None:
    """It grows by what is taken, and the machine has more of it. Here others may give some back at any moment."""
    done = subprocess.run([sys.executable, "-c", _TAKES], capture_output=True, text=True, check=True)
    before, after, machine = map(int, done.stdout.split())
    assert 40_000_000 < after - before < 60_000_000
    assert 50_000_000 < after < machine


def group(root: Path, path: str, name: str, text: str) -> None:
    folder = root / path
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


@pytest.mark.parametrize(
    ("lines", "files", "limit"),
    [
        ("0::/app/hean\n", {"app/memory.max": "800000000\n", "app/hean/memory.max": "max\n"}, 800_000_000),
        ("0::/gone/in/this/container\n", {"memory.max": "700000000\n"}, 700_000_000),
        ("4:cpu,memory:/docker/1\n0::/\n", {"memory/docker/1/memory.limit_in_bytes": "600000000\n"}, 600_000_000),
        ("4:memory:/\n", {"memory/memory.limit_in_bytes": "9223372036854771712\n"}, None),
        ("nonsense\n\n", {}, None),
        (None, {}, None),
    ],
)
def test_the_limit_is_the_smallest_of_all_groups_and_the_machine(
    tmp_path: Path, lines: str | None, files: dict[str, str], limit: int | None
) -> None:
    """Control groups of both kinds, their parents, and what a container sees of them."""
    proc, groups = tmp_path / "proc", tmp_path / "cgroup"
    proc.mkdir()
    if lines is not None:
        (proc / "cgroup").write_text(lines)
    for name, text in files.items():
        folder, _, file = name.rpartition("/")
        group(groups, folder, file, text)
    assert memory.limit_bytes(proc, groups) == (limit or memory.machine_bytes())


def test_where_the_system_tells_nothing_the_most_it_ever_was_is_told(tmp_path: Path) -> None:
    """Too much is better than nothing."""
    assert memory.used_bytes(tmp_path) >= memory.used_bytes() // 2


def test_the_room_on_the_disk_is_that_of_the_folder(tmp_path: Path) -> None:
    """What the standard library calls free, and without a folder there is an error that has a reason."""
    assert abs(disk.free_bytes(tmp_path) - shutil.disk_usage(tmp_path).free) < 500_000_000
    with pytest.raises(FileNotFoundError):
        disk.free_bytes(tmp_path / "gone")


def test_a_clock_that_was_set_is_noticed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """By how much, and that nobody touches it any more."""
    now = [Readings(0, 0, 0)]
    monkeypatch.setattr(clock, "_readings", lambda: now[0])
    steps = clock.ClockSteps()
    told: list[int] = []
    for wall_s in (5, 12, 17, 20):
        passed = len(told) + 1
        now[0] = Readings(passed * 5 * 10**9, passed * 5 * 10**9, wall_s * 10**9)
        told.append(steps.step_ns())
    assert told == [0, 2 * 10**9, 0, -2 * 10**9]


def test_the_system_says_whether_a_time_service_is_at_work() -> None:
    """Where it can be asked at all, the answer is a truth and a number."""
    told = clock.synchronised()
    if told is None:
        pytest.skip("this system cannot be asked")
    assert isinstance(told.is_so, bool)
    assert 0 <= told.error_ms < 100_000


def nobody(_: str, __: str) -> None:
    """Hears of failures."""


class Engine:
    """Somebody who does what is handed over, and counts it."""

    def __init__(self, *enough: str) -> None:
        self.done: list[object] = []
        self.threads: set[str] = set()
        self.enough = threading.Event()
        self._wanted = list(enough)

    def __call__(self, work: Work) -> None:
        self.threads.add(threading.current_thread().name)
        self.done.append(work())
        if all(wanted in self.done for wanted in self._wanted):
            self.enough.set()


def test_the_sampler_measures_at_once_and_again_until_it_is_left() -> None:
    """On a thread of its own; the engine only gets the numbers."""
    engine = Engine("disk 3")
    count = iter(range(1_000_000))

    def probe() -> Callable[[], str]:
        return partial("disk {}".format, next(count))

    with Sampler({"disk": probe}, nobody, every_s=0.01) as sampler:
        sampler.through(engine)
        assert engine.enough.wait(5)
    stopped_at = len(engine.done)
    assert engine.done[:4] == ["disk 0", "disk 1", "disk 2", "disk 3"]
    assert engine.threads == {"sampler"}
    threading.Event().wait(0.05)
    assert len(engine.done) == stopped_at


def test_a_probe_that_fails_is_told_once_and_keeps_nobody() -> None:
    """And told again when it works."""
    engine = Engine("disk well", "other 3")
    answers = iter([OSError(5, "Input/output error"), OSError(5, "Input/output error"), None])
    numbers = iter(range(1_000_000))

    def fails() -> Work:
        error = next(answers, None)
        if error is not None:
            raise error
        return lambda: "measured"

    def other() -> Work:
        return partial("other {}".format, next(numbers))

    def failed(name: str, sentence: str) -> str:
        return f"{name} {sentence or 'well'}"

    with Sampler({"disk": fails, "other": other}, failed, every_s=0.01) as sampler:
        sampler.through(engine)
        assert engine.enough.wait(5)
    told = [each for each in engine.done if str(each).startswith("disk ")]
    assert told == ["disk it cannot be measured (Input/output error)", "disk well"]


def test_the_sampler_ends_with_the_engine() -> None:
    """A loop that is closed takes nothing more."""
    called = threading.Event()

    def closed(_: Work) -> None:
        called.set()
        raise RuntimeError("Event loop is closed")

    with Sampler({"disk": lambda: lambda: None}, nobody, every_s=0.01) as sampler:
        sampler.through(closed)
        assert called.wait(5)


def test_every_probe_finds_its_rule(tmp_path: Path) -> None:
    """Disk and memory with the numbers of this machine, a clock nobody set, and the log with its trouble."""
    floor = Floor()
    limits = Thresholds(disk_warning=10**18, memory_warning=0.0)
    guards = Safeguards(floor.kernel, limits)
    engine = Engine("all")
    health = floor.kernel.health
    with sampler_for(health, guards.rules, tmp_path, lambda: "No space left on device") as sampler:
        sampler.through(engine)
        while len(engine.done) < 4:
            engine.enough.wait(0.01)
    told = {name: (view.state, view.reason) for name, view in health.views().items()}
    assert told["log"] == ("degraded", "the log cannot be written (No space left on device)")
    assert re.fullmatch(r"[\d.]+ [GM]B are free where the journal is, less than 1000000000.0 GB", told["disk"][1])
    assert re.fullmatch(r"\d% of [\d.]+ GB of memory are used, more than 0%", told["memory"][1])
    assert told["clock"] == ("healthy", "")
    assert floor.kernel.account.entries_closed is None
