"""What is written down, how it is read again, and the hash that proves both."""
