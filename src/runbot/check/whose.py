"""Whether a Runbot is at work on these very data, so that a check doesn't get in its way."""

from __future__ import annotations

import asyncio

from runbot.bootstrap import database_url
from runbot.domain.errors import RunbotError
from runbot.engine.alone import held
from runbot.settings import Settings


async def is_running(settings: Settings, seconds: float) -> bool:
    """Whether one holds the database now; False too where nobody can say."""
    try:
        return await asyncio.wait_for(asyncio.to_thread(held, database_url(settings)), seconds)
    except (RunbotError, TimeoutError):
        return False  # what is wrong with the database is a finding of its own
