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
from pathlib import Path
from typing import Final

from runbot.bootstrap import database_url
from runbot.domain.errors import RunbotError
from runbot.settings import Settings
from runbot.store.database import Database
from runbot.store.upgrade import HEAD, stamped
from runbot.surfaces.slack import tokens
from runbot.surfaces.slack.scopes import needed
from runbot.tools.mail_server import MailServer

SECONDS: Final = 10.0  # each question to the outside gets this long
CLOCK_SECONDS: Final = 60  # Slack signs with its own clock; schedules are read from this one
FREE_BYTES: Final = 200 * 2**20  # outputs and artefacts of some thousand runs


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
    url = settings.slack_api_url
    bot, app = await asyncio.gather(
        tokens.bot_token(settings.slack_bot_token, api_url=url, seconds=seconds),
        tokens.app_token(settings.slack_app_token, api_url=url, seconds=seconds),
    )
    found = [_token("Slack bot token", bot, _whose(bot.data))]
    if not bot.problem:
        found.append(_scopes(bot.headers))
    found.append(_token("Slack app token", app, "Socket Mode opens a connection."))
    if "date" in bot.headers:
        found.append(_clock(bot.headers["date"], datetime.now(UTC)))
    return found


def _token(what: str, answer: tokens.Answer, well: str) -> Finding:
    return _bad(what, answer.problem) if answer.problem else _good(what, well)


def _whose(data: Mapping[str, object]) -> str:
    return f"@{data.get('user', '')} in {data.get('team', '')}."


def _scopes(headers: Mapping[str, str]) -> Finding:
    what = "Slack scopes"
    if missing := tokens.missing_scopes(headers):
        return _bad(what, missing)
    return _good(what, f"All {len(needed())} that Runbot uses are granted.")


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
