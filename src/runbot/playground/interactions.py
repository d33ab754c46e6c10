"""What people do with the app: commands, clicks, modals, the Home tab.

Each verb sends what Slack sends, waits for the ack, and acts on its answer. Where the app doesn't
answer in time, the person gets a PersonRefusal with the sentence that Slack shows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from runbot.playground import payloads
from runbot.playground.asking import ask
from runbot.playground.blocks import accept_message_blocks, accept_view
from runbot.playground.file_inputs import files_entered
from runbot.playground.inputs import entry_for, option_named, problems
from runbot.playground.messages import Message
from runbot.playground.platform import Platform
from runbot.playground.refusals import PersonRefusal, Refusal
from runbot.playground.state import STATE_KEYS, Block, Element, Entries, interactive
from runbot.playground.suggestions import Suggestions
from runbot.playground.typed_text import command_as_sent
from runbot.playground.views import View

_TROUBLE = "We had some trouble connecting. Try again?"
ResponseAction = Literal["errors", "update", "push", "clear"]


@dataclass(frozen=True, slots=True)
class Submission:
    """What came of pressing a modal's submit button."""

    response_action: ResponseAction | None = None
    errors: dict[str, str] = field(default_factory=dict)
    """By block_id; from the client's own checks or from the app."""
    view: View | None = None
    """The modal that is now on top, where the app changed or pushed one."""


def find_element(blocks: list[Block], block_id: str, action_id: str) -> tuple[Block, Element]:
    """The element that a click names; PersonRefusal once it's gone."""
    for block, element in interactive(blocks):
        if (block["block_id"], element["action_id"]) == (block_id, action_id):
            return block, element
    raise PersonRefusal(
        "element_gone", "That control is no longer there; the message has changed.", status=404
    )


def chosen_in(element: Element, given: dict[str, Any]) -> dict[str, Any]:
    """What a click on this element carries; PersonRefusal where it can't carry that."""
    kind = element["type"]
    if kind == "overflow":
        option = given.get("selected_option")
        name = option.get("value") if isinstance(option, dict) else option
        found = option_named(element, str(name))
        if found is None:
            raise PersonRefusal("invalid_option", "That entry isn't in the menu.")
        return {"selected_option": found}
    if kind not in STATE_KEYS:
        return {}
    key = STATE_KEYS[kind][0]
    try:
        return entry_for(element, {"type": kind, key: given.get(key)})
    except (ValueError, TypeError) as error:
        raise PersonRefusal("invalid_value", f"That can't be entered: {error}.") from error


