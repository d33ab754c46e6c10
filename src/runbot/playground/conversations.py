"""Posting and changing messages: the one place where pages and the app both hear of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from runbot.playground.changes import Changes
from runbot.playground.events import Events
from runbot.playground.files import File, Files
from runbot.playground.messages import Blocks, Message, Messages
from runbot.playground.state import Entries, state_values
from runbot.playground.workspace import Channel, Workspace

_TYPING_SECONDS = 5
_KEPT_ENTRIES = 2_000


class Conversations:
    """What is said in channels, threads and direct messages."""

    def __init__(
        self,
        workspace: Workspace,
        messages: Messages,
        files: Files,
        changes: Changes,
        events: Events,
        *,
        status_lifetime: float,
    ) -> None:
        self._workspace = workspace
        self._messages = messages
        self._files = files
        self._changes = changes
        self._events = events
        self.status_lifetime = status_lifetime
        """For how many seconds a status is shown that nothing ends."""
        self._statuses: dict[tuple[str, str], tuple[str, asyncio.TimerHandle]] = {}
        self._read: dict[tuple[str, str], str] = {}
        self._entries: dict[tuple[str, str, str], Entries] = {}

    def _audience(self, message: Message) -> Iterable[str]:
        if message.ephemeral_to is not None:
            return [message.ephemeral_to]
        return self._workspace.audience(self._workspace.channels[message.channel])

    def _announce(self, kind: str, message: Message) -> None:
        self._changes.announce(
            {"type": kind, "message": self._messages.to_page(message)}, self._audience(message)
        )

    def _announce_root(self, reply: Message) -> None:
        """A reply changes its root's count."""
        root = self._messages.find(reply.channel, reply.thread_ts or "")
        if reply.is_reply and root is not None:
            self._announce("message_changed", root)

    def post(
        self,
        *,
        channel: str,
        user: str,
        text: str,
        blocks: Blocks | None = None,
        thread_ts: str | None = None,
        bot_id: str | None = None,
        subtype: str | None = None,
        ephemeral_to: str | None = None,
        metadata: dict[str, Any] | None = None,
        files: tuple[str, ...] = (),
        streaming: bool = False,
    ) -> Message:
        """Add a message, show it to those concerned, and tell the app of it."""
        message = self._messages.add(
            Message(
                ts=self._messages.clock.next_ts(),
                channel=channel,
                user=user,
                text=text,
                blocks=blocks,
                thread_ts=thread_ts,
                bot_id=bot_id,
                subtype=subtype,
                ephemeral_to=ephemeral_to,
                metadata=metadata,
                files=files,
                streaming=streaming,
            )
        )
        self._files.share(files, channel, message.ts)
        if ephemeral_to is not None:
            self._announce("ephemeral", message)
            return message
        self._read[user, channel] = message.ts
        self._announce("message", message)
        self._announce_root(message)
        if bot_id is not None:
            self.set_status(channel, thread_ts or message.ts, "")
        self._events.message_posted(message)
        return message

    def change(
        self,
        message: Message,
        *,
        text: str,
        blocks: Blocks | None,
        metadata: dict[str, Any] | None = None,
    ) -> Message:
        """The message with new content. As in Slack, one with blocks isn't marked as edited."""
        changed = self._messages.replace(
            replace(
                message,
                text=text,
                blocks=blocks,
                metadata=message.metadata if metadata is None else metadata,
                edited_ts=None if blocks else self._messages.clock.next_ts(),
            )
        )
        self._announce("message_changed", changed)
        self._events.message_changed(changed, message)
        return changed

    def grow(
        self,
        message: Message,
        *,
        text: str,
        blocks: Blocks | None,
        streaming: bool = True,
        metadata: dict[str, Any] | None = None,
    ) -> Message:
        """A streamed message with what it says by now. The app hears of it once it's whole."""
        grown = self._messages.replace(
            replace(
                message,
                text=text,
                blocks=blocks,
                streaming=streaming,
                metadata=message.metadata if metadata is None else metadata,
            )
        )
        self._announce("message_changed", grown)
        if not streaming:
            self._events.message_changed(grown, message)
        return grown

    def delete(self, message: Message) -> None:
        """Take a message away, ephemeral ones too, and the files that only it showed.

        As in Slack, a root with replies leaves a mark in its place, until the last reply goes too.
        """
        gone = self._files.unshare(message.files, message.channel, message.ts)
        if message.ephemeral_to is None and self._messages.has_replies(message):
            changed = self._messages.replace(message.buried())
            self._announce("message_changed", changed)
            self._events.message_changed(changed, message)
        else:
            self._take_away(message)
        for file in gone:
            self._events.file_deleted(file)

    def _take_away(self, message: Message) -> None:
        self._messages.remove(message)
        kind = "message_deleted" if message.ephemeral_to is None else "ephemeral_deleted"
        self._changes.announce(
            {"type": kind, "channel": message.channel, "ts": message.ts}, self._audience(message)
        )
        self._events.message_deleted(message)
        root = self._messages.find(message.channel, message.thread_ts or "")
        if root is not None and root.tombstone and not self._messages.has_replies(root):
            self._take_away(root)
        else:
            self._announce_root(message)

    def react(self, message: Message, name: str, user: str, *, on: bool = True) -> bool:
        """Add a reaction or take it back; False where it is so already."""
        changed = self._messages.react(message, name, user, on=on)
        if changed is None:
            return False
        self._announce("message_changed", changed)
        self._events.reaction(changed, name, user, added=on)
        return True

    def typing(self, channel: Channel, user: str, thread_ts: str | None) -> None:
        """Show the others in a conversation that somebody is typing. The app isn't told."""
        self._changes.show(
            {
                "type": "typing",
                "user": user,
                "channel": channel.id,
                "thread_ts": thread_ts,
                "seconds": _TYPING_SECONDS,
            },
            [member for member in channel.members if member != user],
        )

    def delete_file(self, file: File) -> None:
        """Delete a file; the messages that show it say that it's gone."""
        self._files.delete(file)
        for channel, ts in file.shares:
            message = self._messages.find(channel, ts)
            if message is not None:
                self._announce("message_changed", message)
        self._events.file_deleted(file)

    def join(self, user: str, channel: Channel, inviter: str) -> None:
        """Take someone into a channel, which says so."""
        if user in channel.members:
            return
        channel.members.append(user)
        self._announce_conversation(channel)
        self.post(
            channel=channel.id,
            user=user,
            text=f"<@{user}> has joined the channel",
            subtype="channel_join",
        )
        self._events.member_joined(user, channel, inviter)

    def remove(self, user: str, channel: Channel, by: str) -> None:
        """Take someone out of a channel; the app hears where it is the app itself."""
        if channel.kind == "im" or user not in channel.members:
            return
        self._announce_conversation(channel)
        channel.members.remove(user)
        self._announce_conversation(channel)
        if user == self._workspace.bot.user_id:
            self._events.removed(channel, by)

    def _announce_conversation(self, channel: Channel) -> None:
        for person in self._workspace.people.values():
            if channel in self._workspace.visible_to(person):
                self._changes.announce(
                    {"type": "conversation", "conversation": self.summary(channel, person.id)},
                    [person.id],
                )

    def archive(self, channel: Channel, user: str, *, archived: bool = True) -> None:
        """Close a channel to new messages, or open it again; the app hears of it."""
        if channel.is_archived is archived:
            return
        channel.is_archived = archived
        self._announce_conversation(channel)
        self._events.channel_archived(channel, user)

    # The thread's "is thinking…"

    def set_status(
        self, channel: str, thread_ts: str, status: str, loading_messages: Sequence[str] = ()
    ) -> None:
        """Show a status under a thread; it ends by itself, at a post, or with an empty one.

        A page that has `loading_messages` shows them in turn, in the status's place.
        """
        known = self._statuses.pop((channel, thread_ts), None)
        if known is not None:
            known[1].cancel()
        elif not status:
            return
        if status:
            timer = asyncio.get_running_loop().call_later(
                self.status_lifetime, self.set_status, channel, thread_ts, ""
            )
            self._statuses[channel, thread_ts] = (status, timer)
        self._changes.announce(
            {
                "type": "thread_status",
                "channel": channel,
                "thread_ts": thread_ts,
                "status": status,
                "loading_messages": list(loading_messages),
            },
            self._workspace.audience(self._workspace.channels[channel]),
        )

    def status(self, channel: str, thread_ts: str) -> str:
        """The status now shown under a thread; empty when there is none."""
        known = self._statuses.get((channel, thread_ts))
        return known[0] if known else ""

    def stop(self) -> None:
        """Forget statuses and their timers."""
        for _, timer in self._statuses.values():
            timer.cancel()
        self._statuses.clear()

    # What each person has read, and put into a message's inputs

    def mark_read(self, user: str, channel: str) -> None:
        """This person has seen all that is there."""
        newest = self._messages.newest(channel)
        if newest is not None:
            self._read[user, channel] = newest

    def mark_unread(self, user: str, channel: str, ts: str) -> None:
        """This person wants to see this message, and what follows it, as new again."""
        before = [m.ts for m in self._messages.in_channel(channel) if m.ts < ts]
        self._read[user, channel] = before[-1] if before else ""

    def mark_thread_read(self, user: str, channel: str, root_ts: str) -> None:
        """This person has seen all of a thread."""
        replies = self._messages.replies(channel, root_ts)
        if replies:
            self._read[user, f"{channel}:{root_ts}"] = replies[-1].ts

    def unread_replies(self, user: str, root: Message) -> int:
        """How many of a thread's replies this person has not seen, their own left out.

        What they wrote themselves they have read up to.
        """
        replies = self._messages.replies(root.channel, root.ts)
        own = max((m.ts for m in replies if m.user == user), default="")
        read = max(own, self._read.get((user, f"{root.channel}:{root.ts}"), ""))
        return sum(1 for m in replies if m.ts > read)

    def summary(self, channel: Channel, user: str) -> dict[str, Any]:
        """A conversation as one person's sidebar shows it."""
        read = self._read.get((user, channel.id), "")
        other = channel.other(user)
        unread = self._messages.unread(channel.id, user, read)
        in_person = channel.kind == "im"
        return {
            "id": channel.id,
            "kind": channel.kind,
            "name": channel.name or self._workspace.username(other or user),
            "topic": channel.topic,
            "archived": channel.is_archived,
            "member": user in channel.members,
            "bot_member": self._workspace.bot.user_id in channel.members,
            "with": other,
            "last_ts": self._messages.last_shown(channel.id),
            "read": read,
            "unread": unread,
            "mentions": (
                unread if in_person else self._messages.unread_mentions(channel.id, user, read)
            ),
        }

    def to_file(self) -> list[list[str]]:
        """What each person has read."""
        return [[user, channel, ts] for (user, channel), ts in self._read.items()]

    def from_file(self, rows: list[list[str]]) -> None:
        """Take up what to_file gave."""
        self._read.update({(user, channel): ts for user, channel, ts in rows})

    def enter(self, message: Message, user: str, block_id: str, entry: dict[str, Any]) -> None:
        """Remember what a person chose in a message; `entry` is {action_id: state}."""
        entries = self._entries.setdefault((message.channel, message.ts, user), {})
        entries.setdefault(block_id, {}).update(entry)
        while len(self._entries) > _KEPT_ENTRIES:
            del self._entries[next(iter(self._entries))]

    def state(self, message: Message, user: str) -> Entries:
        """`state.values` of a message, for one person."""
        entries = self._entries.get((message.channel, message.ts, user), {})
        return state_values(message.blocks or [], entries)
