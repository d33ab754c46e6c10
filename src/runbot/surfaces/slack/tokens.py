"""What Slack says about the two tokens: whether it takes them, and where to get others.

A sentence never holds a token, only the name of the setting that has it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Final

import aiohttp
from pydantic import SecretStr
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from runbot.domain.errors import InvalidInput
from runbot.surfaces.slack.refusals import PASSING, TOO_MANY, retry_after
from runbot.surfaces.slack.scopes import needed

log = logging.getLogger(__name__)

SECONDS: Final = 10.0  # each question to Slack gets this long
APPS: Final = "https://api.slack.com/apps"
_LONGEST_PAUSE: Final = 30.0
_GET_BOT: Final = f'{APPS} → your app → "OAuth & Permissions" → Bot User OAuth Token (xoxb-…)'
_GET_APP: Final = (
    f'{APPS} → your app → "Basic Information" → App-Level Tokens → Generate, with the scope '
    "connections:write (xapp-…)"
)
_REFUSED: Final[Mapping[str, str]] = {
    "invalid_auth": "Slack doesn't know it.",
    "token_revoked": "it was revoked.",
    "token_expired": "it has expired.",
    "account_inactive": "the app was removed from the workspace.",
    "not_allowed_token_type": "it is a token of another kind.",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What Slack said. `problem` is a sentence, and empty where all is well.

    `final` says that asking again changes nothing: somebody has to mend a setting.
    """

    data: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    final: bool = False
    retry_after: float = 0.0


async def bot_token(token: SecretStr | None, *, api_url: str, seconds: float = SECONDS) -> Answer:
    """Whom the bot token speaks for: the answer of auth.test."""
    name = "SLACK_BOT_TOKEN"
    if token is None:
        return _wrong(
            f"{name} is not set. Make the app from manifests/socket-mode.json at {APPS}, install "
            f"it, and copy the token from there: {_GET_BOT}."
        )
    if not token.get_secret_value().startswith("xoxb-"):
        return _wrong(f"{name} doesn't start with xoxb-, so it is another token. Take: {_GET_BOT}.")
    return await _ask("auth.test", token, name, f"Copy it again: {_GET_BOT}.", api_url, seconds)


async def app_token(token: SecretStr | None, *, api_url: str, seconds: float = SECONDS) -> Answer:
    """An address for one Socket Mode connection: the answer of apps.connections.open."""
    name = "SLACK_APP_TOKEN"
    if token is None:
        return _wrong(
            f"{name} is not set, so Slack has no way to reach Runbot. Make it: {_GET_APP}."
        )
    if not token.get_secret_value().startswith("xapp-"):
        return _wrong(
            f"{name} doesn't start with xapp-, so it is another token. Make one: {_GET_APP}."
        )
    get = f"Make another: {_GET_APP}."
    return await _ask("apps.connections.open", token, name, get, api_url, seconds)


def missing_scopes(headers: Mapping[str, str]) -> str:
    """Which scopes the app lacks and how to add them, by an answer's headers; else empty."""
    granted = {scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",")}
    missing = [scope for scope in needed() if scope not in granted]
    if not missing:
        return ""
    return (
        f"The app lacks {', '.join(missing)}. Add {'it' if len(missing) == 1 else 'them'} at "
        f'{APPS} → your app → "OAuth & Permissions" → Bot Token Scopes, or replace the app\'s '
        "manifest with Runbot's from manifests/, and then reinstall the app. What each is for: "
        "docs/slack-permissions.md."
    )


async def taken(
    ask: Callable[[], Awaitable[Answer]],
    *,
    persistent: bool = False,
    pause: float = 1.0,
    longest: float = _LONGEST_PAUSE,
) -> Answer:
    """Ask until all is well; each new trouble is logged once, however long it lasts.

    `InvalidInput` where only another setting helps, unless `persistent`: then ask on.
    """
    told = ""
    while True:
        answer = await ask()
        if not answer.problem:
            return answer
        if answer.final and not persistent:
            raise InvalidInput(answer.problem)
        if answer.problem != told:
            log.warning("%s Runbot keeps trying.", answer.problem)
            told = answer.problem
        await asyncio.sleep(max(pause, answer.retry_after))
        pause = min(pause * 2, longest)


def _wrong(problem: str) -> Answer:
    return Answer(problem=problem, final=True)


async def _ask(
    method: str, token: SecretStr, name: str, get: str, api_url: str, seconds: float
) -> Answer:
    client = AsyncWebClient(
        token=token.get_secret_value(), base_url=api_url, timeout=ceil(seconds), retry_handlers=[]
    )
    try:
        response = await client.api_call(method)
    except SlackApiError as error:
        return _refusal(error.response, name, get)
    except (TimeoutError, aiohttp.ClientError, OSError):
        return Answer(
            problem=f"{name}: Slack does not answer at {api_url}. Check the network, a proxy, and "
            "SLACK_API_URL."
        )
    data = response.data if isinstance(response.data, dict) else {}
    return Answer(data, _lower(response.headers))


def _refusal(response: Any, name: str, get: str) -> Answer:
    # A broken server's answer isn't JSON: there is no code, and the SDK gives the plain response.
    data = getattr(response, "data", None)
    code = str(data.get("error", "")) if isinstance(data, dict) else ""
    headers = _lower(getattr(response, "headers", {}))
    if why := _REFUSED.get(code):
        return Answer({}, headers, f"{name}: Slack refuses this token: {why} {get}", final=True)
    if code == "missing_scope":
        return Answer({}, headers, f"{name} lacks a scope. {get}", final=True)
    if code in TOO_MANY:
        problem = f"{name}: Slack asks to wait. In a minute it may answer."
        return Answer({}, headers, problem, retry_after=retry_after(headers))
    if code and code not in PASSING:
        return Answer({}, headers, f"{name}: Slack said {code}. {get}", final=True)
    shown = f"said {code}" if code else "gave an answer that can't be read"
    return Answer({}, headers, f"{name}: Slack {shown}. It may do better later.")


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): str(value) for name, value in headers.items()}
