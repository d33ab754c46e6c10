"""chat.*: what the app says."""

from __future__ import annotations

import re
from typing import Any

from runbot.playground.api_method import Call, Method
from runbot.playground.blocks import accept_message_blocks
from runbot.playground.limits import most
from runbot.playground.messages import Blocks, Message
from runbot.playground.refusals import Refusal
from runbot.playground.rich_text import is_rich_text
from runbot.playground.workspace import Channel

_TS = re.compile(r"\d{1,12}\.\d{1,6}\Z")


def _content(call: Call, *, text_limit: str) -> tuple[str, Blocks | None]:
    """The call's text and checked blocks; one of them must say something."""
    text = call.optional("text") or ""
    given = call.arguments.get("blocks")
    markdown = call.optional("markdown_text")
    if call.arguments.get("attachments"):
        # The playground draws no legacy attachments, so it mustn't pretend to have taken them.
        raise Refusal("invalid_attachments", messages=["[ERROR] attachments aren't drawn here"])
    if markdown is not None:
        if text or given:
            raise Refusal("markdown_text_conflict")
        if len(markdown) > most("message.markdown_text"):
            raise Refusal("msg_too_long")
        given = [{"type": "markdown", "text": markdown}]
        text = markdown
    blocks = None if given is None else accept_message_blocks(given)
    if not text.strip() and not blocks:
        raise Refusal("no_text")
    if len(text) > most(text_limit):
        if text_limit != "message.text":
            raise Refusal("msg_too_long")
        text = text[: most(text_limit)]
    return text, blocks or None


def metadata_of(call: Call) -> dict[str, Any] | None:
    """The call's metadata, well-formed."""
    metadata = call.arguments.get("metadata")
    if metadata is None:
        return None
    if (
        not isinstance(metadata, dict)
        or not isinstance(metadata.get("event_type"), str)
        or not isinstance(metadata.get("event_payload"), dict)
    ):
        raise Refusal("invalid_metadata_format")
    return metadata


def destination(call: Call) -> Channel:
    """Where to post: a channel's id or name, or a person's id for their direct messages."""
    workspace = call.platform.workspace
    given = call.optional("channel")
    if given is None:
        raise Refusal("channel_not_found")
    if given in workspace.people:
        return workspace.im(given, workspace.bot.user_id)
    try:
        given = workspace.channel(given).id
    except KeyError as error:
        raise Refusal("channel_not_found") from error
    channel = workspace.channel_for_bot(given)
    manifest = call.platform.manifest
    if workspace.bot.user_id not in channel.members and not manifest.grants("chat:write.public"):
        raise Refusal("not_in_channel")
    if channel.is_archived:
        raise Refusal("is_archived")
    return channel


def thread_of(call: Call, channel: Channel) -> str | None:
    """The root of the thread to post in."""
    thread_ts = call.optional("thread_ts")
    if thread_ts is None:
        return None
    if not _TS.match(thread_ts):
        raise Refusal("invalid_thread_ts")
    root = call.platform.messages.find(channel.id, thread_ts)
    if root is None:
        raise Refusal("thread_not_found")
    return root.thread_ts if root.is_reply else root.ts


def _own_message(call: Call, refusal: str) -> Message:
    """The app's own message that the call names."""
    channel = call.channel()
    message = call.platform.messages.find(channel.id, call.text("ts"))
    if message is None:
        raise Refusal("message_not_found")
    if message.bot_id != call.platform.workspace.bot.bot_id:
        raise Refusal(refusal)
    return message


def post_message(call: Call) -> dict[str, Any]:
    """chat.postMessage: in a channel, a thread, or (by a person's id) a direct message."""
    channel = destination(call)
    text, blocks = _content(call, text_limit="message.text")
    bot = call.platform.workspace.bot
    message = call.platform.conversations.post(
        channel=channel.id,
        user=bot.user_id,
        bot_id=bot.bot_id,
        text=text,
        blocks=blocks,
        thread_ts=thread_of(call, channel),
        metadata=metadata_of(call),
    )
    return {
        "channel": channel.id,
        "ts": message.ts,
        "message": call.platform.message_to_slack(message),
    }


def post_ephemeral(call: Call) -> dict[str, Any]:
    """chat.postEphemeral: seen by one member of the channel, and only by them."""
    channel = destination(call)
    user = call.text("user")
    if user not in call.platform.workspace.people:
        raise Refusal("user_not_found")
    if user not in channel.members:
        raise Refusal("user_not_in_channel")
    text, blocks = _content(call, text_limit="message.text")
    bot = call.platform.workspace.bot
    message = call.platform.conversations.post(
        channel=channel.id,
        user=bot.user_id,
        bot_id=bot.bot_id,
        text=text,
        blocks=blocks,
        thread_ts=thread_of(call, channel),
        ephemeral_to=user,
    )
    return {"message_ts": message.ts}


def update(call: Call) -> dict[str, Any]:
    """chat.update: only the app's own messages; an ephemeral one has no ts to name."""
    message = _own_message(call, "cant_update_message")
    if call.channel().is_archived:
        raise Refusal("is_inactive")
    if message.streaming:
        raise Refusal("streaming_state_conflict")
    if "blocks" not in call.arguments and call.optional("text") is None and message.blocks:
        # Blocks stay only where neither they nor a text are sent (docs.slack.dev, chat.update).
        call.arguments.update(blocks=message.blocks, text=message.text)
    text, blocks = _content(call, text_limit="message.update_text")
    if blocks and is_rich_text(message.blocks) and not is_rich_text(blocks):
        # "Rich-text blocks cannot be replaced with non-rich-text blocks" (docs.slack.dev).
        raise Refusal("block_mismatch")
    changed = call.platform.conversations.change(
        message, text=text, blocks=blocks, metadata=metadata_of(call)
    )
    return {
        "channel": changed.channel,
        "ts": changed.ts,
        "text": changed.text,
        "message": call.platform.message_to_slack(changed),
    }


def delete(call: Call) -> dict[str, Any]:
    """chat.delete: only the app's own messages."""
    message = _own_message(call, "cant_delete_message")
    call.platform.streams.forget(message)
    call.platform.conversations.delete(message)
    return {"channel": message.channel, "ts": message.ts}


def get_permalink(call: Call) -> dict[str, Any]:
    """chat.getPermalink: an address that the playground's page opens."""
    channel = call.channel()
    ts = call.text("message_ts")
    message = call.platform.messages.find(channel.id, ts)
    if message is None:
        raise Refusal("message_not_found")
    link = f"{call.platform.url}/archives/{channel.id}/p{ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


CHAT_METHODS: dict[str, Method] = {
    "chat.postMessage": Method(post_message, ("chat:write",)),
    "chat.postEphemeral": Method(post_ephemeral, ("chat:write",)),
    "chat.update": Method(update, ("chat:write",)),
    "chat.delete": Method(delete, ("chat:write",)),
    "chat.getPermalink": Method(get_permalink),
}
