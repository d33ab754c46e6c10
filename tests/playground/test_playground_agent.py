"""What an agent shows beside its messages: a status, prompts, and names of threads."""

from __future__ import annotations

from typing import Any

import pytest

from playground.bolt_apps import ConnectedApp, client_of, refusal_of
from playground.page_client import frame_of, page_of
from runbot.playground import Playground, Timing


async def test_a_status_may_have_words_to_show_in_turn(playground: Playground, client: Any) -> None:
    ana = playground.person("ana")
    said = await ana.says("think", channel="general")
    words = ["Reading logs…", "Asking the database…"]
    named = {"channel_id": said.channel, "thread_ts": said.ts}
    async with page_of(playground, "ana") as page, page.live() as feed:
        await client.assistant_threads_setStatus(
            **named, status="is thinking…", loading_messages=words
        )
        frame = await frame_of(feed, "thread_status")
    assert (frame["status"], frame["loading_messages"]) == ("is thinking…", words)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"thread_ts": "1.000001"}, "invalid_thread_ts"),
        ({"thread_ts": "never"}, "invalid_thread_ts"),
        ({"channel_id": "C0NOWHERE"}, "channel_not_found"),
        ({"channel_id": None}, "invalid_arguments"),
        ({"loading_messages": ["x"] * 11}, "invalid_arguments"),
        ({"loading_messages": [3]}, "invalid_arguments"),
        ({"loading_messages": "words"}, "invalid_arguments"),
    ],
)
async def test_a_status_is_refused(
    playground: Playground, client: Any, changed: dict[str, Any], error: str
) -> None:
    said = await playground.person("ana").says("think", channel="general")
    named = {"channel_id": said.channel, "thread_ts": said.ts, "status": "is thinking…"}
    call = client.api_call("assistant.threads.setStatus", json=named | changed)
    assert (await refusal_of(call))["error"] == error
    assert playground.platform.conversations.status(said.channel, said.ts) == ""


async def test_a_status_goes_by_itself() -> None:
    playground = Playground(timing=Timing(status_lifetime=0.05))
    await playground.start()
    try:
        said = await playground.person("ana").says("think", channel="general")
        status = playground.platform.conversations.status
        await client_of(playground).assistant_threads_setStatus(
            channel_id=said.channel, thread_ts=said.ts, status="is thinking…"
        )
        await playground.until(
            lambda: not status(said.channel, said.ts), what="the end of the status"
        )
    finally:
        await playground.stop()


async def test_bolts_own_tools_of_an_agent_work(app: ConnectedApp, playground: Playground) -> None:
    """set_status, say_stream and set_suggested_prompts, as an agent's listeners are given them."""

    @app.bolt.event("app_mention")
    async def mentioned(set_status: Any, say_stream: Any) -> None:
        await set_status("is thinking…")
        streamer = await say_stream()
        await streamer.append(markdown_text="**Found** it")
        await streamer.stop()

    @app.bolt.event("app_home_opened")
    async def came(event: dict[str, Any], set_suggested_prompts: Any) -> None:
        if event["tab"] == "messages":
            await set_suggested_prompts(["What runs?"], title="Try")

    @app.bolt.event("message")
    async def said(event: dict[str, Any]) -> None: ...

    ana = playground.person("ana")
    asked = await ana.says("@runbot look", channel="general")
    answer = await ana.sees("**Found** it", channel="general", thread=asked)
    await playground.until(
        lambda: (now := playground.current(answer)) and not now.streaming, what="the end"
    )
    assert len(playground.calls_of("assistant.threads.setStatus")) == 1
    await ana.opens(f"@{playground.workspace.bot.name}")
    suggestions = await playground.until(
        lambda: playground.platform.agent.suggestions(ana.im), what="the prompts"
    )
    assert suggestions.to_page() == {
        "title": "Try",
        "prompts": [{"title": "What runs?", "message": "What runs?"}],
    }


PROMPTS = [{"title": "What runs?", "message": "status"}]


async def test_prompts_are_suggested_where_the_app_is_spoken_to(
    playground: Playground, client: Any
) -> None:
    ana = playground.person("ana")
    given = {"channel_id": ana.im, "title": "Try", "prompts": PROMPTS}
    async with page_of(playground, "ana") as page, page.live() as feed:
        await client.api_call("assistant.threads.setSuggestedPrompts", json=given)
        assert await frame_of(feed, "suggested_prompts") == {
            "type": "suggested_prompts",
            "channel": ana.im,
            "title": "Try",
            "prompts": PROMPTS,
        }
    suggestions = playground.platform.agent.suggestions(ana.im)
    assert suggestions is not None
    assert suggestions.to_page() == {"title": "Try", "prompts": PROMPTS}


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"prompts": PROMPTS * 5}, "invalid_arguments"),
        ({"prompts": []}, "invalid_arguments"),
        ({"prompts": [{"title": "t"}]}, "invalid_arguments"),
        ({"prompts": [{"title": "t", "message": "m", "icon": "x"}]}, "invalid_arguments"),
        ({"channel_id": "D0NOWHERE"}, "channel_not_found"),
        ({"thread_ts": "1.000001"}, "invalid_thread_ts"),
    ],
)
async def test_prompts_are_refused(
    playground: Playground, client: Any, changed: dict[str, Any], error: str
) -> None:
    im = playground.person("ana").im
    given = {"channel_id": im, "prompts": PROMPTS} | changed
    call = client.api_call("assistant.threads.setSuggestedPrompts", json=given)
    assert (await refusal_of(call))["error"] == error
    assert playground.platform.agent.suggestions(im) is None


async def test_an_agents_prompts_for_a_thread_are_taken_and_not_shown() -> None:
    """https://docs.slack.dev/reference/methods/assistant.threads.setSuggestedPrompts."""
    manifest = {
        "features": {"agent_view": {"agent_description": "Runs things"}},
        "oauth_config": {"scopes": {"bot": ["assistant:write"]}},
    }
    playground = Playground(manifest=manifest)
    await playground.start()
    try:
        ana = playground.person("ana")
        said = await ana.says("hello", channel=ana.im)
        client = client_of(playground)
        await client.assistant_threads_setSuggestedPrompts(
            channel_id=ana.im, thread_ts=said.ts, prompts=PROMPTS
        )
        assert playground.platform.agent.suggestions(ana.im) is None
    finally:
        await playground.stop()


async def test_a_thread_has_a_title(playground: Playground, client: Any) -> None:
    ana = playground.person("ana")
    said = await ana.says("hello", channel=ana.im)
    named = {"channel_id": ana.im, "thread_ts": said.ts}
    await client.assistant_threads_setTitle(**named, title="A greeting")
    assert playground.platform.agent.title(ana.im, said.ts) == "A greeting"
    for changed, error in [
        ({"title": ""}, "invalid_arguments"),
        ({"thread_ts": "1.000001"}, "invalid_thread_ts"),
        ({"channel_id": "D0NOWHERE"}, "channel_not_found"),
    ]:
        given = {**named, "title": "x"} | changed
        refused = await refusal_of(client.api_call("assistant.threads.setTitle", json=given))
        assert refused["error"] == error
