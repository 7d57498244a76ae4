"""Sentences to the person at the terminal: to stderr, so that stdout stays for programs."""

import sys


def tell(*sentences: str) -> None:
    """Print sentences, one a line; a terminal that is gone is nobody's error."""
    try:
        for sentence in sentences:
            sys.stderr.write(f"{sentence}\n")
        sys.stderr.flush()
    except OSError:
        pass
