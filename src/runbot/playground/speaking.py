"""What a person says: messages and commands, with files, and what they do to them afterwards."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from runbot.playground.file_store import TooLarge
from runbot.playground.files import File
from runbot.playground.interactions import Interactions
from runbot.playground.limits import most
from runbot.playground.messages import Message
from runbot.playground.platform import Platform
from runbot.playground.reactions import one_too_many, reaction_name
from runbot.playground.refusals import PersonRefusal
from runbot.playground.typed_text import as_sent, as_typed
from runbot.playground.workspace import Channel, User

_INVITED = re.compile(r"@([A-Za-z][\w.-]*\w)")


@dataclass(frozen=True, slots=True)
class Speaker:
    """A person in conversation; `Person` adds the app's controls."""

    user: User
    platform: Platform
    interactions: Interactions

    @property
    def id(self) -> str:
        """The person's user id."""
        return self.user.id

    @property
    def im(self) -> str:
        """The id of this person's direct messages with the app."""
        workspace = self.platform.workspace
        return workspace.im(self.id, workspace.bot.user_id).id

    def conversation(self, where: str) -> Channel:
        """A conversation that this person is in; PersonRefusal for any other."""
        workspace = self.platform.workspace
        try:
            if where.startswith("@"):
                return workspace.im(self.id, where)
            channel = workspace.channel(where)
        except KeyError as error:
            raise PersonRefusal(
                "channel_not_found", f"There is no conversation {where!r}.", status=404
            ) from error
        if channel not in workspace.visible_to(self.user):
            raise PersonRefusal(
                "channel_not_found", f"There is no conversation {where!r}.", status=404
            )
        if self.id not in channel.members:
            raise PersonRefusal("not_in_channel", f"You aren't a member of #{channel.name}.")
        return channel

    def readable(self, where: str) -> str:
        """The id of a conversation that this person may look into, a member or not."""
        workspace = self.platform.workspace
        found = workspace.channels.get(where)
        if found is None or found not in workspace.visible_to(self.user):
            raise PersonRefusal("channel_not_found", "There is no such conversation.", status=404)
        return found.id

    def message(self, channel: str, ts: str) -> Message:
        """A message that this person sees, ephemeral ones too; PersonRefusal for any other."""
        found = self.platform.messages.find_for(self.id, self.readable(channel), ts)
        if found is None:
            raise PersonRefusal("message_gone", "That message is gone.", status=404)
        return found

    # Talking

    async def says(
        self,
        text: str,
        *,
        channel: str,
        thread: str | Message | None = None,
        files: Sequence[File | str] = (),
    ) -> Message:
        """Post a message (in a thread: give its root or any reply), with files uploaded before."""
        where = self.conversation(channel)
        shared = self._to_share(files)
        if not text.strip() and not shared:
            raise PersonRefusal("no_text", "There is nothing to send.")
        _check_length(text)
        if where.is_archived:
            raise PersonRefusal("is_archived", f"#{where.name} is archived. Nothing can be sent.")
        workspace = self.platform.workspace
        sent = as_sent(text, workspace)
        message = self.platform.conversations.post(
            channel=where.id,
            user=self.id,
            text=sent,
            thread_ts=self._root(where, thread),
            files=shared,
        )
        bot = workspace.bot
        if f"<@{bot.user_id}>" in sent and bot.user_id not in where.members:
            self.platform.changes.announce(
                {
                    "type": "notice",
                    "message": f"@{bot.name} isn't in this conversation and won't see this."
                    + (f" Invite it with /invite @{bot.name}." if where.kind != "im" else ""),
                },
                [self.id],
            )
        return message

    async def presses_stop(self, channel: str, thread: str | Message) -> None:
        """Press Stop where the app thinks or writes: what it streams there ends, and it's told."""
        where = self.conversation(channel)
        root = self._root(where, thread) or ""
        stopped = self.platform.streams.stop_all(where.id, root)
        self.platform.events.session_stopped(self.id, where.id, root, stopped)

    async def archives(self, channel: str, *, archived: bool = True) -> None:
        """Archive a channel, or bring it back; guests may not."""
        where = self.conversation(channel)
        if where.kind == "im":
            raise PersonRefusal("cant_archive", "Direct messages can't be archived.")
        if where.name == "general":
            raise PersonRefusal("cant_archive_general", "#general can't be archived.")
        if self.user.is_guest:
            raise PersonRefusal("restricted_action", "Guests can't archive channels.", status=403)
        self.platform.conversations.archive(where, self.id, archived=archived)

    def _root(self, where: Channel, thread: str | Message | None) -> str | None:
        if thread is None:
            return None
        ts = thread.ts if isinstance(thread, Message) else thread
        found = self.platform.messages.find(where.id, ts)
        if found is None:
            raise PersonRefusal("thread_not_found", "That thread is gone.", status=404)
        return found.thread_ts if found.is_reply else found.ts

    async def runs_command(self, command: str, text: str = "", *, channel: str) -> None:
        """Type a slash command; returns once the app has acknowledged it."""
        where = self.conversation(channel)
        if command == "/invite":
            self._invite(where, text)
            return
        if command == "/remove":
            for user in self._named(text, "Say whom to remove, as in /remove @ben."):
                self.platform.conversations.remove(user, where, self.id)
            return
        if command == "/archive":
            await self.archives(where.id)
            return
        await self.interactions.command(self.id, where.id, command, text)

    def _invite(self, where: Channel, text: str) -> None:
        if where.kind == "im":
            raise PersonRefusal("not_in_channel", "Nobody can be invited to direct messages.")
        for user in self._named(text, "Say whom to invite, as in /invite @ben."):
            self.platform.conversations.join(user, where, self.id)

    def _named(self, text: str, nobody: str) -> list[str]:
        """The ids of those whom a command's text names."""
        invited = _INVITED.findall(text)
        try:
            ids = [self.platform.workspace.member_id(name.lower()) for name in invited]
        except KeyError as error:
            raise PersonRefusal("user_not_found", f"There is nobody called {error}.") from error
        if not ids:
            raise PersonRefusal("user_not_found", nobody)
        return ids

    # What was said before

    def own(self, message: Message, error: str, what: str) -> Message:
        """This person's own message as it is now; PersonRefusal for anybody else's."""
        now = self.message(message.channel, message.ts)
        if now.user != self.id or now.bot_id or now.subtype:
            raise PersonRefusal(error, f"You can only {what} your own messages.", status=403)
        return now

    async def edits(self, message: Message, text: str) -> Message:
        """Give one's own message another text; nothing happens where it is the same."""
        own = self.own(message, "cant_update_message", "edit")
        if not text.strip() and not own.files:
            raise PersonRefusal("no_text", "There is nothing left. Delete the message instead?")
        _check_length(text)
        sent = as_sent(text, self.platform.workspace)
        if sent == own.text:
            return own
        return self.platform.conversations.change(own, text=sent, blocks=None)

    def source(self, message: Message) -> str:
        """One's own message as it was typed, to change it."""
        own = self.own(message, "cant_update_message", "edit")
        return as_typed(own.text, self.platform.workspace)

    async def deletes(self, message: Message) -> None:
        """Delete one's own message."""
        own = self.own(message, "cant_delete_message", "delete")
        self.platform.conversations.delete(own)

    async def reacts(self, message: Message, name: str, *, on: bool = True) -> None:
        """Add a reaction, or take one's own back; what is so already stays so."""
        emoji = reaction_name(name)
        if emoji is None:
            raise PersonRefusal("invalid_name", f"{name!r} is no emoji's name.")
        now = self.message(message.channel, message.ts)
        self.conversation(message.channel)
        if now.ephemeral_to is not None or now.tombstone:
            raise PersonRefusal("not_reactable", "Nobody can react to that message.")
        users = dict(now.reactions).get(emoji, ())
        error = one_too_many(now, emoji, self.id) if on and self.id not in users else None
        if error:
            raise PersonRefusal(error, "There are too many reactions on that message already.")
        self.platform.conversations.react(now, emoji, self.id, on=on)

    async def types(self, *, channel: str, thread: str | Message | None = None) -> None:
        """Be seen typing for a few seconds."""
        where = self.conversation(channel)
        self.platform.conversations.typing(where, self.id, self._root(where, thread))

    # Files

    async def uploads(self, name: str, content: bytes) -> File:
        """Send a file's bytes. Nobody else sees it before it is shared: `says(…, files=[it])`."""

        async def whole() -> AsyncIterator[bytes]:
            yield content

        return await self.sends_bytes(name, whole())

    async def sends_bytes(self, name: str, chunks: AsyncIterator[bytes]) -> File:
        """Send a file's bytes as they come."""
        if not name.strip():
            raise PersonRefusal("invalid_name", "The file needs a name.")
        files = self.platform.files
        try:
            file = await files.receive(name, self.id, chunks)
        except TooLarge as error:
            raise file_too_large() from error
        if not file.size:
            files.delete(file)
            raise PersonRefusal("file_empty", f"{file.name} is empty. Nothing was uploaded.")
        return file

    def file(self, file_id: str) -> File:
        """A file that this person may see: their own, or one shown where they may look."""
        file = self.platform.files.find(file_id)
        visible = {channel.id for channel in self.platform.workspace.visible_to(self.user)}
        seen = file is not None and (
            file.user == self.id or any(channel in visible for channel, _ in file.shares)
        )
        if file is None or not seen:
            raise PersonRefusal("file_not_found", "There is no such file.", status=404)
        if file.deleted:
            raise PersonRefusal("file_deleted", "That file was deleted.", status=404)
        return file

    async def deletes_file(self, file: File | str) -> None:
        """Delete one's own file; messages that show it say so."""
        found = self.file(file.id if isinstance(file, File) else file)
        if found.user != self.id:
            raise PersonRefusal(
                "cant_delete_file", "Only who uploaded a file may delete it.", status=403
            )
        self.platform.conversations.delete_file(found)

    def _to_share(self, files: Sequence[File | str]) -> tuple[str, ...]:
        ids = tuple(dict.fromkeys(f.id if isinstance(f, File) else f for f in files))
        if len(ids) > most("message.files"):
            raise PersonRefusal(
                "too_many_files", f"A message shows at most {most('message.files')} files."
            )
        for file_id in ids:
            if self.file(file_id).user != self.id:
                raise PersonRefusal(
                    "file_not_found", "Only who uploaded a file may share it.", status=403
                )
        return ids


def file_too_large() -> PersonRefusal:
    """A person's file is over the limit."""
    size = most("file.bytes") // 2**20
    return PersonRefusal(
        "file_too_large", f"A file may have at most {size:,} MB. Nothing was uploaded.", status=413
    )


def _check_length(text: str) -> None:
    if len(text) > most("message.text"):
        raise PersonRefusal(
            "msg_too_long", f"A message has at most {most('message.text'):,} characters."
        )
