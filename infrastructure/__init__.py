"""Everything that touches the outside: files, exchanges, databases, logs."""
