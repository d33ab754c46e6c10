"""What `runbot check` looks at: what is missing, what it means, and where to get it.

Nothing is changed anywhere: no message is posted, no mail sent, no table made. A
finding's sentence never holds a secret, only the name of the setting that has it.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import ceil
from pathlib import Path
from typing import Final

import aiohttp
from pydantic import SecretStr
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from runbot.bootstrap import database_url
from runbot.domain.errors import RunbotError
from runbot.settings import Settings
from runbot.store.database import Database
from runbot.store.upgrade import HEAD, stamped
from runbot.surfaces.slack.scopes import needed
from runbot.tools.mail_server import MailServer

SECONDS: Final = 10.0  # each question to the outside gets this long
CLOCK_SECONDS: Final = 60  # Slack signs with its own clock; schedules are read from this one
FREE_BYTES: Final = 200 * 2**20  # outputs and artefacts of some thousand runs
_APPS: Final = "https://api.slack.com/apps"
_REFUSED: Final[Mapping[str, str]] = {
    "invalid_auth": "Slack doesn't know it.",
    "token_revoked": "it was revoked.",
    "token_expired": "it has expired.",
    "account_inactive": "the app was removed from the workspace.",
    "not_allowed_token_type": "it is a token of another kind.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. Where it isn't `ok`, the sentence says what to do."""

    what: str
    ok: bool
    sentence: str

    def as_dict(self) -> dict[str, str | bool]:
        """The finding as JSON has it."""
        return asdict(self)


def _good(what: str, sentence: str) -> Finding:
    return Finding(what, ok=True, sentence=sentence)


def _bad(what: str, sentence: str) -> Finding:
    return Finding(what, ok=False, sentence=sentence)


async def check(settings: Settings, *, seconds: float = SECONDS) -> list[Finding]:
    """Look at everything that the settings name, all at once; each has so many seconds."""
    slack, mail, database = await asyncio.gather(
        _slack(settings, seconds), _mail(settings, seconds), _database(settings, seconds)
    )
    return [*slack, database, _data_folder(settings.data_dir), mail]


# --- Slack ---------------------------------------------------------------------------


async def _slack(settings: Settings, seconds: float) -> list[Finding]:
    if not settings.has_slack:
        return [
            _good(
                "Slack",
                "No token is set, so Runbot serves the playground: a local workspace in the "
                "browser. That is fine for trying things out. For a real workspace, see "
                "docs/slack-setup.md.",
            )
        ]
    (bot, headers), app = await asyncio.gather(
        _bot_token(settings, seconds), _app_token(settings, seconds)
    )
    found = [bot]
    if bot.ok:
        found.append(_scopes(headers))
    found.append(app)
    if "date" in headers:
        found.append(_clock(headers["date"], datetime.now(UTC)))
    return found


async def _bot_token(settings: Settings, seconds: float) -> tuple[Finding, Mapping[str, str]]:
    what, name = "Slack bot token", "SLACK_BOT_TOKEN"
    get = f'{_APPS} → your app → "OAuth & Permissions" → Bot User OAuth Token (xoxb-…)'
    token = settings.slack_bot_token
    if token is None:
        return _bad(
            what,
            f"{name} is not set. Make the app from manifests/socket-mode.json at {_APPS}, install "
            f"it, and copy the token from there: {get}.",
        ), {}
    if not token.get_secret_value().startswith("xoxb-"):
        return _bad(
            what, f"{name} doesn't start with xoxb-, so it is another token. Take: {get}."
        ), {}
    answer = await _ask(settings, token, "auth.test", seconds)
    if answer.problem:
        sentence = (
            f"{name}: {answer.problem} {'Copy it again: ' + get + '.' if answer.refused else ''}"
        )
        return _bad(what, sentence.strip()), answer.headers
    return _good(
        what, f"@{answer.data.get('user', '')} in {answer.data.get('team', '')}."
    ), answer.headers


def _scopes(headers: Mapping[str, str]) -> Finding:
    what, wanted = "Slack scopes", needed()
    granted = {scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",")}
    if missing := [scope for scope in wanted if scope not in granted]:
        return _bad(
            what,
            f"The app lacks {', '.join(missing)}. Add {'it' if len(missing) == 1 else 'them'} at "
            f'{_APPS} → your app → "OAuth & Permissions" → Bot Token Scopes, or replace the app\'s '
            "manifest with manifests/socket-mode.json, and then reinstall the app.",
        )
    return _good(what, f"All {len(wanted)} that Runbot uses are granted.")


async def _app_token(settings: Settings, seconds: float) -> Finding:
    what, name = "Slack app token", "SLACK_APP_TOKEN"
    get = (
        f'{_APPS} → your app → "Basic Information" → App-Level Tokens → Generate, with the scope '
        "connections:write (xapp-…)"
    )
    token = settings.slack_app_token
    if token is None:
        return _bad(
            what, f"{name} is not set, so Slack has no way to reach Runbot. Make it: {get}."
        )
    if not token.get_secret_value().startswith("xapp-"):
        return _bad(
            what,
            f"{name} doesn't start with xapp-, so it is another token. Make one: {get}.",
        )
    answer = await _ask(settings, token, "apps.connections.open", seconds)
    if not answer.problem:
        return _good(what, "Socket Mode opens a connection.")
    if answer.error == "missing_scope":
        return _bad(what, f"{name} lacks connections:write. Make another: {get}.")
    sentence = f"{name}: {answer.problem} {'Make another: ' + get + '.' if answer.refused else ''}"
    return _bad(what, sentence.strip())