class Interactions:
    """The interactive side of the platform."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self.suggestions = Suggestions(platform)

    # Commands

    async def command(self, user: str, channel: str, name: str, text: str) -> None:
        """Run a slash command; the ack's body is shown as its answer."""
        known = self._platform.manifest.command(name)
        if known is None:
            raise PersonRefusal("unknown_command", f"{name} is not a valid command.", status=404)
        sent = command_as_sent(text, self._platform.workspace, escaped=known.should_escape)
        payload = payloads.slash_command(self._platform, user, channel, name, sent)
        failed = name + ' failed with the error "{}"'
        envelope = await ask(self._platform, "slash_commands", payload, failed)
        answer = envelope.response or {}
        if not answer.get("text") and not answer.get("blocks"):
            return
        try:
            self.answer(answer, channel=channel, user=user)
        except Refusal as refusal:
            raise PersonRefusal(
                refusal.error, failed.format("invalid_command_response"), status=502
            ) from refusal

    # Clicks

    async def click_message(
        self, user: str, message: Message, block: Block, element: Element, given: dict[str, Any]
    ) -> None:
        """Use an element of a message (any copy of it: a stale one is what a slow page has)."""
        filled = self.suggestions.filled(element, user=user, place=message, block=block)
        chosen = chosen_in(filled, given)
        if element["type"] in STATE_KEYS:
            self._platform.conversations.enter(
                message, user, block["block_id"], {element["action_id"]: chosen}
            )
        sent = payloads.action(self._platform, block, element, chosen)
        state = self._platform.conversations.state(message, user)
        payload = payloads.message_action(self._platform, user, message, sent, state)
        await ask(self._platform, "interactive", payload)

    async def click_view(
        self, view: View, block: Block, element: Element, given: dict[str, Any], entries: Entries
    ) -> None:
        """Use an element of a modal or the Home tab; `entries` is what else was typed so far."""
        chosen = self._chosen(view, block, element, given)
        self.enter(view, entries)
        if element["type"] in STATE_KEYS:
            self.enter(view, {block["block_id"]: {element["action_id"]: chosen}})
        sent = payloads.action(self._platform, block, element, chosen)
        payload = payloads.view_action(self._platform, view, sent)
        await ask(self._platform, "interactive", payload)

    def enter(self, view: View, entries: Entries) -> None:
        """Take over what the person put in, as far as the view has such inputs."""
        for block, element in interactive(view.blocks):
            given = entries.get(block["block_id"], {}).get(element["action_id"])
            if given is None or element["type"] not in STATE_KEYS:
                continue
            entry = self._chosen(view, block, element, given)
            view.entries.setdefault(block["block_id"], {})[element["action_id"]] = entry

    def _chosen(
        self, view: View, block: Block, element: Element, given: dict[str, Any]
    ) -> dict[str, Any]:
        if element["type"] == "file_input":
            return files_entered(self._platform.files, view.user, given)
        filled = self.suggestions.filled(element, user=view.user, place=view, block=block)
        return chosen_in(filled, given)

    # Modals

    async def submit(self, view: View, entries: Entries) -> Submission:
        """Press submit. What the client itself would refuse never reaches the app."""
        self.enter(view, entries)
        errors = problems(view.blocks, view.entries)
        if errors:
            return Submission("errors", errors)
        for entry in (e for entries in view.entries.values() for e in entries.values()):
            self._platform.files.hand_over(file["id"] for file in entry.get("files", ()))
        payload = payloads.view_submission(self._platform, view)
        envelope = await ask(self._platform, "interactive", payload, _TROUBLE)
        response = envelope.response or {}
        action = response.get("response_action")
        views = self._platform.views
        if views.get(view.id) is not view:
            # Closed while the app was thinking: there is nothing left to act on.
            return Submission()
        if action is None:
            views.close(view)
            self._announce_closed(view, everything=False)
            return Submission()
        if action == "errors":
            return self._errors(view, response)
        if action == "clear":
            views.close_all(view.user)
            self._announce_closed(view, everything=True)
            return Submission("clear")
        if action not in {"update", "push"}:
            raise PersonRefusal("invalid_response_action", _TROUBLE, status=502)
        try:
            body = accept_view(response.get("view"))
            pushed = action == "push"
            shown = views.push(view.user, body) if pushed else views.update(view, body)
        except Refusal as refusal:
            raise PersonRefusal(refusal.error, _TROUBLE, status=502) from refusal
        self._platform.show_view("view_pushed" if pushed else "view_updated", shown)
        return Submission("push" if pushed else "update", view=shown)

    def _errors(self, view: View, response: dict[str, Any]) -> Submission:
        """The app's errors; Slack shows none that don't belong to an input of the view."""
        inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
        given = response.get("errors")
        if not isinstance(given, dict) or not given or not given.keys() <= inputs:
            raise PersonRefusal("invalid_errors", _TROUBLE, status=502)
        return Submission("errors", {str(key): str(value) for key, value in given.items()})

    async def close(self, view: View) -> None:
        """Close a modal; the app hears of it where it asked to."""
        clears = bool(view.body.get("clear_on_close"))
        payload = payloads.view_closed(self._platform, view, cleared=clears)
        if clears:
            self._platform.views.close_all(view.user)
        else:
            self._platform.views.close(view)
        self._announce_closed(view, everything=clears)
        if view.body.get("notify_on_close"):
            await ask(self._platform, "interactive", payload)

    def _announce_closed(self, view: View, *, everything: bool) -> None:
        self._platform.changes.announce(
            {"type": "view_closed", "view_id": view.id, "all": everything}, [view.user]
        )

    # Home and direct messages

    def open_home(self, user: str) -> View | None:
        """Look at the app's Home tab; the app is told, and publishes when it likes."""
        home = self._platform.views.home(user)
        shown = None if home is None else self._platform.view_to_slack(home)
        self._platform.events.home_opened(user, "home", shown)
        return home

    def open_conversation(self, user: str, channel: str) -> None:
        """Look at a conversation; with the app's, the app is told."""
        workspace = self._platform.workspace
        self._platform.conversations.mark_read(user, channel)
        if workspace.channels[channel].other(user) == workspace.bot.user_id:
            self._platform.events.home_opened(user, "messages", None)

    # Answers by ack or response_url

    def answer(
        self,
        body: dict[str, Any],
        *,
        channel: str,
        user: str,
        original: Message | None = None,
        thread_ts: str | None = None,
    ) -> None:
        """Show an answer: to the person alone unless `in_channel`, or in the original's place."""
        conversations = self._platform.conversations
        if body.get("delete_original") and original is not None:
            conversations.delete(original)
            return
        blocks = accept_message_blocks(body["blocks"]) if body.get("blocks") else None
        text = str(body.get("text") or "")
        if not text.strip() and not blocks:
            raise Refusal("no_text")
        if body.get("replace_original") and original is not None:
            conversations.change(original, text=text, blocks=blocks)
            return
        thread = body.get("thread_ts") or thread_ts
        if thread is not None and not isinstance(thread, str):
            raise Refusal("invalid_thread_ts")
        bot = self._platform.workspace.bot
        conversations.post(
            channel=channel,
            user=bot.user_id,
            bot_id=bot.bot_id,
            text=text,
            blocks=blocks,
            thread_ts=thread,
            ephemeral_to=None if body.get("response_type") == "in_channel" else user,
        )

    def answer_url(self, token: str, body: dict[str, Any]) -> None:
        """An answer sent to a response_url; Refusal when it's used up or says nothing."""
        url = self._platform.response_urls.use(token)
        original = None
        if url.message_ts is not None:
            original = self._platform.messages.find_for(url.user, url.channel, url.message_ts)
        thread = url.thread_ts if original and original.ephemeral_to else None
        self.answer(body, channel=url.channel, user=url.user, original=original, thread_ts=thread)
