"""The commands of `hean-tui`, one file each; what a command needs is imported when it runs."""
