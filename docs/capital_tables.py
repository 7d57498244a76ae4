"""What three accounts are told when a run begins: the tables of the page `feasibility.md`, word for word."""
# ruff: noqa: INP001 - docs holds pages, and this script beside them; it is no package.

import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory

from hean_tui.cli import main as hean_tui

PAGE = Path(__file__).with_name("feasibility.md")
BEGIN, END = "<!-- tables -->\n", "<!-- end of tables -->\n"
CAPITALS = ("612", "80", "25000")
RUN = ("run", "--headless", "--speed", "max", "--duration", "1s", "--seed", "7", "--capital")


def tables() -> str:
    """One run for each account, in folders of their own, and all that it says before its end."""
    return "\n".join(f"```\n$ hean-tui {' '.join(RUN)} {capital}\n{told(capital)}```\n" for capital in CAPITALS)


def told(capital: str) -> str:
    """What a run with this capital says beside its result."""
    err = io.StringIO()
    with TemporaryDirectory() as folder, redirect_stdout(io.StringIO()), redirect_stderr(err):
        hean_tui((*RUN, capital, "--data-dir", folder))
    return err.getvalue()


def page() -> str:
    """The page as it should be."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + tables() + END + after


def main() -> None:
    """Write it."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
