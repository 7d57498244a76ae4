"""Variables that make the screen's library or Python do what nobody asked for: pressed keys, logs, pictures."""

from collections.abc import Mapping, MutableMapping

# What the screen's library takes from the environment on purpose.
HARMLESS = ("TEXTUAL_ANIMATIONS", "TEXTUAL_COLOR_SYSTEM", "TEXTUAL_FPS")
_OF_PYTHON = ("PYTHONSTARTUP", "PYTHONPATH", "PYTHONINSPECT", "PYTHONBREAKPOINT")


def traps_in(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The names of those that are set."""
    return tuple(
        name
        for name in sorted(environ)
        if name in _OF_PYTHON or (name.startswith("TEXTUAL") and name not in HARMLESS and environ[name])
    )


def remove_traps(environ: MutableMapping[str, str]) -> tuple[str, ...]:
    """Take them out, before the library is imported that would read them; returns what was found."""
    found = traps_in(environ)
    for name in found:
        del environ[name]
    return found
