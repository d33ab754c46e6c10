"""Streamed messages grow, end, and refuse as Slack's do; the SDK's own streamer drives them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from slack_sdk.models.messages.chunk import MarkdownTextChunk, PlanUpdateChunk, TaskUpdateChunk

from playground.bolt_apps import ConnectedApp, actions, button, client_of, refusal_of, section
from playground.conftest import FAST
from playground.page_client import frame_of, page_of
from runbot.playground import Message, Playground, Timing


class Thread:
    """A question in a channel, and the app's streamed answer to it."""

    def __init__(self, playground: Playground, root: Message) -> None:
        self.playground = playground
        self.client = client_of(playground)
        self.root = root
        ana = playground.person("ana")
        self.to_ana = {
            "channel": root.channel,
            "thread_ts": root.ts,
            "recipient_team_id": playground.workspace.team_id,
            "recipient_user_id": ana.id,
        }

    @property
    def answer(self) -> Message:
        return self.playground.messages("general", self.root)[-1]

    async def starts(self, **more: Any) -> dict[str, Any]:
        started = await self.client.api_call("chat.startStream", json=self.to_ana | more)
        return {"channel": started["channel"], "ts": started["ts"]}

    async def refused(self, method: str, arguments: dict[str, Any]) -> str:
        refused = await refusal_of(self.client.api_call(f"chat.{method}", json=arguments))
        return str(refused["error"])


@pytest_asyncio.fixture
async def thread(playground: Playground) -> Thread:
    return Thread(playground, await playground.person("ana").says("why?", channel="general"))


def kinds(message: Message) -> list[str]:
    return [block["type"] for block in message.blocks or []]


async def test_the_sdks_streamer_writes_a_message(thread: Thread) -> None:
    async with page_of(thread.playground, "ana") as page, page.live() as feed:
        streamer = await thread.client.chat_stream(buffer_size=1, **thread.to_ana)
        await streamer.append(markdown_text="**hello wo")
        assert (thread.answer.streaming, thread.answer.text) == (True, "**hello wo")
        await streamer.append(markdown_text="rld!**")
        await streamer.stop(blocks=[actions(button("Good", "good"))])
        assert (thread.answer.streaming, thread.answer.text) == (False, "**hello world!**")
        assert kinds(thread.answer) == ["markdown", "actions"]
        assert all(block["block_id"] for block in thread.answer.blocks or [])
        shown = [(await frame_of(feed, "message"))["message"]]
        while shown[-1]["streaming"]:
            message = (await frame_of(feed, "message_changed"))["message"]
            if message["ts"] == thread.answer.ts:
                shown.append(message)
    assert [(each["streaming"], each["text"]) for each in shown] == [
        (True, "**hello wo"),
        (True, "**hello world!**"),
        (False, "**hello world!**"),
    ]


async def test_an_app_in_a_direct_message_names_no_recipient(
    playground: Playground, client: Any
) -> None:
    ana = playground.person("ana")
    said = await ana.says("why?", channel=ana.im)
    started = await client.api_call(
        "chat.startStream",
        json={"channel": ana.im, "thread_ts": said.ts, "markdown_text": "Because"},
    )
    assert (await ana.sees("Because", channel=ana.im)).ts == started["ts"]


async def test_tasks_stand_among_the_words_in_a_timeline(thread: Thread) -> None:
    streamer = await thread.client.chat_stream(**thread.to_ana)
    await streamer.append(
        chunks=[
            MarkdownTextChunk(text="Looking."),
            TaskUpdateChunk(id="1", title="Logs", status="in_progress", details="one"),
        ]
    )
    await streamer.append(
        chunks=[
            MarkdownTextChunk(text="Still."),
            TaskUpdateChunk(
                id="1",
                title="Logs read",
                status="complete",
                details=", two",
                sources=[{"type": "url", "url": "https://x.example", "text": "x"}],
            ),
        ]
    )
    assert kinds(thread.answer) == ["markdown", "task_card", "markdown"]
    task = (thread.answer.blocks or [])[1]
    assert (task["title"], task["status"]) == ("Logs read", "complete")
    assert task["details"]["elements"][0]["elements"][0]["text"] == "one, two"
    assert task["sources"][0]["url"] == "https://x.example"


