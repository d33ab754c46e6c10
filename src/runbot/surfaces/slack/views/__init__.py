"""What people see: pure functions from domain objects to blocks."""
