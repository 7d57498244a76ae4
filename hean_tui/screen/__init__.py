"""The garden: the terminal screen in front of an engine, which it sees through its facade alone."""
