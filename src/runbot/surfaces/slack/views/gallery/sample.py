"""One view with example values, as it would go to Slack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from slack_sdk.models.views import View

from runbot.surfaces.slack.views import budget
from runbot.surfaces.slack.views.budget import Message

Surface = Literal["message", "modal", "home"]


@dataclass(frozen=True, slots=True)
class Sample:
    """`payload` is a message's `text` and `blocks`, or a whole view; `name` is unique."""

    name: str
    surface: Surface
    payload: dict[str, Any]

    @property
    def blocks(self) -> Sequence[dict[str, Any]]:
        """The blocks, whatever they stand in."""
        blocks: list[dict[str, Any]] = self.payload["blocks"]
        return blocks


def message(name: str, made: Message) -> Sample:
    """A message as `chat.postMessage` takes it, without its place."""
    return Sample(name, "message", {"text": made.text, "blocks": made.blocks})


def view(name: str, made: View | dict[str, Any]) -> Sample:
    """A modal or a Home tab, held to its size as every one is before it is sent."""
    payload = budget.modal(made) if isinstance(made, View) else made
    return Sample(name, "home" if payload["type"] == "home" else "modal", payload)
