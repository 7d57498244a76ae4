"""Fault points: nothing until one is armed, then exactly what was asked for, and never where money is."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import faultpoints
from engine.faultpoints import InjectedFault, UnknownPoint, reach
from hean_tui.errors import WrongConfiguration
from hean_tui.fault_points import arm_fault_points
from tests.command_line import move_in, say

ROOT = Path(__file__).resolve().parents[1]
TEST = {"HEAN_TEST": "1"}


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    """Nothing stays armed."""
    yield
    faultpoints.disarm()


def test_nothing_happens_and_nothing_is_counted_until_somebody_asks() -> None:
    """Passing a point that nobody armed takes less than a microsecond, on any machine."""
    began = time.perf_counter_ns()
    for _ in range(100_000):
        reach("send.before")
    assert (time.perf_counter_ns() - began) / 100_000 < 1_000
    assert faultpoints.hits() == {}


def test_it_happens_at_the_time_that_was_named_and_once() -> None:
    """The third time from now, and not the fourth."""
    seen: list[int] = []
    faultpoints.count_hits()
    reach("decision")
    faultpoints.arm("decision", lambda _: seen.append(faultpoints.hits()["decision"]), hit=3)
    for _ in range(5):
        reach("decision")
    assert seen == [4]  # one before, and the third since
    assert faultpoints.hits() == {"decision": 6}


def test_every_point_of_the_design_is_known_and_no_other() -> None:
    """Those of an order's life, of recovery, kill and storage; and tasks and migrations by their names."""
    order = "decision intent.append intent.committed send.before send.partial send.done response.received"
    order += " ack.committed fill.received fill.committed stop.before stop.done terminal cancel.sent amend.sent"
    storage = "snapshot.write checkpoint halt.append"
    steps = [f"recovery.step_{step}" for step in range(16)] + [f"kill.step_{step}" for step in range(1, 7)]
    for name in (*order.split(), *storage.split(), *steps, "migrate.step_2", "task.engine", "task.journal"):
        assert faultpoints.is_known(name), name
    for name in ("", "send", "send.after", "recovery.step_16", "kill.step_0", "task.", "migrate.step_"):
        assert not faultpoints.is_known(name), name
        with pytest.raises(UnknownPoint):
            faultpoints.arm(name, lambda _: None)


@pytest.mark.parametrize(
    ("text", "error"),
    [("decision:1:raise", InjectedFault), ("decision:enospc", OSError), ("stop.done:2:raise,decision:eio", OSError)],
)
def test_what_it_raises_is_what_was_asked_for(text: str, error: type[Exception]) -> None:
    """Faults of the disk carry the disk's own number."""
    arm_fault_points({"HEAN_FAULTPOINT": text, **TEST}, is_harmless=True)
    with pytest.raises(error):
        reach("decision")
    reach("decision")
    reach("stop.done")


def test_a_delay_holds_up_whoever_is_there() -> None:
    """For the milliseconds that were named."""
    arm_fault_points({"HEAN_FAULTPOINT": "send.done:1:delay:80", **TEST}, is_harmless=True)
    began = time.monotonic()
    reach("send.done")
    assert time.monotonic() - began >= 0.08


def test_a_kill_leaves_no_time_for_anything() -> None:
    """The process is gone at that very place, with nothing tidied up."""
    program = """
import os
from engine.faultpoints import reach
from hean_tui.fault_points import arm_fault_points
arm_fault_points(os.environ, is_harmless=True)
try:
    reach("ack.committed")
    print("once", flush=True)
    reach("ack.committed")
finally:
    print("never", flush=True)
"""
    environment = {**os.environ, "HEAN_FAULTPOINT": "ack.committed:2:kill", **TEST}
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (-signal.SIGKILL, "once\n")


@pytest.mark.parametrize(
    ("environment", "is_harmless", "told"),
    [
        ({"HEAN_FAULTPOINT": "decision:1:kill"}, True, "needs HEAN_TEST=1"),
        ({"HEAN_FAULTPOINT": "decision:1:kill", **TEST}, False, "for paper and for an exchange on this machine alone"),
        ({"HEAN_FAULTPOINT": "nowhere:1:kill", **TEST}, True, 'there is no fault point "nowhere"'),
        ({"HEAN_FAULTPOINT": "decision:0:kill", **TEST}, True, "the first time is 1"),
        ({"HEAN_FAULTPOINT": "decision:x:kill", **TEST}, True, 'the count was "x"; write a whole number from 1 on'),
        ({"HEAN_FAULTPOINT": "decision:-1:delay:5", **TEST}, True, 'the count was "-1"'),
        ({"HEAN_FAULTPOINT": "decision:1:dance", **TEST}, True, "ends with no action"),
        ({"HEAN_FAULTPOINT": "decision:1:delay:soon", **TEST}, True, "ends with no action"),
        ({"HEAN_FAULTPOINT": "decision", **TEST}, True, "ends with no action"),
    ],
)
def test_it_is_refused_in_one_sentence(environment: dict[str, str], is_harmless: bool, told: str) -> None:
    """Outside of tests, where money is, and when it cannot be read; then nothing is armed."""
    with pytest.raises(WrongConfiguration, match=told):
        arm_fault_points(environment, is_harmless=is_harmless)
    assert faultpoints.hits() == {}
    reach("decision")


def test_a_run_that_may_not_be_broken_does_not_begin(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The code is 4 and the sentence says what is missing."""
    move_in(monkeypatch, tmp_path)
    monkeypatch.setenv("HEAN_FAULTPOINT", "decision:1:kill")
    answer = say(capsys, "run", "--headless", "--speed", "max", "--duration", "1s")
    assert answer.code == 4
    assert "HEAN_TEST=1" in answer.sentences[-1]
