"""Signs of life: what the service manager and the parent hear, and that neither can hold anybody up."""

import os
import signal
import socket
from pathlib import Path

from infrastructure.heralds import heralds_from


def test_the_service_manager_hears_three_words(tmp_path: Path) -> None:
    """Ready once, alive again and again, stopping at the end; its address is not left to children."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        environ = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "HOME": "/"}
        heralds = heralds_from(environ)
        heralds.beat()
        heralds.beat()
        heralds.heard(signal.SIGTERM)
        heralds.ending()
        manager.settimeout(2)
        heard = [manager.recv(64) for _ in range(4)]
    assert heard == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1", b"STOPPING=1"]
    assert environ == {"HOME": "/"}


def test_a_name_outside_of_the_file_system_is_understood() -> None:
    """Service managers may listen on a name that begins with a zero byte, written as @."""
    name = f"hean-tui-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"\0{name}")
        heralds_from({"NOTIFY_SOCKET": f"@{name}"}).beat()
        manager.settimeout(2)
        assert manager.recv(64) == b"READY=1"


def test_a_manager_that_is_gone_is_nobody_s_error(tmp_path: Path) -> None:
    """Nothing is sent, nothing is raised, and nonsense in the environment is no listener."""
    for environ in ({"NOTIFY_SOCKET": str(tmp_path / "gone")}, {"NOTIFY_SOCKET": "x", "HEAN_SUPERVISOR_PIPE": "999"}):
        heralds = heralds_from(environ)
        heralds.beat()
        heralds.ending()


def test_the_parent_hears_bytes_and_which_signals_arrived() -> None:
    """One byte a word, and the number of the signal."""
    ours, theirs = os.pipe()
    heralds = heralds_from({"HEAN_SUPERVISOR_PIPE": str(theirs)})
    heralds.beat()
    heralds.heard(signal.SIGTERM)
    heralds.ending()
    assert os.read(ours, 64) == b"r." + bytes([signal.SIGTERM]) + b"e"
    assert not os.get_inheritable(theirs)
    os.close(ours)
    os.close(theirs)


def test_a_parent_that_does_not_read_holds_nobody_up_and_one_that_is_gone_is_told_once() -> None:
    """A full pipe drops words; a broken one is the sign that this process is alone."""
    ours, theirs = os.pipe()
    heralds = heralds_from({"HEAN_SUPERVISOR_PIPE": str(theirs)})
    alone: list[str] = []
    heralds.when_alone(lambda: alone.append("alone"))
    for _ in range(70_000):  # more than a pipe takes
        heralds.beat()
    assert alone == []
    os.close(ours)
    heralds.beat()
    heralds.beat()
    assert alone == ["alone"]
    os.close(theirs)
