"""What Runbot knows, with no I/O and no clock: times and ids come in as arguments."""
