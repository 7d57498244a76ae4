"""Between our books and an exchange: the way out, the way in, the questions, and the comparison of both."""
