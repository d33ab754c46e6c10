"""Real Bolt apps against the playground."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from runbot.playground import Playground


@dataclass(frozen=True)
class ConnectedApp:
    bolt: AsyncApp
    client: AsyncWebClient
    handler: Any
    """AsyncSocketModeHandler, whose methods are untyped."""


def client_of(playground: Playground, *, token: str | None = None, timeout: int = 5) -> Any:
    """A Web API client that doesn't retry, so that each call is one call."""
    return AsyncWebClient(
        token=playground.bot_token if token is None else token,
        base_url=playground.api_url,
        retry_handlers=[],
        timeout=timeout,
    )


@asynccontextmanager
async def connected_app(playground: Playground) -> AsyncIterator[ConnectedApp]:
    """A Bolt app, connected and ready; listeners can be added while it runs."""
    client = client_of(playground)
    app = AsyncApp(client=client)
    handler: Any = AsyncSocketModeHandler(
        app, playground.app_token, web_client=client, ping_interval=1
    )
    try:
        await handler.connect_async()
        await playground.until_connected()
        yield ConnectedApp(app, client, handler)
    finally:
        await handler.close_async()


async def refusal_of(call: Any) -> dict[str, Any]:
    """What the API answers to a call that it refuses."""
    with pytest.raises(SlackApiError) as caught:
        await call
    answer: Any = caught.value.response
    data: dict[str, Any] = answer.data
    return data


def section(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(text: str, action_id: str, **more: Any) -> dict[str, Any]:
    label = {"type": "plain_text", "text": text}
    return {"type": "button", "text": label, "action_id": action_id, **more}


def actions(*elements: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements), **more}


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def text_input(label: str, block_id: str, **element: Any) -> dict[str, Any]:
    optional = element.pop("optional", False)
    return {
        "type": "input",
        "block_id": block_id,
        "optional": optional,
        "label": plain(label),
        "element": {"type": "plain_text_input", "action_id": "value", **element},
    }


def modal(*blocks: dict[str, Any], title: str = "A modal", **more: Any) -> dict[str, Any]:
    return {
        "type": "modal",
        "title": plain(title),
        "submit": plain("Save"),
        "callback_id": "a_modal",
        "blocks": list(blocks),
        **more,
    }
