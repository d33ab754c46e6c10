"""Real Bolt apps against the playground."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from runbot.playground import Playground


@dataclass(frozen=True)
class ConnectedApp:
    bolt: AsyncApp
    client: AsyncWebClient
    handler: AsyncSocketModeHandler


def client_of(playground: Playground) -> AsyncWebClient:
    """A Web API client that doesn't retry, so that each call is one call."""
    return AsyncWebClient(
        token=playground.bot_token, base_url=playground.api_url, retry_handlers=[]
    )


@asynccontextmanager
async def connected_app(playground: Playground) -> AsyncIterator[ConnectedApp]:
    """A Bolt app, connected and ready; listeners can be added while it runs."""
    client = client_of(playground)
    app = AsyncApp(token=playground.bot_token, client=client)
    handler = AsyncSocketModeHandler(app, playground.app_token, web_client=client, ping_interval=1)
    try:
        await handler.connect_async()
        await playground.until_connected()
        yield ConnectedApp(app, client, handler)
    finally:
        await handler.close_async()
