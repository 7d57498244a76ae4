"""What the whole book may lose: value at risk, stress tests, and the chance of HALT tonight. Pure functions."""
