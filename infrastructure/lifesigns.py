"""The words between a run and whoever supervises it, and where they are sent. It imports nothing."""

SUPERVISOR_PIPE = "HEAN_SUPERVISOR_PIPE"  # the number of a descriptor, handed to the child
NOTIFY_SOCKET = "NOTIFY_SOCKET"  # of the machine's service manager
READY, ALIVE, ENDING = b"r", b".", b"e"  # and the number of a signal as one byte: it was heard
