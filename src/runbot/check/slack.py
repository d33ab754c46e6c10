"""Slack: whether it takes the tokens, what the app may do, and whether it can be reached."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from runbot.check.finding import Finding, bad, good
from runbot.settings import Settings
from runbot.surfaces.slack import tokens
from runbot.surfaces.slack.connection import greeted
from runbot.surfaces.slack.requests import PATH
from runbot.surfaces.slack.scopes import needed
from runbot.surfaces.slack.sending import web_client
from runbot.surfaces.slack.tokens import Answer

_SECRET: Final = re.compile(r"[0-9a-f]{32}")
CLOCK_SECONDS: Final = 60  # Slack signs with its own clock; schedules are read from this one


async def slack(settings: Settings, seconds: float, *, running: bool) -> list[Finding]:
    """Everything that Slack can be asked about. `running`: Runbot is connected meanwhile."""
    if not settings.has_slack:
        return [
            good(
                "Slack",
                "No token is set, so Runbot serves the playground: a local workspace in the "
                "browser. That is fine for trying things out. For a real workspace, see "
                "docs/slack-setup.md.",
            )
        ]
    url = settings.slack_api_url
    bot, way = await asyncio.gather(
        tokens.bot_token(settings.slack_bot_token, api_url=url, seconds=seconds),
        _way(settings, seconds, running=running),
    )
    found = [_token("Slack bot token", bot, _whose(bot.data))]
    if not bot.problem:
        found += _granted(bot.headers)
    found += way
    if "date" in bot.headers:
        found.append(_clock(bot.headers["date"], datetime.now(UTC)))
    return found


async def _way(settings: Settings, seconds: float, *, running: bool) -> list[Finding]:
    """How Slack reaches Runbot: over Socket Mode, or at an address."""
    if settings.slack_mode == "http":
        return [_secret(settings)]
    if settings.slack_signing_secret is not None:
        return [
            bad(
                "Slack connection",
                "SLACK_APP_TOKEN and SLACK_SIGNING_SECRET are both set, so it isn't clear how "
                "Slack is to reach Runbot. For Socket Mode take the secret away, for HTTP the "
                "token.",
            )
        ]
    app = await tokens.app_token(
        settings.slack_app_token, api_url=settings.slack_api_url, seconds=seconds
    )
    found = [_token("Slack app token", app, "Slack takes it.")]
    if not app.problem:
        found.append(await _connection(settings, app, seconds, running=running))
    return found


def _secret(settings: Settings) -> Finding:
    what = "Slack signing secret"
    secret = settings.slack_signing_secret
    if secret is None or not _SECRET.fullmatch(secret.get_secret_value()):
        return bad(
            what,
            "SLACK_SIGNING_SECRET isn't 32 digits and letters from a to f, so it is something "
            f'else. Copy it again: {tokens.APPS} → your app → "Basic Information" → App '
            "Credentials → Signing Secret → Show.",
        )
    return good(
        what,
        "Is of the right form; Slack tells nobody whether it is this app's. The app's manifest "
        f"names the public address, with {PATH}, and a proxy hands requests on to "
        f"{settings.host}:{settings.port}.",
    )


def _token(what: str, answer: Answer, well: str) -> Finding:
    return bad(what, answer.problem) if answer.problem else good(what, well)


def _whose(data: Mapping[str, object]) -> str:
    return f"@{data.get('user', '')} in {data.get('team', '')}."


def _granted(headers: Mapping[str, str]) -> list[Finding]:
    what = "Slack scopes"
    if missing := tokens.missing_scopes(headers):
        return [bad(what, missing)]
    return [
        good(what, f"All {len(needed())} that Runbot uses are granted."),
        # A bot may not ask for its app's manifest, nor for what the app subscribes to.
        good(
            "Slack features",
            "The command and the place among the agents are granted. Whether events, buttons and "
            "Home are on, Slack doesn't tell a bot; they come with the manifest.",
        ),
    ]


async def _connection(settings: Settings, app: Answer, seconds: float, *, running: bool) -> Finding:
    what = "Slack connection"
    if running:
        # A second connection would be sent some of what people click, and lose it.
        return good(what, "Runbot is at work on these data, so its own is left alone.")
    client = web_client("", base_url=settings.slack_api_url)
    begun = time.monotonic()
    hello = await greeted(str(app.data.get("url", "")), client, seconds=seconds)
    if hello.problem:
        return bad(what, hello.problem)
    took = f"Socket Mode said hello in {(time.monotonic() - begun) * 1000:,.0f} ms"
    count = hello.data.get("num_connections")
    if isinstance(count, int) and count > 1:
        return bad(
            what,
            f"{took}, and {count - 1} more of this app's connections are open: each is sent a "
            "part of what people do. Stop the other Runbot, or give this one an app of its own; "
            "if one has just stopped, check again in a minute.",
        )
    return good(what, f"{took}.")


def _clock(theirs: str, now: datetime) -> Finding:
    try:
        apart = (now - parsedate_to_datetime(theirs)).total_seconds()
    except (TypeError, ValueError):
        return good("Clock", "Slack's answer has no time to compare with.")
    if abs(apart) <= CLOCK_SECONDS:
        return good("Clock", "Agrees with Slack's.")
    word = "fast" if apart > 0 else "slow"
    return bad(
        "Clock",
        f"This machine's clock is {abs(apart):,.0f} s {word} against Slack's, so waits and times "
        "shown are wrong. Turn on time synchronisation (NTP).",
    )
