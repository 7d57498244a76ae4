"""Where the engine lives: its own thread and event loop, and the two doors that lead to it."""
