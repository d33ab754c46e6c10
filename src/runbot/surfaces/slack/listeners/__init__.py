"""What Bolt calls, by noun. Each acknowledges at once and then works."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from runbot.surfaces.slack.listeners import (
    commands,
    drafts,
    fallback,
    forms,
    home,
    messages,
    places,
    runs,
)


def register(app: AsyncApp) -> None:
    """All listeners; the catch-alls come last, since Bolt takes the first that matches."""
    for noun in (commands, messages, places, drafts, forms, runs, home, fallback):
        noun.register(app)
