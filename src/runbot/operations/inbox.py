"""What has come in already: Slack delivers the same event more than once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from runbot.domain.errors import Unavailable
from runbot.store import askings
from runbot.store import inbox as rows
from runbot.store.database import Database

# Slack repeats an event three times within the hour; a day leaves room for an outage.
# https://docs.slack.dev/apis/events-api/#retries
KEPT: Final = timedelta(days=1)
EVERY: Final = timedelta(days=1)
log = logging.getLogger(__name__)


class Inbox:
    """Keys of what was taken in, per workspace."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def first_time(self, workspace: str, key: str) -> bool:
        """Whether this key has not been seen; from then on it has, across restarts too."""
        return await self._database.write(
            lambda s: rows.first_time(s, workspace, key, self._clock())
        )

    async def forget_old(self) -> int:
        """Drop keys that Slack no longer repeats and questions nobody answered; counts the keys."""
        before = self._clock() - KEPT

        def forget(session: Session) -> int:
            askings.forget_before(session, before)
            return rows.forget_before(session, before)

        return await self._database.write(forget)

    async def forget_daily(self, *, every: timedelta = EVERY) -> None:
        """Drop them now and each day from now on, until cancelled."""
        while True:
            try:
                await self.forget_old()
            except Unavailable as trouble:
                log.info("Old deliveries are forgotten later: %s", trouble.sentence)
            await asyncio.sleep(every.total_seconds())
