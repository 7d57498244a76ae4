"""What the project measures of itself and beside others; every number comes from a command in the Makefile."""
