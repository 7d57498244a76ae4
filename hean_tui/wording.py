"""How sentences to people are put together: values shown safely, near misses named, lists read aloud."""

from collections.abc import Collection
from difflib import get_close_matches
from pathlib import PurePath

_LONGEST_SHOWN = 80
_LONGEST_PATH = 400
_LONGEST_LIST = 12


def quoted(value: object) -> str:
    """A value from outside in quotes: on one line, without control characters, and not longer than a person reads."""
    text = "".join(letter if letter.isprintable() else "?" for letter in str(value))
    longest = _LONGEST_PATH if isinstance(value, PurePath) else _LONGEST_SHOWN
    if len(text) > longest:
        text = text[: longest - 3] + "..."
    return f'"{text}"'


def one_of(words: Collection[str], joiner: str = "or") -> str:
    """`a, b or c`."""
    names = list(words)
    if len(names) > _LONGEST_LIST:
        names = [*names[:_LONGEST_LIST], "others"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {joiner} {names[-1]}"


def closest(word: str, known: Collection[str]) -> str | None:
    """The known word that was probably meant."""
    lowered = {name.lower(): name for name in known}
    found = get_close_matches(word.lower(), list(lowered), n=1, cutoff=0.6)
    return lowered[found[0]] if found else None


def way_out(word: str, known: Collection[str], otherwise: str = "") -> str:
    """The second half of a sentence about an unknown word: the near miss, else what there is."""
    near = closest(word, known)
    if near is not None:
        return f"did you mean {near}?"
    return otherwise or f"it can be {one_of(known)}."
