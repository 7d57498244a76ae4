"""The only way to start: step by step from what the journal says to what the exchange says, and then to work."""
