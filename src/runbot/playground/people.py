"""A person at the keyboard: says, clicks, submits, and sees what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runbot.playground.files import File
from runbot.playground.inputs import entry_for, options_of
from runbot.playground.interactions import Submission
from runbot.playground.messages import Message
from runbot.playground.refusals import PersonRefusal
from runbot.playground.shortcuts import use_shortcut
from runbot.playground.speaking import Speaker
from runbot.playground.state import STATE_KEYS, Block, Element, Entries, interactive
from runbot.playground.views import View


@dataclass(frozen=True, slots=True)
class Person(Speaker):
    """One of the workspace's people. Channels are named as one says them, "@ben" is a DM."""

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
            given = self._given(self._filled(current, block, element), option, entered, value)
            await self.interactions.click_view(current, block, element, given, {})
            return
        message = target if stale else self._now(target)
        block, element = self._pick(message.blocks or [], what, block_id, value)
        given = self._given(self._filled(message, block, element), option, entered, value)
        await self.interactions.click_message(self.id, message, block, element, given)

    async def asks_options(
        self, target: Message | View, what: str, typed: str, *, block_id: str | None = None
    ) -> list[str]:
        """Type into a menu whose options come from the app: the texts that it then offers.

        They can be chosen afterwards like those of any menu: `clicks(…, option=…)`.
        """
        place = target if isinstance(target, View) else self._now(target)
        block, element = self._pick(place.blocks or [], what, block_id, None)
        suggestions = self.interactions.suggestions
        answer = await suggestions.ask(self.id, place, block, element, typed)
        return [option["text"]["text"] for option in options_of(answer)]

    def _filled(self, place: Message | View, block: Block, element: Element) -> Element:
        suggestions = self.interactions.suggestions
        return suggestions.filled(element, user=self.id, place=place, block=block)

    def _now(self, message: Message) -> Message:
        return self.message(message.channel, message.ts)

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

    async def uses_shortcut(self, callback_id: str, *, on: Message | None = None) -> None:
        """Use one of the app's shortcuts: a global one, or one on a message."""
        message = None if on is None else self._now(on)
        await use_shortcut(self.platform, self.id, callback_id, message)

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
        self.interactions.enter(view, self._entries(view, values))

    def _entries(self, view: View, values: dict[str, object]) -> Entries:
        entries: Entries = {}
        left = dict(values)
        for block, element in interactive(view.blocks):
            label = block.get("label", {}).get("text")
            name = next((n for n in (block["block_id"], label) if n in left), None)
            if name is None or element["type"] not in STATE_KEYS:
                continue
            try:
                given = _plain(left.pop(name))
                entry = entry_for(self._filled(view, block, element), given)
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
        timeout: float = 30,  # noqa: ASYNC109 - its message names what was looked for
    ) -> Message:
        """Wait for a message by the app that shows a text; the newest of those that do."""

        def found() -> Message | None:
            shown = [m for m in self.reads(channel, thread) if m.bot_id and text in m.shown]
            return shown[-1] if shown else None

        what = f"{self.user.name} sees {text!r} in {channel}"
        return await self.platform.changes.until(found, timeout=timeout, what=what)


def _plain(value: object) -> object:
    """Files are given as they are; an input holds their ids."""
    if isinstance(value, File):
        return {"id": value.id}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def _label(element: Element) -> str:
    """What a person calls an element: its text, or its placeholder."""
    label = element.get("text") or element.get("placeholder") or {}
    return str(label.get("text", element["type"]))
