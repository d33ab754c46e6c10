"""The messages of every conversation, and how Slack and the page each see one."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from runbot.playground.ids import Clockwork

Blocks = list[dict[str, Any]]

_KEPT_PER_CHANNEL = 5_000
_KEPT_EPHEMERAL = 500


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

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread, and not as its root."""
        return self.thread_ts is not None and self.thread_ts != self.ts

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


class Messages:
    """All messages, oldest first in each channel; a bounded number of each kind is kept."""

    def __init__(self) -> None:
        self.clock = Clockwork()
        self._by_ts: dict[str, dict[str, Message]] = {}
        self._order: dict[str, list[str]] = {}
        self._threads: dict[tuple[str, str], list[str]] = {}
        self._ephemeral: dict[str, Message] = {}

    def add(self, message: Message) -> Message:
        """Keep a new message."""
        if message.ephemeral_to is not None:
            self._ephemeral[message.ts] = message
            while len(self._ephemeral) > _KEPT_EPHEMERAL:
                del self._ephemeral[next(iter(self._ephemeral))]
            return message
        order = self._order.setdefault(message.channel, [])
        insort(order, message.ts)
        self._by_ts.setdefault(message.channel, {})[message.ts] = message
        if message.is_reply and message.thread_ts is not None:
            insort(self._threads.setdefault((message.channel, message.thread_ts), []), message.ts)
        if len(order) > _KEPT_PER_CHANNEL:
            self.remove(self._by_ts[message.channel][order[0]])
        return message

    def replace(self, message: Message) -> Message:
        """Put a changed message in the place of the one with its ts."""
        if message.ephemeral_to is not None:
            self._ephemeral[message.ts] = message
        else:
            self._by_ts[message.channel][message.ts] = message
        return message

    def remove(self, message: Message) -> None:
        """Forget a message; KeyError if it isn't kept."""
        if message.ephemeral_to is not None:
            del self._ephemeral[message.ts]
            return
        del self._by_ts[message.channel][message.ts]
        self._order[message.channel].remove(message.ts)
        if message.is_reply and message.thread_ts is not None:
            self._threads[message.channel, message.thread_ts].remove(message.ts)

    def find(self, channel: str, ts: str) -> Message | None:
        """A message that everyone in the channel sees."""
        return self._by_ts.get(channel, {}).get(ts)

    def find_for(self, person: str, channel: str, ts: str) -> Message | None:
        """A message that one person sees, ephemeral ones too."""
        ephemeral = self._ephemeral.get(ts)
        if ephemeral is not None and ephemeral.channel == channel:
            return ephemeral if ephemeral.ephemeral_to == person else None
        return self.find(channel, ts)

    def ephemeral(self, channel: str, person: str | None = None) -> list[Message]:
        """The ephemeral messages in a channel, of everyone or of one person."""
        return [
            m
            for m in self._ephemeral.values()
            if m.channel == channel and person in {None, m.ephemeral_to}
        ]

    def in_channel(self, channel: str) -> list[Message]:
        """Everything in a channel, replies too."""
        return [self._by_ts[channel][ts] for ts in self._order.get(channel, [])]

    def top_level(self, channel: str) -> list[Message]:
        """What the channel itself shows: everything but replies."""
        return [m for m in self.in_channel(channel) if not m.is_reply]

    def thread(self, channel: str, root_ts: str) -> list[Message]:
        """The root and its replies; empty when there is no such root."""
        root = self.find(channel, root_ts)
        return [root, *self.replies(channel, root_ts)] if root else []

    def replies(self, channel: str, root_ts: str) -> list[Message]:
        """A thread without its root."""
        return [self._by_ts[channel][ts] for ts in self._threads.get((channel, root_ts), [])]

    def react(self, message: Message, name: str, user: str) -> Message | None:
        """The message with the reaction added; None when this user gave it before."""
        given = dict(message.reactions)
        if user in given.get(name, ()):
            return None
        given[name] = (*given.get(name, ()), user)
        return self.replace(replace(message, reactions=tuple(given.items())))

    # How it is kept, and how each side sees it

    def to_file(self) -> list[dict[str, Any]]:
        """All lasting messages, as plain data."""
        return [asdict(m) for kept in self._order for m in self.in_channel(kept)]

    def from_file(self, rows: list[dict[str, Any]]) -> None:
        """Take up what to_file gave; later messages get later timestamps."""
        names = {f.name for f in fields(Message)}
        for row in rows:
            known = {key: value for key, value in row.items() if key in names}
            known["reactions"] = tuple((n, tuple(u)) for n, u in row.get("reactions", ()))
            self.add(Message(**known))
            self.clock.stay_after(known["ts"])

    def to_slack(self, message: Message, *, team: str, app: str) -> dict[str, Any]:
        """The message object of the Web API and of interactive payloads."""
        slack: dict[str, Any] = {
            "type": "message",
            "user": message.user,
            "ts": message.ts,
            "text": message.text,
            "team": team,
        }
        if message.subtype:
            slack["subtype"] = message.subtype
        if message.bot_id:
            slack |= {"bot_id": message.bot_id, "app_id": app}
        if message.blocks is not None:
            slack["blocks"] = message.blocks
        if message.thread_ts:
            slack["thread_ts"] = message.thread_ts
            root = self.find(message.channel, message.thread_ts)
            if message.is_reply and root is not None:
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
        replies = [] if message.is_reply else self.replies(message.channel, message.ts)
        if replies:
            people = list(dict.fromkeys(reply.user for reply in replies))
            slack |= {
                "thread_ts": message.ts,
                "reply_count": len(replies),
                "reply_users_count": len(people),
                "latest_reply": replies[-1].ts,
                "reply_users": people[:5],
                "is_locked": False,
                "subscribed": True,
            }
        return slack

    def to_page(self, message: Message) -> dict[str, Any]:
        """The message as the page draws it."""
        replies = [] if message.is_reply else self.replies(message.channel, message.ts)
        return {
            "ts": message.ts,
            "channel": message.channel,
            "user": message.user,
            "bot_id": message.bot_id,
            "text": message.text,
            "blocks": message.blocks,
            "thread_ts": message.thread_ts,
            "reply_count": len(replies),
            "reply_users": list(dict.fromkeys(reply.user for reply in replies)),
            "last_reply": replies[-1].ts if replies else None,
            "edited": message.edited_ts is not None,
            "ephemeral": message.ephemeral_to is not None,
            "subtype": message.subtype,
            "reactions": [{"name": n, "users": list(users)} for n, users in message.reactions],
            "metadata": message.metadata,
        }
