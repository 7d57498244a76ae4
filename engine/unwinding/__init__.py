"""Closing what is open, with proof: the procedure of a kill, a flatten and the close of one position."""
