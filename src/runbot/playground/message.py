"""One message, and how Slack and the page each see it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from runbot.playground.timeline import Timeline

Blocks = list[dict[str, Any]]
SLACKBOT = "USLACKBOT"


@dataclass(frozen=True, slots=True, order=True)
class Message:
    """One message as it is now. A change makes a new one, so a copy in hand stays as it was."""

    ts: str
    channel: str = field(compare=False)
    user: str = field(compare=False)
    text: str = field(compare=False)
    blocks: Blocks | None = field(default=None, compare=False)
    thread_ts: str | None = field(default=None, compare=False)
    bot_id: str | None = field(default=None, compare=False)
    edited_ts: str | None = field(default=None, compare=False)
    subtype: str | None = field(default=None, compare=False)
    ephemeral_to: str | None = field(default=None, compare=False)
    metadata: dict[str, Any] | None = field(default=None, compare=False)
    reactions: tuple[tuple[str, tuple[str, ...]], ...] = field(default=(), compare=False)
    files: tuple[str, ...] = field(default=(), compare=False)
    streaming: bool = field(default=False, compare=False)
    """Whether the app is still adding to it (chat.startStream)."""

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread, and not as its root."""
        return self.thread_ts is not None and self.thread_ts != self.ts

    @property
    def tombstone(self) -> bool:
        """Whether it only marks where a thread's deleted root stood."""
        return self.subtype == "tombstone"

    def buried(self) -> Message:
        """What stays of a root that is deleted while its replies remain."""
        return Message(
            ts=self.ts,
            channel=self.channel,
            user=SLACKBOT,
            text="This message was deleted.",
            thread_ts=self.ts,
            subtype="tombstone",
        )

    @property
    def shown(self) -> str:
        """All that a reader sees, as plain lines: for looking something up in a message."""
        return "\n".join([self.text, *texts_of(self.blocks or [])])


def texts_of(blocks: object) -> Iterable[str]:
    """Every text in a tree of blocks, in reading order."""
    if isinstance(blocks, dict):
        for key, value in blocks.items():
            if isinstance(value, str) and key in {"text", "title", "subtitle", "body"}:
                yield value
            else:
                yield from texts_of(value)
    elif isinstance(blocks, list):
        for item in blocks:
            yield from texts_of(item)


def message_to_slack(
    message: Message, *, replies: Timeline, root: Message | None
) -> dict[str, Any]:
    """What of a message object the message itself tells; `root` is that of a reply."""
    slack: dict[str, Any] = {
        "type": "message",
        "user": message.user,
        "ts": message.ts,
        "text": message.text,
    }
    if message.subtype:
        slack["subtype"] = message.subtype
    if message.tombstone:
        slack["hidden"] = True
    if message.blocks is not None:
        slack["blocks"] = message.blocks
    if message.thread_ts:
        slack["thread_ts"] = message.thread_ts
    if root is not None:
        slack["parent_user_id"] = root.user
    if message.edited_ts:
        slack["edited"] = {"user": message.user, "ts": message.edited_ts}
    if message.metadata:
        slack["metadata"] = message.metadata
    if message.reactions:
        slack["reactions"] = [
            {"name": name, "users": list(users), "count": len(users)}
            for name, users in message.reactions
        ]
    if replies:
        slack |= {
            "thread_ts": message.ts,
            "reply_count": len(replies),
            "reply_users_count": len(replies.authors),
            "latest_reply": replies.last,
            "reply_users": replies.authors[:5],
            "is_locked": False,
            "subscribed": True,
        }
    return slack


def message_to_page(message: Message, *, replies: Timeline) -> dict[str, Any]:
    """The message as the page draws it, without its files."""
    return {
        "ts": message.ts,
        "channel": message.channel,
        "user": message.user,
        "bot_id": message.bot_id,
        "text": message.text,
        "blocks": message.blocks,
        "thread_ts": message.thread_ts,
        "reply_count": len(replies),
        "reply_users": replies.authors,
        "last_reply": replies.last,
        "edited": message.edited_ts is not None,
        "ephemeral": message.ephemeral_to is not None,
        "subtype": message.subtype,
        "reactions": [{"name": n, "users": list(users)} for n, users in message.reactions],
        "metadata": message.metadata,
        "streaming": message.streaming,
    }
