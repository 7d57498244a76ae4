"""The surfaces of hean-tui: command line, terminal garden, scripts, and the place where the parts are joined."""

__version__ = "0.1.0"
