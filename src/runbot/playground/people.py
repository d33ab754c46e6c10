"""A person at the keyboard: says, clicks, submits, and sees what comes of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from runbot.playground.inputs import entry_for, options_of
from runbot.playground.interactions import Interactions, Submission
from runbot.playground.limits import most
from runbot.playground.messages import Message
from runbot.playground.platform import Platform
from runbot.playground.refusals import PersonRefusal
from runbot.playground.state import STATE_KEYS, Block, Element, Entries, interactive
from runbot.playground.typed_text import as_sent
from runbot.playground.views import View
from runbot.playground.workspace import Channel, User

_INVITED = re.compile(r"@([A-Za-z][\w.-]*\w)")


@dataclass(frozen=True, slots=True)
class Person:
    """One of the workspace's people. Channels are named as one says them, "@ben" is a DM."""

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
        self, text: str, *, channel: str, thread: str | Message | None = None
    ) -> Message:
        """Post a message (in a thread: give its root or any reply)."""
        where = self.conversation(channel)
        if not text.strip():
            raise PersonRefusal("no_text", "There is nothing to send.")
        if len(text) > most("message.text"):
            raise PersonRefusal(
                "msg_too_long", f"A message has at most {most('message.text'):,} characters."
            )
        workspace = self.platform.workspace
        sent = as_sent(text, workspace)
        message = self.platform.conversations.post(
            channel=where.id, user=self.id, text=sent, thread_ts=self._root(where, thread)
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
        await self.interactions.command(self.id, where.id, command, text)

    def _invite(self, where: Channel, text: str) -> None:
        if where.kind == "im":
            raise PersonRefusal("not_in_channel", "Nobody can be invited to direct messages.")
        invited = _INVITED.findall(text)
        try:
            ids = [self.platform.workspace.member_id(name.lower()) for name in invited]
        except KeyError as error:
            raise PersonRefusal("user_not_found", f"There is nobody called {error}.") from error
        if not ids:
            raise PersonRefusal("user_not_found", "Say whom to invite, as in /invite @ben.")
        for user in ids:
            self.platform.conversations.join(user, where, self.id)

    # Clicking

    async def clicks(
        self,
        target: Message | View,
        what: str,
        *,
        block_id: str | None = None,
        value: str | None = None,
        option: str | None = None,
        entered: object = None,
        stale: bool = False,
    ) -> None:
        """Use a button (by its text or action_id), or choose in a menu or input.

        `value` tells alike buttons apart; `option` names a menu's entry by text or value;
        `entered` is what goes into any other input. A message is used as it is now, unless
        `stale`: then as it was when this copy of it was taken.
        """
        if isinstance(target, View):
            current = self.platform.views.get(target.id)
            if current is None:
                raise PersonRefusal("view_gone", "That modal is closed.", status=404)
            block, element = self._pick(current.blocks, what, block_id, value)
            given = self._given(element, option, entered, value)
            await self.interactions.click_view(current, block, element, given, {})
            return
        message = target if stale else self._now(target)
        block, element = self._pick(message.blocks or [], what, block_id, value)
        given = self._given(element, option, entered, value)
        await self.interactions.click_message(self.id, message, block, element, given)

    def _now(self, message: Message) -> Message:
        current = self.platform.messages.find_for(self.id, message.channel, message.ts)
        if current is None:
            raise PersonRefusal("message_gone", "That message is gone.", status=404)
        return current

    @staticmethod
    def _pick(
        blocks: list[Block], what: str, block_id: str | None, value: str | None
    ) -> tuple[Block, Element]:
        everything = list(interactive(blocks))
        fitting = [
            (block, element)
            for block, element in everything
            if what in {element["action_id"], _label(element)}
            and block_id in {None, block["block_id"]}
            and (value is None or "value" not in element or element["value"] == value)
        ]
        if len(fitting) == 1:
            return fitting[0]
        there = ", ".join(f"{_label(e)!r} ({e['action_id']})" for _, e in everything)
        found = "several controls" if fitting else "no control"
        raise PersonRefusal(
            "element_gone", f"There is {found} {what!r}; there are: {there}.", status=404
        )

    @staticmethod
    def _given(
        element: Element, option: str | None, entered: object, value: str | None
    ) -> dict[str, Any]:
        if element["type"] == "overflow":
            named = {o["text"]["text"]: o for o in options_of(element)}
            return {"selected_option": named.get(option or "", {"value": option})}
        if element["type"] not in STATE_KEYS:
            return {}
        wanted = option if option is not None else entered if entered is not None else value
        try:
            return entry_for(element, wanted)
        except ValueError as error:
            raise PersonRefusal("invalid_option", f"That can't be entered: {error}.") from error

    # Modals and Home

    @property
    def views(self) -> list[View]:
        """The open modals, the visible one last."""
        return self.platform.views.stack(self.id)

    @property
    def home(self) -> View | None:
        """The Home tab as it stands; None before the app first published one."""
        return self.platform.views.home(self.id)

    async def submits(self, view: View, values: dict[str, object] | None = None) -> Submission:
        """Fill in inputs, named by label or block_id, and press the submit button."""
        return await self.interactions.submit(view, self._entries(view, values or {}))

    async def fills(self, view: View, values: dict[str, object]) -> None:
        """Fill in inputs without submitting."""
        for block_id, entries in self._entries(view, values).items():
            view.entries.setdefault(block_id, {}).update(entries)

    @staticmethod
    def _entries(view: View, values: dict[str, object]) -> Entries:
        entries: Entries = {}
        left = dict(values)
        for block, element in interactive(view.blocks):
            label = block.get("label", {}).get("text")
            name = next((n for n in (block["block_id"], label) if n in left), None)
            if name is None or element["type"] not in STATE_KEYS:
                continue
            try:
                entry = entry_for(element, left.pop(name))
            except ValueError as error:
                raise PersonRefusal("invalid_option", f"{name}: {error}.") from error
            entries.setdefault(block["block_id"], {})[element["action_id"]] = entry
        if left:
            raise PersonRefusal("no_such_input", f"The modal has no input {', '.join(left)}.")
        return entries

    async def closes(self, view: View) -> None:
        """Press a modal's close button."""
        await self.interactions.close(view)

    async def opens_home(self) -> View | None:
        """Go to the Home tab; what stands there at this moment, before the app publishes."""
        return self.interactions.open_home(self.id)

    async def opens(self, channel: str) -> None:
        """Go to a conversation and read it."""
        self.interactions.open_conversation(self.id, self.conversation(channel).id)

    # Seeing

    def reads(self, channel: str, thread: str | Message | None = None) -> list[Message]:
        """What this person sees in a conversation or thread, ephemeral messages too."""
        where = self.conversation(channel)
        messages = self.platform.messages
        root = self._root(where, thread)
        kept = messages.thread(where.id, root) if root else messages.in_channel(where.id)
        own = [m for m in messages.ephemeral(where.id, self.id) if root in {None, m.thread_ts}]
        return sorted([*kept, *own])

    async def sees(
        self,
        text: str,
        *,
        channel: str,
        thread: str | Message | None = None,
        timeout: float = 10,  # noqa: ASYNC109 - its message names what was looked for
    ) -> Message:
        """Wait for a message by the app that shows a text; the newest of those that do."""

        def found() -> Message | None:
            shown = [m for m in self.reads(channel, thread) if m.bot_id and text in m.shown]
            return shown[-1] if shown else None

        what = f"{self.user.name} sees {text!r} in {channel}"
        return await self.platform.changes.until(found, timeout=timeout, what=what)


def _label(element: Element) -> str:
    """What a person calls an element: its text, or its placeholder."""
    label = element.get("text") or element.get("placeholder") or {}
    return str(label.get("text", element["type"]))
