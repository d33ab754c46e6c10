"""The Slack app: Bolt with Runbot's listeners."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.logger.messages import (
    warning_client_prioritized_and_token_skipped,
    warning_token_skipped,
)
from slack_sdk.web.async_client import AsyncWebClient

from runbot.surfaces.slack import boundary, listeners, owing
from runbot.surfaces.slack.desk import Desk, put
from runbot.surfaces.slack.tokens import Answer

# In place of Bolt's own, which asks people to install the app again.
_NOT_KNOWN: Final = (
    "Runbot doesn't know this workspace, so nothing was done. Whoever runs Runbot finds out why "
    "with `runbot check`."
)

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
        user_facing_authorize_error_message=_NOT_KNOWN,
        logger=_bolt_log(),
    )

    async def seat(
        body: dict[str, Any], context: AsyncBoltContext, next_: Callable[[], Awaitable[Any]]
    ) -> None:
        put(context, desk)
        # Not in the listeners: Bolt acknowledges an event before it calls one.
        await owing.noted(body, context)
        await next_()

    app.use(seat)
    app.error(boundary.outside)
    listeners.register(app)
    return app


def _bolt_log() -> logging.Logger:
    """Bolt's log without its warning that it ignores SLACK_BOT_TOKEN, as it is meant to."""
    logger = logging.getLogger("slack_bolt")
    ignored = {warning_client_prioritized_and_token_skipped(), warning_token_skipped()}
    if not logger.filters:
        logger.addFilter(lambda record: record.getMessage() not in ignored)
    return logger


def single_workspace(client: AsyncWebClient, auth_test: Answer) -> Authorize:
    """The installation behind the one token that the settings hold, by its auth.test.

    That was asked before the first payload: asked for then, Slack's least trouble would
    be told to the person who happened to write.
    """
    known = AuthorizeResult(
        enterprise_id=auth_test.data.get("enterprise_id"),
        team_id=auth_test.data.get("team_id"),
        bot_user_id=auth_test.data.get("user_id"),
        bot_id=auth_test.data.get("bot_id"),
        bot_token=client.token,
        bot_scopes=auth_test.headers.get("x-oauth-scopes"),
    )

    async def authorize(workspace: str) -> AuthorizeResult:  # noqa: ARG001 - one token, one workspace
        return known

    return authorize
