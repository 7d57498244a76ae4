"""Where in a data folder the journal's files lie."""

from pathlib import Path
from typing import NamedTuple


class Places(NamedTuple):
    """The database, and the file of its heads beside it."""

    journal: Path
    heads: Path

    @classmethod
    def within(cls, folder: Path) -> "Places":
        """The names that every data folder has."""
        return cls(folder / "journal.db", folder / "journal.heads")

    @classmethod
    def alone(cls, file: Path) -> "Places":
        """A database by itself, such as a backup."""
        return cls(file, file.with_name(file.name + ".heads"))

    @property
    def all_files(self) -> tuple[Path, ...]:
        """Everything that belongs together, also what SQLite keeps beside its file."""
        return (self.journal, *self.kept_by_sqlite[:2], self.heads)

    @property
    def kept_by_sqlite(self) -> tuple[Path, ...]:
        """Its log, the index of that, and what it needs to undo a first transaction."""
        return tuple(self.journal.with_name(self.journal.name + end) for end in ("-wal", "-shm", "-journal"))

    @property
    def restored(self) -> Path:
        """A backup that is about to take the journal's name."""
        return self.journal.with_name("journal-restored.db")

    def before_migration(self, schema: int) -> Path:
        """Where a copy of an older schema is kept."""
        return self.journal.with_name(f"journal-schema-{schema}.db")
