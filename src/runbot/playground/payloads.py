"""The payloads of interactions, shaped as Slack sends them.

https://docs.slack.dev/reference/interaction-payloads
"""

from __future__ import annotations

from typing import Any

from runbot.playground.messages import Message
from runbot.playground.platform import Platform
from runbot.playground.state import STATE_KEYS, Block, Element, Entries
from runbot.playground.views import View


def _envelope(platform: Platform, kind: str, user: str) -> dict[str, Any]:
    workspace = platform.workspace
    person = workspace.people[user]
    return {
        "type": kind,
        "user": {
            "id": person.id,
            "username": person.name,
            "name": person.name,
            "team_id": workspace.team_id,
        },
        "api_app_id": workspace.bot.app_id,
        "token": "playground",
        "team": {"id": workspace.team_id, "domain": workspace.domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def action(
    platform: Platform, block: Block, element: Element, chosen: dict[str, Any]
) -> dict[str, Any]:
    """The one item of `actions`: what was touched and what it holds now."""
    sent: dict[str, Any] = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": platform.messages.clock.next_ts(),
    }
    if element["type"] == "button":
        sent |= {key: element[key] for key in ("text", "value", "style", "url") if key in element}
    elif element["type"] == "icon_button":
        sent |= {key: element[key] for key in ("icon", "text", "value") if key in element}
    elif element["type"] in STATE_KEYS:
        initial = STATE_KEYS[element["type"]][1]
        sent |= {key: element[key] for key in ("placeholder", initial) if key in element}
    return sent | {key: value for key, value in chosen.items() if key != "type"}


def message_action(
    platform: Platform,
    user: str,
    message: Message,
    sent: dict[str, Any],
    state: Entries,
) -> dict[str, Any]:
    """block_actions from a message. As in Slack, an ephemeral one isn't sent along."""
    ephemeral = message.ephemeral_to is not None
    channel = platform.workspace.channels[message.channel]
    container: dict[str, Any] = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": ephemeral,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    token = platform.response_urls.issue(
        channel=message.channel,
        user=user,
        message_ts=message.ts,
        thread_ts=message.thread_ts,
    )
    payload = _envelope(platform, "block_actions", user) | {
        "container": container,
        "trigger_id": platform.triggers.issue(user),
        "channel": {"id": channel.id, "name": channel.name or "directmessage"},
        "state": {"values": state},
        "response_url": f"{platform.url}/actions/{token}",
        "actions": [sent],
    }
    if not ephemeral:
        payload["message"] = platform.message_to_slack(message)
    return payload


def block_suggestion(
    platform: Platform,
    user: str,
    place: Message | View,
    block: Block,
    element: Element,
    typed: str,
) -> dict[str, Any]:
    """https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload."""
    payload = _envelope(platform, "block_suggestion", user) | {
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "value": typed,
    }
    if isinstance(place, View):
        container: dict[str, Any] = {"type": "view", "view_id": place.id}
        return payload | {"container": container, "view": platform.view_to_slack(place)}
    channel = platform.workspace.channels[place.channel]
    ephemeral = place.ephemeral_to is not None
    container = {
        "type": "message",
        "message_ts": place.ts,
        "channel_id": place.channel,
        "is_ephemeral": ephemeral,
    }
    payload |= {
        "container": container,
        "channel": {"id": channel.id, "name": channel.name or "directmessage"},
    }
    return payload if ephemeral else payload | {"message": platform.message_to_slack(place)}


def view_action(platform: Platform, view: View, sent: dict[str, Any]) -> dict[str, Any]:
    """block_actions from a modal or the Home tab."""
    return _envelope(platform, "block_actions", view.user) | {
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": platform.triggers.issue(view.user, view.id),
        "view": platform.view_to_slack(view),
        "actions": [sent],
    }


def view_submission(platform: Platform, view: View) -> dict[str, Any]:
    """A modal as it is submitted, with all its values."""
    return _envelope(platform, "view_submission", view.user) | {
        "trigger_id": platform.triggers.issue(view.user, view.id),
        "view": platform.view_to_slack(view),
        "response_urls": [],
    }


def view_closed(platform: Platform, view: View, *, cleared: bool) -> dict[str, Any]:
    """A modal as it is closed; `cleared` when it takes the whole stack along."""
    return _envelope(platform, "view_closed", view.user) | {
        "view": platform.view_to_slack(view),
        "is_cleared": cleared,
    }


def global_shortcut(platform: Platform, user: str, callback_id: str) -> dict[str, Any]:
    """https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload."""
    return _envelope(platform, "shortcut", user) | {
        "callback_id": callback_id,
        "trigger_id": platform.triggers.issue(user),
        "action_ts": platform.messages.clock.next_ts(),
    }


def message_shortcut(
    platform: Platform, user: str, callback_id: str, message: Message
) -> dict[str, Any]:
    """A global one with the message, its channel, and a response_url."""
    channel = platform.workspace.channels[message.channel]
    token = platform.response_urls.issue(
        channel=channel.id, user=user, message_ts=message.ts, thread_ts=message.thread_ts
    )
    return global_shortcut(platform, user, callback_id) | {
        "type": "message_action",
        "channel": {"id": channel.id, "name": channel.name or "directmessage"},
        "message": platform.message_to_slack(message),
        "message_ts": message.ts,
        "response_url": f"{platform.url}/actions/{token}",
    }


def slash_command(
    platform: Platform, user: str, channel_id: str, command: str, text: str
) -> dict[str, Any]:
    """A slash command. Everything in it is a string, as from a form."""
    workspace = platform.workspace
    channel = workspace.channels[channel_id]
    unnamed = {"im": "directmessage", "private": "privategroup"}
    token = platform.response_urls.issue(channel=channel_id, user=user)
    return {
        "token": "playground",
        "team_id": workspace.team_id,
        "team_domain": workspace.domain,
        "channel_id": channel_id,
        "channel_name": unnamed.get(channel.kind, channel.name),
        "user_id": user,
        "user_name": workspace.people[user].name,
        "command": command,
        "text": text,
        "api_app_id": workspace.bot.app_id,
        "is_enterprise_install": "false",
        "response_url": f"{platform.url}/actions/{token}",
        "trigger_id": platform.triggers.issue(user),
    }
