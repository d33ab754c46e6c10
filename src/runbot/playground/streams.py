"""Messages that grow while one reads them: what was added, and which may still grow.

A stream takes either Markdown or chunks, ends about five minutes after its start, and ends at
once when a person presses Stop. https://docs.slack.dev/reference/methods/chat.startStream
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from runbot.playground.conversations import Conversations
from runbot.playground.ids import fresh_block_id
from runbot.playground.message import Blocks, Message
from runbot.playground.messages import Messages
from runbot.playground.refusals import Refusal

_KEPT = 1_000

Mode = Literal["markdown_text", "chunks"]
Chunk = dict[str, Any]


def _rich_text(words: str) -> dict[str, Any]:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": words}]}
    return {"type": "rich_text", "elements": [section]}


@dataclass(slots=True)
class _Task:
    """A task by the updates so far: titles and states replace each other, words add up."""

    id: str
    title: str = ""
    status: str = "pending"
    details: str = ""
    output: str = ""
    sources: list[dict[str, Any]] = field(default_factory=list)
    block_id: str = field(default_factory=fresh_block_id)

    def update(self, chunk: Chunk) -> None:
        self.title = chunk["title"]
        self.status = chunk["status"]
        self.details += chunk.get("details") or ""
        self.output += chunk.get("output") or ""
        self.sources += chunk.get("sources") or []

    def to_block(self) -> dict[str, Any]:
        block: dict[str, Any] = {
            "type": "task_card",
            "block_id": self.block_id,
            "task_id": self.id,
            "title": self.title,
            "status": self.status,
        }
        for name, words in (("details", self.details), ("output", self.output)):
            if words:
                block[name] = _rich_text(words)
        if self.sources:
            block["sources"] = self.sources
        return block


@dataclass(slots=True)
class _Text:
    """Markdown that came in one run."""

    text: str
    block_id: str = field(default_factory=fresh_block_id)

    def to_block(self) -> dict[str, Any]:
        return {"type": "markdown", "block_id": self.block_id, "text": self.text}


@dataclass(slots=True)
class Content:
    """What a stream has brought, in the order in which it shows."""

    planned: bool
    """Whether tasks stand together in one plan, where the first of them stands."""
    parts: list[_Text | _Task | dict[str, Any]] = field(default_factory=list)
    tasks: dict[str, _Task] = field(default_factory=dict)
    plan_title: str = ""
    plan_id: str = field(default_factory=fresh_block_id)
    """Kept from update to update: with a new one the plan would collapse each time."""

    def add(self, chunk: Chunk) -> None:
        """Take one chunk."""
        match chunk["type"]:
            case "markdown_text":
                self._add_text(chunk["text"])
            case "plan_update":
                self.plan_title = chunk["title"]
            case "task_update":
                task = self.tasks.get(chunk["id"])
                if task is None:
                    task = self.tasks[chunk["id"]] = _Task(chunk["id"])
                    self.parts.append(task)
                task.update(chunk)
            case _:
                self.parts += chunk["blocks"]

    def _add_text(self, text: str) -> None:
        last = self.parts[-1] if self.parts else None
        if isinstance(last, _Text):
            last.text += text
        elif text:
            self.parts.append(_Text(text))

    @property
    def text(self) -> str:
        """The words alone, for notifications."""
        return "\n".join(part.text for part in self.parts if isinstance(part, _Text))

    def blocks(self) -> Blocks:
        """The message's blocks by now."""
        return list(self._blocks())

    def _blocks(self) -> Iterator[dict[str, Any]]:
        planned = False
        for part in self.parts:
            if isinstance(part, dict):
                yield part
            elif isinstance(part, _Text) or not self.planned:
                yield part.to_block()
            elif not planned:
                planned = True
                yield {
                    "type": "plan",
                    "block_id": self.plan_id,
                    "title": self.plan_title or part.title,
                    "tasks": [task.to_block() for task in self.tasks.values()],
                }


@dataclass(slots=True)
class Stream:
    """One message that still grows."""

    channel: str
    ts: str
    thread_ts: str
    content: Content
    timer: asyncio.TimerHandle
    mode: Mode | None = None


class Streams:
    """Every stream that goes on, and those that a person stopped."""

    def __init__(self, messages: Messages, conversations: Conversations, lifetime: float) -> None:
        self._messages = messages
        self._conversations = conversations
        self.lifetime = lifetime
        self._open: dict[tuple[str, str], Stream] = {}
        self._stopped: deque[tuple[str, str]] = deque(maxlen=_KEPT)

    def start(self, message: Message, content: Content, mode: Mode | None) -> None:
        """Let a message that was just posted grow."""
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self.lifetime, self._expire, message.channel, message.ts)
        root = message.thread_ts or message.ts
        self._open[message.channel, message.ts] = Stream(
            message.channel, message.ts, root, content, timer, mode
        )

    def find(self, message: Message) -> Stream:
        """The message's stream; Refusal once it has ended, and by whom."""
        stream = self._open.get((message.channel, message.ts))
        if stream is None and (message.channel, message.ts) in self._stopped:
            raise Refusal("stopped_by_user")
        if stream is None:
            raise Refusal("message_not_in_streaming_state")
        return stream

    def grow(self, message: Message, stream: Stream) -> Message:
        """Show what the stream has brought by now."""
        content = stream.content
        return self._conversations.grow(message, text=content.text, blocks=content.blocks() or None)

    def end(self, stream: Stream) -> None:
        """It grows no more."""
        stream.timer.cancel()
        del self._open[stream.channel, stream.ts]

    def _close(self, stream: Stream) -> None:
        """End one from outside; the message stays as it is."""
        self.end(stream)
        message = self._messages.find(stream.channel, stream.ts)
        if message is not None:
            self._conversations.grow(
                message, text=message.text, blocks=message.blocks, streaming=False
            )

    def forget(self, message: Message) -> None:
        """The message is being deleted."""
        stream = self._open.get((message.channel, message.ts))
        if stream is not None:
            self.end(stream)

    def _expire(self, channel: str, ts: str) -> None:
        self._close(self._open[channel, ts])

    def stop_all(self, channel: str, thread_ts: str) -> list[str]:
        """A person pressed Stop in a thread: the timestamps of what was still growing there."""
        there = [s for s in self._open.values() if (s.channel, s.thread_ts) == (channel, thread_ts)]
        for stream in there:
            self._stopped.append((stream.channel, stream.ts))
            self._close(stream)
        return [stream.ts for stream in there]

    def stop(self) -> None:
        """Forget all streams and their timers."""
        for stream in self._open.values():
            stream.timer.cancel()
        self._open.clear()
