"""The garden, drawn from a picture that holds still."""
