"""Deterministic simulation: whole trading days around the real engine, with faults, all of it from one seed."""