async def test_tasks_stand_together_in_a_plan_that_keeps_its_id(thread: Thread) -> None:
    streamer = await thread.client.chat_stream(task_display_mode="plan", **thread.to_ana)
    await streamer.append(
        chunks=[
            TaskUpdateChunk(id="1", title="First", status="complete"),
            MarkdownTextChunk(text="Between."),
            TaskUpdateChunk(id="2", title="Second", status="pending"),
        ]
    )
    plan = (thread.answer.blocks or [])[0]
    assert [task["task_id"] for task in plan["tasks"]] == ["1", "2"]
    await streamer.append(chunks=[PlanUpdateChunk(title="Nearly done")])
    again = (thread.answer.blocks or [])[0]
    assert (again["title"], again["block_id"]) == ("Nearly done", plan["block_id"])
    assert kinds(thread.answer) == ["plan", "markdown"]


async def test_blocks_may_be_streamed_too(thread: Thread) -> None:
    named = await thread.starts(chunks=[{"type": "blocks", "blocks": [section("A card")]}])
    assert "A card" in thread.answer.shown
    wrong = {**named, "chunks": [{"type": "blocks", "blocks": [{"type": "sparkle"}]}]}
    assert await thread.refused("appendStream", wrong) == "invalid_blocks"


async def test_metadata_comes_with_the_end(thread: Thread) -> None:
    metadata = {"event_type": "answered", "event_payload": {"id": "1"}}
    named = await thread.starts(markdown_text="x")
    await thread.client.chat_stopStream(**named, metadata=metadata)
    assert thread.answer.metadata == metadata


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"thread_ts": None}, "invalid_arguments"),
        ({"thread_ts": "1.000001"}, "thread_not_found"),
        ({"recipient_team_id": None}, "missing_recipient_team_id"),
        ({"recipient_user_id": None}, "missing_recipient_user_id"),
        ({"recipient_team_id": "T0OTHER"}, "team_not_found"),
        ({"recipient_user_id": "U0NOBODY"}, "user_not_found"),
        ({"channel": "C0NOWHERE"}, "channel_not_found"),
        ({"task_display_mode": "sideways"}, "invalid_arguments"),
        ({"markdown_text": "x" * 12_001}, "msg_too_long"),
        ({"chunks": [{"type": "sparkle"}]}, "invalid_chunks"),
        ({"chunks": [{"type": "task_update", "id": "1", "title": "t"}]}, "invalid_chunks"),
        ({"chunks": "[{}]"}, "invalid_chunks"),
        (
            {"markdown_text": "x", "chunks": [{"type": "markdown_text", "text": "x"}]},
            "cannot_provide_both_markdown_text_and_chunks",
        ),
    ],
)
async def test_a_start_is_refused(thread: Thread, changed: dict[str, Any], error: str) -> None:
    assert await thread.refused("startStream", thread.to_ana | changed) == error
    assert thread.answer == thread.root


async def test_a_growing_message_is_refused_what_it_cannot_be(thread: Thread) -> None:
    named = await thread.starts(markdown_text="x" * 6_000)
    cases: list[tuple[dict[str, Any], str]] = [
        ({}, "markdown_text_or_chunks_required"),
        ({"chunks": [{"type": "markdown_text", "text": "x"}]}, "streaming_mode_mismatch"),
        ({"markdown_text": "x" * 6_001}, "msg_too_long"),
        ({"markdown_text": "x", "ts": "1.000001"}, "message_not_found"),
        ({"markdown_text": "x", "ts": thread.root.ts}, "message_not_owned_by_app"),
    ]
    for more, error in cases:
        assert await thread.refused("appendStream", named | more) == error
    assert thread.answer.text == "x" * 6_000
    await thread.client.chat_appendStream(**named, markdown_text="x" * 6_000)
    assert thread.answer.text == "x" * 12_000


