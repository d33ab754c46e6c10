"""The messages of every conversation, by timestamp, by thread, and by page."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any

from runbot.playground.files import Files
from runbot.playground.ids import Clockwork
from runbot.playground.message import Blocks, Message, message_to_page, message_to_slack, texts_of
from runbot.playground.timeline import Timeline

_KEPT_PER_CHANNEL = 5_000
_KEPT_EPHEMERAL = 500
_LOOKED_THROUGH = 500


__all__ = ["Blocks", "Message", "Messages", "texts_of"]


class Messages:
    """All messages, oldest first in each channel; a bounded number of each kind is kept."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self.clock = Clockwork()
        self._by_ts: dict[str, dict[str, Message]] = {}
        self._all: dict[str, Timeline] = {}
        self._top: dict[str, Timeline] = {}
        self._threads: dict[tuple[str, str], Timeline] = {}
        self._ephemeral: dict[str, Message] = {}
        self._spelled: dict[tuple[str, str], str] = {}

    def add(self, message: Message) -> Message:
        """Keep a new message."""
        if message.ephemeral_to is not None:
            self._ephemeral[message.ts] = message
            while len(self._ephemeral) > _KEPT_EPHEMERAL:
                del self._ephemeral[next(iter(self._ephemeral))]
            return message
        self._by_ts.setdefault(message.channel, {})[message.ts] = message
        for line in self._lines(message):
            line.add(message.ts, message.user)
        whole = self._all[message.channel]
        if len(whole) > _KEPT_PER_CHANNEL and whole.first is not None:
            self.remove(self._by_ts[message.channel][whole.first])
        return message

    def _lines(self, message: Message) -> list[Timeline]:
        """The timelines that a message stands in."""
        whole = self._all.setdefault(message.channel, Timeline())
        if message.is_reply and message.thread_ts is not None:
            thread = (message.channel, message.thread_ts)
            return [whole, self._threads.setdefault(thread, Timeline())]
        return [whole, self._top.setdefault(message.channel, Timeline())]

    def replace(self, message: Message) -> Message:
        """Put a changed message in the place of the one with its ts; KeyError without one."""
        if message.ephemeral_to is not None:
            self._ephemeral[message.ts] = message
        else:
            before = self._by_ts[message.channel][message.ts]
            if before.user != message.user:
                for line in self._lines(message):
                    line.remove(message.ts, before.user)
                    line.add(message.ts, message.user)
            self._by_ts[message.channel][message.ts] = message
            self._spelled.pop((message.channel, message.ts), None)
        return message

    def remove(self, message: Message) -> None:
        """Forget a message; KeyError if it isn't kept."""
        if message.ephemeral_to is not None:
            del self._ephemeral[message.ts]
            return
        del self._by_ts[message.channel][message.ts]
        self._spelled.pop((message.channel, message.ts), None)
        for line in self._lines(message):
            line.remove(message.ts, message.user)

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

    def _those(self, channel: str, line: Iterable[str]) -> list[Message]:
        kept = self._by_ts.get(channel, {})
        return [kept[ts] for ts in line]

    def in_channel(self, channel: str) -> list[Message]:
        """Everything in a channel, replies too."""
        return self._those(channel, self._all.get(channel, ()))

    def top_level(self, channel: str) -> list[Message]:
        """What the channel itself shows: everything but replies."""
        return self._those(channel, self._top.get(channel, ()))

    def thread(self, channel: str, root_ts: str) -> list[Message]:
        """The root and its replies; empty when there is no such root."""
        root = self.find(channel, root_ts)
        return [root, *self.replies(channel, root_ts)] if root else []

    def replies(self, channel: str, root_ts: str) -> list[Message]:
        """A thread without its root."""
        return self._those(channel, self._threads.get((channel, root_ts), ()))

    def has_replies(self, message: Message) -> bool:
        """Whether a thread hangs on a message."""
        return not message.is_reply and len(self._replies(message)) > 0

    def newest(self, channel: str) -> str | None:
        """The timestamp of the last message in a channel, be it a reply."""
        return self._all.get(channel, Timeline()).last

    def page(
        self, channel: str, person: str, *, thread_ts: str | None, before: str | None, limit: int
    ) -> tuple[list[Message], bool]:
        """What one person sees, a page at a time: the newest before a timestamp, oldest first.

        True where there is more before it. A thread's root is the oldest of its messages.
        """
        if thread_ts is None:
            found = self._those(channel, self._line(channel).before(before, limit + 1))
        else:
            line = self._threads.get((channel, thread_ts), Timeline())
            root = self.find(channel, thread_ts)
            if root is None:
                return [], False
            found = self._those(channel, line.before(before, limit + 1))
            if before is None or root.ts < before:
                found.append(root)
        found += [
            m
            for m in self.ephemeral(channel, person)
            if m.thread_ts == thread_ts and (before is None or m.ts < before)
        ]
        found.sort()
        return found[-limit:], len(found) > limit

    def _line(self, channel: str) -> Timeline:
        return self._top.get(channel, Timeline())

    def last_shown(self, channel: str) -> str | None:
        """The timestamp of the newest message that the channel itself shows."""
        return self._line(channel).last

    def unread(self, channel: str, person: str, read: str) -> int:
        """How many messages of others the channel shows after the one that was read last."""
        return self._line(channel).others_after(read, person)

    def unread_mentions(self, channel: str, person: str, read: str) -> int:
        """How many of the newest of those name this person, or everyone."""
        names = (f"<@{person}>", "<!channel>", "<!here>", "<!everyone>")
        return sum(
            m.user != person and any(name in m.text for name in names)
            for m in self._those(channel, self._line(channel).after(read)[-_LOOKED_THROUGH:])
        )

    def react(self, message: Message, name: str, user: str, *, on: bool) -> Message | None:
        """The message with the reaction added or taken back; None where it is so already."""
        given = dict(message.reactions)
        users = given.get(name, ())
        if (user in users) == on:
            return None
        given[name] = (*users, user) if on else tuple(one for one in users if one != user)
        left = tuple((known, by) for known, by in given.items() if by)
        return self.replace(replace(message, reactions=left))

    # How it is kept, and how each side sees it

    def to_file(self) -> str:
        """All lasting messages as a JSON array. Each is spelled out once for each change of it."""
        return f"[{','.join(self._spell(m) for kept in self._all for m in self.in_channel(kept))}]"

    def _spell(self, message: Message) -> str:
        known = self._spelled.get((message.channel, message.ts))
        if known is None:
            plain = {f.name: getattr(message, f.name) for f in fields(message)}
            known = json.dumps(plain)
            self._spelled[message.channel, message.ts] = known
        return known

    def from_file(self, rows: list[dict[str, Any]]) -> None:
        """Take up what to_file gave; later messages get later timestamps."""
        names = {f.name for f in fields(Message)}
        for row in rows:
            known = {key: value for key, value in row.items() if key in names}
            known["reactions"] = tuple((n, tuple(u)) for n, u in row.get("reactions", ()))
            known["files"] = tuple(row.get("files", ()))
            known["streaming"] = False  # Whoever was adding to it has lost the stream meanwhile.
            self.add(Message(**known))
            self.clock.stay_after(known["ts"])

    def to_slack(self, message: Message, *, team: str, app: str) -> dict[str, Any]:
        """The message object of the Web API and of interactive payloads."""
        root = self.find(message.channel, message.thread_ts or "") if message.is_reply else None
        slack = message_to_slack(message, replies=self._replies(message), root=root)
        slack["team"] = team
        if message.bot_id:
            slack |= {"bot_id": message.bot_id, "app_id": app}
        if message.files:
            files = [self._files.to_slack(file) for file in self._files.those(message.files)]
            slack |= {"files": files, "upload": False, "display_as_bot": False}
        return slack

    def to_page(self, message: Message) -> dict[str, Any]:
        """The message as the page draws it."""
        files = [file.to_page() for file in self._files.those(message.files)]
        return message_to_page(message, replies=self._replies(message)) | {"files": files}

    def _replies(self, message: Message) -> Timeline:
        return self._threads.get((message.channel, message.ts), Timeline())
