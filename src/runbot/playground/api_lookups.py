"""auth.*, apps.*, users.*, conversations.*, team.* and bots.*: what the app may ask."""

from __future__ import annotations

from typing import Any

from runbot.playground.api_method import Call, Method, scope_by_kind
from runbot.playground.messages import Message
from runbot.playground.refusals import Refusal
from runbot.playground.workspace import Channel

_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")
_TYPES = {"public_channel": "channel", "private_channel": "private", "im": "im", "mpim": "mpim"}


def auth_test(call: Call) -> dict[str, Any]:
    """auth.test: who the token's owner is."""
    workspace = call.platform.workspace
    return {
        "url": f"{call.platform.url}/",
        "team": workspace.team_name,
        "user": workspace.bot.name,
        "team_id": workspace.team_id,
        "user_id": workspace.bot.user_id,
        "bot_id": workspace.bot.bot_id,
        "app_id": workspace.bot.app_id,
        "is_enterprise_install": False,
    }


def open_connection(call: Call) -> dict[str, Any]:
    """apps.connections.open: the address of one Socket Mode connection."""
    host = call.platform.url.removeprefix("http://")
    return {"url": f"ws://{host}/link/?ticket={call.platform.sockets.ticket()}"}


def team_info(call: Call) -> dict[str, Any]:
    """team.info: there is one team."""
    workspace = call.platform.workspace
    return {
        "team": {
            "id": workspace.team_id,
            "name": workspace.team_name,
            "domain": workspace.domain,
            "url": f"{call.platform.url}/",
            "email_domain": "",
            "icon": {"image_default": True},
        }
    }


def bot_info(call: Call) -> dict[str, Any]:
    """bots.info: the app's own bot is the only one."""
    bot = call.platform.workspace.bot
    if call.optional("bot") not in {None, bot.bot_id}:
        raise Refusal("bot_not_found")
    return {
        "bot": {
            "id": bot.bot_id,
            "deleted": False,
            "name": bot.name,
            "updated": 1_700_000_000,
            "app_id": bot.app_id,
            "user_id": bot.user_id,
            "icons": {},
        }
    }


def user_info(call: Call) -> dict[str, Any]:
    """users.info: people, and the bot."""
    return {"user": call.platform.workspace.user_to_slack(call.text("user"))}


def list_users(call: Call) -> dict[str, Any]:
    """users.list: in pages."""
    workspace = call.platform.workspace
    ids, cursor = call.page([*workspace.people, workspace.bot.user_id], default=1_000, most=1_000)
    return {
        "members": [workspace.user_to_slack(user) for user in ids],
        "response_metadata": {"next_cursor": cursor},
    }


def conversation_info(call: Call) -> dict[str, Any]:
    """conversations.info: needs the read scope of the conversation's kind."""
    channel = call.channel()
    call.needs(scope_by_kind(channel, "read"))
    return {"channel": call.platform.workspace.channel_to_slack(channel)}


def list_conversations(call: Call) -> dict[str, Any]:
    """conversations.list: private ones only where the bot is a member."""
    types = (call.optional("types") or "public_channel").split(",")
    if any(kind.strip() not in _TYPES for kind in types):
        raise Refusal("invalid_types")
    kinds = {_TYPES[kind.strip()] for kind in types}
    workspace = call.platform.workspace
    rows: list[Channel] = [
        channel
        for channel in workspace.channels.values()
        if channel.kind in kinds
        and not (channel.is_archived and call.flag("exclude_archived"))
        and (channel.kind == "channel" or workspace.bot.user_id in channel.members)
        and call.platform.manifest.grants(scope_by_kind(channel, "read"))
    ]
    page, cursor = call.page(rows, default=100, most=1_000)
    return {
        "channels": [workspace.channel_to_slack(channel) for channel in page],
        "response_metadata": {"next_cursor": cursor},
    }


def list_members(call: Call) -> dict[str, Any]:
    """conversations.members: in pages."""
    page, cursor = call.page(call.channel().members, default=100, most=1_000)
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


def _history_channel(call: Call) -> Channel:
    channel = call.channel()
    call.needs(scope_by_kind(channel, "history"))
    if call.platform.workspace.bot.user_id not in channel.members:
        raise Refusal("not_in_channel")
    return channel


