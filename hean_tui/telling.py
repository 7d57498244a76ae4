"""Sentences to the person at the terminal: to stderr, so that stdout stays for programs."""

import sys


def tell(*sentences: str) -> None:
    """Print sentences, one a line and without secrets; a terminal that is gone is nobody's error."""
    from hean_tui.redaction import without_secrets

    try:
        for sentence in sentences:
            sys.stderr.write(f"{without_secrets(sentence)}\n")
        sys.stderr.flush()
    except OSError:
        pass
