"""reactions.*: the app's own, and those that it may see."""

from __future__ import annotations

from typing import Any

from runbot.playground.api_method import Call, Method
from runbot.playground.messages import Message
from runbot.playground.reactions import one_too_many, reaction_name
from runbot.playground.refusals import Refusal


def _message(call: Call) -> Message:
    """The message that a call names, where the app is a member."""
    channel = call.channel()
    message = call.platform.messages.find(channel.id, call.text("timestamp"))
    if message is None:
        raise Refusal("message_not_found")
    if call.platform.workspace.bot.user_id not in channel.members:
        raise Refusal("not_in_channel")
    return message


def _name(call: Call) -> str:
    name = reaction_name(call.text("name"))
    if name is None:
        raise Refusal("invalid_name")
    return name


def add_reaction(call: Call) -> dict[str, Any]:
    """reactions.add: `already_reacted` the second time."""
    name, message = _name(call), _message(call)
    if call.channel().is_archived:
        raise Refusal("is_archived")
    user = call.platform.workspace.bot.user_id
    if user in dict(message.reactions).get(name, ()):
        raise Refusal("already_reacted")
    error = one_too_many(message, name, user)
    if error:
        raise Refusal(error)
    call.platform.conversations.react(message, name, user)
    return {}


def remove_reaction(call: Call) -> dict[str, Any]:
    """reactions.remove: the app's own; `no_reaction` where there is none."""
    name, message = _name(call), _message(call)
    user = call.platform.workspace.bot.user_id
    if not call.platform.conversations.react(message, name, user, on=False):
        raise Refusal("no_reaction")
    return {}


def _item(call: Call, message: Message) -> dict[str, Any]:
    return {
        "type": "message",
        "channel": message.channel,
        "message": call.platform.message_to_slack(message),
    }


def get_reactions(call: Call) -> dict[str, Any]:
    """reactions.get: one message with its reactions."""
    return _item(call, _message(call))


def list_reactions(call: Call) -> dict[str, Any]:
    """reactions.list: what a person (the app itself by default) reacted to, newest first."""
    workspace = call.platform.workspace
    user = call.optional("user") or workspace.bot.user_id
    if user not in {*workspace.people, workspace.bot.user_id}:
        raise Refusal("user_not_found")
    rows = [
        message
        for channel in workspace.channels.values()
        if workspace.bot.user_id in channel.members
        for message in call.platform.messages.in_channel(channel.id)
        if any(user in users for _, users in message.reactions)
    ]
    page, cursor = call.page(sorted(rows, reverse=True), default=100, most=1_000)
    return {
        "items": [_item(call, message) for message in page],
        "response_metadata": {"next_cursor": cursor},
    }


_READ = ("reactions:read",)
_WRITE = ("reactions:write",)

REACTION_METHODS: dict[str, Method] = {
    "reactions.add": Method(add_reaction, _WRITE),
    "reactions.remove": Method(remove_reaction, _WRITE),
    "reactions.get": Method(get_reactions, _READ),
    "reactions.list": Method(list_reactions, _READ),
}
