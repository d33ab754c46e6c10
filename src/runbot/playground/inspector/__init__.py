"""The inspector: what passed between Slack and the app, told in words, whole, and as a chain."""
