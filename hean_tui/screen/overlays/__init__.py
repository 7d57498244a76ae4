"""What lies over the garden for a moment: the closed gate, the way out, and the two forms."""
