"""Durable execution: the only place that knows the workflow library."""
