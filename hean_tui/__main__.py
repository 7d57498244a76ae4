"""`python -m hean_tui` is `hean-tui`."""

import sys

from hean_tui.entry import main

if __name__ == "__main__":
    sys.exit(main())
