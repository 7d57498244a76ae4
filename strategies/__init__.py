"""Strategies: one file each, a function of what was seen to what is wanted."""
