"""The panes of the garden, one file each, named by their garden word."""
