"""Buttons, and what their values carry: which runbook, and which version of it was shown."""

from __future__ import annotations

from typing import Final

from slack_sdk.models.blocks import ButtonElement, ConfirmObject, PlainTextObject

from runbot.surfaces.slack.views.shapes import Card

# Of a button that doesn't say what was shown beside it: no version has this number.
UNSEEN: Final = 0


def button(
    label: str,
    action: str,
    value: str,
    *,
    style: str | None = None,
    confirm: ConfirmObject | None = None,
    read_as: str | None = None,
) -> ButtonElement:
    """A button. `read_as` is what a screen reader says where the label alone says too little."""
    return ButtonElement(
        text=PlainTextObject(text=label),
        action_id=action,
        value=value,
        style=style,
        confirm=confirm,
        accessibility_label=read_as,
    )


def confirm(title: str, says: str, yes: str, no: str, *, style: str | None = None) -> ConfirmObject:
    """The question that Slack asks before it sends the click."""
    return ConfirmObject(
        title=PlainTextObject(text=title),
        text=PlainTextObject(text=says),
        confirm=PlainTextObject(text=yes),
        deny=PlainTextObject(text=no),
        style=style,
    )


def shown(card: Card) -> str:
    """The value of a card's button: the runbook with the version that the card shows."""
    return seen(card.runbook.id, card.version.number)


def seen(runbook: str, version: int) -> str:
    """A runbook with the version that was seen, as `read_seen` reads it back."""
    return f"{runbook}:{version}"


def read_seen(value: str) -> tuple[str, int]:
    """The runbook and the version that stood beside the button."""
    runbook, _, version = value.partition(":")
    return runbook, int(version) if version.isdecimal() else UNSEEN
