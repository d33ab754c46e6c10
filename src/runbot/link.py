"""How Slack reaches Runbot: over Socket Mode, or at an address of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from functools import partial
from typing import Final

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from runbot.domain.errors import InvalidInput, RunbotError
from runbot.settings import Settings
from runbot.store.database import Database
from runbot.surfaces.slack import tokens
from runbot.surfaces.slack.app import single_workspace, slack_app
from runbot.surfaces.slack.connection import Socket
from runbot.surfaces.slack.desk import Desk
from runbot.surfaces.slack.requests import PATH, Requests
from runbot.surfaces.web import WebServer, web_app

log = logging.getLogger(__name__)

LAST_WORDS: Final = 1.0  # seconds for what was acknowledged, when it stops

_WHERE: Final = "docs/slack-setup.md says where to find it; with no token, the playground starts."


def required(settings: Settings) -> None:
    """InvalidInput with a sentence where the settings name no one way, or half of one."""
    if settings.slack_app_token and settings.slack_signing_secret:
        raise InvalidInput(
            "SLACK_APP_TOKEN and SLACK_SIGNING_SECRET are both set, so it isn't clear how Slack "
            "is to reach Runbot.",
            do="For Socket Mode keep SLACK_APP_TOKEN alone; for requests to Runbot's own address "
            "keep SLACK_SIGNING_SECRET alone.",
        )
    if settings.slack_bot_token is None:
        raise InvalidInput("SLACK_BOT_TOKEN is not set, and Runbot can't do without it.", do=_WHERE)
    if settings.slack_mode is None:
        raise InvalidInput(
            "Neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set, so Slack has no way to "
            "reach Runbot.",
            do="Set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP. " + _WHERE,
        )


@contextlib.asynccontextmanager
async def linked(
    settings: Settings,
    *,
    client: AsyncWebClient,
    desk: Desk,
    database: Database,
    stop: asyncio.Event | None,
) -> AsyncIterator[None]:
    """Linked to Slack, however long that takes; runs go on meanwhile. `stop` ends the trying.

    In HTTP mode the server listens at once, so that it can be asked whether it is ready.
    """
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(desk.finish, grace=LAST_WORDS)
        requests = None
        if settings.slack_signing_secret is not None:
            requests = Requests(settings.slack_signing_secret)
            await _served(settings, requests, database, stack)

        async def link() -> None:
            app = await _app(settings, client, desk)
            if requests is not None:
                requests.open(app)
                return
            socket = Socket(
                app,
                app_token=settings.slack_app_token,
                client=client,
                ping_seconds=settings.ping_seconds,
            )
            stack.push_async_callback(socket.close)
            await socket.open()

        linking = asyncio.create_task(link(), name="link to Slack")
        stopping = asyncio.create_task((stop or asyncio.Event()).wait(), name="stop")
        try:
            await asyncio.wait({linking, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            linking.cancel()
            await asyncio.wait({linking, stopping})
        if not linking.cancelled():
            linking.result()
            log.info("Ready for Slack's requests" if requests else "Connected to Slack")
        yield


async def _app(settings: Settings, client: AsyncWebClient, desk: Desk) -> AsyncApp:
    """Bolt's app, once Slack has said whom the token speaks for."""
    ask = partial(tokens.bot_token, settings.slack_bot_token, api_url=settings.slack_api_url)
    auth_test = await tokens.taken(ask)
    if "x-oauth-scopes" in auth_test.headers and (
        missing := tokens.missing_scopes(auth_test.headers)
    ):
        log.warning(missing)
    secret = settings.slack_signing_secret
    return slack_app(
        client=client,
        desk=desk,
        authorize=single_workspace(client, auth_test),
        signing_secret=secret.get_secret_value() if secret else "",
    )


async def _served(
    settings: Settings, requests: Requests, database: Database, stack: contextlib.AsyncExitStack
) -> None:
    async def stored() -> str:
        try:
            await database.ping()
        except RunbotError:
            return "The database does not answer."
        return ""

    async def known() -> str:
        return "" if requests.ready else "Slack has not taken Runbot's token yet."

    app = web_app([requests.router], [stored, known])
    server = WebServer(app, host=settings.host, port=settings.port)
    stack.push_async_callback(server.close)
    await server.open()
    log.info("Listening for Slack at %s%s", server.url, PATH)
