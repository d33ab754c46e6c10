"""A run's record as a file: what it holds, and how each format writes it."""
