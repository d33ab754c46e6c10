"""What `runbot check` looks at: what is missing, what it means, and where to get it.

Nothing is changed anywhere: no message is posted, no mail sent, no table made. Only
`runbot check --live` posts, in a channel that it is given (`live.py`).
"""

from __future__ import annotations

import asyncio
from typing import Final

from runbot.check.configuration import configuration
from runbot.check.finding import Finding
from runbot.check.kept import data_folder, database
from runbot.check.mail import mail
from runbot.check.port import port
from runbot.check.slack import slack
from runbot.check.whose import is_running
from runbot.settings import Settings

__all__ = ["SECONDS", "Finding", "check"]

SECONDS: Final = 10.0  # each question to the outside gets this long


async def check(settings: Settings, *, seconds: float = SECONDS) -> list[Finding]:
    """Look at everything that the settings name, all at once; each has so many seconds."""
    running = await is_running(settings, seconds)
    of_slack, of_mail, of_database = await asyncio.gather(
        slack(settings, seconds, running=running),
        mail(settings, seconds),
        database(settings, seconds),
    )
    own = [of_database, data_folder(settings.data_dir), *configuration(settings)]
    return [*of_slack, *port(settings, running=running), *own, of_mail]
