"""Shortcuts: what the app offers in the composer's menu and in a message's.

https://docs.slack.dev/interactivity/implementing-shortcuts
"""

from __future__ import annotations

from runbot.playground import payloads
from runbot.playground.asking import ask
from runbot.playground.messages import Message
from runbot.playground.platform import Platform
from runbot.playground.refusals import PersonRefusal


async def use_shortcut(
    platform: Platform, user: str, callback_id: str, message: Message | None
) -> None:
    """Use a global shortcut, or a message's; returns once the app has acknowledged it."""
    kind = "global" if message is None else "message"
    if platform.manifest.shortcut(callback_id, kind) is None:
        raise PersonRefusal(
            "unknown_shortcut", f"The app offers no {kind} shortcut {callback_id!r}.", status=404
        )
    if message is not None and message.ephemeral_to is not None:
        raise PersonRefusal(
            "message_gone", "A message that only you see has no shortcuts.", status=404
        )
    await ask(
        platform,
        "interactive",
        payloads.global_shortcut(platform, user, callback_id)
        if message is None
        else payloads.message_shortcut(platform, user, callback_id, message),
    )