async def test_a_growing_message_has_the_limits_of_a_message(thread: Thread) -> None:
    blocks = [section("x" * 3_000)] * 4
    named = await thread.starts(chunks=[{"type": "blocks", "blocks": blocks}])
    more = {**named, "chunks": [{"type": "blocks", "blocks": [section("x" * 1_201)]}]}
    assert await thread.refused("appendStream", more) == "msg_blocks_too_long"
    more = {**named, "chunks": [{"type": "blocks", "blocks": [{"type": "divider"}] * 47}]}
    assert await thread.refused("appendStream", more) == "msg_blocks_too_many"


async def test_a_message_that_grows_cannot_be_updated(thread: Thread) -> None:
    named = await thread.starts(markdown_text="x")
    assert await thread.refused("update", {**named, "text": "y"}) == "streaming_state_conflict"
    await thread.client.chat_stopStream(**named)
    await thread.client.chat_update(**named, text="y")
    assert thread.answer.text == "y"


async def test_an_ended_message_grows_no_more(thread: Thread) -> None:
    named = await thread.starts(markdown_text="x")
    await thread.client.chat_stopStream(**named)
    for method in ("appendStream", "stopStream"):
        again = {**named, "markdown_text": "y"}
        assert await thread.refused(method, again) == "message_not_in_streaming_state"


async def test_an_empty_stream_has_nothing_to_end_with(thread: Thread) -> None:
    named = await thread.starts()
    assert await thread.refused("stopStream", named) == "no_text"
    assert await thread.refused("stopStream", {**named, "session_status": "lost"}) == (
        "invalid_arguments"
    )
    await thread.client.chat_stopStream(**named, markdown_text="Said at last")
    assert thread.answer.text == "Said at last"


async def test_a_deleted_message_takes_its_stream_along(thread: Thread) -> None:
    named = await thread.starts(markdown_text="x")
    await thread.client.chat_delete(**named)
    assert await thread.refused("appendStream", {**named, "markdown_text": "y"}) == (
        "message_not_found"
    )


async def test_a_person_stops_the_app(app: ConnectedApp, playground: Playground) -> None:
    events: list[dict[str, Any]] = []

    @app.bolt.event("agent_session_stopped")
    async def stopped(event: dict[str, Any]) -> None:
        events.append(event)

    @app.bolt.event("message")
    async def said(event: dict[str, Any]) -> None: ...

    ana = playground.person("ana")
    thread = Thread(playground, await ana.says("why?", channel="general"))
    named = await thread.starts(markdown_text="Because of a")
    await ana.presses_stop("general", thread.root)
    (event,) = await playground.until(lambda: events or None, what="the event")
    assert event == {
        "type": "agent_session_stopped",
        "user": ana.id,
        "channel": thread.root.channel,
        "thread_ts": thread.root.ts,
        "streaming_message_ts": [named["ts"]],
        "event_ts": event["event_ts"],
    }
    assert (thread.answer.streaming, thread.answer.text) == (False, "Because of a")
    assert await thread.refused("appendStream", {**named, "markdown_text": "b"}) == (
        "stopped_by_user"
    )
    await ana.presses_stop("general", thread.root)
    await playground.until(lambda: len(events) == 2, what="the second event")
    assert events[1]["streaming_message_ts"] == []


@pytest_asyncio.fixture
async def hasty() -> AsyncIterator[Playground]:
    """A workspace where a stream lives for a moment."""
    timing = Timing(ack_deadline=FAST.ack_deadline, stream_lifetime=0.05)
    playground = Playground(timing=timing)
    await playground.start()
    yield playground
    await playground.stop()


async def test_a_stream_dies_some_time_after_its_start(hasty: Playground) -> None:
    thread = Thread(hasty, await hasty.person("ana").says("why?", channel="general"))
    named = await thread.starts(markdown_text="Because of a")
    await hasty.until(lambda: not thread.answer.streaming, what="the stream's end")
    for method in ("appendStream", "stopStream"):
        more = {**named, "markdown_text": "b"}
        assert await thread.refused(method, more) == "message_not_in_streaming_state"
    await thread.client.chat_update(**named, text="Because of a bug")
    assert thread.answer.text == "Because of a bug"
