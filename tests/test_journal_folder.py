"""The folder a journal lies in: private, ours, real, writable, and on a disk of this machine."""

import os
from pathlib import Path

import pytest

from infrastructure.journal import UnfitFolder, check_folder
from infrastructure.journal.folder import network_of
from tests.as_somebody import NOBODY, as_somebody


def test_a_private_folder_is_fit(tmp_path: Path) -> None:
    """As the program makes it."""
    tmp_path.chmod(0o700)
    check_folder(tmp_path)


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701])
def test_a_folder_that_others_can_look_into_is_refused(mode: int, tmp_path: Path) -> None:
    """With the mode it has and the one it needs."""
    tmp_path.chmod(mode)
    with pytest.raises(UnfitFolder, match=f"has mode {mode:04o}.*chmod 0700"):
        check_folder(tmp_path)


def test_a_link_a_file_and_nothing_are_refused(tmp_path: Path) -> None:
    """Each in its own words."""
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "file").touch()
    for name, words in (("link", "symbolic link"), ("file", "is not a folder"), ("none", "No such file")):
        with pytest.raises(UnfitFolder, match=words):
            check_folder(tmp_path / name)


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """Before anything is tried in it."""
    folder = tmp_path / "fixed"
    folder.mkdir()
    folder.chmod(0o500)
    with as_somebody(folder), pytest.raises(UnfitFolder, match="cannot be written to"):
        check_folder(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only a superuser can give a folder away")
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    """Even where our rights would do."""
    tmp_path.chmod(0o700)
    os.chown(tmp_path, NOBODY, NOBODY)
    with pytest.raises(UnfitFolder, match="belongs to another user"):
        check_folder(tmp_path)


MOUNTS = r"""
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:25 / /mnt/share rw - nfs4 server:/export rw
31 22 0:26 / /mnt/share/local rw - ext4 /dev/vdb rw
32 22 0:27 / /mnt/with\040blank rw - fuse.sshfs me@there:/ rw
33 22 0:28 / /mnt/covered rw - cifs //server/x rw
34 22 0:29 / /mnt/covered rw - tmpfs tmpfs rw
35 22 0:30 / /mnt/memory rw - tmpfs tmpfs rw
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/srv/data", None),
        ("/mnt/share", "nfs4"),
        ("/mnt/share/hean/paper-sim", "nfs4"),
        ("/mnt/shared", None),
        ("/mnt/share/local/data", None),
        ("/mnt/with blank/data", "fuse.sshfs"),
        ("/mnt/covered/data", None),
        ("/mnt/memory", None),
    ],
)
def test_the_file_system_of_a_network_is_found(folder: str, kind: str | None, tmp_path: Path) -> None:
    """By the innermost mount that holds the folder; of two on one point the later one counts."""
    table = tmp_path / "mountinfo"
    table.write_text(MOUNTS, encoding="utf-8")
    assert network_of(Path(folder), table) == kind


def test_where_no_mounts_are_told_nothing_is_refused(tmp_path: Path) -> None:
    """Other systems have no such table."""
    assert network_of(tmp_path, tmp_path / "none") is None
