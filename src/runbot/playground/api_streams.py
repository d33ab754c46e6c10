"""chat.*Stream: messages that grow as the app writes them.

https://docs.slack.dev/reference/methods/chat.startStream
https://docs.slack.dev/reference/methods/chat.appendStream
https://docs.slack.dev/reference/methods/chat.stopStream
"""

from __future__ import annotations

import copy
from typing import Any

from runbot.playground.api_chat import destination, metadata_of, thread_of
from runbot.playground.api_method import Call, Method
from runbot.playground.block_kit import SOURCE
from runbot.playground.blocks import accept_message_blocks
from runbot.playground.limits import most
from runbot.playground.message import Message, texts_of
from runbot.playground.refusals import Refusal
from runbot.playground.schema import Findings, Shape, anything, items, one_of, string, typed
from runbot.playground.streams import Chunk, Content, Mode, Stream
from runbot.playground.workspace import Channel

_DISPLAYS = {"timeline", "plan", "dense"}
_SESSION = {"active", "processing", "suspended", "closed"}
_CHUNKS: dict[str, Shape] = {
    "markdown_text": Shape({"text": string(least=0)}, ("text",)),
    "plan_update": Shape({"title": string()}, ("title",)),
    "task_update": Shape(
        {
            "id": string("id"),
            "title": string(),
            "status": one_of("pending", "in_progress", "complete", "error"),
            "details": string(least=0),
            "output": string(least=0),
            "sources": items(typed({"url": SOURCE}), least=0),
        },
        ("id", "title", "status"),
    ),
    "blocks": Shape({"blocks": items(anything)}, ("blocks",)),
}


def _chunks(call: Call) -> list[Chunk]:
    """The call's chunks, each well-formed; `invalid_chunks` says what isn't."""
    given = call.arguments.get("chunks") or []
    found = Findings()
    items(typed(_CHUNKS), least=0)(given, "/chunks", found)
    if found:
        raise Refusal("invalid_chunks", messages=found.messages)
    return [
        {**chunk, "blocks": accept_message_blocks(chunk["blocks"])}
        if chunk["type"] == "blocks"
        else chunk
        for chunk in given
    ]


def _brought(call: Call, *, needed: bool) -> tuple[Mode | None, list[Chunk]]:
    """What a call adds, and in which of the two ways."""
    markdown, chunks = call.optional("markdown_text"), _chunks(call)
    if markdown is not None and chunks:
        raise Refusal("cannot_provide_both_markdown_text_and_chunks")
    if markdown is not None:
        if len(markdown) > most("stream.markdown_text"):
            raise Refusal("msg_too_long")
        return "markdown_text", [{"type": "markdown_text", "text": markdown}]
    if chunks:
        return "chunks", chunks
    if needed:
        raise Refusal("markdown_text_or_chunks_required")
    return None, []


def _add(stream: Stream, mode: Mode | None, chunks: list[Chunk]) -> None:
    """Add to a stream, as long as what it comes to is still a message."""
    if mode is not None and stream.mode not in {None, mode}:
        raise Refusal("streaming_mode_mismatch")
    grown = copy.deepcopy(stream.content)
    for chunk in chunks:
        grown.add(chunk)
    _check_whole(grown)
    stream.content = grown
    stream.mode = stream.mode or mode


def _check_whole(content: Content) -> None:
    blocks = content.blocks()
    if len(blocks) > most("message.blocks"):
        raise Refusal("msg_blocks_too_many")
    if sum(len(b["text"]) for b in blocks if b["type"] == "markdown") > most("message.markdown"):
        raise Refusal("msg_too_long")
    if sum(len(text) for text in texts_of(blocks)) > most("message.block_text"):
        raise Refusal("msg_blocks_too_long")


def _check_recipient(call: Call, channel: Channel) -> None:
    """In a channel, somebody of this team must be named; in direct messages, it's the other."""
    workspace = call.platform.workspace
    team, user = call.optional("recipient_team_id"), call.optional("recipient_user_id")
    if channel.kind != "im":
        if team is None:
            raise Refusal("missing_recipient_team_id")
        if user is None:
            raise Refusal("missing_recipient_user_id")
    if team not in {None, workspace.team_id}:
        raise Refusal("team_not_found")
    if user is not None and user not in workspace.people:
        raise Refusal("user_not_found")


def _one_of(call: Call, name: str, allowed: set[str], default: str) -> str:
    value = call.optional(name) or default
    if value not in allowed:
        raise Refusal("invalid_arguments", messages=[f"[ERROR] unsupported value for {name}"])
    return value


def start(call: Call) -> dict[str, Any]:
    """chat.startStream: a reply in a thread, to somebody."""
    channel = destination(call)
    call.text("thread_ts")
    _check_recipient(call, channel)
    display = _one_of(call, "task_display_mode", _DISPLAYS, "timeline")
    mode, chunks = _brought(call, needed=False)
    content = Content(planned=display == "plan")
    for chunk in chunks:
        content.add(chunk)
    _check_whole(content)
    bot = call.platform.workspace.bot
    message = call.platform.conversations.post(
        channel=channel.id,
        user=bot.user_id,
        bot_id=bot.bot_id,
        text=content.text,
        blocks=content.blocks() or None,
        thread_ts=thread_of(call, channel),
        streaming=True,
    )
    call.platform.streams.start(message, content, mode)
    return {"channel": channel.id, "ts": message.ts}


def _streamed(call: Call) -> tuple[Message, Stream]:
    """The app's message that the call names, and its stream."""
    channel = call.channel()
    if channel.is_archived:
        raise Refusal("is_archived")
    message = call.platform.messages.find(channel.id, call.text("ts"))
    if message is None:
        raise Refusal("message_not_found")
    if message.bot_id != call.platform.workspace.bot.bot_id:
        raise Refusal("message_not_owned_by_app")
    return message, call.platform.streams.find(message)


def append(call: Call) -> dict[str, Any]:
    """chat.appendStream: `stopped_by_user` once a person pressed Stop."""
    message, stream = _streamed(call)
    _add(stream, *_brought(call, needed=True))
    call.platform.streams.grow(message, stream)
    return {"channel": message.channel, "ts": message.ts}


def stop(call: Call) -> dict[str, Any]:
    """chat.stopStream: the last words, and blocks below all that was streamed."""
    message, stream = _streamed(call)
    _one_of(call, "session_status", _SESSION, "active")
    mode, chunks = _brought(call, needed=False)
    given = call.arguments.get("blocks")
    below = accept_message_blocks(given) if given else []
    metadata = metadata_of(call)
    _add(stream, mode, chunks)
    text, blocks = stream.content.text, [*stream.content.blocks(), *below]
    if not blocks:
        raise Refusal("no_text")
    call.platform.streams.end(stream)
    whole = call.platform.conversations.grow(
        message, text=text, blocks=blocks, streaming=False, metadata=metadata
    )
    return {
        "channel": whole.channel,
        "ts": whole.ts,
        "message": call.platform.message_to_slack(whole),
    }


STREAM_METHODS: dict[str, Method] = {
    "chat.startStream": Method(start, ("chat:write",)),
    "chat.appendStream": Method(append, ("chat:write",)),
    "chat.stopStream": Method(stop, ("chat:write",)),
}
