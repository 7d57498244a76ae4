"""The one door to orders: sizes, limits and halts."""