def _clock(theirs: str, now: datetime) -> Finding:
    try:
        apart = (now - parsedate_to_datetime(theirs)).total_seconds()
    except (TypeError, ValueError):
        return _good("Clock", "Slack's answer has no time to compare with.")
    if abs(apart) <= CLOCK_SECONDS:
        return _good("Clock", "Agrees with Slack's.")
    word = "fast" if apart > 0 else "slow"
    return _bad(
        "Clock",
        f"This machine's clock is {abs(apart):,.0f} s {word} against Slack's, so waits and times "
        "shown are wrong. Turn on time synchronisation (NTP).",
    )


@dataclass(frozen=True, slots=True)
class _Answer:
    """What Slack said. `problem` is empty where all is well; `refused` is about the token."""

    data: Mapping[str, object]
    headers: Mapping[str, str]
    error: str = ""
    problem: str = ""
    refused: bool = False


async def _ask(settings: Settings, token: SecretStr, method: str, seconds: float) -> _Answer:
    client = AsyncWebClient(
        token=token.get_secret_value(),
        base_url=settings.slack_api_url,
        timeout=ceil(seconds),
        retry_handlers=[],
    )
    try:
        response = await client.api_call(method)
    except SlackApiError as error:
        return _refusal(error)
    except (TimeoutError, aiohttp.ClientError, OSError):
        return _Answer(
            {},
            {},
            problem=f"Slack does not answer at {settings.slack_api_url}. Check the network, a "
            "proxy, and SLACK_API_URL.",
        )
    data = response.data if isinstance(response.data, dict) else {}
    return _Answer(data, _lower(response.headers))


def _refusal(error: SlackApiError) -> _Answer:
    response = error.response
    # A broken server's answer isn't JSON, and then there is no code.
    data = getattr(response, "data", None)
    code = str(data.get("error", "")) if isinstance(data, dict) else ""
    headers = _lower(getattr(response, "headers", {}))
    if code in _REFUSED:
        return _Answer(
            {}, headers, code, f"Slack refuses this token: {_REFUSED[code]}", refused=True
        )
    if code == "ratelimited":
        return _Answer({}, headers, code, "Slack asks to wait. Check again in a minute.")
    shown = f"said {code}" if code else "gave an answer that can't be read"
    return _Answer({}, headers, code, f"Slack {shown}. Check again later.")


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): str(value) for name, value in headers.items()}


# --- What Runbot keeps -----------------------------------------------------------------


async def _database(settings: Settings, seconds: float) -> Finding:
    what = "Database"
    url = database_url(settings)
    own = None if settings.database_url else Path(url.removeprefix("sqlite:///"))
    if own and not own.exists():
        return _good(what, f"{own} will be made at the first start.")
    try:
        database = Database(url)
    except RunbotError as error:
        return _bad(what, error.sentence)
    try:
        found = await asyncio.wait_for(
            database.read(lambda s: stamped(s.connection())), 2 * seconds
        )
    except RunbotError as error:
        return _bad(what, error.sentence)
    except TimeoutError:
        return _bad(what, "The database does not answer. Check that it is running.")
    finally:
        await database.close()
    return _tables(found)


def _tables(found: str | None) -> Finding:
    what = "Database"
    if found == HEAD:
        return _good(what, "Answers, and its tables are up to date.")
    if found is not None and found > HEAD:
        return _bad(
            what,
            "The database was last used by a newer Runbot, and this one won't touch it. Start the "
            "newer one, or restore a backup from before the upgrade.",
        )
    state = "It has no tables yet" if found is None else "Its tables are an older release's"
    return _good(what, f"Answers. {state}: the next start, or `runbot db upgrade`, sees to that.")


def _data_folder(folder: Path) -> Finding:
    what = "Data folder"
    there = _nearest(folder)
    try:
        if there == folder:
            with tempfile.TemporaryFile(dir=folder):
                pass
        elif not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
            return _unwritable(folder, f"{there} can't be written")
        free = shutil.disk_usage(there).free
    except OSError as error:
        return _unwritable(folder, error.strerror or "it can't be written")
    shown = f"{free / 2**30:,.1f} GiB are free"
    if free < FREE_BYTES:
        return _bad(what, f"In {folder} only {free // 2**20} MiB are free. Make room.")
    begun = "can be written" if there == folder else "will be made at the first start"
    return _good(what, f"{folder} {begun}; {shown}.")


def _unwritable(folder: Path, why: str) -> Finding:
    return _bad(
        "Data folder",
        f"Runbot can't keep its data in {folder}: {why}. Give it a folder with RUNBOT_DATA_DIR.",
    )


def _nearest(folder: Path) -> Path:
    """The folder itself or, where it isn't there, the nearest that is."""
    return next(
        (place for place in (folder, *folder.absolute().parents) if place.exists()), Path("/")
    )


# --- Mail --------------------------------------------------------------------------------


async def _mail(settings: Settings, seconds: float) -> Finding:
    what = "Mail"
    if settings.smtp_url is None:
        if settings.has_slack:
            return _good(
                what,
                "RUNBOT_SMTP_URL is not set, so steps with send_email fail. Set it if runbooks "
                "are to send mail: smtp://user:password@host:port.",
            )
        return _good(what, "Goes to the playground's own mailbox.")
    try:
        server = MailServer.parse(settings.smtp_url.get_secret_value(), timeout=seconds)
        await server.greet()
    except RunbotError as error:
        return _bad(what, f"{error.sentence} Check RUNBOT_SMTP_URL.")
    return _good(what, f"{server.place} answers{' and takes the login' if server.user else ''}.")