def _within(call: Call, messages: list[Message]) -> list[Message]:
    """The messages between `oldest` and `latest`."""
    oldest = call.optional("oldest") or "0"
    latest = call.optional("latest")
    inclusive = call.flag("inclusive")
    try:
        low, high = float(oldest), float(latest) if latest else None
    except ValueError as error:
        raise Refusal("invalid_ts_oldest") from error
    return [
        m
        for m in messages
        if (float(m.ts) > low or (inclusive and m.ts == oldest))
        and (high is None or float(m.ts) < high or (inclusive and m.ts == latest))
    ]


def history(call: Call) -> dict[str, Any]:
    """conversations.history: newest first, without replies."""
    channel = _history_channel(call)
    rows = _within(call, call.platform.messages.top_level(channel.id))[::-1]
    page, cursor = call.page(rows, default=100, most=999)
    return {
        "messages": [_listed(call, message) for message in page],
        "has_more": bool(cursor),
        "pin_count": 0,
        "response_metadata": {"next_cursor": cursor},
    }


def replies(call: Call) -> dict[str, Any]:
    """conversations.replies: the root and its replies, oldest first, from any ts of the thread."""
    channel = _history_channel(call)
    found = call.platform.messages.find(channel.id, call.text("ts"))
    if found is None:
        raise Refusal("thread_not_found")
    root = found.thread_ts if found.is_reply and found.thread_ts else found.ts
    thread = call.platform.messages.thread(channel.id, root)
    rows = [*thread[:1], *_within(call, thread[1:])]
    page, cursor = call.page(rows, default=1_000, most=1_000)
    return {
        "messages": [_listed(call, message) for message in page],
        "has_more": bool(cursor),
        "response_metadata": {"next_cursor": cursor},
    }


def _listed(call: Call, message: Message) -> dict[str, Any]:
    """A message in a list, whose metadata is there only where it was asked for."""
    slack = call.platform.message_to_slack(message)
    if not call.flag("include_all_metadata"):
        slack.pop("metadata", None)
    return slack


def open_conversation(call: Call) -> dict[str, Any]:
    """conversations.open: direct messages with one person; they exist already."""
    workspace = call.platform.workspace
    given = call.optional("channel")
    if given is not None:
        channel = workspace.channel_for_bot(given)
    else:
        users = [user for user in (call.optional("users") or "").split(",") if user]
        if not users:
            raise Refusal("users_list_not_supplied")
        if len(users) > 1:
            raise Refusal("not_enough_users", detail="Group messages don't exist here.")
        if users[0] not in workspace.people:
            raise Refusal("user_not_found")
        if workspace.people[users[0]].deleted:
            raise Refusal("user_disabled")
        channel = workspace.im(users[0], workspace.bot.user_id)
    if call.flag("return_im"):
        return {"channel": workspace.channel_to_slack(channel), "already_open": True}
    return {"channel": {"id": channel.id}, "no_op": True, "already_open": True}


def join_conversation(call: Call) -> dict[str, Any]:
    """conversations.join: public channels."""
    channel = call.channel()
    if channel.kind != "channel":
        raise Refusal("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise Refusal("is_archived")
    workspace = call.platform.workspace
    already = workspace.bot.user_id in channel.members
    call.platform.conversations.join(workspace.bot.user_id, channel, workspace.bot.user_id)
    answer: dict[str, Any] = {"channel": workspace.channel_to_slack(channel)}
    if already:
        answer |= {
            "warning": "already_in_channel",
            "response_metadata": {"warnings": ["already_in_channel"]},
        }
    return answer


LOOKUP_METHODS: dict[str, Method] = {
    "auth.test": Method(auth_test),
    "apps.connections.open": Method(open_connection, app_token=True),
    "team.info": Method(team_info, ("team:read",)),
    "bots.info": Method(bot_info, ("users:read",)),
    "users.info": Method(user_info, ("users:read",)),
    "users.list": Method(list_users, ("users:read",)),
    "conversations.info": Method(conversation_info, _READ),
    "conversations.list": Method(list_conversations, _READ),
    "conversations.members": Method(list_members, _READ),
    "conversations.history": Method(history, _HISTORY),
    "conversations.replies": Method(replies, _HISTORY),
    "conversations.open": Method(open_conversation, ("im:write", "mpim:write")),
    "conversations.join": Method(join_conversation, ("channels:join", "channels:manage")),
}
