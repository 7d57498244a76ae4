"""`python -m hean_tui` is `hean-tui`."""

import sys

from hean_tui.cli import main

if __name__ == "__main__":
    sys.exit(main())
