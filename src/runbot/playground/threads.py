"""The threads that a person is in: where they wrote, or were named."""

from __future__ import annotations

from typing import Any

from runbot.playground.messages import Message
from runbot.playground.platform import Platform
from runbot.playground.workspace import User

_MOST = 50
_REPLIES = 3


def _concerns(user: str, root: Message, replies: list[Message]) -> bool:
    mention = f"<@{user}>"
    return any(m.user == user or mention in m.text for m in (root, *replies))


def threads_of(platform: Platform, user: User) -> list[dict[str, Any]]:
    """The threads that this person is in, the one with the newest reply first, at most 50.

    Each is {root, replies: the last three, unread: how many replies they have not seen}.
    """
    messages, conversations = platform.messages, platform.conversations
    roots = [
        root
        for channel in platform.workspace.visible_to(user)
        for root in messages.top_level(channel.id)
        if messages.has_replies(root)
    ]
    found = [(root, messages.replies(root.channel, root.ts)) for root in roots]
    mine = [(root, replies) for root, replies in found if _concerns(user.id, root, replies)]
    mine.sort(key=lambda thread: thread[1][-1].ts, reverse=True)
    return [
        {
            "root": messages.to_page(root),
            "replies": [messages.to_page(reply) for reply in replies[-_REPLIES:]],
            "unread": conversations.unread_replies(user.id, root),
        }
        for root, replies in mine[:_MOST]
    ]
