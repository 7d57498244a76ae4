"""What is wrong with the storage, met by `hean-tui run`: one sentence, the contract's code, and nothing is sent."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest

from infrastructure.journal import FolderLock, Places, verify
from infrastructure.journal import folder as folder_checks
from tests.command_line import move_in, say
from tests.journal_stage import meddle

RUN = ("run", "--headless", "--duration", "5s", "--speed", "max", "--seed", "7")
NOBODY = 65_534
Undo = ExitStack


class Fault(NamedTuple):
    """What happened to the folder, how the program ends, and words of its one sentence."""

    happens: Callable[[Path, Undo], None]
    code: int
    words: str
    keeps_a_copy: bool = False


def a_page_is_damaged(folder: Path, _: Undo) -> None:
    data = bytearray((folder / "journal.db").read_bytes())
    page = data.index(b'"reason"') // 4096 * 4096
    data[page : page + 64] = b"\xff" * 64
    (folder / "journal.db").write_bytes(data)


def a_row_was_changed(folder: Path, _: Undo) -> None:
    meddle(folder, "UPDATE journal SET body = X'7b7d' WHERE seq = 2")


def the_end_is_missing(folder: Path, _: Undo) -> None:
    meddle(folder, "DELETE FROM journal WHERE seq > 3")


def the_file_was_cut(folder: Path, _: Undo) -> None:
    os.truncate(folder / "journal.db", 4096)


def the_journal_is_gone(folder: Path, _: Undo) -> None:
    (folder / "journal.db").unlink()


def the_heads_are_gone(folder: Path, _: Undo) -> None:
    (folder / "journal.heads").unlink()


def a_later_version_wrote_it(folder: Path, _: Undo) -> None:
    meddle(
        folder,
        "UPDATE meta SET value = '7' WHERE key = 'schema'",
        "UPDATE meta SET value = '9.0' WHERE key = 'program'",
    )


def it_is_a_letter(folder: Path, _: Undo) -> None:
    (folder / "journal.db").write_text("Dear diary, nothing was lost today.\n" * 100, encoding="utf-8")


def the_journal_is_a_link(folder: Path, _: Undo) -> None:
    (folder / "journal.db").rename(folder.parent / "elsewhere.db")
    (folder / "journal.db").symlink_to(folder.parent / "elsewhere.db")


def the_folder_is_a_link(folder: Path, _: Undo) -> None:
    folder.rename(folder.parent / "elsewhere")
    folder.symlink_to("elsewhere")


def another_engine_runs(folder: Path, undo: Undo) -> None:
    undo.callback(FolderLock(folder, "another").release)


def the_disk_is_a_network(_: Path, undo: Undo) -> None:
    patch = undo.enter_context(pytest.MonkeyPatch.context())
    patch.setattr(folder_checks, "network_of", lambda _place: "nfs4")


def the_folder_is_read_only(folder: Path, undo: Undo) -> None:
    folder.chmod(0o500)
    undo.callback(folder.chmod, 0o700)
    _without_privileges(folder, undo)


def the_journal_is_read_only(folder: Path, undo: Undo) -> None:
    (folder / "journal.db").chmod(0o400)
    _without_privileges(folder, undo)


def somebody_else_owns_it(folder: Path, _: Undo) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    os.chown(folder, NOBODY, NOBODY)


def _without_privileges(folder: Path, undo: Undo) -> None:
    """Root may write anywhere, so for the time of the test it is somebody else, who owns the folder."""
    if os.geteuid() == 0:
        for place in (folder.parents[1], folder.parent, folder, *folder.iterdir()):
            os.chown(place, NOBODY, NOBODY)
        os.seteuid(NOBODY)
        undo.callback(os.seteuid, 0)


FAULTS = {
    "a page is damaged": Fault(a_page_is_damaged, 4, "is damaged", keeps_a_copy=True),
    "a row was changed": Fault(a_row_was_changed, 4, "Row 2 is not what was written", keeps_a_copy=True),
    "the end is missing": Fault(the_end_is_missing, 4, "The end of the journal", keeps_a_copy=True),
    "the file was cut": Fault(the_file_was_cut, 4, "was cut", keeps_a_copy=True),
    "the journal is gone": Fault(the_journal_is_gone, 4, "is empty or gone", keeps_a_copy=True),
    "the heads are gone": Fault(the_heads_are_gone, 4, "its file of heads is gone", keeps_a_copy=True),
    "a later version wrote it": Fault(a_later_version_wrote_it, 4, "use hean-tui 9.0 or later"),
    "it is a letter": Fault(it_is_a_letter, 4, "is not a journal of this program"),
    "the journal is a link": Fault(the_journal_is_a_link, 4, "is a symbolic link"),
    "the folder is a link": Fault(the_folder_is_a_link, 4, "is a symbolic link"),
    "another engine runs": Fault(another_engine_runs, 3, f"process {os.getpid()}"),
    "the disk is a network": Fault(the_disk_is_a_network, 4, "file system of a network (nfs4)"),
    "the folder is read-only": Fault(the_folder_is_read_only, 4, "Permission denied"),
    "the journal is read-only": Fault(the_journal_is_read_only, 4, "Permission denied"),
    "somebody else owns it": Fault(somebody_else_owns_it, 4, "belongs to another user"),
}


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which a run has ended in order."""
    from hean_tui.cli import main

    root = tmp_path_factory.mktemp("data")
    assert main([*RUN, "--data-dir", str(root)]) == 0
    (root / "paper-sim/ballast").unlink()
    return root


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home that can also be reached by a user without privileges, as the folders of pytest cannot."""
    with TemporaryDirectory(prefix="hean-tui-home-") as name:
        move_in(monkeypatch, Path(name))
        yield Path(name)
        monkeypatch.undo()  # out of the folder before it goes


@pytest.mark.parametrize("name", FAULTS)
def test_a_start_is_refused_in_one_sentence(
    name: str, lived_in: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was found is left as it was, and copied aside where it does not hold."""
    fault = FAULTS[name]
    root = home / "data"
    shutil.copytree(lived_in, root)
    folder = root / "paper-sim"
    with ExitStack() as undo:
        fault.happens(folder, undo)
        real = folder.resolve()
        before = contents(real)
        answers = [say(capsys, *RUN, "--data-dir", str(root)) for _ in range(2)]
        after = contents(real)
    for answer in answers:
        assert (answer.code, answer.out, len(answer.sentences)) == (fault.code, "", 1), answer
        assert fault.words in answer.err
        assert "Traceback" not in answer.err
        assert ("is in quarantine-1." in answer.err) == fault.keeps_a_copy
    copy = {name.removeprefix("quarantine-1/"): data for name, data in after.items() if name.startswith("quarantine-")}
    assert {name: data for name, data in after.items() if not name.startswith("quarantine-")} == before
    assert copy == (before if fault.keeps_a_copy else {})


def contents(folder: Path) -> dict[str, bytes]:
    """What the journal's files hold, wherever in the folder they lie; the log's index says nothing by itself."""
    files = [file for file in folder.rglob("journal*") if file.is_file() and not file.name.endswith(("-shm", "-wal"))]
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def test_a_torn_tail_of_the_log_costs_nothing(lived_in: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Half a page behind the last whole commit is what a power loss leaves; the run goes on where it was."""
    root = home / "data"
    shutil.copytree(lived_in, root)
    places = Places.within(root / "paper-sim")
    head = verify(places).head
    (root / "paper-sim/journal.db-wal").write_bytes(b"\x37\x7f\x06\x82" + b"torn" * 300)
    with places.heads.open("ab") as heads:
        heads.write(b"22 5f1c")
    assert say(capsys, *RUN, "--data-dir", str(root)).code == 0
    assert verify(places).head.seq > head.seq
