"""The Slack app: Bolt with Runbot's listeners, and its connection over Socket Mode."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from runbot.surfaces.slack import boundary, listeners
from runbot.surfaces.slack.desk import Desk, put

log = logging.getLogger(__name__)

PING_SECONDS: Final = 5.0
# Bolt's own monitor reconnects after four pings; a connection that outlives this is a zombie.
STALE_SECONDS: Final = 45.0
WATCH_SECONDS: Final = 5.0

Authorize = Callable[[str], Awaitable[AuthorizeResult]]


def slack_app(
    *, client: AsyncWebClient, desk: Desk, authorize: Authorize, signing_secret: str = ""
) -> AsyncApp:
    """The app with every listener. `authorize` gives a workspace's installation by its id."""

    async def authorized(team_id: str | None) -> AuthorizeResult:
        return await authorize(team_id or "")

    app = AsyncApp(
        # Without a token of its own: each request gets the one that `authorize` gives it.
        client=AsyncWebClient(base_url=client.base_url, timeout=client.timeout, retry_handlers=[]),
        authorize=authorized,
        signing_secret=signing_secret,
        # Socket Mode's own token vouches for its payloads; over HTTP the signature does.
        request_verification_enabled=bool(signing_secret),
        attaching_function_token_enabled=False,
    )

    async def seat(context: AsyncBoltContext, next_: Callable[[], Awaitable[Any]]) -> None:
        put(context, desk)
        await next_()

    app.use(seat)
    app.error(boundary.outside)
    listeners.register(app)
    return app


def single_workspace(client: AsyncWebClient) -> Authorize:
    """The installation behind the one token that the settings hold, asked for once."""
    known: list[AuthorizeResult] = []

    async def authorize(workspace: str) -> AuthorizeResult:  # noqa: ARG001 - one token, one workspace
        if not known:
            answer = await client.auth_test()
            known.append(
                AuthorizeResult.from_auth_test_response(
                    bot_token=client.token, auth_test_response=answer
                )
            )
        return known[0]

    return authorize


class Socket:
    """The connection over Socket Mode, rebuilt when it only looks alive."""

    def __init__(
        self,
        app: AsyncApp,
        *,
        app_token: str,
        client: AsyncWebClient,
        stale_seconds: float = STALE_SECONDS,
        watch_seconds: float = WATCH_SECONDS,
    ) -> None:
        self._app = app
        self._app_token = app_token
        self._client = client
        self._stale_seconds = stale_seconds
        self._watch_seconds = watch_seconds
        self._handler: AsyncSocketModeHandler | None = None
        self._watch: asyncio.Task[None] | None = None
        self._since = 0.0

    async def open(self) -> None:
        """Connect, and watch the connection until `close`."""
        await self._connect()
        self._watch = asyncio.create_task(self._watched())

    async def close(self) -> None:
        """Take no further payloads."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        if self._handler is not None:
            await self._handler.close_async()  # type: ignore[no-untyped-call]

    async def _connect(self) -> None:
        self._since = time.time()
        self._handler = AsyncSocketModeHandler(
            self._app, self._app_token, web_client=self._client, ping_interval=PING_SECONDS
        )
        await self._handler.connect_async()  # type: ignore[no-untyped-call]

    async def _watched(self) -> None:
        while True:
            await asyncio.sleep(self._watch_seconds)
            handler = self._handler
            if handler is None:
                continue
            heard = max(handler.client.last_ping_pong_time or 0.0, self._since)
            if time.time() - heard < self._stale_seconds:
                continue
            log.warning("Slack's connection has been silent for too long; connecting anew")
            try:
                await self._connect()
            finally:
                await handler.close_async()  # type: ignore[no-untyped-call]
