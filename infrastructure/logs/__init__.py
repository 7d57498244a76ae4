"""Structured logs: written by a thread of their own, without secrets, one JSON object a line or plain text."""
