"""Small modals: something is being fetched, something went wrong, something is done."""

from __future__ import annotations

from slack_sdk.models.blocks import PlainTextObject
from slack_sdk.models.views import View

from runbot.surfaces.slack.views import budget, text


def loading(title: str) -> View:
    """Opened at once, while the trigger still lives; what was asked for replaces it."""
    return said(title, "One moment…", close="Cancel")


def said(title: str, sentence: str, *, close: str = "Close") -> View:
    """A modal with a few sentences of Runbot's own."""
    return View(
        type="modal",
        title=PlainTextObject(text=text.label(title, 24)),
        close=PlainTextObject(text=close),
        blocks=[budget.section(text.clip(sentence, 2900))],
    )
