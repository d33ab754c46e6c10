"""What people say reaches the app, and what the app says reaches people."""

from __future__ import annotations

from typing import Any

from playground.bolt_apps import ConnectedApp
from runbot.playground import Playground


async def test_a_mention_reaches_the_app_and_its_answer_is_seen(
    playground: Playground, app: ConnectedApp
) -> None:
    @app.bolt.event("app_mention")
    async def answer(event: dict[str, Any], say: Any) -> None:
        await say(text=f"Heard: {event['text']}", thread_ts=event["ts"])

    ana = playground.person("ana")
    said = await ana.says("@runbot hello", channel="general")
    heard = await ana.sees("hello", channel="general", thread=said)
    assert heard.text == f"Heard: <@{playground.workspace.bot.user_id}> hello"
    assert heard.thread_ts == said.ts
